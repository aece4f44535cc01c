"""`finplatform simulate`: fills the operational schema with a synthetic bank.

Belongs here: choosing the span of days, loading, and noting the span for the partitions.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from finplatform.cli.output import ERR, OUT, print_json
from finplatform.errors import FinplatformError
from finplatform.home import close_home
from finplatform.oltp import migrate
from finplatform.settings import Settings, get_settings
from finplatform.simulate import SimulationConfig, generate
from finplatform.simulate.config import DEFAULT_RATES
from finplatform.simulate.feeds import write_feeds
from finplatform.simulate.load import load_bank
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.private_files import write_whole

DEFAULT_MONTHS = 24


def run(config: SimulationConfig, *, as_json: bool) -> None:
    """Makes and loads the bank, and prints the number of rows."""
    rows = fill(get_settings(), config)
    if as_json:
        span = {"start": config.start, "end": config.end, "seed": config.seed}
        print_json({**span, "did_nothing": not rows, "rows": rows})
    else:
        OUT.print(outcome(config, rows))


def outcome(config: SimulationConfig, rows: Mapping[str, int]) -> str:
    """What `fill` did, in a sentence."""
    if rows:
        counts = ", ".join(f"{n:,} {table}" for table, n in rows.items())
        return f"Simulated {config.start} to {config.end}: {counts}"
    return (
        f"Did nothing: the database holds this bank already ({config.start} to {config.end},"
        f" seed {config.seed}). Another seed, size or span makes another bank, in place of this"
        " one and of all that was built from it."
    )


def configure(
    customers: int,
    transactions: int,
    start: date | None,
    end: date | None,
    seed: int,
    *,
    stress: float = 1.0,
) -> SimulationConfig:
    """What to simulate; by default the 24 calendar months up to the end of the last full month.

    Without a start the span begins on a month's first day, so that banks whose ends differ by days
    draw the same months and differ by those days alone.

    Args:
        customers: Number of customers.
        transactions: Number of transactions, about.
        start: First day.
        end: Last day.
        seed: Seed of every random stream.
        stress: What default rates are multiplied by.

    Raises:
        FinplatformError: If it would end before it starts, or a rate is out of range.
    """
    last = end or datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    first = start or first_of_months(last, DEFAULT_MONTHS)
    if first > last:
        raise FinplatformError(f"The bank would end ({last}) before it starts ({first}).")
    calm = SimulationConfig(
        customers=customers, transactions=transactions, start=first, end=last, seed=seed
    )
    return replace(calm, **{rate: stress * getattr(calm, rate) for rate in DEFAULT_RATES})


def fill(settings: Settings, config: SimulationConfig) -> dict[str, int]:
    """Loads a simulated bank and its feeds; returns rows per table, none if it is there already.

    The same bank again is kept as it is. Another bank is another world: what had been built of the
    one before is dropped, since equal ids would mean other people.
    """
    warehouse = open_warehouse(settings)
    migrate.upgrade(warehouse.sqlalchemy_url)
    bank = generate(config)
    note_span(settings, config.start)
    if _holds(warehouse, config):
        write_feeds(bank, settings.home / "feeds")
        return {}
    with ERR.status("Simulating the bank"):
        with bulk.connect(warehouse.url) as connection:
            ddl.drop_schemas(connection)
        rows = load_bank(bank, warehouse.url)
        write_feeds(bank, settings.home / "feeds")
    return rows


def _holds(warehouse: Warehouse, config: SimulationConfig) -> bool:
    """Whether the database holds this very bank."""
    with warehouse.connect() as connection:
        found = connection.execute("select to_regclass('simulate.config') is not null").fetchone()
        if not found or not found[0]:
            return False
        stored = connection.execute("select key, value from simulate.config").fetchall()
    return dict(stored) == dict(config.as_rows())


def note_span(settings: Settings, start: date) -> None:
    """Notes the first day in the home, where the partitions find it."""
    close_home(settings.home)
    write_whole(
        settings.home / "settings.toml",
        "# Written by `finplatform simulate`; the environment and .env come first.\n"
        f"history_start = {start.isoformat()}\n",
    )
    get_settings.cache_clear()


def first_of_months(last: date, months: int) -> date:
    """First day of the calendar months that end with a day's month."""
    year, month = divmod(last.year * 12 + last.month - months, 12)
    return date(year, month + 1, 1)
