"""Records of the bank: quarterly risk assessments and regulatory returns.

Belongs here: opinions and filings that a real bank's system would already hold. Does not: the
truth; an assessment uses observable data, with error.
"""

from typing import Any

import numpy as np
import polars as pl

from finplatform.oltp.codes import RISK_LEVELS
from finplatform.simulate.clients import reported_scores, risk_profiles
from finplatform.simulate.clock import first_of_month
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.frames import dates, labels, rate, text
from finplatform.simulate.people import UNEMPLOYED
from finplatform.simulate.rng import sigmoid, stream
from finplatform.simulate.world import World

_MODELS = ("SCORECARD_V2", "SCORECARD_V3", "OFFICER_JUDGEMENT")
_NOTES = ("Within appetite.", "Income not verified.", "Watch list.", "Collateral revaluation due.")
_RETURNS = (
    ("CALL_REPORT", "FFIEC", 3, 30),
    ("FR_Y9C", "FEDERAL_RESERVE", 3, 40),
    ("FFIEC_101", "FFIEC", 3, 60),
    ("COREP_OF", "EBA", 3, 40),
    ("COREP_LR", "EBA", 3, 40),
    ("LIQUIDITY_COVERAGE", "EBA", 1, 15),
)
"""Return, authority, months of a period, and days from its end by which it is submitted."""

_DAYS_TO_SUBMIT = 5
_FORGOTTEN = "FFIEC_101"
"""Return that was made and not submitted for the last quarter for which it was due."""


def assessment_frame(world: World) -> pl.DataFrame:
    """`oltp.risk_assessments`: every borrower after each quarter's end within the span."""
    rng = stream(world.config.seed, "assessments")
    calendar, loans = world.calendar, world.loans
    reported = reported_scores(world.score)
    profile = risk_profiles(reported, world.life.work)
    quarter = np.flatnonzero((calendar.month % 3 == 2) & (calendar.last + 15 <= calendar.end))
    maturity = loans.due_day(loans.term)
    who, month = [], []
    for position in quarter:
        day = int(calendar.last[position])
        live = (loans.granted <= day) & (maturity > day) & (world.losses.written_off > day)
        borrower = np.unique(loans.owner[live])
        who.append(borrower)
        month.append(np.full(len(borrower), position))
    people = np.concatenate([np.zeros(0, dtype=np.int64), *who])
    at = np.concatenate([np.zeros(0, dtype=np.int64), *month])
    size = len(people)
    score, work = reported[at, people], world.life.work[at, people]
    model = np.where(rng.random(size) < 0.06, 2, np.where(at * 2 < calendar.months, 0, 1))
    logit = -3.1 - (score - 690) / 55 + 0.5 * (work == UNEMPLOYED) + rng.normal(0, 0.25, size)
    note = np.where(rng.random(size) < 0.05, rng.integers(0, len(_NOTES), size), -1)
    frame = pl.DataFrame(
        {
            "customer_id": labels("C", people + 1, 7),
            "assessment_date": dates(calendar.last[at] + 3 + rng.integers(0, 12, size)),
            "credit_score": score.astype(np.int16),
            "risk_category": text(RISK_LEVELS, profile[at, people]),
            "probability_default": rate(np.rint(sigmoid(logit) * 1e6).astype(np.int64)),
            "assessment_model": text(_MODELS, model),
            "notes": text(_NOTES, note),
        }
    ).sort("assessment_date", "customer_id")
    return frame.with_row_index("assessment_id", offset=1).cast({"assessment_id": pl.Int64})


def regulatory_frame(config: SimulationConfig) -> pl.DataFrame:
    """`oltp.regulatory_reports`: returns that another system had filed by the end of the span.

    They begin with the eight quarters that ended before it. One that is made and not yet due has
    status `GENERATED` and no day of submission, as has one whose submission was forgotten.
    """
    first, last = (int(np.datetime64(day, "M").astype(int)) for day in (config.start, config.end))
    last_day = int(np.datetime64(config.end, "D").astype(int))
    records = []
    # By the month after each period.
    for following in range(first // 3 * 3 - 23, last + 2):
        period_end = int(first_of_month(np.array(following))) - 1
        for kind, body, months, delay in _RETURNS:
            if following % months:
                continue
            # A few days before it is due, wherever weekends and holidays move that to.
            submitted = _weekday_before(period_end + delay - 2)
            generated = submitted - _DAYS_TO_SUBMIT
            if generated > last_day or (months == 1 and submitted > last_day):
                continue
            period = _period(following - 1, months)
            records.append(
                {
                    "report_type": kind,
                    "reporting_period": period,
                    "generation_date": generated,
                    "status": "SUBMITTED" if submitted <= last_day else "GENERATED",
                    "file_path": f"filings/{period}/{kind.lower()}.pdf",
                    "submitted_date": submitted if submitted <= last_day else None,
                    "regulatory_body": body,
                }
            )
    records = [record for record in records if _is_filed_elsewhere(record)]
    _forget_last(records)
    frame = pl.DataFrame(records, infer_schema_length=None).with_columns(
        pl.col("generation_date", "submitted_date").cast(pl.Int32).cast(pl.Date)
    )
    return frame.with_row_index("report_id", offset=1).cast({"report_id": pl.Int64})


def _is_filed_elsewhere(record: dict[str, Any]) -> bool:
    """Whether a return is in the other system's log: those of the EBA only once they are filed."""
    return record["regulatory_body"] != "EBA" or record["submitted_date"] is not None


def _forget_last(records: list[dict[str, Any]]) -> None:
    """Takes the submission of the last return of one kind away."""
    made = [each for each in records if each["report_type"] == _FORGOTTEN]
    submitted = [each for each in made if each["submitted_date"] is not None]
    if submitted:
        submitted[-1] |= {"submitted_date": None, "status": "GENERATED"}


def _weekday_before(day: int) -> int:
    """The day, moved back from a weekend to Friday."""
    return day - max((day + 3) % 7 - 4, 0)


def _period(month: int, months: int) -> str:
    year, number = divmod(month, 12)
    return f"{1970 + year}Q{number // 3 + 1}" if months == 3 else f"{1970 + year}M{number + 1:02d}"
