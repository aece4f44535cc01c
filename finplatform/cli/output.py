"""Printing: for people with Rich, for programs as JSON.

Belongs here: the two consoles and small helpers that all commands share.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

OUT = Console()
ERR = Console(stderr=True)


def print_json(data: Any) -> None:
    """Writes data as JSON to standard output, and nothing else."""
    OUT.out(json.dumps(data, indent=2, default=_plain, ensure_ascii=False), highlight=False)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = ()
) -> None:
    """Prints rows under headings.

    Args:
        title: Above the table.
        columns: Headings.
        rows: Cells; None is shown as a dash.
        numbers: Positions of columns that are aligned right.
    """
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for position, name in enumerate(columns):
        table.add_column(name, justify="right" if position in numbers else "left")
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    OUT.print(table)


def size(count: float) -> str:
    """Bytes with a unit: 1536 is `1.5 kB`."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(count) < 1024 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
