"""The master key of a vault: found once, and from then on the only one that its loads accept.

A vault remembers the fingerprint of the key that makes its tokens. A lost, swapped or damaged key
would otherwise be replaced by a new one, which opens no customer's key and makes tokens that match
none of those stored. Belongs here: that comparison, inside the database. Does not belong here:
where the key is kept (see `finplatform.security.keys`).
"""

from adbc_driver_postgresql import dbapi

from finplatform.errors import FinplatformError
from finplatform.security.keys import MasterKey, load_master_key
from finplatform.security.subject_keys import unwrap
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal

_PUT_BACK = (
    "Nothing was changed. Put back the master key that was in use (HOME/keys/master.key or"
    " FINPLATFORM_MASTER_KEY); a new one cannot open what it sealed."
)


def vault_master_key(url: str, settings: Settings) -> MasterKey:
    """The master key of a warehouse; of an empty one a new key is made if there is none.

    Args:
        url: libpq URL of the warehouse.
        settings: Where the key is kept.

    Raises:
        FinplatformError: If the key is missing though the vault is in use, or is another one.
    """
    with bulk.connect(url) as connection:
        ddl.create_schemas(connection)
        connection.commit()
        is_used = _fingerprint(connection) is not None or _wrapped_key(connection) is not None
        master = load_master_key(settings, create=not is_used)
        confirm_master_key(connection, master)
    return master


def confirm_master_key(connection: dbapi.Connection, master: MasterKey) -> None:
    """Checks that a vault belongs to a master key; an unused vault does from now on.

    Args:
        connection: Connection to the warehouse.
        master: The key.

    Raises:
        FinplatformError: If the vault's tokens were made, or its customers' keys wrapped, by
            another key.
    """
    wrapped = _wrapped_key(connection)
    if wrapped is not None:
        try:
            unwrap(master.wrap_key, wrapped, "")
        except FinplatformError:
            raise FinplatformError(
                "The master key does not open the customers' keys in the vault.",
                f"{_PUT_BACK} After an interrupted rotation, run the rotation again.",
            ) from None
    found = _fingerprint(connection)
    if found is None:
        bulk.execute(
            connection,
            "insert into vault.token_key (fingerprint)"
            f" values ({literal(master.token_fingerprint)}) on conflict do nothing",
        )
        connection.commit()
        found = _fingerprint(connection)
    if found != master.token_fingerprint:
        raise FinplatformError(
            "The master key is not the one that made the tokens in this warehouse, so new tokens"
            " would match none of them.",
            _PUT_BACK,
        )


def _fingerprint(connection: dbapi.Connection) -> object:
    return bulk.fetch_value(connection, "select max(fingerprint) from vault.token_key")


def _wrapped_key(connection: dbapi.Connection) -> bytes | None:
    """One living customer's key as it is stored; None where no customer has any."""
    keys = bulk.read_frame(
        connection, "select wrapped_key from vault.customer_keys where destroyed_at is null limit 1"
    )
    return keys["wrapped_key"][0] if keys.height else None
