"""Custody of the master key: where it lives, how it is made, split into sub-keys and rotated.

Everything that touches the key file or the key's text belongs here. What the sub-keys are used
for does not: wrapping customers' keys is `subject_keys`, tokens are `tokens`.
"""

import base64
import binascii
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from finplatform.errors import FinplatformError
from finplatform.security.key_file import is_open_to_others, sync_folder, write_once
from finplatform.settings import Settings, get_settings

KEY_BYTES = 32
KEY_FILE = "master.key"


class MasterKey:
    """One secret from which independent keys are derived (HKDF-SHA256, a label per purpose).

    Its text is the base64 of 32 bytes. After a rotation it is two such parts with a colon between:
    the new secret and the token key carried over, because tokens stored in facts must go on
    matching while the key that wraps customers' keys changes.

    The secret never shows in `repr`, and an instance refuses to be pickled, so that it cannot
    reach a log, a run's stored inputs or another process by accident.
    """

    __slots__ = ("_secret", "_token_key")

    def __init__(self, secret: bytes, token_key: bytes | None = None) -> None:
        if len(secret) != KEY_BYTES or (token_key is not None and len(token_key) != KEY_BYTES):
            raise ValueError(f"keys are {KEY_BYTES} bytes")
        self._secret = secret
        self._token_key = token_key

    @classmethod
    def generate(cls) -> "MasterKey":
        """A fresh random master key."""
        return cls(os.urandom(KEY_BYTES))

    @classmethod
    def parse(cls, text: str, origin: str = "The master key") -> "MasterKey":
        """Reads a master key from its text.

        Args:
            text: Base64 of 32 bytes, or two of them with a colon between.
            origin: Where the text is from, for the error message.

        Raises:
            FinplatformError: The text is not a master key. The message never quotes it.
        """
        try:
            parts = [base64.b64decode(part, validate=True) for part in text.strip().split(":")]
        except (binascii.Error, ValueError):
            parts = []
        if len(parts) not in (1, 2) or any(len(part) != KEY_BYTES for part in parts):
            raise FinplatformError(
                f"{origin} is malformed: it must be the base64 of {KEY_BYTES} bytes.",
                "Put back the key from your copy; a new one cannot open what this one sealed.",
            )
        return cls(*parts)

    def export(self) -> str:
        """The key's text, for the key file or a secret store. The only way the secret leaves."""
        parts = [self._secret] if self._token_key is None else [self._secret, self._token_key]
        return ":".join(base64.b64encode(part).decode() for part in parts)

    def rotated(self) -> "MasterKey":
        """A new master key that makes the same tokens as this one."""
        return MasterKey(os.urandom(KEY_BYTES), self.token_key)

    @property
    def wrap_key(self) -> bytes:
        """Key that wraps customers' data keys, 32 bytes."""
        return self._derive("wrap")

    @property
    def token_key(self) -> bytes:
        """Key of join tokens, 32 bytes; the same before and after a rotation."""
        return self._token_key if self._token_key is not None else self._derive("token")

    @property
    def fingerprint(self) -> str:
        """Fingerprint of eight hex digits that does not disclose the key; safe to print."""
        return self._derive("fingerprint")[:4].hex()

    @property
    def token_fingerprint(self) -> str:
        """32 hex digits that identify the token key; the same before and after a rotation."""
        digest = hashes.Hash(hashes.SHA256())
        digest.update(b"finplatform/v1/token-fingerprint" + self.token_key)
        return digest.finalize()[:16].hex()

    def _derive(self, purpose: str) -> bytes:
        info = f"finplatform/v1/{purpose}".encode()
        return HKDF(hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._secret)

    def __repr__(self) -> str:
        return f"MasterKey(fingerprint={self.fingerprint!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a master key is never pickled")


def load_master_key(settings: Settings | None = None, *, create: bool = True) -> MasterKey:
    """The platform's master key: from the setting `master_key`, else from `HOME/keys/master.key`.

    Args:
        settings: Settings to use; default: those of the process.
        create: Make the key file when there is none. Pass False where sealed data already exists,
            since a new key would not open it.

    Raises:
        FinplatformError: The key is missing, unreadable, malformed or readable by others.
    """
    settings = settings or get_settings()
    if settings.master_key is not None:
        text = settings.master_key.get_secret_value()
        return MasterKey.parse(text, "FINPLATFORM_MASTER_KEY")
    path = settings.keys / KEY_FILE
    if create:
        _write_once(path, MasterKey.generate)
    return _read(path)


@contextmanager
def rotating_master_key(settings: Settings | None = None) -> Iterator[tuple[MasterKey, MasterKey]]:
    """Replaces the key file, once the body has rewrapped every customer's key.

    The new key is on disk (`master.key.next`) before the body runs, and takes the old one's place
    only when the body returns. After an interruption, a second run completes the rotation with the
    same new key, and `rewrap` skips rewrapped keys. The old key stays in the same folder as
    `master.key.old` until an operator has verified the new one and deletes it.

    Yields:
        The old and the new master key.

    Raises:
        FinplatformError: The key comes from the environment, or an earlier rotation's old key is
            still there.
    """
    settings = settings or get_settings()
    if settings.master_key is not None:
        raise FinplatformError(
            "The master key is set by FINPLATFORM_MASTER_KEY, so its file cannot be rotated.",
            "Make `MasterKey.rotated()`, store its text, rewrap, then change the variable.",
        )
    path = settings.keys / KEY_FILE
    following, retired = path.with_suffix(".key.next"), path.with_suffix(".key.old")
    old = _read(path)
    if retired.exists() and not following.exists():
        raise FinplatformError(
            f"The key retired by the last rotation is still at {retired}.",
            "Check that the present key opens every customer's key, then delete the old file.",
        )
    _write_once(following, old.rotated)
    yield old, _read(following)
    if not retired.exists():
        retired.hardlink_to(path)
    following.replace(path)
    sync_folder(path.parent)


def _write_once(path: Path, make: Callable[[], MasterKey]) -> None:
    """Writes the key file unless there is one."""
    try:
        write_once(path, lambda: make().export() + "\n")
    except OSError as error:
        raise FinplatformError(
            f"The master key cannot be written to {path} ({error.strerror}).",
            "Give this user the folder, or set FINPLATFORM_MASTER_KEY from a secret store.",
        ) from error


def _read(path: Path) -> MasterKey:
    try:
        is_open = is_open_to_others(path)
        text = path.read_text("ascii")
    except FileNotFoundError:
        raise FinplatformError(
            f"There is no master key at {path}.",
            "Put back the key from your copy, or set FINPLATFORM_MASTER_KEY.",
        ) from None
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        raise FinplatformError(
            f"The master key at {path} cannot be read ({error.strerror}).",
            "Run as the user that owns the file.",
        ) from error
    if is_open:
        raise FinplatformError(
            f"The master key at {path} is open to other users.",
            f"Run `chmod 600 {path}`, or set FINPLATFORM_MASTER_KEY where files have no modes.",
        )
    return MasterKey.parse(text, f"The master key at {path}")
