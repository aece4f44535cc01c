"""Custody of the backups' key, and the keys that are derived from it.

Belongs here: the key. Does not belong here: what is sealed with it (`sealed_file`), and the master
key of customers' keys, which is another (`finplatform.security.keys`).
"""

import base64
import binascii
import hmac
import os
from hashlib import sha256
from typing import NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from finplatform.errors import FinplatformError
from finplatform.security.key_file import is_open_to_others, write_once
from finplatform.settings import Settings

KEY_BYTES = 32
KEY_FILE = "backup.key"


class BackupKey:
    """One secret, of which every file gets a key of its own; never shown and never pickled.

    Args:
        secret: 32 bytes.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"the key is {KEY_BYTES} bytes")
        self._secret = secret

    @property
    def fingerprint(self) -> str:
        """Fingerprint of 16 hex digits that does not disclose the key."""
        return self._derive(b"fingerprint", b"")[:8].hex()

    def file_key(self, salt: bytes, label: str) -> bytes:
        """Key of one file.

        Args:
            salt: Random bytes in the file's header.
            label: Name of the file, so that one cannot stand in for another.
        """
        return self._derive(b"file/" + label.encode(), salt)

    def signature(self, text: bytes) -> str:
        """HMAC-SHA256 of a text that is kept in the clear, as hex digits."""
        return hmac.new(self._derive(b"manifest", b""), text, sha256).hexdigest()

    def _derive(self, purpose: bytes, salt: bytes) -> bytes:
        info = b"finplatform/backup/v1/" + purpose
        return HKDF(hashes.SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(self._secret)

    def __repr__(self) -> str:
        return f"BackupKey(fingerprint={self.fingerprint!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a backup key is never pickled")


def load_backup_key(settings: Settings, *, create: bool = False) -> BackupKey:
    """The key from the setting `backup_key`, else from `HOME/keys/backup.key`.

    Args:
        settings: Name the home.
        create: Make the file when there is none: only where no backup exists yet, since a new key
            opens none of them.

    Raises:
        FinplatformError: If it is missing, unreadable, malformed or readable by others.
    """
    if settings.backup_key is not None:
        return _parsed(settings.backup_key.get_secret_value(), "FINPLATFORM_BACKUP_KEY")
    path = settings.keys / KEY_FILE
    if create:
        write_once(path, lambda: base64.b64encode(os.urandom(KEY_BYTES)).decode() + "\n")
    try:
        is_open = is_open_to_others(path)
        text = path.read_text("ascii")
    except FileNotFoundError:
        raise FinplatformError(
            f"The key of the backups is missing: there is no {path}.",
            "Put it back from your copy, or set FINPLATFORM_BACKUP_KEY; no backup opens without.",
        ) from None
    except UnicodeDecodeError:
        text = ""
    if is_open:
        raise FinplatformError(
            f"The key of the backups at {path} is open to other users.", f"Run `chmod 600 {path}`."
        )
    return _parsed(text, f"The key at {path}")


def _parsed(text: str, origin: str) -> BackupKey:
    try:
        return BackupKey(base64.b64decode(text.strip(), validate=True))
    except (binascii.Error, ValueError):
        raise FinplatformError(
            f"{origin} is malformed: it must be the base64 of {KEY_BYTES} bytes.",
            "Put back the key from your copy.",
        ) from None
