"""Contacts of campaigns, responses, and counterfactual outcomes.

Every customer of a campaign has two chances of taking the offer, one contacted and one not; what
happens is drawn from one of them. Belongs here: assignment, potential outcomes, the frames of
`campaign_responses` and of the truth. Does not: the plan (`campaigns`). A conversion is an outcome
of its own: it opens no account and moves no money in the bank.

Churn is drawn before any campaign. Where a contact retains customers it is therefore
drawn conditional on churn, by Bayes' rule: the joint law of contact and leaving is the same as if
contacts had come first and kept their share.
"""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from finplatform.simulate.campaigns import (
    LEAVING_DAYS,
    TEMPLATES,
    WINDOW_DAYS,
    Campaign,
    Template,
    campaign_frame,
    campaign_ids,
    in_segment,
    planned_campaigns,
)
from finplatform.simulate.clock import Calendar
from finplatform.simulate.frames import dates, labels, money
from finplatform.simulate.known import Known, KnownByMonth
from finplatform.simulate.rng import Bools, Floats, Ints, sigmoid, stream
from finplatform.simulate.world import World

_REACH = {"EMAIL": 0.28, "MOBILE": 0.42, "MAIL": 0.35, "PHONE": 0.55, "BRANCH": 0.70}
_INTEREST = 0.22
_SPREAD = 0.6
# A contacted customer who takes the offer spends a little more on it.
_RICHER = 1.08


@dataclass(frozen=True, slots=True)
class Units:
    """One element per campaign and chosen customer, in that order.

    Attributes:
        campaign: Number of the campaign.
        customer: Index of the customer.
        start: First day of the campaign.
        propensity: Chance of being contacted.
        chance: Chance of conversion without and with contact, (2, units).
        worth: Expected revenue without and with contact in dollars, (2, units).
        treated: Contacted.
        contacted: Day of contact; meaningless for the others.
        opened: Opened the message or answered.
        clicked: Followed it.
        converted: Took the offer within the window.
        converted_on: Day of that; meaningless for the others.
        revenue: Cents earned by the conversion within the window.
    """

    campaign: Ints
    customer: Ints
    start: Ints
    propensity: Floats
    chance: Floats
    worth: Floats
    treated: Bools
    contacted: Ints
    opened: Bools
    clicked: Bools
    converted: Bools
    converted_on: Ints
    revenue: Ints

    def __len__(self) -> int:
        return len(self.campaign)

    def only(self, chosen: Bools) -> "Units":
        """The units where `chosen` is true."""
        columns = {f.name: getattr(self, f.name)[..., chosen] for f in fields(self)}
        return Units(**columns)


def simulate_responses(world: World) -> Units:
    """Run every campaign of the span, those still open at its end included."""
    known = KnownByMonth(world)
    seed = world.config.seed
    drawn = [
        draw_units(
            stream(seed, "campaigns", campaign.number),
            campaign,
            known.at(campaign.month),
            leaving(world, campaign.month),
        )
        for campaign in planned_campaigns(world.calendar)
    ]
    if not drawn:
        empty = Campaign(0, TEMPLATES[0], 0)
        none = draw_units(stream(seed, "campaigns"), empty, known.at(0), leaving(world, 0))
        return none.only(np.zeros(len(none), dtype=bool))
    return Units(
        **{
            f.name: np.concatenate([getattr(units, f.name) for units in drawn], axis=-1)
            for f in fields(Units)
        }
    )


def leaving(world: World, month: int) -> Bools:
    """Customers whose checking account, the last to close, closes soon after a month began."""
    day = int(world.calendar.first[month])
    closed = world.accounts.closed[world.checking]
    return np.asarray((closed > day) & (closed <= day + LEAVING_DAYS))


def contact_chance(propensity: Floats, leaves: Bools, keeps: float) -> Floats:
    """Probability of a contact, given churn.

    Args:
        propensity: Chance of a contact before anything is known of leaving.
        leaves: True for leavers.
        keeps: Share of leavers whom a contact keeps; with 0 leaving does not depend on the contact.
    """
    kept = propensity * (1 - keeps)
    of_leavers = kept / (kept + 1 - propensity)
    share = float(leaves.mean()) if len(leaves) else 0.0
    of_others = (propensity - share * of_leavers) / max(1 - share, 1e-9)
    return np.asarray(np.where(leaves, of_leavers, np.clip(of_others, 0.0, 1.0)))


def draw_units(rng: np.random.Generator, campaign: Campaign, known: Known, leaves: Bools) -> Units:
    """Choose customers, contact some of them and see what happens.

    Args:
        rng: The campaign's random stream.
        campaign: The campaign.
        known: Data known to the bank on the first morning.
        leaves: Customers who leave the bank within the days in which a contact may keep them.
    """
    kind = campaign.template
    customer = np.flatnonzero(in_segment(kind.segment, known))
    size = len(customer)
    age, income, score = _standardised(known, customer)
    propensity = _propensity(kind, age, income, score)
    # Without an effect on leaving the chance is the propensity itself, to the last bit.
    chance_of_contact = propensity
    if kind.keeps:
        chance_of_contact = contact_chance(propensity, leaves[customer], kind.keeps)
    treated = rng.random(size) < chance_of_contact

    taste = rng.normal(0, 0.4, size)
    alone = kind.base + 0.55 * income + 0.45 * score - 0.25 * age - 0.12 * age**2 + taste
    chance = sigmoid(np.stack([alone, alone + kind.effect - kind.youth * age]))
    mean = kind.worth * np.exp(0.3 * income) * np.array([[1.0], [_RICHER if kind.effect else 1.0]])
    # One draw for both worlds: who would convert alone also converts when contacted with effect.
    luck = rng.random(size)
    chosen = treated.astype(np.int64)
    converted = luck < chance[chosen, np.arange(size)]
    persuaded = converted & (luck >= chance[0])

    opened = treated & (persuaded | (rng.random(size) < _REACH[kind.channel] + 0.2 * converted))
    clicked = opened & (rng.random(size) < _INTEREST + 0.5 * converted)
    start = np.full(size, known.day)
    contacted = start + rng.integers(0, 10, size)
    begun = np.where(treated, contacted, start)
    wait = (rng.beta(1.2, 2.5, size) * (start + WINDOW_DAYS - begun)).astype(np.int64)
    spent = mean[chosen, np.arange(size)] * np.exp(rng.normal(-(_SPREAD**2) / 2, _SPREAD, size))
    return Units(
        campaign=np.full(size, campaign.number),
        customer=customer,
        start=start,
        propensity=propensity,
        chance=chance,
        worth=chance * mean,
        treated=treated,
        contacted=contacted,
        opened=opened,
        clicked=clicked,
        converted=converted,
        converted_on=begun + wait,
        revenue=np.where(converted, np.rint(spent * 100), 0).astype(np.int64),
    )


def _standardised(known: Known, customer: Ints) -> tuple[Floats, Floats, Floats]:
    """Age, income and score around a medium customer; extremes count as less extreme."""
    age = (known.age[customer] - 45) / 15
    income = np.log(np.maximum(known.income[customer], 1.0) / 42_000)
    score = (known.score[customer] - 690) / 70
    return (
        np.clip(age, -2.0, 2.5),
        np.clip(income, -1.5, 1.5),
        np.clip(score, -2.0, 2.0),
    )


def _propensity(kind: Template, age: Floats, income: Floats, score: Floats) -> Floats:
    """Targeting prefers high income, high scores and the young, who convert more often anyway."""
    if kind.is_randomised:
        return np.full(len(age), 0.5)
    return sigmoid(-0.1 + 0.65 * income + 0.5 * score - 0.3 * age)


def audience(units: Units, calendar: Calendar) -> pl.DataFrame:
    """`marketing_campaigns`: every campaign that began in the span."""
    planned = len(planned_campaigns(calendar))
    return campaign_frame(calendar, np.bincount(units.campaign, minlength=planned)[:planned])


def measured(units: Units, calendar: Calendar) -> Units:
    """Units whose outcome is known by the end of the span."""
    return units.only(units.start + WINDOW_DAYS <= calendar.end)


def response_frame(units: Units, calendar: Calendar) -> pl.DataFrame:
    """`campaign_responses`: one row per campaign and customer, reported when the window closes."""
    known = measured(units, calendar)
    return pl.DataFrame(
        {
            "campaign_id": campaign_ids(known.campaign),
            "customer_id": labels("C", known.customer + 1, 7),
            "assigned_date": dates(known.start),
            "measured_date": dates(known.start + WINDOW_DAYS),
            "is_treated": known.treated,
            "contact_date": dates(known.contacted, known.treated),
            "is_opened": known.opened,
            "is_clicked": known.clicked,
            "is_converted": known.converted,
            "conversion_date": dates(known.converted_on, known.converted),
            "revenue": money(known.revenue),
            "currency": pl.repeat("USD", len(known), eager=True, dtype=pl.String),
        }
    )


def unit_truth(units: Units, calendar: Calendar) -> pl.DataFrame:
    """`campaign_unit_truth`: both potential outcomes of every measured unit, as expectations."""
    known = measured(units, calendar)
    return pl.DataFrame(
        {
            "campaign_id": campaign_ids(known.campaign),
            "customer_id": labels("C", known.customer + 1, 7),
            "propensity": np.round(known.propensity, 9),
            "conversion_if_control": np.round(known.chance[0], 9),
            "conversion_if_treated": np.round(known.chance[1], 9),
            "revenue_if_control": np.round(known.worth[0], 6),
            "revenue_if_treated": np.round(known.worth[1], 6),
        }
    )


def campaign_truth(units: Units, calendar: Calendar) -> pl.DataFrame:
    """`campaign_truth`: mean effect of being contacted, over all units and over the contacted."""
    known = measured(units, calendar)
    gain = known.chance[1] - known.chance[0]
    return (
        pl.DataFrame(
            {
                "campaign_id": campaign_ids(known.campaign),
                "assignment": pl.Series(
                    np.where(_is_randomised(known.campaign), "RANDOMISED", "CHOSEN_BY_TRAITS")
                ).cast(pl.String),
                "is_treated": known.treated,
                "conversion": gain,
                "revenue": known.worth[1] - known.worth[0],
            }
        )
        .group_by("campaign_id", "assignment", maintain_order=True)
        .agg(
            customers=pl.len().cast(pl.Int64),
            treated_rate=pl.col("is_treated").mean().round(9),
            conversion_effect=pl.col("conversion").mean().round(9),
            conversion_effect_on_treated=pl.col("conversion")
            .filter(pl.col("is_treated"))
            .mean()
            .round(9),
            revenue_effect=pl.col("revenue").mean().round(6),
        )
    )


def _is_randomised(campaign: Ints) -> Bools:
    return np.array([kind.is_randomised for kind in TEMPLATES])[campaign % len(TEMPLATES)]
