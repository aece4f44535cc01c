"""Amounts in several currencies as one figure.

Belongs here: the latest rates that gold holds, and which currency the page shows. A page of one
currency shows that one; of several, US dollars.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from finplatform.api.database import Session
from finplatform.api.live.pace import Pace
from finplatform.api.live.reading import Moment

_TABLE = "gold.exchange_rates"
_COMMON = "USD"
_HOUR_S = 3600.0

_RATES = """
select distinct on (currency) currency, usd_rate::float8 as rate
from gold.exchange_rates where rate_date <= current_date
order by currency, rate_date desc
"""


@dataclass(frozen=True)
class Unit:
    """What amounts are shown in.

    Attributes:
        currency: The currency; None while there are no amounts.
        rates: Units of it for one unit of another currency.
    """

    currency: str | None
    rates: Mapping[str, float]

    def rate(self, currency: str) -> float | None:
        """What an amount is multiplied with; None if no rate is known."""
        return 1.0 if currency == self.currency else self.rates.get(currency)


class Currencies:
    """The latest rates, read once an hour."""

    relations = (_TABLE,)

    def __init__(self) -> None:
        self._pace = Pace(_HOUR_S)
        self._rates: dict[str, float] = {}
        self._of: int | None = None

    async def refresh(self, session: Session, moment: Moment) -> None:
        """Reads the rates if they are old, or their table was made anew."""
        table = moment.relations.get(_TABLE)
        if table is None or (table == self._of and not self._pace.is_due):
            return
        with self._pace.measured():
            rows = await session.rows(_RATES)
        self._rates = {row["currency"]: row["rate"] for row in rows}
        self._of = table

    def unit(self, held: Set[str]) -> Unit:
        """The unit for amounts in some currencies."""
        if len(held) == 1:
            (only,) = held
            return Unit(only, {})
        return Unit(_COMMON if held else None, self._rates)
