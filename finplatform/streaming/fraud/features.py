"""Features of payments, as they were known at the moment of each.

The same code runs over a day's batch and over a micro-batch. The features of an event depend on
events of earlier seconds, and never on the outcome of a payment, its own or an earlier one, so that
the split into batches does not change them. Belongs here: the inputs of rule conditions and of the
fraud model. Does not belong here: window sums (`timeline`) and reading the warehouse.
"""

import numpy as np
import polars as pl

from finplatform.streaming.fraud.payment_keys import PaymentKeys, hashed, seconds
from finplatform.streaming.fraud.references import References, Versions
from finplatform.streaming.fraud.timeline import Ints, Timeline

LOOKBACK_DAYS = 30
"""Days before a payment that its features look back on."""

EVENT_SCHEMA = pl.Schema(
    {
        "transaction_id": pl.String(),
        "account_id": pl.String(),
        "transaction_type": pl.String(),
        "amount": pl.Decimal(18, 2),
        "currency": pl.String(),
        "exchange_rate": pl.Decimal(18, 8),
        "transaction_date": pl.Datetime("us", "UTC"),
        "merchant_id": pl.String(),
        "channel": pl.String(),
    }
)
"""Columns of `bronze.transactions` that the evaluator needs of an event."""

PAYMENT_TYPES = ("CARD_PAYMENT", "TRANSFER_OUT", "WITHDRAWAL")
"""Types of transactions initiated by a payer, which fraud imitates."""

SMALL_PAYMENT = 15.0
_LARGE_PAYMENT = 250.0
_DAY = 86_400
_LOOKBACK = LOOKBACK_DAYS * _DAY

FEATURES = pl.Schema(
    {
        # The payment itself.
        "transaction_type": pl.String(),
        "channel": pl.String(),
        "amount": pl.Float64(),
        "amount_usd": pl.Float64(),
        "hour": pl.Int8(),
        "is_weekend": pl.Boolean(),
        "day_part": pl.String(),
        "way_to_pay": pl.String(),
        "size_and_way": pl.String(),
        "is_payment": pl.Boolean(),
        "is_foreign_currency": pl.Boolean(),
        # Its merchant.
        "merchant_category": pl.String(),
        "is_foreign_merchant": pl.Boolean(),
        "is_high_risk_merchant": pl.Boolean(),
        "merchant_frauds_7d": pl.Int64(),
        "merchant_frauds_30d": pl.Int64(),
        "merchant_fraud_share_30d": pl.Float64(),
        # Its account.
        "account_age_days": pl.Int64(),
        "account_frauds_30d": pl.Int64(),
        "attempts_1h": pl.Int64(),
        "attempts_24h": pl.Int64(),
        "payment_count_7d": pl.Int64(),
        "payment_count_30d": pl.Int64(),
        "online_small_24h": pl.Int64(),
        "outflow_24h": pl.Float64(),
        "seconds_since_previous": pl.Float64(),
        "usual_payment_30d": pl.Float64(),
        "amount_to_usual_ratio": pl.Float64(),
        # Its customer.
        "card_count_30d": pl.Int64(),
        "is_new_category": pl.Boolean(),
        "is_new_merchant": pl.Boolean(),
        "seconds_since_elsewhere": pl.Float64(),
    }
)
"""Features by name, as conditions may use them."""


class PaymentHistory:
    """The payments of the last 30 days, with reference data of the payers.

    Args:
        references: Accounts, customers, merchants and rates.
        zone: Time zone of the bank's days and hours.
    """

    def __init__(self, references: References, zone: str = "UTC") -> None:
        self._zone = zone
        self._owners = Versions(references.accounts, "account_id")
        self._customers = Versions(references.customers, "customer_id")
        self._merchants = Versions(references.merchants, "merchant_id")
        self._rates = references.rates.select(
            "currency", "rate_date", pl.col("usd_rate").cast(pl.Float64)
        )
        self._seen = Timeline("events")
        self._payments = Timeline("payments", "cents", "small")
        self._cards = Timeline("payments")
        self._categories = Timeline("payments")
        self._shops = Timeline("payments")
        self._places = Timeline("place")
        self._merchant_days = Timeline("payments")
        self._merchant_frauds = Timeline("frauds")
        self._account_frauds = Timeline("frauds")

    def confirm(self, frauds: pl.DataFrame) -> None:
        """Adds payments that an investigation has found to be fraud.

        Args:
            frauds: `account_id`, `merchant_id` (null for none) and `confirmed_at` of frauds that
                were not added before.
        """
        at = seconds(frauds["confirmed_at"])
        self._account_frauds.append(hashed(frauds["account_id"]), at, frauds=np.ones_like(at))
        sold = frauds["merchant_id"].is_not_null().to_numpy()
        merchant = hashed(frauds["merchant_id"])[sold]
        self._merchant_frauds.append(merchant, at[sold], frauds=np.ones_like(at[sold]))

    def forget(self, before: int) -> None:
        """Drops what no later payment looks back on.

        Args:
            before: Second of the earliest payment that is still to come.
        """
        for line in (
            self._seen, self._payments, self._cards, self._categories, self._shops, self._places,
            self._merchant_frauds, self._account_frauds,
        ):  # fmt: skip
            line.forget(before - _LOOKBACK)
        self._merchant_days.forget(before // _DAY - LOOKBACK_DAYS - 1)

    def add(self, events: pl.DataFrame) -> pl.DataFrame:
        """Takes events into the history, and returns their features in the order given.

        An event that is in the history already is not counted again; its features are as before.
        Only payments look back: the features of windows are null for all other events.

        Args:
            events: Columns of `EVENT_SCHEMA`.

        Returns:
            `transaction_id`, `account_id`, `customer_id`, `merchant_id`, `transaction_at`,
            `transaction_date`, `account_currency`, and the columns of `FEATURES`.
        """
        known = self._described(events.select(EVENT_SCHEMA.names()))
        payments = known.filter("is_payment")
        keys = PaymentKeys.of_payments(payments)
        self._take(payments, keys)
        windows = payments.select("row").with_columns(
            **self._account_features(payments, keys),
            **self._merchant_features(keys),
            **self._customer_features(keys),
        )
        return known.join(windows, on="row", how="left", maintain_order="left").select(
            *_IDENTITY, *FEATURES
        )

    def _described(self, events: pl.DataFrame) -> pl.DataFrame:
        """Events with account, customer, merchant, and amounts in the account's currency."""
        second = seconds(events["transaction_date"])
        account = self._owners.at(events["account_id"], second)
        home = self._customers.at(account["customer_id"], second)["country"]
        merchant = self._merchants.at(events["merchant_id"], second)
        local = pl.col("transaction_date").dt.convert_time_zone(self._zone)
        amount = pl.col("amount").cast(pl.Float64) * pl.col("exchange_rate").cast(pl.Float64)
        described = events.with_row_index("row").with_columns(
            customer_id=account["customer_id"].fill_null(events["account_id"]),
            account_currency=account["currency"],
            opening_date=account["opening_date"],
            merchant_category=merchant["category"].fill_null("UNKNOWN"),
            place=merchant["city"] + "|" + merchant["country"],
            is_foreign_merchant=(merchant["country"] != home).fill_null(False),
            is_high_risk_merchant=(merchant["risk_level"] == "HIGH").fill_null(False),
            is_foreign_currency=(events["currency"] != account["currency"]).fill_null(False),
            is_payment=pl.col("transaction_type").is_in(PAYMENT_TYPES),
            transaction_at=pl.col("transaction_date"),
            transaction_date=local.dt.date(),
            hour=local.dt.hour(),
            is_weekend=local.dt.weekday() >= 6,
            amount=amount.round(2),
        )
        return self._in_dollars(described).with_columns(
            account_age_days=(pl.col("transaction_date") - pl.col("opening_date")).dt.total_days(),
            day_part=_in_steps(
                pl.col("hour"), (6, "NIGHT"), (12, "MORNING"), (18, "AFTERNOON"), last="EVENING"
            ),
            way_to_pay=pl.concat_str("transaction_type", "channel", separator=" "),
            size_and_way=pl.concat_str(
                _in_steps(
                    pl.col("amount"),
                    (SMALL_PAYMENT, "SMALL"),
                    (_LARGE_PAYMENT, "MEDIUM"),
                    last="LARGE",
                ),
                "channel",
                separator=" ",
            ),
        )

    def _in_dollars(self, events: pl.DataFrame) -> pl.DataFrame:
        """The amount in dollars by the rate of the day; null where no rate is known."""
        rated = events.join(
            self._rates,
            left_on=["account_currency", "transaction_date"],
            right_on=["currency", "rate_date"],
            how="left",
            maintain_order="left",
        )
        return rated.with_columns(
            amount_usd=pl.when(pl.col("account_currency") == "USD")
            .then("amount")
            .otherwise((pl.col("amount") * pl.col("usd_rate")).round(2))
        )

    def _take(self, payments: pl.DataFrame, keys: PaymentKeys) -> None:
        """Adds the payments that are new to the history."""
        second, ones = keys.second, np.ones_like(keys.second)
        is_new = self._seen.before(keys.event, second + 1).total("events", 1) == 0
        is_new &= payments["transaction_id"].is_first_distinct().to_numpy()
        cents = np.rint(payments["amount"].to_numpy() * 100).astype(np.int64)
        small = (keys.is_online & (cents < SMALL_PAYMENT * 100)).astype(np.int64)
        of_card = is_new & keys.is_card
        for line, at, key, which, values in (
            (self._seen, second, keys.event, is_new, {"events": ones}),
            (self._cards, second, keys.customer, of_card, {"payments": ones}),
            (self._categories, second, keys.category, of_card, {"payments": ones}),
            (self._shops, second, keys.shop, of_card, {"payments": ones}),
            (self._places, second, keys.customer, of_card & keys.is_present, {"place": keys.place}),
            (
                self._payments,
                second,
                keys.account,
                is_new,
                {"payments": ones, "cents": cents, "small": small},
            ),
            (
                self._merchant_days,
                keys.day,
                keys.merchant,
                is_new & keys.has_merchant,
                {"payments": ones},
            ),
        ):
            chosen = {name: value[which] for name, value in values.items()}
            line.append(key[which], at[which], **chosen)

    def _account_features(self, payments: pl.DataFrame, keys: PaymentKeys) -> dict[str, pl.Series]:
        earlier = self._payments.before(keys.account, keys.second)
        confirmed = self._account_frauds.before(keys.account, keys.second)
        count = earlier.total("payments", _LOOKBACK)
        cents = earlier.total("cents", _LOOKBACK)
        usual = np.where(count > 0, cents / np.maximum(count, 1) / 100, np.nan)
        before, _ = earlier.last()
        return _columns(
            attempts_1h=earlier.total("payments", 3_600),
            attempts_24h=earlier.total("payments", _DAY),
            payment_count_7d=earlier.total("payments", 7 * _DAY),
            payment_count_30d=count,
            online_small_24h=earlier.total("small", _DAY),
            outflow_24h=earlier.total("cents", _DAY) / 100,
            seconds_since_previous=np.minimum(keys.second - before, _LOOKBACK).astype(float),
            usual_payment_30d=usual,
            # A usual payment below one unit of currency gives no meaningful ratio.
            amount_to_usual_ratio=payments["amount"].to_numpy() / np.maximum(usual, 1.0),
            account_frauds_30d=confirmed.total("frauds", _LOOKBACK),
        )

    def _merchant_features(self, keys: PaymentKeys) -> dict[str, pl.Series]:
        confirmed = self._merchant_frauds.before(keys.merchant, keys.second)
        month = np.where(keys.has_merchant, confirmed.total("frauds", _LOOKBACK), 0)
        payments = self._merchant_days.before(keys.merchant, keys.day)
        sold = np.maximum(payments.total("payments", LOOKBACK_DAYS), 1)
        return _columns(
            merchant_frauds_7d=np.where(keys.has_merchant, confirmed.total("frauds", 7 * _DAY), 0),
            merchant_frauds_30d=month,
            merchant_fraud_share_30d=np.minimum(month / sold, 1.0),
        )

    def _customer_features(self, keys: PaymentKeys) -> dict[str, pl.Series]:
        def count(line: Timeline, key: Ints) -> Ints:
            return line.before(key, keys.second).total("payments", _LOOKBACK)

        cards = count(self._cards, keys.customer)
        # Of a customer without a card payment in these days everything would be new.
        is_known = keys.is_card & keys.has_merchant & (cards > 0)
        before, last = self._places.before(keys.customer, keys.second).last()
        elsewhere = keys.is_card & keys.is_present & (last["place"] != keys.place)
        elsewhere &= before >= keys.second - _LOOKBACK
        return _columns(
            card_count_30d=cards,
            is_new_category=is_known & (count(self._categories, keys.category) == 0),
            is_new_merchant=is_known & (count(self._shops, keys.shop) == 0),
            seconds_since_elsewhere=np.where(elsewhere, keys.second - before, np.nan),
        )


_IDENTITY = (
    "transaction_id",
    "account_id",
    "customer_id",
    "merchant_id",
    "transaction_at",
    "transaction_date",
    "account_currency",
)


def _columns(**values: np.ndarray) -> dict[str, pl.Series]:
    """Features of windows as their types; not-a-number is null."""
    found = {name: pl.Series(value) for name, value in values.items()}
    return {
        name: (column.fill_nan(None) if column.dtype.is_float() else column).cast(FEATURES[name])
        for name, column in found.items()
    }


def _in_steps(value: pl.Expr, *steps: tuple[float, str], last: str) -> pl.Expr:
    """The label of the first step that a value lies below."""
    label = pl.lit(last)
    for below, name in reversed(steps):
        label = pl.when(value < below).then(pl.lit(name)).otherwise(label)
    return label
