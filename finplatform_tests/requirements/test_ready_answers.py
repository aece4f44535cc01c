"""What is read from aggregates is what the facts add up to, to the cent.

`docs/ready_answers.md` has the sample queries of `docs/queries.md` on the aggregates; the blocks of
both are read from the pages.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from finplatform.security.rights import Role
from finplatform.settings import PROJECT_ROOT
from finplatform.warehouse.people import make_person
from finplatform.warehouse.reader_role import open_reader
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

_FORMS = re.compile(r"^(As printed|Corrected)[^\n]*:\n\n```sql\n(.*?)\n```$", re.M | re.S)
_PARTS = re.compile(r"^##+ (.+ \(document \d\))$", re.M)


def forms(page: str) -> dict[str, str]:
    """Queries of a page by title and form."""
    _, *parts = _PARTS.split((PROJECT_ROOT / "docs" / page).read_text(encoding="utf-8"))
    return {
        f"{title}: {form}": query
        for title, text in zip(parts[::2], parts[1::2], strict=True)
        for form, query in _FORMS.findall(text)
    }


ON_FACTS, READY = forms("queries.md"), forms("ready_answers.md")

_COUNTS = """
count(*) as total_transactions,
count(*) filter (where status = 'SUCCESS') as successful_transactions,
count(*) filter (where status = 'FAILED') as failed_transactions,
count(*) filter (where status = 'PENDING') as pending_transactions,
count(*) filter (where status = 'REFUNDED') as refunded_transactions,
round(100.0 * count(*) filter (where status = 'SUCCESS') / count(*), 2) as success_rate
"""
VIEWS = {
    "vw_payment_analytics": f"""
        select payment_date as transaction_date, payment_method, currency, {_COUNTS},
            sum(amount) as total_amount, sum(successful_amount) as total_revenue,
            sum(commission_amount) as total_commission, round(avg(amount), 2) as average_amount,
            round(avg(risk_score), 2) as average_risk_score,
            count(*) filter (where risk_band = 'HIGH') as high_risk_transactions,
            count(*) filter (where is_fraud_flagged) as fraud_flagged_transactions
        from gold.fact_payments
        group by payment_date, payment_method, currency
    """,
    "vw_merchant_performance": f"""
        select merchant_key, merchant_id, currency, {_COUNTS},
            sum(successful_amount) as total_revenue, sum(commission_amount) as total_commission,
            round(avg(amount) filter (where is_successful), 2) as average_transaction_amount,
            round(avg(risk_score), 2) as average_risk_score,
            count(*) filter (where is_fraud_flagged) as fraud_flagged_transactions,
            max(payment_date) as last_payment_date
        from gold.fact_payments
        group by merchant_key, merchant_id, currency
    """,
    "vw_customer_insights": f"""
        select customer_id, currency, {_COUNTS}, sum(successful_amount) as total_spent,
            round(avg(amount) filter (where is_successful), 2) as average_transaction_amount,
            max(amount) filter (where is_successful) as max_transaction_amount,
            count(distinct merchant_id) as merchant_count,
            round(
                100.0 * count(*) filter (
                    where payment_method in ('CREDIT_CARD', 'DEBIT_CARD')
                ) / count(*),
                2
            ) as card_rate,
            round(avg(risk_score), 2) as average_risk_score,
            max(risk_score) as max_risk_score,
            count(*) filter (where risk_band = 'HIGH') as high_risk_transactions,
            count(*) filter (where is_fraud_flagged) as fraud_flagged_transactions,
            min(payment_date) as first_payment_date, max(payment_date) as last_payment_date,
            (select max(payment_date) from gold.fact_payments) - max(payment_date)
                as days_since_last_payment
        from gold.fact_payments
        group by customer_id, currency
    """,
}
"""The views of payments, computed from the fact."""


@pytest.fixture
def reader(built_bank: BuiltBank) -> Iterator[psycopg.Connection]:
    """A session as a BI tool logs in."""
    location = open_reader(built_bank.settings).location.set(drivername="postgresql")
    with psycopg.connect(location.render_as_string(hide_password=False)) as connection:
        yield connection


def rows(reader: psycopg.Connection, query: str) -> list[tuple[Any, ...]]:
    """Names and values of a result, its rows in an order of their own.

    A number is the same whatever type of the server holds it.
    """
    cursor = reader.execute(query.encode())
    names = tuple(column.name for column in cursor.description or ())
    found = [tuple(_plain(value) for value in row) for row in cursor]
    return [names, *sorted(found, key=repr)]


def _plain(value: Any) -> Any:
    return Decimal(value).normalize() if isinstance(value, (int, Decimal)) else value


def test_every_sample_query_that_adds_up_a_whole_fact_has_a_ready_form() -> None:
    assert set(READY) <= set(ON_FACTS)
    assert len(READY) == 10
    assert not [name for name, query in READY.items() if query == ON_FACTS[name]]


@pytest.mark.parametrize("name", READY)
def test_a_ready_answer_is_the_answer_of_the_facts(reader: psycopg.Connection, name: str) -> None:
    ready, computed = rows(reader, READY[name]), rows(reader, ON_FACTS[name])
    assert ready == computed
    # A small bank may have no confirmed fraud in the thirty days that are looked at.
    assert len(ready) > 1 or name.startswith("Fraud by merchant (document 2)")


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_on_aggregates_has_the_figures_of_the_fact(
    reader: psycopg.Connection, view: str
) -> None:
    names, *computed = rows(reader, VIEWS[view])
    shown = rows(reader, f"select {', '.join(names)} from bi.{view}")
    assert shown == [names, *computed]
    assert computed


@pytest.mark.parametrize("view", VIEWS)
def test_a_person_with_regions_has_the_figures_of_the_customers_of_these(
    built_bank: BuiltBank, view: str
) -> None:
    with psycopg.connect(built_bank.url) as owner, owner.transaction(force_rollback=True):
        found = owner.execute(
            "select min(branch_region) from gold.dim_branch where branch_key <> -1"
        ).fetchone()
        assert found is not None
        own = make_person(owner, f"r_{view}", Role.BI_ANALYST, regions=[found[0]])
        owner.execute(f'grant "{own}" to current_user with set true'.encode())
        owner.execute(f'set local role "{own}"'.encode())
        names, *computed = rows(owner, VIEWS[view])
        shown = rows(owner, f"select {', '.join(names)} from bi.{view}")
        assert shown == [names, *computed]
