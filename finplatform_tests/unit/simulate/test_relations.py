"""Campaigns, service contacts and applications for credit: believable, and telling no secrets."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.simulate import Bank, SimulationConfig, generate
from finplatform.simulate.responses import contact_chance
from finplatform_tests.unit.simulate.conftest import CONFIG

TABLES = (
    "marketing_campaigns",
    "campaign_responses",
    "customer_interactions",
    "credit_applications",
)


def _frame(bank: Bank, table: str) -> pl.DataFrame:
    frame = getattr(bank, table)()
    assert isinstance(frame, pl.DataFrame)
    return frame


@pytest.mark.parametrize("table", TABLES)
def test_every_source_keeps_its_contract(bank: Bank, table: str) -> None:
    frame, source = _frame(bank, table), SOURCES[table]
    assert len(frame) > 10
    assert source.received.validate(frame).columns == list(source.received.columns)
    assert frame.select(source.stored.key).is_duplicated().sum() == 0
    if source.stored.date_column:
        days = frame[source.stored.date_column].cast(pl.Date)
        assert days.is_between(CONFIG.start, CONFIG.end).all()


@pytest.mark.parametrize("table", TABLES)
def test_every_reference_of_a_source_points_at_a_row(bank: Bank, table: str) -> None:
    frame = _frame(bank, table)
    for column, target in SOURCES[table].references.items():
        name, _, key = target.partition(".")
        known = _frame(bank, name) if name in TABLES else bank.table(name)
        assert frame[column].drop_nulls().is_in(known[key].implode()).all(), column


@pytest.mark.parametrize("table", TABLES)
def test_a_span_too_short_for_any_campaign_gives_columns_without_rows(table: str) -> None:
    config = SimulationConfig(
        customers=60, transactions=200, start=date(2025, 3, 1), end=date(2025, 3, 28)
    )
    frame = _frame(generate(config), table)
    assert frame.columns == list(SOURCES[table].received.columns)
    if table.startswith(("marketing", "campaign")):
        assert frame.is_empty()


def test_potential_outcomes_stay_in_the_truth(bank: Bank) -> None:
    truth = set(bank.truth("campaign_unit_truth").columns) | set(
        bank.truth("campaign_truth").columns
    )
    secret = truth - {"campaign_id", "customer_id"}
    assert not secret & {name for table in TABLES for name in _frame(bank, table).columns}
    assert bank.truth("campaign_unit_truth").height == _frame(bank, "campaign_responses").height


def test_the_mean_effect_is_the_mean_over_the_units(bank: Bank) -> None:
    gain = pl.col("conversion_if_treated") - pl.col("conversion_if_control")
    units = bank.truth("campaign_unit_truth")
    means = units.group_by("campaign_id", maintain_order=True).agg(gain.mean().alias("gain"))
    both = bank.truth("campaign_truth").join(means, on="campaign_id")
    assert len(both) == len(means)
    assert np.allclose(both["conversion_effect"], both["gain"], atol=1e-8)
    idle = bank.marketing_campaigns().filter(pl.col("campaign_name").str.starts_with("Keep"))
    none = both.join(idle, on="campaign_id")
    assert len(none) > 0
    assert none["conversion_effect"].abs().max() == 0


def test_retention_contacts_keep_customers_and_others_do_not() -> None:
    leaves = np.arange(20_000) < 400
    even = np.full(20_000, 0.5)
    assert (contact_chance(even, leaves, 0.0) == 0.5).all()
    chance = contact_chance(even, leaves, 0.6)
    assert chance.mean() == pytest.approx(0.5)
    contacted = chance[leaves].mean()
    ratio = (contacted / chance.mean()) / ((1 - contacted) / (1 - chance.mean()))
    assert ratio == pytest.approx(0.4, abs=0.01)


def test_only_the_chosen_differ_before_they_are_contacted(bank: Bank) -> None:
    responses = bank.campaign_responses().join(
        bank.truth("campaign_unit_truth"), on=["campaign_id", "customer_id"]
    )
    alone = pl.col("conversion_if_control").mean()
    means = (
        responses.join(bank.marketing_campaigns(), on="campaign_id")
        .group_by("has_random_control", "is_treated")
        .agg(alone)
        .sort("has_random_control", "is_treated")["conversion_if_control"]
    )
    chosen_gap, random_gap = means[1] - means[0], means[3] - means[2]
    assert chosen_gap > 0.02
    assert abs(random_gap) < 0.01


def test_conversions_change_nothing_in_the_bank(bank: Bank) -> None:
    fresh = generate(CONFIG)
    before = fresh.table("accounts")
    fresh.campaign_responses()
    assert fresh.table("accounts").equals(before)
    assert bank.table("accounts").equals(before)


def test_contacts_follow_fees_arrears_and_age(bank: Bank) -> None:
    contacts = bank.customer_interactions()
    late = bank.table("loan_payments").filter(pl.col("status") == "MISSED")
    owners = late.join(bank.table("loans"), on="loan_id")["customer_id"].unique()
    hard = contacts.filter(pl.col("reason") == "PAYMENT_DIFFICULTY")["customer_id"].drop_nulls()
    share = hard.is_in(owners.implode()).mean()
    everybody = len(owners) / len(bank.table("customers"))
    assert isinstance(share, float)
    assert share > 2 * everybody
    born = contacts.join(bank.table("customers"), on="customer_id")
    old = pl.col("channel").is_in(["BRANCH", "PHONE"])
    by_age = (
        born.group_by(pl.col("date_of_birth").dt.year() < 1965)
        .agg(old.mean())
        .sort("date_of_birth")
    )
    assert by_age["channel"][1] > by_age["channel"][0] + 0.2
    assert 0.005 < contacts["customer_id"].null_count() / len(contacts) < 0.06


def test_a_solved_problem_pleases_more(bank: Bank) -> None:
    means = (
        bank.customer_interactions()
        .group_by(pl.col("resolution") == "RESOLVED")
        .agg(pl.col("satisfaction").mean())
        .sort("resolution")["satisfaction"]
    )
    assert means[1] > means[0] + 0.5


def test_victims_of_fraud_call_within_days(bank: Bank, transactions: pl.DataFrame) -> None:
    hit = (
        transactions.join(bank.truth("fraud_labels"), on="transaction_id")
        .join(bank.table("accounts"), on="account_id")
        .select("customer_id", at="transaction_date")
    )
    calls = bank.customer_interactions().filter(pl.col("reason") == "FRAUD")
    pairs = calls.join(hit, on="customer_id").filter(
        (pl.col("interaction_at") - pl.col("at")).dt.total_days().is_between(-7, 14)
    )
    assert pairs["interaction_id"].n_unique() > 0.3 * len(calls)
    assert pairs["interaction_id"].n_unique() < len(calls), "some alarms are false"


def test_every_loan_of_the_span_was_applied_for_once(bank: Bank) -> None:
    applications = bank.credit_applications()
    loans = bank.table("loans").filter(pl.col("origination_date") >= CONFIG.start)
    both = applications.drop_nulls("loan_id").join(loans, on="loan_id", suffix="_loan")
    assert sorted(both["loan_id"]) == sorted(loans["loan_id"])
    assert (both["decision_date"] == both["origination_date"]).all()
    assert (both["approved_amount"] == both["principal_amount"]).all()
    assert (both["requested_amount"] >= both["approved_amount"]).all()
    assert (both["customer_id"] == both["customer_id_loan"]).all()
    assert (both["product_id"] == both["product_id_loan"]).all()
    rest = applications.filter(pl.col("loan_id").is_null())
    assert "APPROVED" not in set(rest["decision"])
    assert 0.2 < len(rest) / len(applications) < 0.7


def test_the_declined_had_the_lower_scores(bank: Bank) -> None:
    means = dict(
        bank.credit_applications().group_by("decision").agg(pl.col("credit_score").mean()).rows()
    )
    assert means["APPROVED"] > means["DECLINED"] + 15
    low = bank.credit_applications().filter(pl.col("decision_reason") == "LOW_SCORE")
    assert low["credit_score"].max() < 645  # type: ignore[operator]
