"""The narrative of a suspicious activity report, drafted from the facts of a case.

It covers who, what, when, where, why and how, as FinCEN's guidance on narratives requires, from the
rows of the case only; an officer edits and files it. Customers appear by identifier: names are
added manually or stand in the fields of the report. Does not belong here: the file (`fincen`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from finplatform.compliance.aml.movements import INFLOWS, OUTFLOWS
from finplatform.compliance.aml.typologies import TYPOLOGY_WORDS

DRAFT = "DRAFT - NOT FILED"
LONGEST = 19_000
"""Characters of a draft: the authority takes five parts of 4,000, cut between words."""

_KIND_WORDS = {
    "CASH_IN": "cash deposits",
    "CASH_OUT": "cash withdrawals",
    "FROM_OUTSIDE": "transfers received from other institutions",
    "TO_OUTSIDE": "transfers sent to other institutions",
    "FROM_CUSTOMER": "transfers received from other customers",
    "TO_CUSTOMER": "transfers sent to other customers",
    "OWN_TRANSFER": "transfers between own accounts",
    "OTHER": "other movements",
}


@dataclass(frozen=True)
class AlertFacts:
    """An alert of a case.

    Attributes:
        typology: What it looks like.
        alert_date: Its day.
        score: Weights of its signals.
        reason: Description of the alert.
    """

    typology: str
    alert_date: date
    score: int
    reason: str


@dataclass(frozen=True)
class MovementFacts:
    """A transaction of a case.

    Attributes:
        transaction_id: The transaction.
        customer_id: Customer whose it is.
        account_id: Account that it moves.
        transaction_at: Instant.
        amount_usd: Amount.
        kind: Kind of flow.
        is_subject: Whether it is of whom the case is about.
    """

    transaction_id: str
    customer_id: str
    account_id: str
    transaction_at: datetime
    amount_usd: Decimal
    kind: str
    is_subject: bool


@dataclass(frozen=True)
class CaseFacts:
    """What a narrative is made from.

    Attributes:
        bank: Name of the bank.
        case_id: The case.
        customer_id: Subject of the report.
        alerts: Its alerts, by day.
        movements: Its transactions, by instant.
        has_suspect: Whether a suspect is identified.
        reason: Why a report was decided, in the officers' words.
        prior_reports: Earlier reports on the customer.
    """

    bank: str
    case_id: str
    customer_id: str
    alerts: Sequence[AlertFacts]
    movements: Sequence[MovementFacts]
    has_suspect: bool
    reason: str
    prior_reports: Sequence[str] = ()

    @property
    def own(self) -> list[MovementFacts]:
        """Movements of the subject; of a case without any, those of all parties."""
        mine = [movement for movement in self.movements if movement.is_subject]
        return mine or list(self.movements)

    @property
    def amount_usd(self) -> Decimal:
        """What is suspicious: the larger of what came in and what left, so nothing counts twice."""
        came = sum((m.amount_usd for m in self.own if m.kind in INFLOWS), Decimal(0))
        left = sum((m.amount_usd for m in self.own if m.kind in OUTFLOWS), Decimal(0))
        return max(came, left)

    @property
    def first_day(self) -> date:
        """Day of the first transaction."""
        return min(m.transaction_at.date() for m in self.movements)

    @property
    def last_day(self) -> date:
        """Day of the last transaction."""
        return max(m.transaction_at.date() for m in self.movements)

    @property
    def typologies(self) -> list[str]:
        """What the alerts look like, each once, in order of days."""
        return list(dict.fromkeys(alert.typology for alert in self.alerts))


def draft(facts: CaseFacts) -> str:
    """The narrative.

    Args:
        facts: Of a case with at least one alert and one transaction.
    """
    parts = [
        f"{DRAFT}. To be read, corrected and filed by a compliance officer. Confidential under"
        " 31 CFR 1020.320(e): it must not be disclosed to the subject or anyone else.",
        _opening(facts),
        _what(facts),
        _who(facts),
        _why(facts),
        _closing(facts),
    ]
    text = "\n\n".join(parts)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _opening(facts: CaseFacts) -> str:
    words = " and ".join(TYPOLOGY_WORDS[name] for name in facts.typologies)
    kind = "continuing activity" if facts.prior_reports else "suspicious activity"
    subject = f"customer {facts.customer_id}" if facts.has_suspect else "an unidentified subject"
    return (
        f"{facts.bank} reports {kind} of {subject}: {words}. The activity took place from"
        f" {facts.first_day:%B %d, %Y} to {facts.last_day:%B %d, %Y} and comes to"
        f" {_usd(facts.amount_usd)}."
    )


def _what(facts: CaseFacts) -> str:
    lines = []
    for kind, words in _KIND_WORDS.items():
        found = [m for m in facts.own if m.kind == kind]
        if found:
            total = sum((m.amount_usd for m in found), Decimal(0))
            largest = max(found, key=lambda m: (m.amount_usd, m.transaction_id))
            lines.append(
                f"{len(found)} {words} of {_usd(total)} together, from"
                f" {found[0].transaction_at:%m/%d/%Y} to {found[-1].transaction_at:%m/%d/%Y}; the"
                f" largest of {_usd(largest.amount_usd)} on {largest.transaction_at:%m/%d/%Y}"
                f" (transaction {largest.transaction_id})."
            )
    return "Transactions: " + " ".join(lines)


def _who(facts: CaseFacts) -> str:
    accounts = sorted({m.account_id for m in facts.own})
    others = sorted({m.customer_id for m in facts.movements} - {facts.customer_id})
    text = f"Accounts of the subject: {', '.join(accounts)}."
    if others:
        text += f" Other customers whose accounts took part: {', '.join(others)}."
    if facts.prior_reports:
        text += f" Earlier reports on the subject: {', '.join(facts.prior_reports)}."
    return text


def _why(facts: CaseFacts) -> str:
    alerts = [
        f"On {alert.alert_date:%m/%d/%Y} the bank's monitoring found"
        f" {TYPOLOGY_WORDS[alert.typology]} (score {alert.score} of 100): {alert.reason}."
        for alert in facts.alerts
    ]
    return " ".join([*alerts, f"Assessment: {facts.reason}"])


def _closing(facts: CaseFacts) -> str:
    return (
        f"Supporting documents, with the {len(facts.movements)} transactions, are kept under"
        f" {facts.case_id} for five years from filing and are at hand for law enforcement on"
        " request."
    )


def _usd(amount: Decimal) -> str:
    return f"${amount:,.2f}"
