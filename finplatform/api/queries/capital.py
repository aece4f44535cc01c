"""Capital figures, and what they are made of.

Belongs here: the list of figures, and the tree of one, which is read in a thread of its own.
"""

import asyncio
from datetime import date
from typing import Any

from finplatform.api.database import Session
from finplatform.warehouse.database import Warehouse

_FIGURES = """
select figure, reporting_date, min(figure_value) as value, min(figure_amount) as amount
from gold.figure_lineage
where reporting_date
    = coalesce(%(day)s, (select max(reporting_date) from gold.capital_adequacy))
group by figure, reporting_date
order by figure
"""


async def figures(session: Session, day: date | None) -> list[dict[str, Any]]:
    """Figures of a month-end, by default the latest."""
    return await session.rows(_FIGURES, {"day": day})


async def tree(
    warehouse: Warehouse, figure: str, day: date | None, rows: int, levels: int
) -> dict[str, Any]:
    """A figure with everything that it is made of.

    Args:
        warehouse: The database with the rights of the caller.
        figure: Its name.
        day: Month-end; None: the latest.
        rows: Largest rows of each component.
        levels: Levels of components.

    Raises:
        UnknownFigureError: If there is no such figure on that date.
    """
    return await asyncio.to_thread(_tree, warehouse, figure, day, rows, levels)


def _tree(
    warehouse: Warehouse, figure: str, day: date | None, rows: int, levels: int
) -> dict[str, Any]:
    # Takes the risk engine's rules along, which most requests do without.
    from finplatform.warehouse.figure_tree import figure_tree

    with warehouse.connect() as connection:
        connection.read_only = True
        return figure_tree(connection, figure, day, rows, levels)
