"""Keys of payments, by which their history is aggregated: hashes and instants as arrays."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.streaming.fraud.timeline import Ints


@dataclass(frozen=True)
class PaymentKeys:
    """Instants, hashed keys and kinds of payments; arrays of one element a payment."""

    second: Ints
    day: Ints
    event: Ints
    account: Ints
    customer: Ints
    merchant: Ints
    category: Ints
    shop: Ints
    place: Ints
    has_merchant: np.ndarray
    is_card: np.ndarray
    is_online: np.ndarray
    is_present: np.ndarray

    @classmethod
    def of_payments(cls, payments: pl.DataFrame) -> "PaymentKeys":
        """Keys of described payments."""
        is_card = payments["transaction_type"] == "CARD_PAYMENT"
        return cls(
            second=seconds(payments["transaction_at"]),
            day=payments["transaction_date"].cast(pl.Int32).to_numpy().astype(np.int64),
            event=hashed(payments["transaction_id"]),
            account=hashed(payments["account_id"]),
            customer=hashed(payments["customer_id"]),
            merchant=hashed(payments["merchant_id"]),
            category=hashed(payments["customer_id"] + "|" + payments["merchant_category"]),
            shop=hashed(payments["customer_id"] + "|" + payments["merchant_id"]),
            place=hashed(payments["place"]).astype(np.int64),
            has_merchant=payments["merchant_id"].is_not_null().to_numpy(),
            is_card=is_card.to_numpy(),
            is_online=(is_card & (payments["channel"] == "ONLINE")).to_numpy(),
            is_present=(
                (payments["channel"] == "POS") & payments["place"].is_not_null()
            ).to_numpy(),
        )


def hashed(ids: pl.Series) -> Ints:
    """Hashes of identifiers."""
    return ids.hash(seed=0).to_numpy()


def seconds(instants: pl.Series) -> Ints:
    """Seconds since the epoch."""
    return instants.dt.epoch("s").to_numpy().astype(np.int64)
