from datetime import timedelta

import polars as pl

from finplatform.contracts.bronze import SOURCES
from finplatform.simulate import Bank
from finplatform_tests.unit.simulate.conftest import CONFIG


def test_the_frames_have_the_columns_of_their_contracts(bank: Bank) -> None:
    for table, frame in (
        ("kyc_records", bank.kyc_records()),
        ("sanctions_entities", bank.sanctions_entities()),
        ("ownership_links", bank.ownership_links()),
    ):
        assert frame.columns == list(SOURCES[table].dtypes), table
        SOURCES[table].received.validate(frame.cast(SOURCES[table].dtypes))  # type: ignore[arg-type]
        assert not frame.select(SOURCES[table].stored.key).is_duplicated().any()


def test_every_customer_who_stays_is_reviewed_from_the_day_of_joining(bank: Bank) -> None:
    reviews, people = bank.kyc_records(), bank.table("customers")
    joined = people.select("customer_id", "customer_since")
    first = reviews.group_by("customer_id").agg(pl.col("review_date").min())
    assert set(first["customer_id"]) == set(people["customer_id"])
    days = first.join(joined, on="customer_id").select(
        (pl.col("customer_since") - pl.col("review_date")).dt.total_days()
    )
    assert days.to_series().is_between(0, 4).all(), "on a business day up to the joining"
    assert reviews["review_date"].max() <= CONFIG.end
    assert (reviews["review_date"].dt.weekday() <= 5).all()


def test_high_risk_is_reviewed_more_often_and_peps_are_high(bank: Bank) -> None:
    reviews = bank.kyc_records()
    assert set(reviews.filter("is_pep")["risk_rating"]) <= {"HIGH"}
    number = reviews.group_by("customer_id", "risk_rating").len()
    mean = dict(number.group_by("risk_rating").agg(pl.col("len").mean()).iter_rows())
    assert mean["HIGH"] > mean["MEDIUM"] > mean["LOW"]
    last = reviews.group_by("customer_id").agg(
        pl.col("next_review_date").sort_by("review_date").last()
    )
    overdue = last.filter(pl.col("next_review_date") < CONFIG.end - timedelta(days=21))
    assert 0 < overdue.height < 0.1 * last.height


def test_a_review_under_way_has_no_next_one(bank: Bank) -> None:
    reviews = bank.kyc_records()
    is_open = reviews["status"] == "IN_PROGRESS"
    assert (reviews["next_review_date"].is_null() == is_open).all()


def test_no_name_on_the_list_is_a_customer_s(bank: Bank) -> None:
    listed = bank.sanctions_entities()
    people = bank.table("customers")
    families = set(people["last_name"].drop_nulls().str.to_lowercase())
    given = set(people["first_name"].drop_nulls().str.to_lowercase())
    words = set(" ".join(listed["entity_name"]).lower().split())
    assert not words & (families | given)
    assert listed["entity_name"].n_unique() == listed.height


def test_documents_of_a_review_are_valid_at_the_time_of_it(bank: Bank) -> None:
    reviews = bank.kyc_records()
    made = reviews.filter(pl.col("status") != "IN_PROGRESS")
    assert (made["documents_expire_date"] > made["review_date"]).all()
    assert (
        reviews.filter(pl.col("status") == "IN_PROGRESS")["documents_expire_date"].is_null().all()
    )


def test_nobody_holds_more_than_the_whole_of_a_company(bank: Bank) -> None:
    held = bank.ownership_links().group_by("owned_id").agg(pl.col("share_rate").sum())
    assert held["share_rate"].is_between(0, 1).all()


def test_companies_that_are_held_are_merchants_or_holders_themselves(bank: Bank) -> None:
    links = bank.ownership_links()
    known = {*links["holder_id"], *bank.table("merchants")["merchant_id"]}
    assert set(links["owned_id"]) <= known
    assert set(links["owned_id"]) & set(bank.table("merchants")["merchant_id"])


def test_no_holder_bears_a_customer_s_name(bank: Bank) -> None:
    people = bank.table("customers").select(
        name=pl.concat_str("first_name", "last_name", separator=" ").str.to_lowercase()
    )
    holders = bank.ownership_links()["holder_name"].str.to_lowercase()
    assert not set(holders) & set(people["name"])


def test_returns_are_filed_before_they_are_due_but_for_one(bank: Bank) -> None:
    returns = bank.table("regulatory_reports")
    assert not returns.select("report_type", "reporting_period").is_duplicated().any()
    submitted = returns.filter(pl.col("submitted_date").is_not_null())
    assert (submitted["generation_date"] < submitted["submitted_date"]).all()
    assert (submitted["submitted_date"].dt.weekday() <= 5).all()
    ours = returns.filter(pl.col("regulatory_body") == "EBA")
    assert ours["submitted_date"].null_count() == 0
