"""`Login`: opening sessions, renewing them and ending them.

Belongs here: what the endpoints and pages of login do. Does not belong here: their form over HTTP
(`finplatform.api.routes`).
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from finplatform.api.login import store
from finplatform.api.login.credentials import Credentials, cookie_value
from finplatform.api.login.identity import Identity
from finplatform.api.login.passwords import Checker, OpenSession
from finplatform.security.access_tokens import LIFETIME, AccessTokens, load_access_tokens
from finplatform.security.passwords import Passwords, new_secret
from finplatform.security.rights import Role
from finplatform.security.throttle import Throttle
from finplatform.settings import Settings

_DIVIDER = "."


@dataclass(frozen=True)
class Grant:
    """Tokens of a session.

    Attributes:
        identity: Whose session.
        access_token: Token for requests.
        refresh_token: What gives the next ones; None for services, which log in again.
        expires_in: Seconds for which the access token is valid.
    """

    identity: Identity
    access_token: str
    refresh_token: str | None
    expires_in: int


class Login:
    """Sessions of one application.

    Args:
        settings: Name the home and the limits of sessions.
        open_session: Gives connections to the tables of logins.
        passwords: Hashes and compares passwords.
        throttle: Counts wrong logins.
    """

    def __init__(
        self,
        settings: Settings,
        open_session: OpenSession,
        passwords: Passwords | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        self._open_session = open_session
        self._lifetime = timedelta(hours=settings.api_session_hours)
        self.tokens: AccessTokens = load_access_tokens(settings)
        self._checker = Checker(open_session, passwords or Passwords(), throttle or Throttle())
        role = settings.api_anonymous_role
        self.credentials = Credentials(
            open_session, self.tokens, self._checker, Role(role) if role else None
        )

    async def by_password(self, name: str, password: str, address: str) -> Grant | None:
        """Tokens of a new session of a person; None if name and password do not fit.

        Raises:
            TooManyAttemptsError: If it was tried in vain too often.
        """
        account = await self._checker.check(store.find_user, name, password, address)
        if account is None:
            return None
        secret = new_secret()
        async with self._open_session() as session:
            opened = await store.open_session(session, name, "token", self._lifetime, secret)
        identity = Identity(account.name, Role(account.role), opened, "person")
        return self._grant(identity, secret)

    async def by_client(self, client_id: str, secret: str, address: str) -> Grant | None:
        """A token of a new session of a service; None if id and secret do not fit.

        Raises:
            TooManyAttemptsError: If it was tried in vain too often.
        """
        account = await self._checker.check(store.find_client, client_id, secret, address)
        if account is None:
            return None
        async with self._open_session() as session:
            opened = await store.open_session(session, client_id, "client", LIFETIME, None)
        return self._grant(Identity(account.name, Role(account.role), opened, "service"), None)

    async def by_refresh_token(self, token: str) -> Grant | None:
        """The next tokens of a session, in place of the refresh token; None if it is not in use.

        A refresh token that was used before ends the session: it was stolen, or its successor.
        """
        session_id, _, secret = token.partition(_DIVIDER)
        fresh = new_secret()
        async with self._open_session() as session:
            found = await store.find_session(session, session_id)
            if found is None or found.session_kind != "token":
                return None
            if _fits(found.previous_hash, secret):
                await store.end_session(session, session_id, "refresh token used twice")
                return None
            if not await store.turn_secret(session, session_id, secret, fresh):
                return None
        return self._grant(Identity(found.name, Role(found.role), session_id, found.kind), fresh)

    async def open_cookie(self, name: str, password: str, address: str) -> str | None:
        """The cookie of a new session of a person; None if name and password do not fit.

        Raises:
            TooManyAttemptsError: If it was tried in vain too often.
        """
        account = await self._checker.check(store.find_user, name, password, address)
        return None if account is None else await self.cookie_of(account.name)

    async def cookie_of(self, name: str) -> str:
        """The cookie of a new session of a person who was recognised."""
        secret = new_secret()
        async with self._open_session() as session:
            opened = await store.open_session(session, name, "cookie", self._lifetime, secret)
        return cookie_value(opened, secret)

    async def known(self, name: str) -> bool:
        """Whether a person of that name may log in."""
        async with self._open_session() as session:
            return await store.find_user(session, name) is not None

    async def end(self, caller: Identity) -> None:
        """Ends a caller's session."""
        if caller.session is not None:
            async with self._open_session() as session:
                await store.end_session(session, caller.session, "logged out")

    def _grant(self, identity: Identity, secret: str | None) -> Grant:
        session = identity.session or ""
        return Grant(
            identity,
            self.tokens.issue(identity.name, session),
            f"{session}{_DIVIDER}{secret}" if secret else None,
            int(LIFETIME.total_seconds()),
        )


def _fits(kept: bytes | None, secret: str) -> bool:
    return kept is not None and hmac.compare_digest(kept, store.hashed(secret))
