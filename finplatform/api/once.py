"""Idempotent requests by `Idempotency-Key`.

The response to the first request with a key is stored for a day and returned for its repetitions;
another request with the same key is refused. Keys are per caller. Does not belong here: the effect
of requests.
"""

import hashlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema

from finplatform.api.login.identity import Identity
from finplatform.api.pool import Pool
from finplatform.api.problems import ConflictError

_JSON = "application/json"

IdempotencyKey = Annotated[
    str | SkipJsonSchema[None],
    Header(
        max_length=100,
        description="Carries the request out once, however often it is sent within a day.",
    ),
]

_FORGET = """
delete from vault.api_answers
where created_at < now() - case when status is null then interval '1 hour' else interval '1 day' end
"""

_CLAIM = """
insert into vault.api_answers (name, idempotency_key, request_hash)
values (%(name)s, %(key)s, %(hash)s) on conflict do nothing
"""

_FOUND = """
select request_hash, status, body from vault.api_answers
where name = %(name)s and idempotency_key = %(key)s
"""

_KEEP = """
update vault.api_answers set status = %(status)s, body = %(body)s
where name = %(name)s and idempotency_key = %(key)s
"""

_RELEASE = "delete from vault.api_answers where name = %(name)s and idempotency_key = %(key)s"


async def once(
    pool: Pool,
    request: Request,
    caller: Identity,
    key: str | None,
    work: Callable[[], Awaitable[tuple[HTTPStatus, BaseModel]]],
) -> Response:
    """The answer of some work, which a key lets happen once.

    Work that fails leaves no answer: the request may be repeated with the same key.

    Args:
        pool: Connections.
        request: The request; its method, path, query and body count.
        caller: Who makes it.
        key: Its key; without one the work is done each time.
        work: Does it, and gives status and body of the answer.

    Raises:
        ConflictError: If the key came with another request, or that request is still in progress.
    """
    if not key:
        return _answer(*await work())
    place = {"name": caller.name, "key": key}
    digest = await _digest(request)
    kept = await _claimed(pool, place, digest)
    if kept is not None:
        return kept
    try:
        status, body = await work()
    except BaseException:
        async with pool.logins() as session:
            await session.execute(_RELEASE, place)
        raise
    text = body.model_dump_json()
    async with pool.logins() as session:
        await session.execute(_KEEP, {**place, "status": status, "body": text})
    return _answer(status, body)


async def _claimed(pool: Pool, place: dict[str, str], digest: bytes) -> Response | None:
    """Claims a key; the answer that is kept under it, if it was claimed before."""
    async with pool.logins() as session:
        await session.execute(_FORGET)
        if await session.execute(_CLAIM, {**place, "hash": digest}):
            return None
        found = await session.rows(_FOUND, place)
    if not found or found[0]["status"] is None:
        raise ConflictError("The request with this key is in progress.", "Try again later.")
    if bytes(found[0]["request_hash"]) != digest:
        raise ConflictError("This Idempotency-Key came with another request before.")
    return _replay(found[0]["status"], found[0]["body"])


async def _digest(request: Request) -> bytes:
    parts = (request.method, request.url.path, request.url.query)
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + await request.body()).digest()


def _answer(status: HTTPStatus, body: BaseModel) -> Response:
    return Response(body.model_dump_json(), status, media_type=_JSON)


def _replay(status: int, body: str) -> Response:
    return Response(body, status, {"Idempotency-Replayed": "true"}, media_type=_JSON)
