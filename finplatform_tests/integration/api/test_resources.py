"""`/api/v1`: pages meet end to end, amounts are exact, and what is not there is not found."""

import io
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl
import psycopg
import pytest

from finplatform_tests.integration.api.people import Api

pytestmark = pytest.mark.integration


def value(api: Api, query: str) -> Any:
    with psycopg.connect(api.settings.database_url.get_secret_value()) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row and row[0]


def pages(api: Api, path: str, limit: int) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        sign = "&" if "?" in path else "?"
        answer = api.get(f"{path}{sign}limit={limit}{after}")
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["items"]) <= limit
        items += body["items"]
        if body["next"] is None:
            return items
        after = f"&after={body['next']}"


@pytest.mark.parametrize(
    ("path", "key", "relation", "limit"),
    [
        ("/api/v1/customers", "customer_id", "masked.customers", 40),
        ("/api/v1/accounts", "account_id", "masked.accounts", 70),
        (
            "/api/v1/transactions?from=2025-03-01&to=2025-03-31",
            "transaction_id",
            "bi.transactions where transaction_date between '2025-03-01' and '2025-03-31'",
            333,
        ),
        ("/api/v1/alerts", "alert_id", "bi.fraud_alerts", 2),
        (
            "/api/v1/balances?on=2025-02-10",
            "account_id",
            "bi.balances where balance_date = '2025-02-10'",
            50,
        ),
        (
            "/api/v1/risk/scores?on=2025-02-28",
            "exposure_id",
            "gold.pd_scores where observation_date = '2025-02-28'",
            30,
        ),
    ],
)
def test_pages_show_every_row_once(
    api: Api, path: str, key: str, relation: str, limit: int
) -> None:
    found = [item[key] for item in pages(api, path, limit)]
    assert len(found) == value(api, f"select count(*) from {relation}") > limit
    assert len(set(found)) == len(found)


def test_transactions_are_newest_first(api: Api) -> None:
    found = pages(api, "/api/v1/transactions?from=2025-03-30&to=2025-03-31", 50)
    instants = [item["transaction_at"] for item in found]
    assert instants == sorted(instants, reverse=True)


def test_transactions_of_many_days_come_in_pages_of_some(api: Api) -> None:
    wide = pages(api, "/api/v1/transactions?from=0001-01-01&to=9999-12-31", 1000)
    assert len(wide) == value(api, "select count(*) from bi.transactions")
    assert len({item["transaction_id"] for item in wide}) == len(wide)
    instants = [item["transaction_at"] for item in wide]
    assert instants == sorted(instants, reverse=True)
    assert pages(api, "/api/v1/transactions?from=2025-02-02&to=2025-02-01", 10) == []


def test_transactions_of_an_account_need_no_days(api: Api) -> None:
    account = value(api, "select account_id from bi.transactions group by 1 order by count(*) desc")
    one = pages(api, f"/api/v1/transactions?account_id={account}", 20)
    count = f"select count(*) from bi.transactions where account_id = '{account}'"
    assert len(one) == value(api, count)


def test_one_of_a_resource_is_as_in_its_list(api: Api) -> None:
    for path, key in (
        ("/api/v1/customers", "customer_id"),
        ("/api/v1/accounts", "account_id"),
        ("/api/v1/transactions", "transaction_id"),
        ("/api/v1/alerts", "alert_id"),
        ("/api/v1/risk/scores", "exposure_id"),
    ):
        item = api.get(f"{path}?limit=1").json()["items"][0]
        assert api.get(f"{path}/{item[key]}").json() == item


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/customers/none",
        "/api/v1/accounts/none",
        "/api/v1/accounts/none/balance",
        "/api/v1/transactions/none",
        "/api/v1/alerts/none",
        "/api/v1/risk/scores/none",
        "/api/v1/capital/figures/none",
        "/api/v1/capital/figures/cet1_ratio?on=1999-12-31",
        "/api/v1/reports/none",
        "/api/v1/reports/payments/charts/none",
        "/api/v1/lineage/gold.none",
        "/api/v1/exports/gold.none",
        "/api/v1/runs/00000000-0000-4000-8000-000000000002",
    ],
)
def test_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_amounts_are_decimal_strings(api: Api) -> None:
    balance = api.get("/api/v1/balances?limit=1").json()["items"][0]
    account, day = balance["account_id"], balance["balance_date"]
    stored = value(
        api,
        "select closing_balance from bi.balances"
        f" where account_id = '{account}' and balance_date = '{day}'",
    )
    assert isinstance(balance["closing_balance"], str)
    assert Decimal(balance["closing_balance"]) == stored


def test_a_balance_on_a_date_is_that_of_the_last_day_up_to_it(api: Api) -> None:
    account = value(
        api, "select account_id from bi.balances where balance_date = '2025-02-10' limit 1"
    )
    found = api.get(f"/api/v1/accounts/{account}/balance?on=2025-02-10").json()
    assert found["balance_date"] == "2025-02-10"
    late = api.get(f"/api/v1/accounts/{account}/balance?on=9999-12-31").json()
    assert late["balance_date"] == str(
        value(api, f"select max(balance_date) from bi.balances where account_id = '{account}'")
    )
    assert api.get(f"/api/v1/accounts/{account}/balance?on=0001-01-01").status_code == 404


def test_a_score_has_its_reasons_the_weightiest_first(api: Api) -> None:
    found = pages(api, "/api/v1/risk/scores?on=2025-03-31", 100)
    for item in found:
        ranks = [reason["rank"] for reason in item["reasons"]]
        assert ranks == list(range(1, len(ranks) + 1))
    stored = "select count(*) from gold.pd_reasons where observation_date = '2025-03-31'"
    assert sum(len(item["reasons"]) for item in found) == value(api, stored)


def test_a_capital_figure_is_explained_down_to_rows_and_rules(api: Api) -> None:
    tree = api.get("/api/v1/capital/figures/cet1_ratio?rows=2").json()
    assert tree["is_ratio"]
    leaves: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        for component in node["components"]:
            assert component["rules"]
            if component["made_of"]:
                walk(component["made_of"])
            if component["rows"]:
                leaves.append(component["rows"])

    walk(tree)
    assert any(leaf["table"] == "gold.fact_risk_metrics" for leaf in leaves)
    assert all(leaf["is_readable"] and len(leaf["largest"]) <= 2 for leaf in leaves)
    assert len(api.get("/api/v1/capital/figures").json()) > 10


def test_rows_of_a_figure_are_shown_to_whom_the_database_lets_read_them(api: Api) -> None:
    text = api.get("/api/v1/capital/figures/cet1_ratio", "bi_analyst")
    assert text.status_code == 200
    assert '"table":"gold.fact_risk_metrics"' in text.text
    assert '"exposure_id"' not in text.text


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_an_export_has_every_row(api: Api, kind: str) -> None:
    path = f"/api/v1/exports/bi.merchants?format={kind}&columns=merchant_id,commission_rate"
    answer = api.get(path)
    assert answer.status_code == 200
    assert f"bi.merchants.{kind}" in answer.headers["content-disposition"]
    stream = io.BytesIO(answer.content)
    if kind == "xlsx":
        book = openpyxl.load_workbook(stream, read_only=True)
        count = sum(1 for _ in book.worksheets[0].rows) - 1
    else:
        frame = pl.read_csv(stream) if kind == "csv" else pl.read_parquet(stream)
        assert frame.columns == ["merchant_id", "commission_rate"]
        count = frame.height
    assert count == value(api, "select count(*) from bi.merchants")


def test_an_export_of_days_has_their_rows_alone(api: Api) -> None:
    days = "date_column=payment_date&from=2025-02-01&to=2025-02-03"
    answer = api.get(f"/api/v1/exports/gold.fact_payments?format=csv&{days}")
    frame = pl.read_csv(io.BytesIO(answer.content))
    assert set(frame["payment_date"]) == {"2025-02-01", "2025-02-02", "2025-02-03"}
    assert (
        api.get("/api/v1/exports/gold.fact_payments?date_column=none&from=2025-01-01").status_code
        == 404
    )
    by_first = api.get("/api/v1/exports/gold.fact_payments?from=2025-02-01&to=2025-02-03")
    assert by_first.content == answer.content
    assert api.get("/api/v1/exports/gold.rating_scale?from=2025-02-01").status_code == 404
    late = api.get("/api/v1/exports/gold.fact_payments?from=9999-12-31").text
    assert late.count("\n") == 1


def test_reports_are_listed_served_and_tagged(api: Api) -> None:
    listed = api.get("/api/v1/reports").json()
    page = next(one for one in listed if one["name"] == "capital_adequacy")
    assert page["charts"]
    answer = api.get("/api/v1/reports/capital_adequacy")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    tag = {"If-None-Match": answer.headers["etag"]}
    assert api.get("/api/v1/reports/capital_adequacy", headers=tag).status_code == 304


def test_the_rows_behind_a_chart_come_as_a_file(api: Api) -> None:
    page = next(
        one for one in api.get("/api/v1/reports").json() if one["name"] == "capital_adequacy"
    )
    chart = next(iter(page["charts"]))
    answer = api.get(f"/api/v1/reports/capital_adequacy/charts/{chart}")
    assert answer.status_code == 200, answer.text
    assert pl.read_csv(io.BytesIO(answer.content)).height > 0


def test_lineage_goes_up_and_down_the_graph(api: Api) -> None:
    one = api.get("/api/v1/lineage/gold.fact_payments").json()
    assert [table["table"] for table in one["upstream"]] == ["silver.stg_payments"]
    assert [table["table"] for table in one["downstream"]] == ["bi.payments"]
    deep = api.get("/api/v1/lineage/bi.payments?depth=9").json()
    assert [table["table"] for table in deep["upstream"]] == [
        "gold.fact_payments", "silver.stg_payments", "bronze.payments",
    ]  # fmt: skip


def test_a_cursor_of_another_list_is_refused(api: Api) -> None:
    after = api.get("/api/v1/customers?limit=1").json()["next"]
    for path in ("/api/v1/transactions", "/api/v1/alerts", "/api/v1/accounts"):
        answer = api.get(f"{path}?after={after}")
        assert answer.status_code == 404


def test_metrics_count_requests_by_the_names_of_their_paths(api: Api) -> None:
    api.get("/api/v1/customers/none")
    text = api.get("/metrics").text
    assert 'path="/api/v1/customers/{customer_id}",status="404"' in text
    assert "finplatform_api_request_seconds_bucket" in text
    assert "/api/v1/customers/none" not in text


def test_it_lives_and_is_ready(api: Api) -> None:
    assert api.client.get("/livez").json() == {"status": "ok"}
    assert api.client.get("/readyz").json()["database"] == "ok"
    assert api.client.get("/api/health").json()["status"] == "ok"
