"""Contracts of market observation: offers of competitors.

Traded prices are in `events`.
"""

from datetime import date

import pandera.polars as pa

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Money, Share, column
from finplatform.oltp import codes as oltp


class CompetitorOffers(pa.DataFrameModel):
    """One row per competitor, product type and comparison date."""

    competitor: str = column("Name of the competitor.", str_length={"min_value": 1})
    product_type: str = column("Kind of account or loan.", isin=oltp.PRODUCT_TYPES)
    offer_date: date = column("Reference date of the offer.")
    interest_rate: Share = column("Yearly rate as a fraction.", ge=0, le=1)
    monthly_fee: Money = column("Fee a month.", ge=0, le=1_000_000)
    currency: str = column("Currency of the fee.", isin=ISO_4217_CURRENCIES)
