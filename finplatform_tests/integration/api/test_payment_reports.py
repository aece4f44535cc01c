"""The reports and analyses of requirement 3: paths, parameters and shapes as printed."""

from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from finplatform_tests.integration.api.people import Api

pytestmark = pytest.mark.integration

LISTS = {
    "/api/reports/failed-payments?start_date=2025-01-01&end_date=2025-01-31": "payment_id",
    "/api/reports/sla-breaches": "days_delayed",
    "/api/reports/high-risk-transactions?risk_threshold=70.0": "risk_score",
    "/api/reports/high-risk-transactions?risk_threshold=75.0": "risk_score",
    "/api/analytics/payment-analytics?limit=100": "total_transactions",
    "/api/analytics/merchant-performance": "merchant_id",
    "/api/analytics/customer-insights?limit=100": "customer_id",
}


def rows(api: Api, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(
        api.settings.database_url.get_secret_value(), row_factory=dict_row
    ) as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_daily_summary_has_the_printed_shape(api: Api) -> None:
    answer = api.get("/api/reports/daily-summary?report_date=2025-01-15")
    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == [
        "transaction_date", "total_transactions", "successful_transactions",
        "failed_transactions", "success_rate", "total_revenue",
    ]  # fmt: skip
    assert body["transaction_date"] == "2025-01-15"
    kinds = [type(value) for value in body.values()]
    assert kinds == [str, int, int, int, float, float]
    (expected,) = rows(api, "select * from bi.get_daily_transaction_summary('2025-01-15')")
    for name in ("total_transactions", "successful_transactions", "failed_transactions"):
        assert body[name] == expected[name]
    assert body["success_rate"] == float(expected["success_rate"])
    assert body["total_revenue"] == float(expected["total_revenue"])


def test_the_daily_summary_is_of_the_latest_day_by_default(api: Api) -> None:
    (latest,) = rows(api, "select max(payment_date) as day from gold.fact_payments")
    body = api.get("/api/reports/daily-summary").json()
    assert date.fromisoformat(body["transaction_date"]) == latest["day"]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_has_the_columns_of_its_view_or_function(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body
    assert LISTS[path] in body[0]
    assert answer.headers["x-more-rows"] in ("true", "false")


@pytest.mark.parametrize(
    ("path", "relation"),
    [
        ("/api/reports/sla-breaches", "bi.identify_sla_breaches()"),
        ("/api/analytics/payment-analytics", "bi.vw_payment_analytics"),
        ("/api/analytics/merchant-performance", "bi.vw_merchant_performance"),
        ("/api/analytics/customer-insights", "bi.vw_customer_insights"),
        ("/api/reports/high-risk-transactions", "bi.detect_high_risk_transactions()"),
        (
            "/api/reports/failed-payments?start_date=2025-01-01&end_date=2025-03-31",
            "bi.detect_failed_payments('2025-01-01', '2025-03-31')",
        ),
    ],
)
def test_a_list_has_all_rows_and_columns_up_to_its_limit(
    api: Api, path: str, relation: str
) -> None:
    expected = rows(api, f"select * from {relation}")
    sign = "&" if "?" in path else "?"
    whole = api.get(f"{path}{sign}limit=10000")
    assert len(whole.json()) == len(expected) > 1
    assert list(whole.json()[0]) == list(expected[0])
    assert whole.headers["x-more-rows"] == "false"
    cut = api.get(f"{path}{sign}limit=1")
    assert cut.json() == whole.json()[:1]
    assert cut.headers["x-more-rows"] == "true"


def test_risky_payments_reach_the_threshold(api: Api) -> None:
    body = api.get("/api/reports/high-risk-transactions?risk_threshold=75.0").json()
    assert min(row["risk_score"] for row in body) >= 75


def test_the_documented_names_of_customers_are_masked(api: Api) -> None:
    body = api.get("/api/analytics/customer-insights?limit=100").json()
    assert all("*" in row["customer_name"] for row in body)


@pytest.mark.parametrize(
    "path",
    [
        "/api/reports/daily-summary?report_date=2025-02-30",
        "/api/reports/daily-summary?report_date=Canary",
        "/api/reports/failed-payments",
        "/api/reports/daily-summary?report_date=0",
        "/api/reports/high-risk-transactions?risk_threshold=Canary",
        "/api/reports/high-risk-transactions?risk_threshold=NaN",
        "/api/reports/high-risk-transactions?risk_threshold=101",
        "/api/analytics/payment-analytics?limit=0",
        "/api/analytics/payment-analytics?limit=10001",
    ],
)
def test_a_value_that_is_not_valid_is_named_and_not_quoted(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["where"].startswith("query.")
    assert "Canary" not in answer.text


def test_a_client_that_has_a_report_is_not_sent_it_again(api: Api) -> None:
    path = "/api/reports/sla-breaches"
    first = api.get(path)
    again = api.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert api.get(f"{path}?limit=1").headers["etag"] != first.headers["etag"]
