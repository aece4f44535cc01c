"""Limits of login attempts.

Failed attempts are counted by user name and by client address. Many for one name from one address
are refused for a while; many for one name from all addresses, or from one address for many names,
only delay the next ones, so that a correct password still works. Belongs here: the counting. Does
not belong here: passwords (`passwords`), and waiting (`finplatform.api.login`).
"""

import hashlib
import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from finplatform.errors import FinplatformError


@dataclass(frozen=True)
class Limits:
    """Wrong attempts in a time, as the library `limits` writes them.

    Attributes:
        pair: Of one name from one address, above which further ones are refused.
        name: Of one name from everywhere, above which they wait.
        address: Of one address for all names, above which they wait.
        wait_s: Seconds that they wait.
    """

    pair: tuple[str, ...] = ("5 per minute", "30 per hour")
    name: str = "50 per hour"
    address: str = "100 per hour"
    wait_s: float = 1.0


class TooManyAttemptsError(FinplatformError):
    """A name was tried in vain too often from one address.

    Args:
        seconds: Whole seconds until it may be tried again.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many wrong logins.", f"Try again in {seconds} s.")
        self.seconds = seconds


class Throttle:
    """Counts wrong logins of one process.

    Args:
        limits: How many are borne.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._counter = MovingWindowRateLimiter(MemoryStorage())
        self._pair = [parse(text) for text in self._limits.pair]
        self._name, self._address = parse(self._limits.name), parse(self._limits.address)

    def admit(self, name: str, address: str) -> float:
        """Seconds that an attempt has to wait before the password is looked at.

        Args:
            name: Who is to log in.
            address: Where the attempt comes from.

        Raises:
            TooManyAttemptsError: If it is refused for now.
        """
        key, place = _key(name), _key(address)
        for limit in self._pair:
            if not self._counter.test(limit, key, place):
                raise TooManyAttemptsError(self._seconds_left(limit, key, place))
        is_slowed = not (
            self._counter.test(self._name, key) and self._counter.test(self._address, place)
        )
        return self._limits.wait_s if is_slowed else 0.0

    def note_wrong(self, name: str, address: str) -> None:
        """Counts a wrong attempt."""
        key, place = _key(name), _key(address)
        for limit in self._pair:
            self._counter.hit(limit, key, place)
        self._counter.hit(self._name, key)
        self._counter.hit(self._address, place)

    def note_right(self, name: str, address: str) -> None:
        """Forgets the wrong attempts of a name from an address where the right one was made."""
        for limit in self._pair:
            self._counter.clear(limit, _key(name), _key(address))

    def _seconds_left(self, limit: RateLimitItem, *keys: str) -> int:
        reset = self._counter.get_window_stats(limit, *keys).reset_time
        return max(1, math.ceil(reset - time.time()))


def _key(text: str) -> str:
    """A key of fixed length: what is typed at a login may be long, or hold the parts' divider."""
    return hashlib.sha256(text.encode()).hexdigest()
