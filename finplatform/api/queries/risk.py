"""Scores of borrowers, with their grades and reasons.

Belongs here: reading `gold.pd_scores`, `gold.pd_grades` and `gold.pd_reasons`.
"""

from datetime import date
from typing import Any

from finplatform.api.database import Session

_SELECT = """
select
    s.exposure_id, s.observation_date, s.probability_default, s.score, g.grade, g.model_grade,
    g.is_defaulted, g.capital_pd, g.override_id, s.model_version,
    coalesce(r.reasons, '[]') as reasons
from gold.pd_scores as s
left join gold.pd_grades as g
    on g.exposure_id = s.exposure_id and g.observation_date = s.observation_date
left join lateral (
    select jsonb_agg(
        jsonb_build_object(
            'rank', p.reason_rank, 'code', p.reason_code, 'reason', p.reason,
            'points_lost', p.points_lost
        ) order by p.reason_rank
    ) as reasons
    from gold.pd_reasons as p
    where p.exposure_id = s.exposure_id and p.observation_date = s.observation_date
) as r on true
"""

# Months are reported together: the latest one is found in a table of a row a month.
_PAGE = f"""
{_SELECT}
where s.observation_date
    = coalesce(%(day)s, (select max(reporting_date) from gold.capital_adequacy))
and (%(after)s::text is null or s.exposure_id > %(after)s)
and (%(grade)s::text is null or g.grade = %(grade)s)
order by s.exposure_id limit %(limit)s
"""

_ONE = f"""
{_SELECT}
where s.exposure_id = %(exposure_id)s
and s.observation_date <= coalesce(%(day)s, 'infinity'::date)
order by s.observation_date desc limit 1
"""


async def scores(session: Session, **values: Any) -> list[dict[str, Any]]:
    """Scores of a month-end in the order of the exposures' ids.

    Args:
        session: Connection with the caller's rights.
        values: `day`, a month-end, or None for the latest; `after`, an exposure; `grade`, or None;
            `limit`.
    """
    return await session.rows(_PAGE, values)


async def score(session: Session, exposure_id: str, day: date | None) -> dict[str, Any] | None:
    """The last score of an exposure up to a date; None if there is none."""
    values = {"exposure_id": exposure_id, "day": day}
    return next(iter(await session.rows(_ONE, values)), None)
