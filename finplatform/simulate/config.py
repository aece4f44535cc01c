"""Configuration of a synthetic bank: size, span, seed and share of misconduct.

Belongs here: parameters and their limits. Does not: anything derived from them.
"""

from dataclasses import dataclass, fields
from datetime import date

from finplatform.errors import FinplatformError

MIN_CUSTOMERS = 50
MIN_DAYS = 28
# Instalments, pay and card bills alone make about this many rows per customer and month.
MIN_ROWS_PER_CUSTOMER_MONTH = 2.0

DEFAULT_RATES = (
    "mortgage_default_rate",
    "consumer_default_rate",
    "business_default_rate",
    "card_default_rate",
)
_MOST_DEFAULTS = 0.5


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """Parameters of one bank; equal parameters give equal bytes.

    Attributes:
        customers: Number of people with an account at any time in the span.
        transactions: Rows to aim at in `oltp.transactions` (met within 2%).
        start: First business day.
        end: Last business day, inclusive.
        seed: Seed of every random stream.
        fraud_share: Share of transactions that belong to a fraud.
        laundering_share: Share of transactions that belong to a laundering case.
        defect_share: Share of rows that carry a flaw which the schema can hold.
        mortgage_default_rate: Share of mortgages that default in the last year of the span.
        consumer_default_rate: The same of personal and auto loans.
        business_default_rate: The same of loans to businesses.
        card_default_rate: The same of credit cards.

    Raises:
        FinplatformError: If a value is out of range.
    """

    customers: int = 2_000
    transactions: int = 200_000
    start: date = date(2024, 1, 1)
    end: date = date(2025, 12, 31)
    seed: int = 42
    fraud_share: float = 0.0018
    laundering_share: float = 0.002
    defect_share: float = 0.01
    mortgage_default_rate: float = 0.0095
    consumer_default_rate: float = 0.036
    business_default_rate: float = 0.024
    card_default_rate: float = 0.037

    def __post_init__(self) -> None:
        """Refuse values that cannot make a believable bank."""
        _require(
            MIN_CUSTOMERS <= self.customers <= 9_000_000,
            f"{self.customers} customers cannot be simulated.",
            f"Choose between {MIN_CUSTOMERS} and 9,000,000 customers.",
        )
        _require(
            self.days >= MIN_DAYS,
            f"The span from {self.start} to {self.end} is too short.",
            f"Choose an end at least {MIN_DAYS - 1} days after the start.",
        )
        _require(
            date(1990, 1, 1) <= self.start and self.end <= date(2100, 12, 31),
            f"The span from {self.start} to {self.end} is out of range.",
            "Choose dates between 1990 and 2100.",
        )
        _require(
            self.transactions >= self.fewest_transactions,
            f"{self.transactions} transactions are too few for {self.customers} customers.",
            f"Choose at least {self.fewest_transactions} transactions, or fewer customers.",
        )
        _require(self.seed >= 0, "The seed is negative.", "Choose a seed of 0 or more.")
        for field in ("fraud_share", "laundering_share", "defect_share"):
            _require(
                0 <= getattr(self, field) <= 0.05,
                f"{field} is {getattr(self, field)}.",
                "Choose a share between 0 and 0.05.",
            )
        for field in DEFAULT_RATES:
            _require(
                0 <= getattr(self, field) <= _MOST_DEFAULTS,
                f"{field} is {getattr(self, field)}.",
                f"Choose a rate between 0 and {_MOST_DEFAULTS}.",
            )

    @property
    def days(self) -> int:
        """Days of the span, both ends included."""
        return (self.end - self.start).days + 1

    @property
    def density(self) -> float:
        """Transactions per customer and month of 30.44 days."""
        return self.transactions / self.customers / (self.days / 30.44)

    @property
    def fewest_transactions(self) -> int:
        """Rows that the standing flows alone need."""
        return int(self.customers * self.days / 30.44 * MIN_ROWS_PER_CUSTOMER_MONTH)

    def as_rows(self) -> list[tuple[str, str]]:
        """The parameters as (key, value) text, in field order."""
        return [(field.name, str(getattr(self, field.name))) for field in fields(self)]


def _require(holds: bool, message: str, hint: str) -> None:
    if not holds:
        raise FinplatformError(message, hint)
