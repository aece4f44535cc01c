"""`Poll`: reads what is due of all sections, in one session.

Belongs here: which tables there are, the order and pace of the sections, and what becomes of one
that cannot be read. Does not belong here: who is shown it (see `hub`).
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from finplatform.api.database import Session
from finplatform.api.live.pace import Pace
from finplatform.api.live.reading import Moment, Reading, Section

_LOG = logging.getLogger(__name__)

_MOMENT = """
select
    now() as now,
    coalesce(
        (
            select jsonb_object_agg(n.nspname || '.' || c.relname, c.oid::bigint)
            from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
            where (n.nspname, c.relname) in (
                select split_part(wanted, '.', 1), split_part(wanted, '.', 2)
                from unnest(%(wanted)s::text[]) as wanted
            )
            and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
        ),
        '{}'
    ) as relations
"""


class Poll:
    """Reads the sections of the page.

    Args:
        sections: The sections, each with the pace at which it is read.
    """

    def __init__(self, sections: Sequence[tuple[Section, Pace]]) -> None:
        self._sections = sections
        self._wanted = sorted({name for section, _ in sections for name in section.relations})

    @property
    def names(self) -> list[str]:
        """Names of the sections."""
        return [section.name for section, _ in self._sections]

    def begin(self) -> None:
        """Makes all sections due, since what was read before is old."""
        for _, pace in self._sections:
            pace.hurry()

    async def read(self, session: Session) -> dict[str, Reading]:
        """Readings of the sections that are due, by name.

        Raises:
            psycopg.Error: If the connection is lost.
        """
        due = [(section, pace) for section, pace in self._sections if pace.is_due]
        if not due:
            return {}
        moment = _moment(await session.row(_MOMENT, {"wanted": self._wanted}))
        found = {}
        for section, pace in due:
            with pace.measured():
                found[section.name] = await _reading(section, session, moment)
        return found


def _moment(row: Mapping[str, Any]) -> Moment:
    return Moment(row["now"], row["relations"])


async def _reading(section: Section, session: Session, moment: Moment) -> Reading:
    """A section's reading; a failed one has the reason, and does not affect the others.

    Raises:
        psycopg.Error: If the connection is lost.
    """
    try:
        return await section.read(session, moment)
    except psycopg.Error as error:
        if session.is_lost:
            raise
        _LOG.warning("The section %s could not be read: %s", section.name, error)
        return Reading.failed(_reason(error))


def _reason(error: psycopg.Error) -> str:
    """Why a statement failed, without values of rows."""
    match error:
        case psycopg.errors.QueryCanceled():
            return "reading takes too long"
        case psycopg.errors.UndefinedColumn():
            return "the table has other columns than expected"
        case psycopg.errors.UndefinedTable():
            return "the table is being made anew"
    return "the statement failed; the log of the API has the reason"
