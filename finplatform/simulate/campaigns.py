"""Marketing campaigns: offer, target group, channel and dates.

Belongs here: the plan of campaigns and the frame of `marketing_campaigns`. Does not: responses
(`responses`).
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from finplatform.simulate.catalogue import product_index
from finplatform.simulate.clock import Calendar, months_since_epoch
from finplatform.simulate.frames import dates, labels, money
from finplatform.simulate.known import Known
from finplatform.simulate.rng import Bools, Ints

WINDOW_DAYS = 45
"""Days from a campaign's first one after which its outcome is measured."""

LEAVING_DAYS = 90
"""Days from a campaign's first one in which a contact may keep a customer from leaving."""

_RUN_DAYS = 27
_FIXED_COST = 150_000


class Template(NamedTuple):
    """A kind of campaign; log-odds are those of a customer of medium age, income and score.

    Attributes:
        is_randomised: A random half of the chosen customers is held back. Otherwise marketers
            choose whom to contact by age, income and score.
        base: Log-odds of taking the product unasked.
        effect: Effect of a contact on them.
        youth: Additional effect for each 15 years below 45.
        worth: Mean revenue of a conversion in dollars.
        cost: Cost of a contact in cents.
        keeps: Share of the customers about to leave the bank whom a contact keeps.
    """

    name: str
    channel: str
    objective: str
    product: str
    segment: str
    is_randomised: bool
    base: float
    effect: float
    youth: float
    worth: float
    cost: int
    keeps: float = 0.0


TEMPLATES = (
    Template("Savings Boost", "EMAIL", "DEPOSIT_GROWTH", "High Yield Savings",
             "NO_SAVINGS", True, -2.7, 0.55, 0.15, 60.0, 15),
    Template("Card Upgrade", "MOBILE", "CROSS_SELL", "Rewards Card",
             "NO_CARD", False, -2.6, 0.70, 0.20, 85.0, 10),
    Template("Fresh Start Loan", "MAIL", "LENDING", "Personal Loan",
             "ALL", False, -2.9, 0.45, 0.10, 240.0, 180),
    Template("Premier Invitation", "PHONE", "UPGRADE", "Premier Checking",
             "AFFLUENT", True, -2.5, 0.80, 0.00, 150.0, 650),
    Template("Auto Days", "EMAIL", "LENDING", "Used Auto Loan",
             "UNDER_45", True, -2.8, 0.40, 0.00, 320.0, 15),
    Template("Home Check", "BRANCH", "LENDING", "Fixed 30 Mortgage",
             "ESTABLISHED", False, -3.0, 0.60, 0.00, 900.0, 900),
    Template("Keep in Touch", "EMAIL", "RETENTION", "Everyday Savings",
             "ALL", True, -2.4, 0.00, 0.00, 25.0, 15, 0.60),
    Template("Platinum Preview", "PHONE", "UPGRADE", "Platinum Card",
             "AFFLUENT", False, -2.6, 0.50, 0.10, 190.0, 650),
)  # fmt: skip
"""They take turns, one a month; one brings no conversion, but keeps customers from leaving."""


class Campaign(NamedTuple):
    """One campaign: its number from 0, its template and the month of the span it starts with."""

    number: int
    template: Template
    month: int


def planned_campaigns(calendar: Calendar) -> list[Campaign]:
    """One campaign on the first day of each month but the span's first."""
    months = range(1, calendar.months)
    return [Campaign(n, TEMPLATES[n % len(TEMPLATES)], month) for n, month in enumerate(months)]


def campaign_ids(numbers: Ints) -> pl.Series:
    """`MC0001` and so on."""
    return labels("MC", numbers + 1, 4)


def in_segment(segment: str, known: Known) -> Bools:
    """Clients whom a campaign is meant for.

    Raises:
        KeyError: If there is no such segment.
    """
    wanted = {
        "ALL": known.is_client,
        "NO_SAVINGS": ~known.has_savings,
        "NO_CARD": ~known.has_card & (known.score > 560),
        "AFFLUENT": known.income >= 50_000,
        "UNDER_45": known.age < 45,
        "ESTABLISHED": (known.age >= 30) & (known.tenure >= 2),
    }[segment]
    return wanted & known.is_client


def campaign_frame(calendar: Calendar, audience: Ints) -> pl.DataFrame:
    """The table of campaigns, those still running included.

    Args:
        calendar: The span.
        audience: Customers chosen for each campaign.
    """
    plan = planned_campaigns(calendar)
    kinds = [campaign.template for campaign in plan]
    number = np.array([campaign.number for campaign in plan], dtype=np.int64)
    start = calendar.first[np.array([campaign.month for campaign in plan], dtype=np.int64)]
    month = months_since_epoch(start)
    cost = np.array([kind.cost for kind in kinds], dtype=np.int64)
    product = np.array([product_index(kind.product) for kind in kinds], dtype=np.int64)
    names = pl.Series([kind.name for kind in kinds], dtype=pl.String)
    year = labels(" ", 1970 + month // 12, 4)
    return pl.DataFrame(
        {
            "campaign_id": campaign_ids(number),
            "campaign_name": names + year + labels("-", month % 12 + 1, 2),
            "channel": pl.Series([kind.channel for kind in kinds], dtype=pl.String),
            "objective": pl.Series([kind.objective for kind in kinds], dtype=pl.String),
            "product_id": labels("P", product + 1, 3),
            "start_date": dates(start),
            "end_date": dates(start + _RUN_DAYS),
            "measured_date": dates(start + WINDOW_DAYS),
            "budget": money(_FIXED_COST + audience * cost),
            "currency": pl.repeat("USD", len(plan), eager=True, dtype=pl.String),
            "target_segment": pl.Series([kind.segment for kind in kinds], dtype=pl.String),
            "has_random_control": pl.Series(
                [kind.is_randomised for kind in kinds], dtype=pl.Boolean
            ),
        }
    )
