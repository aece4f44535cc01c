"""Shares and control through any chain of companies."""

import itertools

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.compliance.kyc.owners import LINKS, Ownership, beneficial_owners
from finplatform.errors import FinplatformError

QUARTER = 0.25


def _owners(*links: tuple[str, str, float] | tuple[str, str, float, bool]) -> Ownership:
    """Owners by holdings; holders in capitals are companies."""
    rows = [
        (owned, holder, "COMPANY" if holder.isupper() else "PERSON", share, bool(rest))
        for owned, holder, share, *rest in links
    ]
    return beneficial_owners(pl.DataFrame(rows, schema=LINKS, orient="row"), QUARTER)


def _shares(found: Ownership, company: str = "M") -> dict[str, float]:
    rows = found.owners.filter(pl.col("company_id") == company)
    return dict(rows.select("owner_id", "effective_share").iter_rows())


def test_exactly_a_quarter_makes_an_owner_and_less_does_not() -> None:
    found = _owners(("M", "anna", 0.25), ("M", "ben", 0.249999), ("M", "eva", 0.5))
    assert _shares(found) == {"anna": 0.25, "eva": 0.5}


def test_shares_through_companies_multiply_and_add_to_direct_ones() -> None:
    found = _owners(
        ("M", "anna", 0.15), ("M", "H", 0.6), ("H", "anna", 0.5), ("H", "ben", 0.4),
    )  # fmt: skip
    assert _shares(found) == {"anna": pytest.approx(0.45)}
    (row,) = found.owners.filter(pl.col("company_id") == "M").rows(named=True)
    assert (row["direct_share"], row["chain_length"]) == (0.15, 1)


def test_half_of_half_through_three_companies_is_a_quarter_exactly() -> None:
    found = _owners(
        ("M", "H", 0.5), ("H", "I", 1.0), ("I", "J", 1.0), ("J", "anna", 0.5), ("J", "ben", 0.5)
    )
    assert _shares(found) == {"anna": 0.25, "ben": 0.25}
    assert set(found.owners.filter(pl.col("company_id") == "M")["chain_length"]) == {4}


def test_companies_that_hold_each_other_count_through_their_circle() -> None:
    found = _owners(
        ("M", "H", 1.0), ("H", "I", 0.3), ("I", "H", 0.2), ("H", "anna", 0.7), ("I", "ben", 0.8)
    )
    # Of H, anna has a = 0.7 + 0.3 * 0.2 * a.
    assert _shares(found) == {
        "anna": pytest.approx(0.7 / 0.94), "ben": pytest.approx(0.24 / 0.94)
    }  # fmt: skip
    explained = dict(found.companies.select("company_id", "explained_share").iter_rows())
    assert explained["M"] == pytest.approx(1)
    assert not found.companies["is_circular"].any()


def test_companies_that_hold_each_other_whole_have_no_owner_and_are_told() -> None:
    found = _owners(("M", "H", 1.0), ("H", "I", 1.0), ("I", "H", 1.0))
    assert found.owners.height == 0
    assert found.companies["is_circular"].all()


def test_who_directs_a_company_is_an_owner_whatever_the_share() -> None:
    found = _owners(("M", "anna", 0.01, True), ("M", "ben", 0.3))
    basis = dict(found.owners.select("owner_id", "basis").iter_rows())
    assert basis == {"anna": "CONTROL", "ben": "OWNERSHIP"}


def test_control_passes_through_companies_that_hold_more_than_half() -> None:
    through = _owners(("M", "H", 0.51), ("H", "anna", 0.1, True))
    half = _owners(("M", "H", 0.5), ("H", "anna", 0.1, True))
    assert set(through.owners.filter(pl.col("company_id") == "M")["owner_id"]) == {"anna"}
    assert _shares(half) == {}


def test_what_people_do_not_hold_is_left_unexplained() -> None:
    found = _owners(("M", "anna", 0.4), ("M", "H", 0.6))
    (row,) = found.companies.rows(named=True)
    assert (row["explained_share"], row["owners"]) == (0.4, 1)


def test_more_than_the_whole_of_a_company_is_refused() -> None:
    with pytest.raises(FinplatformError, match="more than all of it"):
        _owners(("M", "anna", 0.7), ("M", "ben", 0.4))


def test_without_holdings_there_is_nobody() -> None:
    found = beneficial_owners(LINKS.to_frame(), QUARTER)
    assert (found.owners.height, found.companies.height) == (0, 0)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=6), st.integers(0, 5))
def test_people_behind_any_chain_hold_the_whole(parts: list[int], depth: int) -> None:
    chain = ["M", *(f"H{level}" for level in range(depth))]
    links: list[tuple[str, str, float]] = [
        (owned, holder, 1.0) for owned, holder in itertools.pairwise(chain)
    ]
    links += [(chain[-1], f"p{place}", part / sum(parts)) for place, part in enumerate(parts)]
    explained = dict(_owners(*links).companies.select("company_id", "explained_share").iter_rows())
    assert explained["M"] == pytest.approx(1, abs=1e-6)
