"""Movements: the rows that monitoring looks at, sorted by what kind of flow each is.

Belongs here: the columns of the input, and the kind and the other side of each row. Does not belong
here: reading them (the assets do), and what is suspicious about any.
"""

import polars as pl

MOVEMENTS = pl.Schema(
    {
        "transaction_id": pl.String(),
        "account_id": pl.String(),
        "customer_id": pl.String(),
        "transaction_at": pl.Datetime("us", "UTC"),
        "transaction_date": pl.Date(),
        "transaction_type": pl.String(),
        "channel": pl.String(),
        "direction": pl.Int16(),
        "is_cash": pl.Boolean(),
        "amount_usd": pl.Decimal(18, 2),
        "reference_number": pl.String(),
        "counterparty": pl.String(),
        "counterparty_account_id": pl.String(),
        "counterparty_customer_id": pl.String(),
        "country": pl.String(),
    }
)
"""A completed transaction each. `counterparty` is a token of the account on the other side;
`counterparty_account_id` and `counterparty_customer_id` are known where that is one of the bank's
own; `country` is that of the other side, of a bank account or of a merchant."""

PROFILES = pl.Schema(
    {"customer_id": pl.String(), "valid_from": pl.Date(), "peer_group": pl.String()}
)
"""A version of a customer each: whom they are like from a day on."""

REVIEWS = pl.Schema(
    {
        "customer_id": pl.String(),
        "review_date": pl.Date(),
        "risk_rating": pl.Int16(),
        "is_pep": pl.Boolean(),
    }
)
"""A finished review of due diligence each, and what it found (1 low to 3 high)."""

LISTED = pl.Schema({"country": pl.String(), "fatf_status": pl.String(), "as_of_date": pl.Date()})
"""A jurisdiction and statement of the FATF each; a statement names all that it has listed."""

CASH_IN, CASH_OUT = "CASH_IN", "CASH_OUT"
FROM_OUTSIDE, TO_OUTSIDE = "FROM_OUTSIDE", "TO_OUTSIDE"
FROM_CUSTOMER, TO_CUSTOMER = "FROM_CUSTOMER", "TO_CUSTOMER"
OWN_TRANSFER, OTHER = "OWN_TRANSFER", "OTHER"

WITH_OTHERS = (FROM_OUTSIDE, TO_OUTSIDE, FROM_CUSTOMER, TO_CUSTOMER)
INFLOWS = (CASH_IN, FROM_OUTSIDE, FROM_CUSTOMER)
OUTFLOWS = (CASH_OUT, TO_OUTSIDE, TO_CUSTOMER)

TRANSFERS = ("TRANSFER_IN", "TRANSFER_OUT")
OUTSIDE_PREFIX = "outside:"
"""What the name of a party begins with that is no customer of the bank."""


def classify(movements: pl.DataFrame) -> pl.DataFrame:
    """Movements with their kind of flow, the party on the other side, and the amount as a float.

    Args:
        movements: Rows of `MOVEMENTS`.

    Returns:
        The rows, ordered by time, with `kind`, `party` (null where none is known) and `amount`.
    """
    is_in = pl.col("direction") > 0
    is_transfer = pl.col("transaction_type").is_in(TRANSFERS)
    other = pl.col("counterparty_customer_id")
    kind = (
        pl.when(pl.col("is_cash") & is_in)
        .then(pl.lit(CASH_IN))
        .when(pl.col("is_cash"))
        .then(pl.lit(CASH_OUT))
        .when(~is_transfer)
        .then(pl.lit(OTHER))
        .when(other == pl.col("customer_id"))
        .then(pl.lit(OWN_TRANSFER))
        .when(other.is_not_null() & is_in)
        .then(pl.lit(FROM_CUSTOMER))
        .when(other.is_not_null())
        .then(pl.lit(TO_CUSTOMER))
        .when(is_in)
        .then(pl.lit(FROM_OUTSIDE))
        .otherwise(pl.lit(TO_OUTSIDE))
    )
    outside = pl.concat_str(pl.lit(OUTSIDE_PREFIX), pl.col("counterparty"))
    return movements.with_columns(
        kind=kind,
        party=pl.coalesce(other, outside),
        amount=pl.col("amount_usd").cast(pl.Float64),
    ).sort("transaction_at", "transaction_id")


def is_kind(*kinds: str) -> pl.Expr:
    """Whether a movement is of one of some kinds of flow."""
    return pl.col("kind").is_in(kinds)
