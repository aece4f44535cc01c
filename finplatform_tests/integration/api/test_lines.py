"""Queries that read much wait in a line of their own, which ends; others are answered beside it."""

import asyncio

import pytest

from finplatform.api.database import BusyError
from finplatform.api.login.identity import Identity
from finplatform.api.pool import Line, Lines, Pool
from finplatform.security.rights import Role
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

ADMIN = Identity("admin", Role.ADMIN, None, "person")
PATIENT = 600.0
"""Seconds that no test waits for."""


async def _one(pool: Pool, *, is_heavy: bool) -> int:
    async with pool.session(ADMIN, is_heavy=is_heavy) as session:
        return int((await session.row("select 1 as one"))["one"])


async def _asked(pool: Pool) -> tuple[int, int]:
    await pool.open()
    try:
        async with pool.session(ADMIN, is_heavy=True):
            waiting = asyncio.create_task(_one(pool, is_heavy=True))
            while pool.stats().get("requests_waiting", 0) < 1:
                await asyncio.sleep(0)
            with pytest.raises(BusyError):
                await _one(pool, is_heavy=True)
            prompt = await _one(pool, is_heavy=False)
        return prompt, await waiting
    finally:
        await pool.close()


def test_a_line_that_is_full_refuses_and_those_in_it_are_answered_in_turn(
    bank_with_people: BuiltBank,
) -> None:
    lines = Lines(prompt=Line(2, 10, PATIENT), heavy=Line(1, 1, PATIENT))
    assert asyncio.run(_asked(Pool(bank_with_people.settings, lines))) == (1, 1)
