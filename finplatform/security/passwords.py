"""Passwords of users and secrets of services: hashing, verification and minimum strength.

The stored form is an Argon2id hash with its parameters (RFC 9106). Does not belong here: users
(`finplatform.warehouse.users`) and the limit of attempts (`throttle`).
"""

import secrets
from dataclasses import dataclass
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from finplatform.errors import FinplatformError

SHORTEST = 12
"""Characters of the shortest password: length protects, rules on letters and digits do not."""

LONGEST = 256
"""Maximum number of characters; hashing longer text would tie up the server."""

_FEWEST_KINDS = 5
_SECRET_BYTES = 32


@dataclass(frozen=True)
class Passwords:
    """Hashes passwords and checks them.

    Attributes:
        time_cost: Passes over the memory.
        memory_kib: Memory of one hash, in KiB.
        lanes: Lanes of one hash.
    """

    time_cost: int = 3
    memory_kib: int = 65_536
    lanes: int = 4

    @cached_property
    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(self.time_cost, self.memory_kib, self.lanes)

    @cached_property
    def _hash_of_no_password(self) -> str:
        """A hash to check against where a name has none: both take the same time."""
        return self._hasher.hash(secrets.token_urlsafe(_SECRET_BYTES))

    def hash(self, password: str) -> str:
        """What is kept of a password, with a salt of its own."""
        return self._hasher.hash(password)

    def is_right(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one of a hash.

        Args:
            kept: The hash; None where there is none, which takes as long and is never right.
            password: What was given.
        """
        try:
            is_same = self._hasher.verify(kept or self._hash_of_no_password, password[:LONGEST])
        except (Argon2Error, InvalidHashError):
            return False
        return is_same and kept is not None and len(password) <= LONGEST

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def check_password(password: str, name: str) -> None:
    """Refuses a password that is too easily guessed.

    Args:
        password: The password.
        name: Of whom it is to be.

    Raises:
        FinplatformError: If it is too short, too long, made of few characters, or holds the name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise FinplatformError(
            f"A password has {SHORTEST} to {LONGEST} characters.", "Take some words in a row."
        )
    if len(set(password)) < _FEWEST_KINDS or name.lower() in password.lower():
        raise FinplatformError(
            "This password is too easily guessed.",
            f"Take one with {_FEWEST_KINDS} different characters or more, and without the name.",
        )


def new_secret() -> str:
    """A secret for a program, or of a session: 256 random bits as text."""
    return secrets.token_urlsafe(_SECRET_BYTES)
