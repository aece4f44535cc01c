"""Master key of a vault, and its comparison with the fingerprint stored in the warehouse.

Without the comparison a lost, swapped or damaged key would be replaced by a new one, which opens no
customer's key and makes tokens that match no stored token. Does not belong here: the key file (see
`finplatform.security.keys`).
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
    """Master key of a warehouse; for an unused vault a missing key is created.

    Args:
        url: libpq URL of the warehouse.
        settings: Location of the key.

    Raises:
        FinplatformError: If the key of a vault in use is missing or differs.
    """
    with bulk.connect(url) as connection:
        ddl.create_schemas(connection)
        connection.commit()
        is_used = _fingerprint(connection) is not None or _wrapped_key(connection) is not None
        master = load_master_key(settings, create=not is_used)
        confirm_master_key(connection, master)
    return master


def confirm_master_key(connection: dbapi.Connection, master: MasterKey) -> None:
    """Checks that a vault belongs to a master key; an unused vault adopts it.

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
    """Wrapped key of one customer that is not erased; None without such a customer."""
    keys = bulk.read_frame(
        connection, "select wrapped_key from vault.customer_keys where destroyed_at is null limit 1"
    )
    return keys["wrapped_key"][0] if keys.height else None
