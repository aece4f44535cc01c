"""What is captured follows from the configuration: which columns, key, day and order."""

import pytest

from finplatform.cdc.source import CapturedSource
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.loaders import captured_sources
from finplatform.settings import Settings


def captured(settings: Settings, **tables: dict[str, object]) -> CapturedSource:
    sources = SourcesConfig.model_validate(
        {
            "bank": {"name": "B", "timezone": "Europe/Prague"},
            "sources": {
                "core": {
                    "connector": "postgres",
                    "schema": "bank",
                    "url": "postgresql://capture@db/core",
                    "load": "cdc",
                    "timezone": "America/New_York",
                }
            },
            "tables": {name: {"source": "core", **reported} for name, reported in tables.items()},
        }
    )
    return captured_sources(sources, settings, "postgresql://warehouse")["core"]


def test_columns_are_those_of_the_source(settings: Settings) -> None:
    source = captured(
        settings,
        transactions={
            "read": "postings",
            "columns": {"transaction_id": "posting_no", "transaction_date": "booked_at"},
            "defaults": {"fees": 0},
        },
    )
    (table,) = source.tables
    assert (table.schema_name, table.name, table.key, table.day) == (
        "bank",
        "postings",
        ("posting_no",),
        "booked_at",
    )
    assert {"posting_no", "booked_at", "account_id"} <= set(table.columns)
    assert "fees" not in table.columns
    assert (source.timezone, source.bank_timezone) == ("America/New_York", "Europe/Prague")


def test_what_a_table_refers_to_comes_before_it(settings: Settings) -> None:
    (table,) = captured(settings, transactions={}).tables
    assert "accounts" in table.loaded_after
    assert "transactions" not in table.loaded_after


def test_an_entity_is_kept_by_its_key_alone(settings: Settings) -> None:
    (table,) = captured(settings, customers={}).tables
    assert (table.key, table.day) == (("customer_id",), None)


def test_a_key_that_is_a_constant_is_refused(settings: Settings) -> None:
    with pytest.raises(FinplatformError, match="its key branch_id is a constant"):
        captured(settings, branches={"defaults": {"branch_id": "B1"}})


def test_names_of_slots_differ_by_warehouse_and_fit(settings: Settings) -> None:
    source = captured(settings, branches={})
    assert source.slot_name("one") != source.slot_name("two")
    odd = CapturedSource("Kernbank Süd/1 " + "x" * 80, "", ())
    assert len(odd.slot_name("one")) <= 63
    assert odd.slot_name("one").isascii()
