"""Versions of returns, and when they are handed over."""

import io
import zipfile
from datetime import date

import polars as pl

from finplatform.compliance.register.filings import (
    FILINGS,
    Made,
    handed_over,
    to_hand_over,
    with_new_versions,
)
from finplatform.compliance.register.returns import Period, load_returns

RETURNS = load_returns()
LCR = next(each for each in RETURNS if each.code == "LIQUIDITY_COVERAGE")
MARCH = Period("2025M03", date(2025, 3, 1), date(2025, 3, 31))
DUE = date(2025, 4, 15)
FIRST_DAY = date(2025, 4, 10)
"""Five days before it is due."""

NONE = FILINGS.to_frame()


def _made(text: str) -> Made:
    return Made(LCR, MARCH, DUE, {"a.csv": text, "b.csv": "b"})


def _versions(filings: pl.DataFrame) -> list[tuple[int, date, date | None]]:
    return filings.sort("version").select("version", "generated_date", "submitted_date").rows()


def test_content_that_is_the_same_makes_no_further_version() -> None:
    first = with_new_versions(NONE, [_made("1")], date(2025, 4, 1))
    again = with_new_versions(first, [_made("1")], date(2025, 4, 2))
    assert _versions(first) == _versions(again) == [(1, date(2025, 4, 1), None)]


def test_content_that_has_changed_makes_one_and_leaves_the_earlier_one() -> None:
    first = with_new_versions(NONE, [_made("1")], date(2025, 4, 1))
    second = with_new_versions(first, [_made("2")], date(2025, 4, 2))
    assert _versions(second) == [(1, date(2025, 4, 1), None), (2, date(2025, 4, 2), None)]
    assert second["file_path"].n_unique() == 2


def _days_of_handing_over(filings: pl.DataFrame, day: date) -> pl.DataFrame:
    return handed_over(filings, to_hand_over(filings, RETURNS, day), day)


def test_a_return_is_handed_over_from_some_days_before_it_is_due() -> None:
    made = with_new_versions(NONE, [_made("1")], date(2025, 4, 1))
    early = _days_of_handing_over(made, date(2025, 4, 9))
    assert _versions(early) == _versions(made)
    assert _versions(_days_of_handing_over(early, FIRST_DAY)) == [(1, date(2025, 4, 1), FIRST_DAY)]


def test_what_was_handed_over_is_not_handed_over_again() -> None:
    made = with_new_versions(NONE, [_made("1")], date(2025, 4, 1))
    sent = _days_of_handing_over(made, FIRST_DAY)
    assert to_hand_over(sent, RETURNS, date(2025, 4, 12)).height == 0


def test_a_version_that_was_followed_before_it_went_out_stays() -> None:
    first = with_new_versions(NONE, [_made("1")], date(2025, 4, 1))
    second = with_new_versions(first, [_made("2")], date(2025, 4, 2))
    assert _versions(_days_of_handing_over(second, FIRST_DAY)) == [
        (1, date(2025, 4, 1), None), (2, date(2025, 4, 2), FIRST_DAY),
    ]  # fmt: skip


def test_a_correction_goes_out_at_once() -> None:
    first = with_new_versions(NONE, [_made("1")], date(2025, 4, 1))
    sent = _days_of_handing_over(first, FIRST_DAY)
    corrected = with_new_versions(sent, [_made("2")], date(2025, 6, 1))
    later = _days_of_handing_over(corrected, date(2025, 6, 1))
    assert _versions(later)[1] == (2, date(2025, 6, 1), date(2025, 6, 1))
    assert to_hand_over(later, RETURNS, date(2025, 6, 2)).height == 0


def test_an_archive_holds_the_files_and_is_the_same_each_time() -> None:
    with zipfile.ZipFile(io.BytesIO(_made("1").archive())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a.csv": b"1", "b.csv": b"b",
        }  # fmt: skip
    assert _made("1").archive() == _made("1").archive()


def test_the_hash_tells_files_apart_by_name_and_content() -> None:
    hashes = {
        Made(LCR, MARCH, DUE, files).content_hash
        for files in ({"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""}, {"a": "bd"})
    }
    assert len(hashes) == 4
