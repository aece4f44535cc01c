"""Movements, customers and rules for tests of monitoring, written by hand.

Belongs here: putting frames together. Does not belong here: what is expected of them.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.compliance.aml.alerts import Evidence
from finplatform.compliance.aml.movements import LISTED, MOVEMENTS, PROFILES, REVIEWS, classify
from finplatform.compliance.aml.rules import Rules, standard_rules
from finplatform.windows import Window

START = date(2025, 3, 1)
RULES = standard_rules().as_of(START)
STATEMENT = date(2024, 10, 25)
FATF = pl.DataFrame(
    [("BG", "INCREASED_MONITORING", STATEMENT), ("IR", "CALL_FOR_ACTION", STATEMENT)],
    schema=LISTED,
    orient="row",
)


def moment(day: int, hour: float = 12) -> datetime:
    """An instant so many days after the start."""
    return datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=day, hours=hour)


class Ledger:
    """Movements, written one after the other."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def cash(self, customer: str, day: int, amount: str, channel: str = "BRANCH") -> None:
        """Cash paid in; taken out where the amount is negative."""
        self._add(customer, moment(day), Decimal(amount), "DEPOSIT" if Decimal(amount) > 0
                  else "WITHDRAWAL", channel=channel, is_cash=True)  # fmt: skip

    def outside(
        self, customer: str, at: datetime, amount: str, party: str = "x", country: str | None = None
    ) -> None:
        """A transfer with another bank."""
        kind = "TRANSFER_IN" if Decimal(amount) > 0 else "TRANSFER_OUT"
        self._add(customer, at, Decimal(amount), kind, counterparty=party, country=country)

    def transfer(self, source: str, target: str, at: datetime, amount: str) -> None:
        """A transfer between customers, with both of its legs."""
        reference = f"TRF{len(self._rows)}"
        for own, other, sign in ((source, target, -1), (target, source, 1)):
            self._add(
                own, at, sign * Decimal(amount), "TRANSFER_IN" if sign > 0 else "TRANSFER_OUT",
                counterparty=f"token {other}", counterparty_account_id=f"A {other}",
                counterparty_customer_id=other, reference_number=reference,
            )  # fmt: skip

    def card(self, customer: str, day: int, amount: str, country: str = "US") -> None:
        """A payment by card."""
        self._add(customer, moment(day), -Decimal(amount), "CARD_PAYMENT", country=country)

    def frame(self) -> pl.DataFrame:
        """The movements as monitoring reads them."""
        return pl.DataFrame(self._rows, schema=MOVEMENTS, orient="row")

    def classified(self) -> pl.DataFrame:
        """The movements with their kinds."""
        return classify(self.frame())

    def _add(self, customer: str, at: datetime, amount: Decimal, kind: str, **others: Any) -> None:
        row: dict[str, Any] = dict.fromkeys(MOVEMENTS.names())
        self._rows.append(
            row
            | {
                "transaction_id": f"T{len(self._rows):05}",
                "account_id": f"A {customer}",
                "customer_id": customer,
                "transaction_at": at,
                "transaction_date": at.date(),
                "transaction_type": kind,
                "channel": "ONLINE",
                "direction": 1 if amount > 0 else -1,
                "is_cash": False,
                "amount_usd": abs(amount),
            }
            | others
        )


def active_since(movements: pl.DataFrame, day: date) -> pl.DataFrame:
    """Accounts of which each last moved before the movements on a day."""
    return movements.select("account_id").unique().with_columns(last_active_date=pl.lit(day))


def evidence(movements: pl.DataFrame) -> Evidence:
    """Movements with nothing known of the customers beside them."""
    return Evidence(
        movements=movements,
        profiles=PROFILES.to_frame(),
        reviews=REVIEWS.to_frame(),
        listed=FATF,
        last_active=active_since(movements, START - timedelta(days=1)),
    )


def with_figures(rules: Rules, figures: Iterable[tuple[str, str, int | str]]) -> Rules:
    """Rules with other figures."""
    values = {rule: dict(parts) for rule, parts in rules.values.items()}
    for rule, part, value in figures:
        values[rule][part] = Decimal(value)
    return Rules(values)


MONTH = Window(START, START + timedelta(days=31))
