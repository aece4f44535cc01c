"""The truth behind the bank: hazards, labels and hidden traits, for evaluating models and rules.

Belongs here: the tables of the schema `simulate`. Does not: observable data.
"""

import numpy as np
import polars as pl

from finplatform.simulate.accounts import closing_chance
from finplatform.simulate.clock import NEVER, first_of_month
from finplatform.simulate.default_truth import default_truth
from finplatform.simulate.engine import NOISES, Outcome
from finplatform.simulate.frames import dates, labels, money, text
from finplatform.simulate.instalments import loss_share
from finplatform.simulate.laundering import TYPOLOGIES
from finplatform.simulate.lending import borrows
from finplatform.simulate.misconduct import FRAUD_PATTERNS, Misconduct
from finplatform.simulate.payments import Payments, payment_fraud_labels
from finplatform.simulate.people import LIFE_STAGES
from finplatform.simulate.rng import Ints
from finplatform.simulate.world import World

TRUTH_TABLES = (
    "loan_hazard",
    "loan_truth",
    "default_truth",
    "card_truth",
    "card_hazard",
    "fraud_labels",
    "laundering_labels",
    "payment_fraud_labels",
    "defect_labels",
    "customer_truth",
    "churn_truth",
    "campaign_truth",
    "campaign_unit_truth",
    "config",
)
CAMPAIGN_TRUTH = ("campaign_truth", "campaign_unit_truth")
"""Tables that `responses` makes."""


def truth_frame(
    name: str,
    world: World,
    outcome: Outcome,
    misconduct: Misconduct,
    flaws: pl.DataFrame,
    payments: Payments,
) -> pl.DataFrame:
    """One truth table by name."""
    makers = {
        "loan_hazard": lambda: _loan_hazard(world),
        "loan_truth": lambda: _loan_truth(world),
        "card_truth": lambda: _card_truth(world),
        "card_hazard": lambda: _card_hazard(world),
        "default_truth": lambda: default_truth(world.calendar, world.loans, world.defaults),
        "fraud_labels": lambda: _fraud_labels(outcome),
        "laundering_labels": lambda: _laundering_labels(outcome, misconduct),
        "payment_fraud_labels": lambda: payment_fraud_labels(payments),
        "defect_labels": lambda: _defect_labels(outcome, flaws),
        "customer_truth": lambda: _customer_truth(world),
        "churn_truth": lambda: _churn_truth(world),
        "config": lambda: pl.DataFrame(
            world.config.as_rows(), schema={"key": pl.String, "value": pl.String}, orient="row"
        ),
    }
    return makers[name]()


def _loan_hazard(world: World) -> pl.DataFrame:
    """One row per loan and month in which the loan ran and had not defaulted before."""
    months = world.calendar.months
    month, loan = np.nonzero(world.defaults.at_risk[:months])
    return pl.DataFrame(
        {
            "loan_id": labels("L", loan + 1, 7),
            "month": dates(first_of_month(world.calendar.month[month])),
            "hazard": np.round(world.defaults.hazard[month, loan], 9),
            "can_default": world.defaults.can_default[month, loan],
            "default_in_month": (world.defaults.month[loan] == month)
            & (world.defaults.day[loan] <= world.calendar.end),
        }
    ).sort("loan_id", "month")


def _loan_truth(world: World) -> pl.DataFrame:
    """One row per loan that defaults in the span: exposure and what is lost in the end."""
    day = world.defaults.day
    fell = np.flatnonzero((day >= world.calendar.start) & (day <= world.calendar.end))
    off = world.losses.written_off[fell]
    return pl.DataFrame(
        {
            "loan_id": labels("L", fell + 1, 7),
            "default_date": dates(world.defaults.day[fell]),
            "exposure_at_default": money(world.losses.exposure[fell]),
            "ultimate_recovery": money(world.losses.recovered[fell]),
            "loss_given_default": np.round(loss_share(world.losses)[fell], 9),
            "written_off_date": dates(off, off < NEVER),
        }
    )


def _card_hazard(world: World) -> pl.DataFrame:
    """One row per card and month in which it may have been paid for the last time."""
    defaults, calendar = world.card_defaults, world.calendar
    position = np.arange(calendar.months)[:, None]
    month, card = np.nonzero((defaults.hazard > 0) & (position <= defaults.stops_in))
    return pl.DataFrame(
        {
            "account_id": labels("A", card + 1, 7),
            "month": dates(first_of_month(calendar.month[month])),
            "hazard": np.round(defaults.hazard[month, card], 9),
            "stops_in_month": defaults.stops_in[card] == month,
        }
    ).sort("account_id", "month")


def _card_truth(world: World) -> pl.DataFrame:
    """One row per card that defaults in the span: dates, and the share that comes back."""
    defaults, calendar = world.card_defaults, world.calendar
    fell = np.flatnonzero(defaults.default_on <= calendar.end)
    off = defaults.written_off[fell]
    return pl.DataFrame(
        {
            "account_id": labels("A", fell + 1, 7),
            "last_paid_before": dates(calendar.first[defaults.stops_in[fell]]),
            "default_date": dates(defaults.default_on[fell]),
            "recovered_share": np.round(defaults.recovered[fell], 9),
            "written_off_date": dates(off, off <= calendar.end),
        }
    )


def _gather(store: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    empty = np.zeros(0, dtype=np.int64)
    ids = np.concatenate([empty, *(pair[0] for pair in store)])
    codes = np.concatenate([empty, *(pair[1] for pair in store)])
    return ids, codes


def _fraud_labels(outcome: Outcome) -> pl.DataFrame:
    ids, codes = _gather(outcome.fraud)
    return pl.DataFrame({"transaction_id": ids, "pattern": text(FRAUD_PATTERNS, codes)})


def _laundering_labels(outcome: Outcome, misconduct: Misconduct) -> pl.DataFrame:
    ids, case = _gather(outcome.laundering)
    kind = misconduct.typology[case] if len(case) else case
    return pl.DataFrame(
        {
            "transaction_id": ids,
            "case_id": labels("ML", case + 1, 5),
            "typology": text(TYPOLOGIES, kind),
        }
    )


def _defect_labels(outcome: Outcome, flaws: pl.DataFrame) -> pl.DataFrame:
    ids, kind = _gather(outcome.noise)
    noisy = pl.DataFrame(
        {
            "table_name": pl.repeat("transactions", len(ids), eager=True, dtype=pl.String),
            "entity_id": pl.Series(ids).cast(pl.String),
            "column_name": pl.repeat("description", len(ids), eager=True, dtype=pl.String),
            "kind": text(NOISES, kind),
        }
    )
    return pl.concat([flaws, noisy])


def _customer_truth(world: World) -> pl.DataFrame:
    people = world.people
    return pl.DataFrame(
        {
            "customer_id": labels("C", np.arange(1, len(people) + 1), 7),
            "life_stage": text(LIFE_STAGES, people.stage),
            "frailty": np.round(people.frailty, 9),
            "ability": np.round(people.ability, 9),
            "prudence": np.round(people.prudence, 9),
            "is_primary": people.is_primary,
            "true_income": np.round(people.income, 2),
        }
    )


def _churn_truth(world: World) -> pl.DataFrame:
    """One row per customer and month end with an open checking account: the chance of leaving.

    A customer leaves with the checking account, which no other account outlives. The chance is that
    before behaviour gives a leaver away; a borrower's account stays open. The last three months are
    left out, since the leaving within three months is not known there, and so are customers who
    never used their account.
    """
    calendar, people, accounts = world.calendar, world.people, world.accounts
    opened, closed = accounts.opened[world.checking], accounts.closed[world.checking]
    day = first_of_month(calendar.month + 1) - 1
    until = first_of_month(calendar.month + 4) - 1
    whole = until <= calendar.end
    day, until = day[whole][:, None], until[whole][:, None]
    month, customer = np.nonzero((opened < day) & (closed > day) & ~people.gone)
    day, until = day[month, 0], until[month, 0]
    chance = closing_chance(calendar, opened[customer], day, until)
    may_leave = ~borrows(world.loans, len(people))[customer]
    return pl.DataFrame(
        {
            "customer_id": labels("C", customer + 1, 7),
            "month_end": dates(day),
            "churn_chance_3m": np.round(np.where(may_leave, chance, 0.0), 9),
            "is_churned_3m": closed[customer] <= until,
        }
    )
