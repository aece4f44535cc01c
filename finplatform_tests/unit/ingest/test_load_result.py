"""The share of bad rows that fails a load, judged fairly for a day and for a file."""

import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.load_result import LoadResult


def _report(read: int, bad: int, *, undated: int = 0, elsewhere: int = 0) -> LoadResult:
    report = LoadResult("t", rows_read=read, rows_undated=undated, rows_elsewhere=elsewhere)
    report.reject([("a rule", bad)])
    return report


def test_the_limit_itself_is_allowed() -> None:
    _report(100, 5).check_limit(0.05)
    _report(0, 0).check_limit(0.05)
    with pytest.raises(FinplatformError, match="6 of 100 rows for t are bad, more than 5%"):
        _report(100, 6).check_limit(0.05)


def test_rows_without_a_day_count_against_their_file_and_not_against_the_day() -> None:
    _report(130, 30, undated=30, elsewhere=9_900).check_limit(0.05)
    with pytest.raises(FinplatformError):
        _report(1_600, 600, undated=600, elsewhere=9_000).check_limit(0.05)
    with pytest.raises(FinplatformError):
        _report(130, 40, undated=30, elsewhere=9_900).check_limit(0.05)


def test_bad_changes_are_measured_by_the_entities_that_are_known() -> None:
    report = _report(3, 1)
    with pytest.raises(FinplatformError):
        report.check_limit(0.05)
    report.rows_known = 100
    report.check_limit(0.05)


def test_two_loads_of_a_table_add_up() -> None:
    report, other = _report(10, 1), _report(20, 2, undated=1)
    report.add(other)
    assert (report.rows_read, report.rows_rejected, report.rows_undated) == (30, 3, 1)
    assert report.reasons == {"a rule": 3}


def test_the_worst_reasons_are_named_first() -> None:
    report = LoadResult("t", rows_read=100)
    report.reject([(f"rule {n}", n) for n in range(1, 8)])
    with pytest.raises(FinplatformError, match=r"\(7 rule 7, 6 rule 6, .*, 3 rule 3\)"):
        report.check_limit(0.05)


def test_an_unloaded_table_that_is_referred_to_is_hinted_at() -> None:
    report = LoadResult("t", rows_read=1)
    report.reject([("account_id known(accounts.account_id)", 1)])
    with pytest.raises(FinplatformError) as failure:
        report.check_limit(0.05)
    assert "Load the table named by `known` first" in failure.value.hint
