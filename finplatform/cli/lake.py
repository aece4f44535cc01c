"""`finplatform lake`: the lake written, compared and queried by an operator.

Belongs here: the commands and printing. Does not belong here: what they do (see
`finplatform.lake`).
"""

from dataclasses import asdict, dataclass
from datetime import date

from finplatform.cli.output import ERR, OUT, print_json, print_table, size, styled
from finplatform.cli.sql import text_of_query
from finplatform.errors import FinplatformError
from finplatform.lake.catalog import LakeTable, chosen, configured_tables
from finplatform.lake.engine import query as run_query
from finplatform.lake.manifest import Manifest, read_manifest
from finplatform.lake.root import LakeRoot, open_root
from finplatform.lake.totals import Totals, differences, warehouse_totals
from finplatform.lake.write import write_window
from finplatform.settings import get_settings
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.identifiers import distinct
from finplatform.windows import Window


@dataclass(frozen=True)
class TableStatus:
    """How a table of the lake stands.

    Attributes:
        table: Name in the lake.
        source: Name in the warehouse.
        days: Days with rows.
        rows: Rows.
        size: Bytes of the files.
        until: Last day that it holds.
        different_days: Days whose rows or sums are not those of the warehouse.
        damaged_files: Files that are missing, or have not the size of the manifest.
        left_files: Files that the manifest does not name.
    """

    table: str
    source: str
    days: int
    rows: int
    size: int
    until: date | None
    different_days: int
    damaged_files: int
    left_files: int

    @property
    def is_current(self) -> bool:
        """Whether it is what the warehouse has."""
        return not (self.different_days or self.damaged_files or self.left_files)


def window_of(first: date | None, last: date | None) -> Window | None:
    """The window of two days that were typed; None for all days.

    Raises:
        FinplatformError: If one of them alone is given.
    """
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise FinplatformError("A window has two ends.", "Give both --from and --to.")
    return Window.through(first, last)


def sync(names: list[str], window: Window | None, *, as_json: bool) -> None:
    """Writes days of tables and prints what has changed.

    Args:
        names: Tables; none for all.
        window: Days; None for all.
        as_json: Print JSON.

    Raises:
        FinplatformError: If a table is not known, or changes while it is read.
    """
    settings = get_settings()
    tables = chosen(configured_tables(settings), names)
    warehouse, root = open_warehouse(settings), open_root(settings)
    record_command(settings, "lake sync", root.address, {"days": str(window or "all")})
    found = []
    for table in tables:
        found.append(write_window(settings, warehouse, root, table, window))
        if not as_json:
            ERR.print(f"{table.name}: {found[-1].rows:,} rows")
    if as_json:
        print_json([{**asdict(one), "files": len(one.files)} for one in found])
        return
    print_table(
        f"Lake at {root.address}",
        ["table", "rows", "files written", "unchanged", "removed", "written"],
        [
            (
                one.table,
                f"{one.rows:,}",
                one.partitions,
                one.unchanged,
                one.removed,
                size(one.size),
            )
            for one in found
        ],
        numbers=range(1, 6),
    )  # fmt: skip


def status(names: list[str], *, as_json: bool) -> None:
    """Prints how tables stand; exits 1 if one is not what the warehouse has.

    Args:
        names: Tables; none for all.
        as_json: Print JSON.

    Raises:
        FinplatformError: If a table is not known.
    """
    settings = get_settings()
    tables = chosen(configured_tables(settings), names)
    warehouse, root = open_warehouse(settings), open_root(settings)
    found = [_status(table, warehouse, root) for table in tables]
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        _print(root, found)
    if not all(one.is_current for one in found):
        raise SystemExit(1)


def query(text: str, limit: int, *, as_json: bool) -> None:
    """Runs one SELECT on the lake and prints its rows.

    Args:
        text: The query; `-` reads standard input.
        limit: Most rows.
        as_json: Print JSON.

    Raises:
        FinplatformError: If it is no SELECT, or fails.
    """
    settings, wanted = get_settings(), text_of_query(text)
    record_command(settings, "finplatform sql", "lake", {"statement": wanted})
    answer = run_query(settings, wanted, limit)
    if as_json:
        names = distinct(answer.columns)
        print_json([dict(zip(names, row, strict=True)) for row in answer.rows])
        return
    print_table("", answer.columns, answer.rows)
    for table, until in sorted(answer.until.items()):
        ERR.print(f"{table} from the lake, to {until or 'no day'}.")


def _status(table: LakeTable, warehouse: Warehouse, root: LakeRoot) -> TableStatus:
    held = read_manifest(root, table.name) or Manifest(table.name, table.source, table.date_column)
    with warehouse.connect() as connection:
        expected = warehouse_totals(connection, table, None)
    lake = {day: Totals(one.rows, one.sums) for day, one in held.partitions.items()}
    named = {key: held.partitions[_day(key)].size for key in held.files}
    stored = root.sizes(table.name)
    days = sorted(day for day, one in held.partitions.items() if one.rows)
    return TableStatus(
        table.name,
        table.source,
        len(days),
        held.rows,
        held.size,
        max(days, default=None),
        len({difference.day for difference in differences(expected, lake)}),
        sum(stored.get(key) != length for key, length in named.items()),
        len(stored.keys() - named.keys()),
    )


def _day(key: str) -> date:
    return date.fromisoformat(key.split("/")[-2].removeprefix("date="))


def _print(root: LakeRoot, found: list[TableStatus]) -> None:
    print_table(
        f"Lake at {root.address}",
        ["table", "source", "days", "rows", "size", "until", "state"],
        [
            (
                one.table, one.source, one.days, f"{one.rows:,}", size(one.size), one.until,
                styled(("current", "green")) if one.is_current else styled((_state(one), "red")),
            )
            for one in found
        ],
        numbers=(2, 3, 4),
    )  # fmt: skip
    if not all(one.is_current for one in found):
        OUT.print("`finplatform lake sync` makes it what the warehouse has.")


def _state(one: TableStatus) -> str:
    parts = {
        "days differ": one.different_days,
        "files are damaged": one.damaged_files,
        "files are left over": one.left_files,
    }
    return ", ".join(f"{count} {what}" for what, count in parts.items() if count)
