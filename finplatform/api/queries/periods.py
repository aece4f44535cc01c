"""Closed months with the rights of the caller, read in a thread of their own.

Belongs here: handing over to `finplatform.warehouse.period_versions`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg

from finplatform.warehouse.database import Warehouse

T = TypeVar("T")


async def read(warehouse: Warehouse, question: Callable[[psycopg.Connection], T]) -> T:
    """The answer to a question about closed months.

    Args:
        warehouse: The database with the rights of the caller.
        question: Reads from a session that can only read.
    """
    return await asyncio.to_thread(_read, warehouse, question)


def _read(warehouse: Warehouse, question: Callable[[psycopg.Connection], Any]) -> Any:
    with warehouse.connect() as connection:
        connection.read_only = True
        return question(connection)
