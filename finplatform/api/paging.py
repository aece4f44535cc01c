"""Pages of long lists: keyset paging, whose next page begins after the last row shown.

Belongs here: sizes, cursors and the form of a page. A cursor is text for the client; what it holds
are the key values of the last row. Does not belong here: the statements that begin after a key.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field, ValidationError

from finplatform.errors import NothingFoundError

MOST_ROWS = 1_000

Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page.")]
After = Annotated[
    str | None,
    Query(
        max_length=400,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="`next` of the page before; none for the first page.",
    ),
]

Item = TypeVar("Item")
Key = TypeVar("Key", bound=BaseModel)


class Page(BaseModel, Generic[Item]):
    """Some rows of a list.

    Attributes:
        items: The rows.
        next: Where the next page begins; null on the last one.
    """

    items: list[Item]
    next: str | None = Field(description="Value of `after` for the next page; null on the last.")


def page_of(
    rows: Sequence[dict[str, Any]], limit: int, item: type[Item], key: Callable[[Item], BaseModel]
) -> Page[Item]:
    """A page from rows of which one more than wanted was read.

    Args:
        rows: At most `limit` + 1 rows.
        limit: Rows of the page.
        item: Model of a row.
        key: Key of a row, from which the next page begins.
    """
    items = [item(**row) for row in rows[:limit]]
    is_last = len(rows) <= limit
    return Page(items=items, next=None if is_last else cursor(key(items[-1])))


def cursor(key: BaseModel) -> str:
    """A key as text."""
    return base64.urlsafe_b64encode(key.model_dump_json().encode()).decode().rstrip("=")


def read_cursor(text: str | None, key: type[Key]) -> Key | None:
    """The key of a cursor; None for no cursor.

    Raises:
        NothingFoundError: If the text is no cursor of this list.
    """
    if text is None:
        return None
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return key.model_validate(json.loads(decoded), strict=False)
    except (binascii.Error, ValueError, ValidationError, RecursionError):
        raise NothingFoundError("There is no such page.", "Begin with the first page.") from None
