"""Movements as arrays of numbers, before they become a table.

Belongs here: the shape of a movement, and how many of them are put together. Does not: deciding
that one happens (`standing`, `spending`, `planned`, `misconduct`), or words (`render`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finplatform.oltp.codes import CHANNELS, TRANSACTION_STATUSES, TRANSACTION_TYPES
from finplatform.simulate.rng import Bools, Ints

(
    OPENING_BALANCE,
    DEPOSIT,
    SALARY,
    TRANSFER_IN,
    INTEREST,
    REFUND,
    LOAN_DISBURSEMENT,
    WITHDRAWAL,
    TRANSFER_OUT,
    CARD_PAYMENT,
    BILL_PAYMENT,
    LOAN_PAYMENT,
    FEE,
) = range(len(TRANSACTION_TYPES))
COMPLETED, PENDING, FAILED, REVERSED = range(len(TRANSACTION_STATUSES))
BRANCH, ATM, POS, ONLINE, MOBILE, BATCH = range(len(CHANNELS))
SIGN = np.where(np.arange(len(TRANSACTION_TYPES)) < WITHDRAWAL, 1, -1).astype(np.int64)
PARITY = 100_000_000

NO_REF, REF_CARD, REF_TRANSFER, REF_LOAN, REF_ORDER = range(5)


class _Field(NamedTuple):
    kind: type
    default: Any


_FIELDS = {
    "account": _Field(np.int32, None),
    "at": _Field(np.int64, None),
    "kind": _Field(np.int8, None),
    "cents": _Field(np.int64, None),
    "channel": _Field(np.int8, BATCH),
    "phrase": _Field(np.int32, 0),
    "party": _Field(np.int32, -1),
    "merchant": _Field(np.int32, -1),
    "ref_kind": _Field(np.int8, NO_REF),
    "ref": _Field(np.int64, 0),
    "currency": _Field(np.int8, 0),
    "rate": _Field(np.int64, PARITY),
    "fees": _Field(np.int64, 0),
    "status": _Field(np.int8, COMPLETED),
    "reason": _Field(np.int8, -1),
    "soft": _Field(np.bool_, False),
    "pair": _Field(np.int64, 0),
    "tag": _Field(np.int32, 0),
}


@dataclass(slots=True)
class Rows:
    """Movements, one element each.

    Attributes:
        account: Index of the account.
        at: Second (UTC).
        kind: Index into the schema's transaction types.
        cents: Amount in hundredths of `currency`.
        channel: Index into the schema's channels.
        phrase: Index into the world's descriptions; negative for none.
        party: Index into the world's counterparty accounts; negative for none.
        merchant: Index of the merchant; negative for none.
        ref_kind: Kind of the reference `ref`.
        ref: Number of the reference.
        currency: Index into `CURRENCIES`.
        rate: Dollars per unit of currency in hundred-millionths.
        fees: Cents in the account's currency.
        status: Index into the schema's transaction statuses.
        reason: Index into the schema's decline reasons; negative unless refused.
        soft: Refused when the account lacks the money.
        pair: Number that ties the two legs of a transfer; 0 for single rows.
        tag: Truth: 0 for honest rows, else see `misconduct`.
    """

    account: NDArray[np.int32]
    at: Ints
    kind: NDArray[np.int8]
    cents: Ints
    channel: NDArray[np.int8]
    phrase: NDArray[np.int32]
    party: NDArray[np.int32]
    merchant: NDArray[np.int32]
    ref_kind: NDArray[np.int8]
    ref: Ints
    currency: NDArray[np.int8]
    rate: Ints
    fees: Ints
    status: NDArray[np.int8]
    reason: NDArray[np.int8]
    soft: Bools
    pair: Ints
    tag: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.account)

    def take(self, index: Ints | Bools | slice) -> "Rows":
        """The rows at an index or mask."""
        return Rows(*(getattr(self, name)[index] for name in _FIELDS))

    def effect(self) -> Ints:
        """Change of the account's balance in cents, if the row completes."""
        # PostgreSQL rounds half a cent away from zero, and amounts are never negative.
        value = (self.cents * self.rate + PARITY // 2) // PARITY
        return np.asarray(SIGN[self.kind] * value - self.fees)

    def moved(self) -> Ints:
        """Change of the account's balance in cents."""
        return np.where(self.status == COMPLETED, self.effect(), 0)


def rows(account: Ints, at: Ints, kind: int | Ints, cents: Ints, **others: Any) -> Rows:
    """Build rows from columns and scalars; what is left out takes its default."""
    count = len(account)
    given = {"account": account, "at": at, "kind": kind, "cents": cents, **others}
    columns = {}
    for name, field in _FIELDS.items():
        value: NDArray[Any] = np.asarray(given.get(name, field.default), dtype=field.kind)
        columns[name] = value if value.shape else np.full(count, value, dtype=field.kind)
    return Rows(**columns)


def join(parts: Iterable[Rows]) -> Rows:
    """Rows of all parts, one after the other."""
    chosen = list(parts)
    return Rows(
        *(np.concatenate([getattr(part, field.name) for part in chosen]) for field in fields(Rows))
    )


def no_rows() -> Rows:
    """Nothing."""
    empty = np.zeros(0, dtype=np.int64)
    return rows(empty, empty, 0, empty)
