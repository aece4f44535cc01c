"""Rules as data: their schema, their file, and the conditions of going live.

Belongs here: reading and checking `rules.yaml` or the bank's own file. Does not belong here: the
features of conditions (`features`), and evaluating payments (`evaluator`).
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from finplatform.errors import FinplatformError
from finplatform.streaming.fraud.features import FEATURES

RULES_FILE = Path(__file__).with_name("rules.yaml")
LEAST_PRECISION = 0.10
"""Share of a live rule's alerts that are confirmed frauds, at least."""


class Kind(StrEnum):
    """What a rule looks for.

    Attributes:
        FRAUD: Payments that their customer did not want; refusing one protects the customer.
        LAUNDERING: Proceeds of crime. A rule only alerts: a decline would tip off the suspect.
    """

    FRAUD = "fraud"
    LAUNDERING = "laundering"


class Mode(StrEnum):
    """How far a rule has come.

    Attributes:
        DRAFT: Evaluated in a backtest alone.
        SHADOW: Evaluated on every payment and recorded; never alerts.
        LIVE: Alerts, and blocks if that is its action.
    """

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"


class Action(StrEnum):
    """What a live rule does.

    Attributes:
        ALERT: Raises an alert.
        BLOCK: Raises an alert and declines the payment.
    """

    ALERT = "alert"
    BLOCK = "block"


SEVERITIES = ("LOW", "MEDIUM", "HIGH")
"""Severities of alerts, the least first."""


class Backtest(BaseModel):
    """What a rule showed before it went live.

    Attributes:
        alerts: Payments that met it.
        precision: Share of them that were confirmed frauds.
        first: First day of the payments.
        last: Last day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    alerts: int = Field(ge=1)
    precision: float = Field(ge=0, le=1)
    first: date
    last: date


class Rule(BaseModel):
    """One version of a rule; `rules.yaml` describes the entries."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")]
    kind: Kind
    description: str
    condition: str
    weight: int = Field(ge=0, le=100)
    severity: Annotated[str, Field(pattern="^(LOW|MEDIUM|HIGH)$")]
    action: Action
    mode: Mode
    valid_from: date
    valid_to: date | None = None
    backtest: Backtest | None = None
    exempt: str | None = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.kind is Kind.LAUNDERING and self.action is Action.BLOCK:
            raise ValueError("a laundering rule may only alert, never block")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} lies before valid_from {self.valid_from}")
        if self.kind is Kind.FRAUD and self.mode is Mode.LIVE and self.exempt is None:
            if self.backtest is None:
                raise ValueError("a live rule needs its backtest")
            if self.backtest.precision < LEAST_PRECISION:
                raise ValueError(
                    f"a rule of which {self.backtest.precision:.1%} of the alerts were frauds must"
                    f" not go live: at least {LEAST_PRECISION:.0%} are needed"
                )
        self._check_condition()
        return self

    @property
    def expression(self) -> pl.Expr:
        """The condition over the columns of `FEATURES`; false where it is unknown."""
        return pl.sql_expr(self.condition).fill_null(False)

    @property
    def meets(self) -> pl.Expr:
        """The condition, on the days on which the rule is valid."""
        valid = pl.col("transaction_date") >= self.valid_from
        if self.valid_to is not None:
            valid &= pl.col("transaction_date") <= self.valid_to
        return self.expression & valid

    def _check_condition(self) -> None:
        try:
            names = set(pl.sql_expr(self.condition).meta.root_names())
            if unknown := sorted(names - set(FEATURES)):
                raise ValueError(f"the condition names no feature: {', '.join(unknown)}")
            result = FEATURES.to_frame().select(self.expression).dtypes
        except pl.exceptions.PolarsError as error:
            raise ValueError(f"the condition cannot be read: {error}") from error
        if result != [pl.Boolean()]:
            raise ValueError("the condition is neither true nor false")


def load_rules(path: Path = RULES_FILE) -> tuple[Rule, ...]:
    """The rules of a file, in its order.

    Args:
        path: YAML as in `rules.yaml`.

    Raises:
        FinplatformError: The file cannot be read, or a rule in it is not sound.
    """
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FinplatformError(
            f"The fraud rules in {path} cannot be read: {error}.", "Mend the file or its name."
        ) from None
    listed = written.get("rules") if isinstance(written, dict) else None
    if not isinstance(listed, list) or not listed:
        raise FinplatformError(f"{path} has no list of `rules`.", f"Write it as {RULES_FILE} is.")
    rules = tuple(_rule(entry, path) for entry in listed)
    _check_versions(rules, path)
    return rules


def in_production(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that are evaluated on payments: all but drafts."""
    return tuple(rule for rule in rules if rule.mode is not Mode.DRAFT)


def _rule(entry: Any, path: Path) -> Rule:
    name = entry.get("rule", "?") if isinstance(entry, dict) else "?"
    try:
        return Rule.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise FinplatformError(
            f"Rule {name} in {path}{f', {place}' if place else ''}: {reason}.",
            "Mend the rule; nothing was changed.",
        ) from None


def _check_versions(rules: Sequence[Rule], path: Path) -> None:
    """Versions of one rule follow one another."""
    last: dict[str, date] = {}
    for rule in sorted(rules, key=lambda rule: (rule.rule, rule.valid_from)):
        if rule.rule in last and rule.valid_from <= last[rule.rule]:
            raise FinplatformError(
                f"Rule {rule.rule} in {path} has two versions on {rule.valid_from}.",
                "End the earlier version by valid_to the day before.",
            )
        last[rule.rule] = rule.valid_to or date.max
