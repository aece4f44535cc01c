"""Operations of the development bank: loans, disbursements, repayments, grants and guarantees.

The economies of the countries are in `countries`.
"""

import numpy as np
import polars as pl

from finplatform.contracts.codes import CURRENCIES_WITHOUT_FRACTION
from finplatform.contracts.development import OPERATION_TYPES, SECTORS
from finplatform.simulate.clock import day_of, first_of_month, months_since_epoch
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.countries import COUNTRIES, PROFILES, Countries
from finplatform.simulate.frames import dates, labels, money, text
from finplatform.simulate.rng import pick, stream

OPERATIONS_PER_MONTH = 600
# Share of operations by type and the middle of their amounts in dollars, as OPERATION_TYPES.
_TYPE_SHARE = [0.12, 0.38, 0.34, 0.10, 0.06]
_TYPE_AMOUNT = np.array([18e6, 2.6e6, 1.4e6, 0.45e6, 7e6])
_SECTOR_SHARE = [0.12, 0.11, 0.14, 0.15, 0.12, 0.20, 0.06, 0.10]
# Works fail more often than lending through banks; about 5% of all do.
_SECTOR_FAILS = np.array([1.2, 0.8, 1.1, 0.7, 0.9, 1.2, 1.0, 1.1]) * 0.049
_PROJECTS_PER_COUNTRY = 60
_UNQUOTED_SHARE = 0.02


def operation_rows(config: SimulationConfig, countries: Countries) -> pl.DataFrame:
    """All operations in order of time; the last ones are still under way.

    An operation is carried out one to nine weekdays after its date, or fails. Amounts are in local
    currency; the source gives most of them in dollars too, at the rate of their month.
    """
    rng = stream(config.seed, "development operations")
    first, last = int(first_of_month(countries.month[:1])[0]), day_of(config.end)
    count = OPERATIONS_PER_MONTH * len(countries.month)
    asked = np.sort(rng.integers(first, last + 1, count)).astype("datetime64[D]")
    asked = np.minimum(np.busday_offset(asked, 0, roll="forward"), np.datetime64(config.end))
    settled = np.busday_offset(asked, rng.integers(1, 10, count), roll="forward").astype(np.int64)
    day = asked.astype(np.int64)

    weight = [profile.gdp**0.5 for profile in PROFILES]
    where = pick(rng, weight, count)
    project = where * _PROJECTS_PER_COUNTRY + rng.integers(0, _PROJECTS_PER_COUNTRY, count)
    sectors = pick(rng, _SECTOR_SHARE, len(PROFILES) * _PROJECTS_PER_COUNTRY)
    sector = sectors[project]
    kind = pick(rng, _TYPE_SHARE, count)
    fails = rng.random(count) < _SECTOR_FAILS[sector]
    pending = ~fails & (settled > last)
    status = np.select([fails, pending], [1, 2], 0)

    usd = _TYPE_AMOUNT[kind] * np.exp(rng.normal(0, 0.9, count)) * (np.array(weight)[where] / 15)
    month = np.clip(months_since_epoch(day) - countries.month[0], 0, len(countries.month) - 1)
    rate = countries.per_usd[month, where]
    has_cents = np.array(
        [profile.currency not in CURRENCIES_WITHOUT_FRACTION for profile in PROFILES]
    )[where]
    local = np.where(has_cents, np.rint(usd * rate * 100), np.rint(usd * rate) * 100)
    local = local.astype(np.int64)
    is_dollar = np.array([profile.currency == "USD" for profile in PROFILES])[where]
    dollars = np.where(is_dollar, local, np.rint(local / rate)).astype(np.int64)
    quoted = is_dollar | (rng.random(count) >= _UNQUOTED_SHARE)
    return pl.DataFrame(
        {
            "operation_id": labels("OP", np.arange(1, count + 1), 8),
            "operation_date": dates(day),
            "settled_date": dates(settled, status == 0),
            "country": text(COUNTRIES, where),
            "operation_type": text(OPERATION_TYPES, kind),
            "sector": text(SECTORS, sector),
            "project_id": text(COUNTRIES, where) + labels("-P", project + 1, 4),
            "status": text(("SUCCESS", "FAILED", "PENDING"), status),
            "amount": money(local),
            "currency": text([profile.currency for profile in PROFILES], where),
            "amount_usd": money(dollars, quoted),
        }
    )
