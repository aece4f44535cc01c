import polars as pl

from finplatform.analytics.rfm import rfm_scores, rfm_summary


def _scores(rows: list[tuple[int | None, int, float]]) -> pl.DataFrame:
    frame = pl.DataFrame(
        rows, schema={"days": pl.Int64, "count": pl.Int64, "amount": pl.Float64}, orient="row"
    )
    return rfm_scores(frame, recency="days", frequency="count", value="amount")


def test_ten_different_customers_are_two_a_fifth() -> None:
    scores = _scores([(day, 10 - day, 100.0 - day) for day in range(10)])
    assert scores["recency_score"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scores["frequency_score"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_equal_figures_have_equal_scores() -> None:
    scores = _scores([(3, 5, 10.0)] * 7)
    assert scores.unique().height == 1
    assert scores["recency_score"][0] == 3


def test_who_has_done_nothing_is_silent_and_moves_nobody() -> None:
    busy = [(day, 10 - day, 100.0 - day) for day in range(10)]
    with_silent = _scores([*busy, (None, 0, 0.0), (None, 0, 0.0)])
    assert with_silent.head(10).equals(_scores(busy))
    assert with_silent["rfm_segment"].to_list()[10:] == ["SILENT", "SILENT"]
    assert with_silent.row(10)[:3] == (1, 1, 1)


def test_segments_follow_recency_and_engagement() -> None:
    scores = _scores([(day, 10 - day, 100.0 - day) for day in range(10)])
    assert scores["rfm_segment"][0] == "CHAMPION"
    assert scores["rfm_segment"][9] == "HIBERNATING"
    turned = _scores([(day, day + 1, 1.0 + day) for day in range(10)])
    assert turned["rfm_segment"][0] == "PROMISING"
    assert turned["rfm_segment"][9] == "AT_RISK"


def test_shares_of_segments_add_up_to_one() -> None:
    scores = _scores([(day % 7, day + 1, float(day**2)) for day in range(40)])
    summary = rfm_summary(scores, pl.Series([float(day**2) for day in range(40)]))
    assert abs(summary["customer_share"].sum() - 1) < 1e-12
    assert abs(summary["value_share"].sum() - 1) < 1e-12
    assert rfm_summary(scores, pl.Series([0.0] * 40))["value_share"].null_count() == summary.height
