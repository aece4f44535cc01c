"""Contracts of the source tables: complete, consistent, and without clear identifiers."""

import json
from pathlib import Path

import polars as pl
import pytest

from finplatform.contracts.bronze import LOG_COLUMNS, SOURCES
from finplatform.contracts.columns import Identifier, polars_type, sql_type
from finplatform.contracts.contract import Contract, Kind, SourceContract
from finplatform.contracts.gold import GOLD
from finplatform.contracts.platform import PLATFORM
from finplatform.ingest.quarantine import REJECTED_ROWS
from finplatform.oltp.codes import ENTITY_TABLES
from finplatform.oltp.models import Base

ALL = [
    *(source.stored for source in SOURCES.values()),
    *GOLD.values(),
    *PLATFORM.values(),
    REJECTED_ROWS,
]
SAMPLES = json.loads(
    (Path(__file__).parents[1] / "oltp" / "samples.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_a_contract_describes_each_column_and_knows_its_key(contract: Contract) -> None:
    assert contract.grain.startswith("one row per")
    for name, column in contract.fields.items():
        assert column.description, name
        assert column.description.endswith("."), name
    assert set(contract.key) <= set(contract.columns)
    assert contract.date_column is None or contract.date_column in contract.columns
    assert (contract.date_column is not None) == (contract.kind is Kind.EVENT)


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_types_survive_the_way_to_sql_and_back(contract: Contract) -> None:
    for name, dtype in contract.dtypes.items():
        assert polars_type(sql_type(dtype)) == dtype, name


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.table)
def test_no_identifier_is_stored_under_its_own_name(source: SourceContract) -> None:
    stored = set(source.stored.columns)
    for name, kind in source.identifiers.items():
        assert (name in stored) == (kind == "free_text"), name
    assert ("identity_id" in stored) == bool(source.sealed)
    assert not source.sealed or source.subject in source.dtypes
    assert (source.stored.kind is Kind.ENTITY) == (set(LOG_COLUMNS) <= stored)


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.table)
def test_references_lead_to_stored_columns(source: SourceContract) -> None:
    for target in source.references.values():
        table, _, column = target.partition(".")
        assert column in SOURCES[table].stored.columns


@pytest.mark.parametrize("table", sorted(set(SAMPLES) & set(SOURCES)))
def test_the_operational_schema_delivers_what_bronze_wants(table: str) -> None:
    model = Base.metadata.tables[f"oltp.{table}"]
    source = SOURCES[table]
    for name, column in source.received.columns.items():
        assert name in model.columns, name
        # What the source may leave out, bronze must be able to do without.
        assert column.nullable or not model.columns[name].nullable, name
    assert (table in ENTITY_TABLES) == (source.stored.kind is Kind.ENTITY)


def test_a_stored_decimal_has_room_for_the_operational_one() -> None:
    for table, source in SOURCES.items():
        model = Base.metadata.tables.get(f"oltp.{table}")
        for name, dtype in source.dtypes.items():
            if model is None or not isinstance(dtype, pl.Decimal):
                continue
            kind = model.columns[name].type
            assert (dtype.precision, dtype.scale) >= (kind.precision, kind.scale), name  # type: ignore[attr-defined]


def test_only_what_people_write_row_by_row_may_be_bad_without_stopping_the_load() -> None:
    own = {name: source.reject_limit for name, source in SOURCES.items() if source.reject_limit}
    assert own == {"grade_overrides": 1.0}


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.table)
def test_what_the_check_of_the_stored_table_refuses_is_refused_before_it_is_stored(
    source: SourceContract,
) -> None:
    received = {name: column.checks for name, column in source.received.columns.items()}
    for name, column in source.stored.fields.items():
        if name in received:
            assert column.checks == received[name], name
            assert column.nullable == source.received.columns[name].nullable, name
    births = [name for name, kind in source.identifiers.items() if kind is Identifier.BIRTH_DATE]
    for name in births:
        (stored,) = source.stored.fields["birth_year"].checks
        (range_,) = (check for check in received[name] if check.name == "in_range")
        bounds = ("min_value", "max_value")
        years = tuple(stored.statistics[bound] for bound in bounds)
        assert tuple(range_.statistics[bound].year for bound in bounds) == years


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.table)
def test_every_date_has_a_plausible_range(source: SourceContract) -> None:
    for name, dtype in source.dtypes.items():
        if dtype.is_temporal():
            assert "in_range" in {check.name for check in source.received.columns[name].checks}
