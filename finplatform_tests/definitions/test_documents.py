"""Documents that come from the code: complete, and as the code has them now."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from finplatform.cli.docs import FOLDER, documents, graph_nodes
from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract, Kind
from finplatform.definitions import defs
from finplatform.documentation.diagram import from_mermaid
from finplatform.documentation.star import diagrams_page
from finplatform.oltp.models import Base
from finplatform.orchestration.build import all_contracts
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import dbt
from finplatform_tests.databases import new_databases

# Compiling dbt's models takes long on a busy machine, so one worker does it once.
pytestmark = pytest.mark.xdist_group("documents")

ASSETS = {".".join(spec.key.path): spec for spec in defs.resolve_all_asset_specs()}


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return all_contracts(dbt.load_manifest(get_settings()))


@pytest.fixture(scope="module")
def written(
    postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The documents as the code gives them now; dbt compiles the models on an empty database."""
    home = tmp_path_factory.mktemp("documents")
    with new_databases(postgres_server, "documents") as (url,):
        yield documents(Settings(home=home, database_url=url))


def drawn(page: str) -> set[str]:
    """Entities of all diagrams of a page."""
    blocks = re.findall(r"^```mermaid\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    return {name for block in blocks for name in from_mermaid(block.splitlines()).entities}


@pytest.mark.parametrize(
    "name",
    [
        "commands.md",
        "data_dictionary.md",
        "source_tables.md",
        "er_diagrams.md",
        "lineage.md",
        "metrics.md",
        "business_rules.md",
    ],
)
def test_the_committed_document_is_the_one_of_the_code(written: dict[str, str], name: str) -> None:
    committed = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    now = written[name].splitlines()
    changed = [line for line in now if line not in set(committed)]
    gone = [line for line in committed if line not in set(now)]
    assert committed == now, f"run `make docs`; new: {changed[:3]}, gone: {gone[:3]}"


def test_every_table_is_in_the_dictionary(contracts: dict[str, Contract]) -> None:
    page = (FOLDER / "data_dictionary.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^### (\S+)$", page, flags=re.MULTILINE))
    schemas = {contract.schema_name for contract in contracts.values()}
    tables = {name for name in ASSETS if name.partition(".")[0] in schemas}
    assert tables <= described, f"missing: {sorted(tables - described)}"
    assert set(contracts) == described


def test_every_asset_is_in_the_lineage_with_all_it_is_made_from() -> None:
    page = (FOLDER / "lineage.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.*) \|$", page, flags=re.MULTILINE))
    for node in graph_nodes():
        assert node.name in rows, f"{node.name} is not in the lineage"
        upstream = rows[node.name].split(" | ")[1]
        assert set(re.findall(r"`([^`]+)`", upstream)) == set(node.upstream)
    assert set(ASSETS) <= set(rows)


def test_every_table_of_sources_and_gold_is_in_a_diagram(contracts: dict[str, Contract]) -> None:
    page = drawn((FOLDER / "er_diagrams.md").read_text(encoding="utf-8"))
    schema = drawn((FOLDER / "operational_schema.md").read_text(encoding="utf-8"))
    gold = {contract.table for contract in contracts.values() if contract.schema_name == "gold"}
    assert gold | set(SOURCES) <= page, f"missing: {sorted((gold | set(SOURCES)) - page)}"
    assert {table.name for table in Base.metadata.sorted_tables} == schema


def test_every_silver_table_has_the_name_of_the_source_that_is_drawn(
    contracts: dict[str, Contract],
) -> None:
    """Silver is not drawn again, so each of its tables must be one of the drawn sources."""
    staged = {
        c.table.removeprefix("stg_")
        for c in contracts.values()
        if c.schema_name == "silver" and c.kind is not Kind.SEED
    }
    # Securities have no source of their own: silver finds them in the market data. The stream
    # brings transactions and alerts, which are drawn.
    streamed = {"transaction_events", "stream_fraud_alerts"}
    assert staged - {"securities"} - streamed == set(SOURCES)


def test_every_key_of_gold_says_where_it_is_found(contracts: dict[str, Contract]) -> None:
    own_key = re.compile(r"(?i)key\b|surrogate key\b|day as yyyymmdd")
    found_in = re.compile(r"in `((?:dim|fact)_\w+)`")
    missing = [
        f"{contract.name}.{name}"
        for contract in contracts.values()
        if contract.schema_name == "gold"
        for name, column in contract.fields.items()
        if name.endswith("_key")
        and not found_in.search(column.description or "")
        and not own_key.match(column.description or "")
    ]
    assert missing == []


def test_a_table_that_is_no_longer_there_leaves_the_diagrams(
    contracts: dict[str, Contract],
) -> None:
    fewer = {name: c for name, c in contracts.items() if name != "gold.fact_ledger"}
    assert "fact_ledger" not in drawn(diagrams_page(fewer, SOURCES.values()))


def test_most_columns_of_models_tell_their_source(
    written: dict[str, str], contracts: dict[str, Contract]
) -> None:
    """What has none is counted or constant: a few columns in a hundred."""
    rows = re.findall(r"^\| `\w+` \|.*\| (.*) \|$", written["data_dictionary.md"], re.MULTILINE)
    without = sum(1 for source in rows if not source.strip())
    made_in_python = sum(
        len(contract.columns)
        for name, contract in contracts.items()
        if "python" in ASSETS[name].kinds and contract.schema_name != "bronze"
    )
    assert len(rows) == sum(len(contract.columns) for contract in contracts.values())
    assert (without - made_in_python) / len(rows) < 0.05
