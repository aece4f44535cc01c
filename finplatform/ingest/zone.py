"""The zone of a warehouse's business days, which it keeps once it has rows.

Belongs here: putting a load's transaction into it. Does not belong here: finding the zone before
anything connects (see `finplatform.warehouse.bank_days`).
"""

from adbc_driver_postgresql import dbapi

from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal


def begin_days(connection: dbapi.Connection, timezone: str) -> None:
    """Puts the transaction into the bank's zone.

    Args:
        connection: Connection of a load.
        timezone: Zone of the source configuration.

    Raises:
        FinplatformError: If the stored days are those of another zone.
    """
    zone = literal(timezone)
    stored = bulk.fetch_value(
        connection,
        "with noted as (insert into ops.business_days (timezone)"
        f" select case when exists (select from ops.loads) then 'UTC' else {zone} end"
        " where not exists (select from ops.business_days)"
        " on conflict do nothing returning timezone)"
        " select timezone from ops.business_days union all select timezone from noted",
    )
    if stored is not None and stored != timezone:
        raise FinplatformError(
            f"The business days in this warehouse are those of {stored}, not of {timezone}.",
            "Put `bank.timezone` back, or build the bank anew in an empty database.",
        )
    bulk.execute(connection, f"set local time zone {zone}")
