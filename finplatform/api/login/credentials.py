"""From the credentials of a request to who makes it.

Accepted are, in this order: an access token (`Authorization: Bearer`), name and password or client
id and secret (`Authorization: Basic`), the cookie of a browser, and, where the setting
`api_anonymous_role` names a role, nothing at all from this machine. A header that is not valid is
refused whatever cookie comes with it. Belongs here: reading credentials. Does not belong here: what
the caller may do (`gate`).
"""

import base64
import binascii
import hmac
import ipaddress

from fastapi import Request

from finplatform.api.login import store
from finplatform.api.login.identity import Identity
from finplatform.api.login.passwords import Checker, OpenSession
from finplatform.api.login.store import Account
from finplatform.security.access_tokens import AccessTokens, InvalidTokenError
from finplatform.security.rights import Role

COOKIE = "finplatform_session"
ANONYMOUS = "anonymous"

_DIVIDER = "."
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Headers of forwarded requests, set by a proxy."""


class Credentials:
    """Finds out who makes a request.

    Args:
        open_session: Gives connections to the tables of logins.
        tokens: Reads access tokens.
        checker: Checks passwords.
        anonymous_role: Role of requests from this machine without credentials; None: none.
    """

    def __init__(
        self,
        open_session: OpenSession,
        tokens: AccessTokens,
        checker: Checker,
        anonymous_role: Role | None,
    ) -> None:
        self._open_session = open_session
        self._tokens = tokens
        self._checker = checker
        self._anonymous_role = anonymous_role

    async def identify(self, request: Request) -> Identity | None:
        """Who makes a request; None without valid credentials.

        Raises:
            TooManyAttemptsError: If a password was tried in vain too often.
        """
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, value = header.partition(" ")
            match scheme.lower():
                case "bearer":
                    return await self._by_token(value.strip())
                case "basic":
                    return await self._by_password(value.strip(), address_of(request))
            return None
        cookie = request.cookies.get(COOKIE)
        if cookie is not None:
            return await self.by_cookie(cookie)
        if self._anonymous_role is not None and is_from_here(request):
            return Identity(ANONYMOUS, self._anonymous_role, None, "anonymous")
        return None

    async def by_cookie(self, value: str) -> Identity | None:
        """Whose session a cookie's value is of."""
        session_id, _, secret = value.partition(_DIVIDER)
        async with self._open_session() as session:
            found = await store.find_session(session, session_id)
        if found is None or found.secret_hash is None or found.session_kind != "cookie":
            return None
        if not hmac.compare_digest(found.secret_hash, store.hashed(secret)):
            return None
        return Identity(found.name, Role(found.role), found.session, found.kind)

    async def _by_token(self, token: str) -> Identity | None:
        try:
            claims = self._tokens.read(token)
        except InvalidTokenError:
            return None
        async with self._open_session() as session:
            found = await store.find_session(session, claims.session)
        if found is None or found.session_kind == "cookie" or found.name != claims.subject:
            return None
        return Identity(found.name, Role(found.role), found.session, found.kind)

    async def _by_password(self, encoded: str, address: str) -> Identity | None:
        try:
            text = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
        name, divider, password = text.partition(":")
        if not divider:
            return None
        account = await self._checker.check(find_account, name, password, address)
        if account is None:
            return None
        return Identity(account.name, Role(account.role), None, account.kind)


async def find_account(session: store.Session, name: str) -> Account | None:
    """The person or service of a name; no two of them share one."""
    return await store.find_user(session, name) or await store.find_client(session, name)


def cookie_value(session_id: str, secret: str) -> str:
    """What a browser keeps of a session."""
    return f"{session_id}{_DIVIDER}{secret}"


def address_of(request: Request) -> str:
    """Client address of a request: the peer of the connection, whatever the headers."""
    return request.client.host if request.client else ""


def is_from_here(request: Request) -> bool:
    """Whether a request was made on this machine and passed on by no proxy."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(address_of(request)).is_loopback
    except ValueError:
        return False


def is_from_another_site(request: Request) -> bool:
    """Whether the browser marks a request as cross-site."""
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return True
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return origin is not None and origin != own
