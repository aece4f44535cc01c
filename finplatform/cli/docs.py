"""`finplatform docs`: writes the documents that come from the code.

Belongs here: gathering contracts, graph and configuration, and where the documents go. Does not
belong here: what they say (see `finplatform.documentation`). Prose is written by hand in `docs/`.
"""

import csv
import os
from pathlib import Path
from typing import Any

from finplatform.cli.docs_measured import measured_documents
from finplatform.cli.output import OUT
from finplatform.cli.tree import all_commands
from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract
from finplatform.contracts.metrics import metrics
from finplatform.documentation import lineage, model_columns
from finplatform.documentation.commands import commands_page
from finplatform.documentation.dictionary import dictionary
from finplatform.documentation.metrics_page import metrics_page
from finplatform.documentation.rules import constraint_rules, data_tests, rules_page
from finplatform.documentation.source_tables import source_tables_page
from finplatform.documentation.star import diagrams_page
from finplatform.errors import FinplatformError
from finplatform.home import PUBLIC_UMASK
from finplatform.ingest.connectors.config import load_sources
from finplatform.orchestration.build import all_contracts
from finplatform.orchestration.checks.reconciliations import RECONCILIATIONS
from finplatform.risk.rules import rule_rows
from finplatform.settings import PROJECT_ROOT, Settings, get_settings
from finplatform.taxonomy import GROUPS
from finplatform.warehouse import dbt

FOLDER = PROJECT_ROOT / "docs"


def run(*, plans: bool, site: bool) -> None:
    """Writes the documents into the source tree.

    Args:
        plans: Also write what is measured on the built bank.
        site: Also build the site from all documents.

    Raises:
        FinplatformError: If there is no checkout.
    """
    if not FOLDER.is_dir():
        raise FinplatformError(
            "There is no source checkout to write documents into.",
            "Run it in a checkout; the documents of a release come with its source.",
        )
    # The checkout and its site are no data; the home is closed by its own mode.
    os.umask(PUBLIC_UMASK)
    settings = get_settings()
    texts = documents(settings)
    if plans:
        texts |= measured_documents(settings)
    written = write(FOLDER, texts)
    OUT.print(f"Wrote {', '.join(path.name for path in written)} in {FOLDER.name}.")
    if site:
        from finplatform.cli import docs_site

        OUT.print(f"Built {docs_site.build(settings)}.")


def documents(settings: Settings) -> dict[str, str]:
    """Text of every document that comes from the code, by file name."""
    manifest = dbt.load_manifest(settings)
    contracts = all_contracts(manifest)
    columns = column_sources(settings, contracts)
    bronze = {f"bronze.{name}": columns[f"bronze.{name}"] for name in SOURCES}
    return {
        "commands.md": commands_page(all_commands()),
        "data_dictionary.md": dictionary(contracts.values(), columns),
        "source_tables.md": source_tables_page(SOURCES.values(), transaction_types()),
        "er_diagrams.md": diagrams_page(contracts, SOURCES.values()),
        "lineage.md": lineage.lineage_page(graph_nodes(), list(GROUPS), bronze),
        "metrics.md": metrics_page(metrics(manifest)),
        "business_rules.md": rules_page(
            contracts.values(),
            data_tests(manifest),
            constraint_rules(manifest),
            [(f"{r.schema}.{r.table}", r.name, r.description) for r in RECONCILIATIONS],
            rule_rows(),
        ),
    }


def transaction_types() -> list[dict[str, str]]:
    """Rows of the seed with the direction of each type of transaction."""
    with (PROJECT_ROOT / "dbt_project" / "seeds" / "transaction_types.csv").open(
        encoding="utf-8", newline=""
    ) as seed:
        return list(csv.DictReader(seed))


def write(folder: Path, texts: dict[str, str]) -> list[Path]:
    """Writes documents and returns their paths."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def column_sources(settings: Settings, contracts: dict[str, Contract]) -> dict[str, dict[str, str]]:
    """By table and column, the sources of the column, as far as the code has them."""
    sources = load_sources(PROJECT_ROOT / "sources.yaml", frozenset(SOURCES))
    found = {
        f"bronze.{name}": lineage.bronze_sources(source, sources)
        for name, source in SOURCES.items()
    }
    columns = {name: contract.columns for name, contract in contracts.items()}
    for name, sql in dbt.compiled_models(settings).items():
        read = model_columns.model_columns(sql, columns)
        found[name] = {column: model_columns.described(read[column]) for column in read}
    return found


def graph_nodes() -> list[lineage.Node]:
    """Every asset of the graph as the lineage page takes it."""
    from finplatform.definitions import defs

    graph = defs.resolve_asset_graph()
    specs: dict[Any, Any] = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    return [
        lineage.Node(
            name=".".join(asset_key.path),
            group=specs[asset_key].group_name if asset_key in specs else "",
            made_by=lineage.made_by(specs[asset_key].kinds if asset_key in specs else ()),
            upstream=tuple(".".join(parent.path) for parent in graph.get(asset_key).parent_keys),
        )
        for asset_key in graph.get_all_asset_keys()
    ]
