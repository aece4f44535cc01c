"""`finplatform docs`: writes the documents that come from the code.

Belongs here: the data dictionary. Prose is written by hand in `docs/`.
"""

from collections.abc import Iterable
from pathlib import Path

from finplatform.build import all_contracts
from finplatform.cli.output import OUT
from finplatform.contracts.contract import Contract
from finplatform.settings import PROJECT_ROOT, get_settings
from finplatform.warehouse import dbt_manifest

DICTIONARY = PROJECT_ROOT / "docs" / "data_dictionary.md"

_LAYERS = ("bronze", "silver", "gold", "bi")


def run() -> None:
    """Writes the data dictionary into the source tree."""
    contracts = all_contracts(dbt_manifest.load_manifest(get_settings()))
    write(DICTIONARY, contracts.values())
    OUT.print(f"Wrote {DICTIONARY.relative_to(PROJECT_ROOT)}: {len(contracts)} tables.")


def write(path: Path, contracts: Iterable[Contract]) -> None:
    """Writes the dictionary of some contracts."""
    path.write_text(dictionary(contracts), encoding="utf-8")


def dictionary(contracts: Iterable[Contract]) -> str:
    """The data dictionary as Markdown."""
    tables = sorted(contracts, key=lambda c: (_LAYERS.index(c.schema_name), c.table))
    lines = [
        "# Data dictionary",
        "",
        "Every stored table and column, from the contracts that ingest, dbt and checks enforce.",
        "Written by `make docs`; do not edit.",
    ]
    for layer in _LAYERS:
        lines += ["", f"## {layer}"]
        for contract in tables:
            if contract.schema_name == layer:
                lines += _table(contract)
    return "\n".join(lines) + "\n"


def _table(contract: Contract) -> list[str]:
    lines = [
        "",
        f"### {contract.name}",
        "",
        f"{contract.grain[:1].upper()}{contract.grain[1:]}. Key: `{', '.join(contract.key)}`."
        + (f" Cut by `{contract.date_column}`." if contract.date_column else ""),
        "",
        "| column | type | null | meaning | rules |",
        "|---|---|---|---|---|",
    ]
    for name, sql_type, nullable in contract.sql_columns():
        column = contract.schema.columns[name]
        rules = "; ".join(_rule(str(check.error or check.name)) for check in column.checks)
        meaning = _cell(column.description or "")
        lines.append(
            f"| `{name}` | {sql_type} | {'yes' if nullable else ''} | {meaning} | {rules} |"
        )
    return lines


def _rule(text: str) -> str:
    shown = text if len(text) <= 100 else f"{text[:97]}..."
    return f"`{_cell(shown)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
