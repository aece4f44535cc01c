"""Users, sessions and clients as requests read and write them.

Belongs here: the statements on schema `vault` that a login needs. Does not belong here: what a
commands changes (`finplatform.warehouse.users`), and whether a password is right.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from finplatform.api.database import Session
from finplatform.security.passwords import new_secret
from finplatform.warehouse.users import may_be_name

_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

Kind = Literal["cookie", "token", "client"]

_USER = """
select name, role, password_hash as kept, 'person' as kind
from vault.users where name = %(name)s and not is_disabled
"""

_CLIENT = """
select client_id as name, role, secret_hash as kept, 'service' as kind
from vault.api_clients where client_id = %(name)s and not is_disabled
"""

_HAS_USERS = "select exists (select from vault.users) as has_users"

_OPEN = """
insert into vault.sessions (session_id, name, kind, secret_hash, expires_at)
values (%(session)s, %(name)s, %(kind)s, %(secret)s, now() + %(lifetime)s)
"""

_FOUND = """
select
    s.session_id as session, s.name, s.kind as session_kind, s.secret_hash, s.previous_hash,
    coalesce(u.role, c.role) as role,
    case when u.name is null then 'service' else 'person' end as kind
from vault.sessions as s
left join vault.users as u on u.name = s.name and not u.is_disabled and s.kind <> 'client'
left join vault.api_clients as c
    on c.client_id = s.name and not c.is_disabled and s.kind = 'client'
where s.session_id = %(session)s and s.ended_at is null and s.expires_at > now()
and coalesce(u.name, c.client_id) is not null
"""

_TURN = """
update vault.sessions set secret_hash = %(secret)s, previous_hash = secret_hash
where session_id = %(session)s and secret_hash = %(old)s and ended_at is null
returning session_id
"""

_END = """
update vault.sessions set ended_at = now(), end_reason = %(reason)s
where session_id = %(session)s and ended_at is null
"""

_REHASH = "update vault.users set password_hash = %(kept)s where name = %(name)s"

_FORGET = (
    "delete from vault.sessions where coalesce(ended_at, expires_at) < now() - interval '30 days'"
)


@dataclass(frozen=True)
class Account:
    """What is kept of a person or service.

    Attributes:
        name: Name at login.
        role: Name of its role.
        kept: Hash of its password or secret; None for one that logs in elsewhere.
        kind: A person or a service.
    """

    name: str
    role: str
    kept: str | None
    kind: Literal["person", "service"]


@dataclass(frozen=True)
class OpenSession:
    """A session that goes on.

    Attributes:
        session: Its id.
        name: Whose it is.
        session_kind: How it was opened.
        secret_hash: Hash of the secret that it is known by; None for one known by tokens alone.
        previous_hash: Hash of the secret before.
        role: Name of the role, as it is now.
        kind: A person or a service.
    """

    session: str
    name: str
    session_kind: Kind
    secret_hash: bytes | None
    previous_hash: bytes | None
    role: str
    kind: Literal["person", "service"]


async def find_user(session: Session, name: str) -> Account | None:
    """The person of a name, unless disabled."""
    return _account(await session.rows(_USER, {"name": name})) if may_be_name(name) else None


async def find_client(session: Session, name: str) -> Account | None:
    """The service of a client id, unless disabled."""
    return _account(await session.rows(_CLIENT, {"name": name})) if may_be_name(name) else None


async def has_users(session: Session) -> bool:
    """Whether anybody was added yet."""
    return bool((await session.row(_HAS_USERS))["has_users"])


async def open_session(
    session: Session, name: str, kind: Kind, lifetime: timedelta, secret: str | None
) -> str:
    """Opens a session; returns its id.

    Args:
        session: Connection to the database.
        name: Whose it is.
        kind: How it is opened.
        lifetime: How long it lasts at most.
        secret: What it is known by, of which a hash is kept; None for tokens alone.
    """
    found = new_secret()
    values = {"session": found, "name": name, "kind": kind, "lifetime": lifetime}
    await session.execute(_OPEN, {**values, "secret": hashed(secret) if secret else None})
    await session.execute(_FORGET)
    return found


async def find_session(session: Session, session_id: str) -> OpenSession | None:
    """A session with its owner's role of now; None if it is over, or its owner disabled."""
    if not _SESSION_ID.fullmatch(session_id):
        return None
    found = await session.rows(_FOUND, {"session": session_id})
    if not found:
        return None
    row = found[0]
    for name in ("secret_hash", "previous_hash"):
        row[name] = None if row[name] is None else bytes(row[name])
    return OpenSession(**row)


async def turn_secret(session: Session, session_id: str, old: str, new: str) -> bool:
    """Puts a new secret in place of the old one; false if the old one is not in use."""
    values = {"session": session_id, "old": hashed(old), "secret": hashed(new)}
    return bool(await session.rows(_TURN, values))


async def end_session(session: Session, session_id: str, reason: str) -> None:
    """Ends a session."""
    await session.execute(_END, {"session": session_id, "reason": reason})


async def keep_hash(session: Session, name: str, kept: str) -> None:
    """Keeps another hash of the same password."""
    await session.execute(_REHASH, {"name": name, "kept": kept})


def hashed(secret: str) -> bytes:
    """What is kept of a secret: it has 256 random bits, which needs no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def _account(found: list[dict[str, Any]]) -> Account | None:
    return Account(**found[0]) if found else None
