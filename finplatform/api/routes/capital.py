"""`/api/v1/capital/figures`: reported capital figures, each with its explanation as a tree.

Belongs here: the resource. A branch of the tree ends in rows of a table, whose largest are shown to
whom the database lets read them.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from finplatform.api.login.identity import Caller
from finplatform.api.problems import described
from finplatform.api.queries import capital as queries
from finplatform.api.routes.values import QueryDay
from finplatform.api.state import FromApp

router = APIRouter(prefix="/api/v1/capital/figures", tags=["capital"])

_FIGURE = r"^[A-Za-z0-9_.:/ -]{1,120}$"
_MOST_ROWS, _MOST_LEVELS = 50, 13


class Figure(BaseModel):
    """A reported figure: an amount, or a ratio, which has none."""

    figure: str
    reporting_date: date
    value: float
    amount: Decimal | None


class Rule(BaseModel):
    """A rule of a step with its figures on the date; a paragraph alone has none."""

    rule_id: str
    paragraph: str
    figures: dict[str, Decimal]


class Rows(BaseModel):
    """Rows that a component adds up; without the right to read them, no more than which."""

    table: str
    column: str
    condition: str
    is_readable: bool
    count: int | None
    total: Decimal | None
    largest: list[dict[str, Any]]


class Component(BaseModel):
    """What a figure is made of: another figure, or rows of a table."""

    component: str
    relation: str
    amount: Decimal
    factor: float
    contribution: Decimal
    rules: list[Rule]
    made_of: "Node | None" = Field(default=None, validation_alias="from")
    rows: Rows | None = None


class Node(BaseModel):
    """A figure with its components; `value` is an amount, or a ratio as a fraction."""

    figure: str
    reporting_date: date
    value: Decimal
    is_ratio: bool
    components: list[Component]


@router.get("")
async def list_figures(shared: FromApp, caller: Caller, on: QueryDay = None) -> list[Figure]:
    """Figures of a month-end, by default the latest."""
    async with shared.pool.session(caller) as session:
        return [Figure(**row) for row in await queries.figures(session, on)]


@router.get("/{figure}", responses=described(404))
async def explain_figure(
    shared: FromApp,
    caller: Caller,
    figure: Annotated[str, Path(pattern=_FIGURE)],
    on: QueryDay = None,
    rows: Annotated[
        int, Query(ge=0, le=_MOST_ROWS, description="Largest rows of each component.")
    ] = 3,
    depth: Annotated[int, Query(ge=1, le=_MOST_LEVELS, description="Levels of components.")] = 13,
) -> Node:
    """A figure as a tree, down to rows of tables and paragraphs of rules."""
    warehouse = await shared.pool.warehouse_of(caller)
    return Node.model_validate(await queries.tree(warehouse, figure, on, rows, depth))
