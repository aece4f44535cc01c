"""Rotation of the master key: every person's key wrapped anew, in one transaction.

After it, keys in earlier backups open no more once the old master key is deleted. Belongs here:
the stored keys. The key's file is `finplatform.security.keys`.
"""

from dataclasses import dataclass

import polars as pl
import psycopg

from finplatform.errors import FinplatformError
from finplatform.privacy.operational import scrub
from finplatform.security.audit.events import Event
from finplatform.security.keys import KEY_FILE, MasterKey, rotating_master_key
from finplatform.security.subject_keys import KEY_SCHEMA, rewrap
from finplatform.settings import Settings
from finplatform.warehouse.audit_log import OPERATOR, record, trail
from finplatform.warehouse.database import Warehouse

_REWRAPPED = "rewrapped_keys"


@dataclass(frozen=True)
class Rotation:
    """What a rotation did.

    Attributes:
        keys: People's keys that were wrapped anew.
        old: Fingerprint of the key before.
        new: Fingerprint of the key now.
        retired: File of the old key, to be deleted.
    """

    keys: int
    old: str
    new: str
    retired: str


def rotate(settings: Settings, warehouse: Warehouse, actor: str) -> Rotation:
    """Wraps all keys by a new master key; run again, it ends a rotation that was cut short.

    Loads wait: none may wrap a key by the old one meanwhile.

    Args:
        settings: Name the key's file.
        warehouse: The database, as the login that owns it.
        actor: Who rotates, for the trail.

    Raises:
        FinplatformError: If the key comes from the environment, the last retired key is still
            there, or a key opens with neither.
    """
    with rotating_master_key(settings) as (old, new):
        with trail(warehouse) as connection:
            count = _rewrap(connection, old, new)
            detail = {"keys": count, "old": old.fingerprint, "new": new.fingerprint}
            record(connection, Event(actor, OPERATOR, "keys rotate", "master key", detail=detail))
        scrub(warehouse.url, "vault", ("customer_keys",))
    retired = (settings.keys / KEY_FILE).with_suffix(".key.old")
    return Rotation(count, old.fingerprint, new.fingerprint, str(retired))


def verify(warehouse: Warehouse, master: MasterKey) -> int:
    """Opens every living key, and returns their number.

    Raises:
        FinplatformError: If one does not open; names the subject.
    """
    with warehouse.connect() as connection:
        keys = _keys(connection)
    rewrap(keys, master, master)
    return keys.filter(pl.col("destroyed_at").is_null()).height


def _rewrap(connection: psycopg.Connection, old: MasterKey, new: MasterKey) -> int:
    row = connection.execute("select to_regclass('vault.customer_keys') is not null").fetchone()
    if not row or not row[0]:
        raise FinplatformError("There are no keys to rotate.", "Nothing has been loaded yet.")
    connection.execute("lock table vault.customer_keys in exclusive mode")
    keys = rewrap(_keys(connection), old, new)
    rewrap(keys, new, new)
    living = keys.filter(pl.col("destroyed_at").is_null())
    connection.execute(
        f"create temporary table {_REWRAPPED} (subject_id text, wrapped_key bytea)"
        " on commit drop".encode()
    )
    with connection.cursor() as cursor, cursor.copy(f"copy {_REWRAPPED} from stdin".encode()) as to:
        for pair in living.select("subject_id", "wrapped_key").iter_rows():
            to.write_row(pair)
    connection.execute(
        "update vault.customer_keys as k set wrapped_key = r.wrapped_key"
        f" from {_REWRAPPED} as r where r.subject_id = k.subject_id".encode()
    )
    return living.height


def _keys(connection: psycopg.Connection) -> pl.DataFrame:
    rows = connection.execute(
        "select subject_id, wrapped_key, created_at, destroyed_at from vault.customer_keys"
    ).fetchall()
    return pl.DataFrame(rows, schema=KEY_SCHEMA, orient="row")
