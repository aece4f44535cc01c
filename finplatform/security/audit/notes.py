"""Tree heads as signed notes: text with the log's name, size and root, and its signature.

The form is that of checkpoints in transparency logs (C2SP `signed-note` and `tlog-checkpoint`), so
that other programs can check it too. Belongs here: writing, signing, reading and verifying a note.
Does not belong here: where notes and keys are kept (see `finplatform.warehouse.audit_seals`).
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from finplatform.security.audit.tree import HASH_BYTES

_ED25519 = b"\x01"
"""Kind of key, as signed notes number them."""

_SIGNATURE = re.compile("— (?P<name>[^\\s+]+) (?P<value>[A-Za-z0-9+/]+={0,2})\n")
_BODY = re.compile(
    "(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]*)\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    "sealed-at (?P<sealed_at>[0-9T:.-]+Z)\nprevious (?P<previous>[A-Za-z0-9+/]{43}=)\n"
)

FIRST = bytes(HASH_BYTES)
"""Previous hash of the first head."""


class NoteError(Exception):
    """A note is malformed or its signature is not valid."""


@dataclass(frozen=True)
class Head:
    """A state of the tree.

    Attributes:
        origin: Name of the log.
        size: Number of leaves.
        root: Root hash.
        sealed_at: When it was signed, in UTC.
        previous: SHA-256 of the note before it, or `FIRST`.
    """

    origin: str
    size: int
    root: bytes
    sealed_at: datetime
    previous: bytes = FIRST

    @property
    def text(self) -> str:
        """What is signed."""
        instant = self.sealed_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        lines = (
            self.origin,
            str(self.size),
            _base64(self.root),
            f"sealed-at {instant}",
            f"previous {_base64(self.previous)}",
        )
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Reads what was signed.

        Raises:
            NoteError: If it is not the text of a head.
        """
        found = _BODY.fullmatch(text)
        if found is None:
            raise NoteError("the text is not that of a tree head")
        try:
            sealed_at = datetime.fromisoformat(found["sealed_at"])
            root, previous = (_bytes(found[name]) for name in ("root", "previous"))
        except ValueError as error:
            raise NoteError("the text is not that of a tree head") from error
        return cls(found["origin"], int(found["size"]), root, sealed_at, previous)


class Signer:
    """Signs notes with an Ed25519 key.

    Args:
        name: Name of the key, without spaces and plus signs.
        seed: 32 secret bytes.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        self._name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def verifier(self) -> "Verifier":
        """Verifies what this signs."""
        return Verifier(self._name, self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signed note of a text that ends in a line break."""
        value = self.verifier.key_id + self._key.sign(text.encode())
        return f"{text}\n— {self._name} {_base64(value)}\n"


class Verifier:
    """Verifies notes of one signer.

    Args:
        name: Name of the key.
        public_key: 32 bytes.
    """

    def __init__(self, name: str, public_key: bytes) -> None:
        self.name = name
        self._public_key = public_key

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Reads a key from its text, as `text` gives it.

        Raises:
            NoteError: If it is not the text of an Ed25519 key.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            key = _bytes(encoded)
        except ValueError as error:
            raise NoteError("the key is not base64") from error
        verifier = cls(name, key[1:])
        is_whole = key[:1] == _ED25519 and len(key) == 1 + HASH_BYTES
        if not is_whole or verifier.key_id.hex() != key_id:
            raise NoteError("the key is not that of an Ed25519 signer")
        return verifier

    @property
    def key_id(self) -> bytes:
        """Four bytes by which a note's signature names the key."""
        named = self.name.encode() + b"\n" + _ED25519 + self._public_key
        return sha256(named).digest()[:4]

    @property
    def text(self) -> str:
        """The key as text, for other verifiers."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(_ED25519 + self._public_key)}"

    def open(self, note: str) -> str:
        """The text of a note.

        Args:
            note: Text, an empty line and signatures, of which others than this signer's are left
                alone.

        Raises:
            NoteError: If this signer has not signed that text.
        """
        text, blank, signatures = note.rpartition("\n\n")
        if not blank or not _SIGNATURE.match(signatures):
            raise NoteError("it is no signed note")
        signed = f"{text}\n"
        for found in _SIGNATURE.finditer(signatures):
            value = _signature(found["value"])
            if found["name"] == self.name and value[:4] == self.key_id:
                return self._checked(signed, value[4:])
        raise NoteError("it is not signed by this key")

    def _checked(self, text: str, signature: bytes) -> str:
        try:
            Ed25519PublicKey.from_public_bytes(self._public_key).verify(signature, text.encode())
        except InvalidSignature:
            raise NoteError("its signature is not of this text") from None
        return text


def note_hash(note: str) -> bytes:
    """SHA-256 of a note, by which the next one names it."""
    return sha256(note.encode()).digest()


def _signature(text: str) -> bytes:
    try:
        return _bytes(text)
    except ValueError:
        return b""


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
