"""Checking passwords of requests: not too many at a time, and not too often in vain.

Belongs here: the waits and the threads around `finplatform.security.passwords`. An attempt takes
the same time whether there is such a name or not.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from finplatform.api.database import Session
from finplatform.api.login import store
from finplatform.api.login.store import Account
from finplatform.security.passwords import Passwords
from finplatform.security.throttle import Throttle, TooManyAttemptsError

_HASHES_AT_ONCE = 2
"""Each takes its memory and a core; the others wait for their turn."""

_WAITING_OF_AN_ADDRESS = 8
_BUSY_SECONDS = 2

Find = Callable[[Session, str], Awaitable[Account | None]]
"""Finds the account of a name: `store.find_user` or `store.find_client`."""

OpenSession = Callable[[], AbstractAsyncContextManager[Session]]
"""Gives a connection that may read and write the tables of logins."""


class Checker:
    """Checks passwords.

    Args:
        open_session: Gives connections; none is held while a password is hashed.
        passwords: Hashes and compares.
        throttle: Counts wrong ones.
    """

    def __init__(self, open_session: OpenSession, passwords: Passwords, throttle: Throttle) -> None:
        self._open_session = open_session
        self._passwords = passwords
        self._throttle = throttle
        self._turn = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._waiting: Counter[str] = Counter()

    async def check(self, find: Find, name: str, password: str, address: str) -> Account | None:
        """The account of a name, if the password is its own.

        Args:
            find: Finds accounts.
            name: Who is to log in.
            password: The password or secret.
            address: Where the attempt comes from.

        Raises:
            TooManyAttemptsError: If it is refused for now.
        """
        wait_s = self._throttle.admit(name, address)
        if self._waiting[address] >= _WAITING_OF_AN_ADDRESS:
            raise TooManyAttemptsError(_BUSY_SECONDS)
        self._waiting[address] += 1
        try:
            await asyncio.sleep(wait_s)
            return await self._checked(find, name, password, address)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    async def _checked(self, find: Find, name: str, password: str, address: str) -> Account | None:
        async with self._open_session() as session:
            account = await find(session, name)
        kept = account.kept if account else None
        async with self._turn:
            is_right = await asyncio.to_thread(self._passwords.is_right, kept, password)
        if account is None or kept is None or not is_right:
            self._throttle.note_wrong(name, address)
            return None
        self._throttle.note_right(name, address)
        if account.kind == "person" and self._passwords.is_outdated(kept):
            await self._hash_anew(name, password)
        return account

    async def _hash_anew(self, name: str, password: str) -> None:
        async with self._turn:
            fresh = await asyncio.to_thread(self._passwords.hash, password)
        async with self._open_session() as session:
            await store.keep_hash(session, name, fresh)
