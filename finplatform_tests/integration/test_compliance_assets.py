"""Screening, due diligence and the register of the built bank."""

import csv
import gzip
import zipfile
from typing import Any

import psycopg
import pytest

from finplatform.security.canary import find_canaries
from finplatform_tests.integration.bank import LAST, BuiltBank

pytestmark = pytest.mark.integration


def _rows(bank: BuiltBank, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(bank.url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_every_holder_who_is_on_the_list_is_a_hit_and_nobody_else_is(
    built_bank: BuiltBank,
) -> None:
    found = _rows(
        built_bank,
        "select hits.subject_kind, names.listed_name from compliance.screening_hits as hits"
        " inner join compliance.listed_names as names using (list_code, entity_id)"
        " where names.name_kind = 'PRIMARY' order by 2",
    )
    with (built_bank.home / "feeds" / "sanctions_entities.csv").open(encoding="utf-8") as stream:
        listed = list(csv.DictReader(stream))
    people = [row["entity_name"] for row in listed if row["entity_type"] == "INDIVIDUAL"][:3]
    firms = [row["entity_name"] for row in listed if row["entity_type"] == "ENTITY"][:1]
    assert found == [("OWNER", name) for name in sorted([*people, *firms])]


def test_no_holders_clear_name_is_in_the_database(built_bank: BuiltBank, tmp_path: Any) -> None:
    with (built_bank.home / "feeds" / "ownership_links.csv").open(encoding="utf-8") as stream:
        names = sorted({row["holder_name"] for row in csv.DictReader(stream)})
    with psycopg.connect(built_bank.url) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema in ('bronze', 'silver', 'compliance', 'audit', 'quarantine')"
            " and table_type = 'BASE TABLE'"
        ).fetchall()
        for schema, table in tables:
            copied = connection.cursor().copy(
                f'copy "{schema}"."{table}" to stdout (format csv)'.encode()
            )
            with copied as copy, (tmp_path / f"{schema}.{table}.csv").open("wb") as target:
                for block in copy:
                    target.write(block)
    assert find_canaries(tmp_path, names) == []


def test_each_subject_was_opened_once_and_is_named_in_the_trail(built_bank: BuiltBank) -> None:
    (named,) = _rows(
        built_bank,
        "select count(*) from audit.event_log, jsonb_array_elements_text(detail -> 'subjects')"
        " where action = 'reveal batch'",
    )
    (sealed,) = _rows(
        built_bank,
        "select count(*) from compliance.screened_subjects where subject_kind <> 'MERCHANT'",
    )
    assert named == sealed


def test_every_customer_has_a_score_and_points_add_up_to_it(built_bank: BuiltBank) -> None:
    (counts,) = _rows(
        built_bank,
        "select (select count(*) from silver.stg_customers where is_current and not is_deleted),"
        " count(*), count(*) filter (where score = least(100, geography_points + product_points"
        " + behaviour_points + pep_points + screening_points)) from compliance.kyc_reviews",
    )
    assert counts[0] == counts[1] == counts[2] > 0


def test_overdue_reviews_are_those_whose_day_is_over(built_bank: BuiltBank) -> None:
    path = built_bank.home / "feeds" / "kyc_records.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        last = {row["customer_id"]: row for row in csv.DictReader(stream)}
    due = {
        customer
        for customer, row in last.items()
        if row["next_review_date"] and row["next_review_date"] < LAST.isoformat()
    }
    found = _rows(
        built_bank,
        "select subject_id from compliance.kyc_alerts where alert_code = 'REVIEW_OVERDUE'",
    )
    # A score may bring a review forward, never put it off.
    current = {
        row[0] for row in _rows(built_bank, "select customer_id from compliance.kyc_reviews")
    }
    assert due & current <= {row[0] for row in found}
    assert due & current


def test_owners_hold_a_quarter_or_direct_the_company(built_bank: BuiltBank) -> None:
    rows = _rows(
        built_bank,
        "select effective_share, has_control, chain_length from compliance.beneficial_owners",
    )
    assert rows
    assert all(share >= 0.25 or directs for share, directs, _ in rows)
    assert max(length for _, _, length in rows) >= 3


def test_the_register_has_each_return_in_its_state(built_bank: BuiltBank) -> None:
    found = {
        (code, period): (state, late)
        for code, period, state, late in _rows(
            built_bank,
            "select return_code, period, state, is_late from compliance.regulatory_calendar",
        )
    }
    # Made and not submitted, and due on 3 March.
    assert found["FFIEC_101", "2024Q4"] == ("OVERDUE", True)
    assert found["CALL_REPORT", "2024Q4"] == ("SUBMITTED", False)
    # Over on the last day, filed nowhere else, and made here.
    assert found["LIQUIDITY_COVERAGE", "2025M03"] == ("GENERATED", False)
    assert found["COREP_OF", "2025Q1"] == ("GENERATED", False)
    assert found["CALL_REPORT", "2025Q1"] == ("OPEN", False)


def test_a_return_that_is_made_has_its_archive(built_bank: BuiltBank) -> None:
    paths = _rows(built_bank, "select file_path from compliance.regulatory_filings")
    assert paths
    for (path,) in paths:
        with zipfile.ZipFile(built_bank.home / "reports" / "filings" / path) as archive:
            assert archive.testzip() is None
            assert archive.namelist()


def test_the_operational_name_shows_the_register(built_bank: BuiltBank) -> None:
    shown, kept = (
        _rows(built_bank, query)
        for query in (
            "select report_type, reporting_period, status, submitted_date"
            " from masked.regulatory_reports order by 1, 2",
            "select return_code, period, state, submitted_date"
            " from compliance.regulatory_calendar where generated_date is not null order by 1, 2",
        )
    )
    assert shown == kept
    assert shown
