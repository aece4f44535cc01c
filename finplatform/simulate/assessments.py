"""What the bank itself wrote down: quarterly risk assessments and past regulatory returns.

Belongs here: opinions and filings that a real bank's system would already hold. Does not: the
truth; an assessment sees what a credit officer sees, with error.
"""

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
    ("CALL_REPORT", "FFIEC", 1, 30),
    ("FR_Y9C", "FEDERAL_RESERVE", 1, 40),
    ("LIQUIDITY_COVERAGE", "OCC", 1, 15),
)


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
    """`oltp.regulatory_reports`: returns of the eight quarters that ended before the span."""
    start = np.datetime64(config.start, "M").astype(np.int64)
    quarter_end = first_of_month(start // 3 * 3 - 3 * np.arange(8)[::-1]) - 1
    records = []
    for end in quarter_end:
        day = np.datetime64(int(end), "D")
        year, month = int(str(day)[:4]), int(str(day)[5:7])
        for kind, body, status, delay in _RETURNS:
            period = f"{year}Q{month // 3}"
            records.append(
                {
                    "report_type": kind,
                    "reporting_period": period,
                    "generation_date": int(end) + delay - 5 * status,
                    "status": "SUBMITTED",
                    "file_path": f"filings/{period}/{kind.lower()}.pdf",
                    "submitted_date": int(end) + delay,
                    "regulatory_body": body,
                }
            )
    frame = pl.DataFrame(records).with_columns(
        pl.col("generation_date", "submitted_date").cast(pl.Int32).cast(pl.Date)
    )
    return frame.with_row_index("report_id", offset=1).cast({"report_id": pl.Int64})
