"""Decline reasons of transactions, in the terms of a card scheme.

Belongs here: the reason of each refusal. Does not: deciding that one happens (`cards` and
`spending` for technical declines, `ledger` for low balances and frozen accounts).
"""

import numpy as np

from finplatform.oltp.codes import DECLINE_REASONS
from finplatform.simulate.accounts import CREDIT_CARD
from finplatform.simulate.rng import Bools, pick_by_row, stream
from finplatform.simulate.rows import CARD_PAYMENT, FAILED, ONLINE, WITHDRAWAL, Rows
from finplatform.simulate.world import World

(
    INSUFFICIENT_FUNDS, EXCEEDS_LIMIT, EXPIRED_CARD, INCORRECT_PIN, SUSPECTED_FRAUD,
    RESTRICTED_ACCOUNT, TECHNICAL,
) = range(len(DECLINE_REASONS))  # fmt: skip

# Technical declines by channel: at a till, online, at a machine, a transfer.
_CHANCES = np.zeros((4, len(DECLINE_REASONS)))
_CHANCES[0, [EXPIRED_CARD, INCORRECT_PIN, SUSPECTED_FRAUD, TECHNICAL]] = 0.20, 0.35, 0.15, 0.30
_CHANCES[1, [EXPIRED_CARD, SUSPECTED_FRAUD, TECHNICAL]] = 0.35, 0.35, 0.30
_CHANCES[2, [EXPIRED_CARD, INCORRECT_PIN, TECHNICAL]] = 0.15, 0.50, 0.35
_CHANCES[3, [SUSPECTED_FRAUD, TECHNICAL]] = 0.40, 0.60


def give_reasons(world: World, number: int, settled: Rows, refused: Bools, frozen: Bools) -> None:
    """Write the reason of each refused row into the rows.

    A frozen account is restricted. What the money does not cover exceeds the limit of a credit card
    and lacks funds on other accounts. The rest is drawn, from a stream of its own.

    Args:
        world: The bank.
        number: Position of the month, for its random stream.
        settled: The rows of a month, statuses settled.
        refused: Rows that the ledger refused.
        frozen: Rows of accounts that were frozen at the time.
    """
    failed = np.flatnonzero(settled.status == FAILED)
    if not len(failed):
        return
    rows = settled.take(failed)
    is_card = rows.kind == CARD_PAYMENT
    asked = np.select(
        [is_card & (rows.channel != ONLINE), is_card, rows.kind == WITHDRAWAL], [0, 1, 2], default=3
    )
    drawn = pick_by_row(stream(world.config.seed, "declines", number), _CHANCES[asked])
    on_credit = world.accounts.kind[rows.account] == CREDIT_CARD
    short = np.where(on_credit, EXCEEDS_LIMIT, INSUFFICIENT_FUNDS)
    reason = np.where(refused[failed], short, drawn)
    settled.reason[failed] = np.where(refused[failed] & frozen[failed], RESTRICTED_ACCOUNT, reason)
