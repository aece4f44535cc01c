import polars as pl

from finplatform.simulate import Bank


def _changes(bank: Bank, field: str) -> pl.DataFrame:
    journal = bank.table("change_journal").filter(pl.col("table_name") == "customers")
    value = pl.col("row_data").str.json_path_match(f"$.{field}")
    return journal.select("entity_id", "op", "changed_at", value=value).with_columns(
        before=pl.col("value").shift(1).over("entity_id")
    )


def test_credit_scores_are_journaled_when_they_move_ten_points(bank: Bank) -> None:
    moves = (
        _changes(bank, "credit_score")
        .filter(pl.col("op") == "u")
        .cast({"value": pl.Int64, "before": pl.Int64})
    )
    step = (moves["value"] - moves["before"]).abs()
    assert set(step.filter(step > 0) >= 10) == {True}
    assert (step > 0).sum() > 300


def test_people_move_change_work_and_income(bank: Bank) -> None:
    for field, least in (("city", 5), ("address", 10), ("annual_income", 200)):
        moved = _changes(bank, field).filter(
            (pl.col("op") == "u") & (pl.col("value") != pl.col("before"))
        )
        assert len(moved) >= least, field
    work = _changes(bank, "employment_status").filter(pl.col("value") != pl.col("before"))
    assert {"UNEMPLOYED", "EMPLOYED"} <= set(work["value"])


def test_scores_incomes_and_ages_hang_together(bank: Bank) -> None:
    people = bank.table("customers").with_columns(
        income=pl.col("annual_income").cast(pl.Float64).log1p(),
        age=-pl.col("date_of_birth").to_physical(),
    )
    link = people.select(
        score=pl.corr("credit_score", "income"), age=pl.corr("age", "credit_score")
    ).row(0)
    assert link[0] > 0.15
    assert link[1] > 0.05


def test_flaws_are_labelled_and_only_they(bank: Bank) -> None:
    people = bank.table("customers")
    labels = bank.truth("defect_labels").filter(pl.col("table_name") == "customers")
    by_kind = {kind: set(part["entity_id"]) for (kind,), part in labels.group_by("kind")}
    assert set(people.filter(pl.col("phone").is_null())["customer_id"]) == by_kind["missing"]
    spaced = people.filter(pl.col("city") != pl.col("city").str.strip_chars())
    assert set(spaced["customer_id"]) == by_kind.get("stray_space", set())


def test_spoilt_descriptions_are_labelled(bank: Bank, transactions: pl.DataFrame) -> None:
    labels = bank.truth("defect_labels").filter(pl.col("table_name") == "transactions")
    spoilt = transactions.filter(
        pl.col("description").str.contains("  ")
        | pl.col("description").str.contains("^[^A-Z]*[a-z]")
    )
    assert len(spoilt) > 20
    assert set(spoilt["transaction_id"].cast(pl.String)) <= set(labels["entity_id"])
