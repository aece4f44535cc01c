"""Descriptions and counterparties: pools of text that rows point into.

Belongs here: the pools. Does not: the choice for a row.
"""

from enum import IntEnum

import numpy as np
import polars as pl

from finplatform.simulate.catalogue import Merchants
from finplatform.simulate.identity import account_numbers, ibans
from finplatform.simulate.people import People
from finplatform.simulate.rng import Ints, stream
from finplatform.simulate.words import COMPANY_FORMS, EMPLOYERS, SHOP_FIRST

LISTED_COUNTRY = "BG"
"""On the FATF's list of increased monitoring in every statement since October 2023."""

_LISTED_ABROAD = 40


class Phrase(IntEnum):
    """Fixed descriptions, in the order of `PHRASES`."""

    OPENING = 0
    PENSION = 1
    BENEFIT = 2
    SUPPORT = 3
    INVOICE = 4
    RENT = 5
    POWER = 6
    PHONE_BILL = 7
    INSURANCE = 8
    TOP_UP = 9
    INVEST = 10
    OWN_TRANSFER = 11
    CARD_REPAY = 12
    INTEREST = 13
    MONTHLY_FEE = 14
    CARD_INTEREST = 15
    LATE_FEE = 16
    LOAN_IN = 17
    LOAN_DUE = 18
    PURCHASE = 19
    SALE = 20
    CLOSE = 21
    CASH_IN = 22
    CHECK_IN = 23
    CASH_OUT = 24
    TRANSFER = 25
    PERSON = 26
    RECEIVED = 27
    WATER = 28
    TAX = 29
    BUSINESS_CASH = 30
    DEBT_MOVED = 31
    CARD_SETTLEMENT = 32
    CHARGE_OFF = 33


PHRASES = (
    "OPENING BALANCE",
    "PENSION",
    "UNEMPLOYMENT BENEFIT",
    "FAMILY SUPPORT",
    "INVOICE PAYMENT RECEIVED",
    "RENT",
    "ELECTRICITY AND GAS",
    "PHONE AND INTERNET",
    "INSURANCE PREMIUM",
    "TRANSFER FROM OTHER BANK",
    "TRANSFER TO INVESTMENT ACCOUNT",
    "TRANSFER BETWEEN OWN ACCOUNTS",
    "CREDIT CARD PAYMENT",
    "INTEREST PAID",
    "MONTHLY ACCOUNT FEE",
    "INTEREST CHARGE",
    "LATE PAYMENT FEE",
    "LOAN DISBURSEMENT",
    "LOAN INSTALLMENT",
    "PURCHASE PAYMENT",
    "PROCEEDS OF SALE",
    "ACCOUNT CLOSED",
    "CASH DEPOSIT",
    "CHECK DEPOSIT",
    "CASH WITHDRAWAL",
    "TRANSFER",
    "PAYMENT TO PERSON",
    "TRANSFER RECEIVED",
    "WATER AND WASTE",
    "PROPERTY TAX",
    "BUSINESS TAKINGS",
    "BALANCE TRANSFER",
    "CARD DEBT SETTLED",
    "CHARGE-OFF",
)


class Wording:
    """Pools of descriptions and counterparty accounts of one bank.

    Args:
        seed: Seed of the bank.
        people: The customers.
        merchants: The merchants.
        own_numbers: Account numbers of the bank's own accounts, by account.
    """

    def __init__(
        self, seed: int, people: People, merchants: Merchants, own_numbers: pl.Series
    ) -> None:
        rng = stream(seed, "wording")
        count = len(people)
        self.employers = max(12, count // 25)
        self.landlords = max(12, count // 8)
        self.strangers = max(60, count)
        outside = self.employers + self.landlords + self.strangers
        place = people.place[rng.integers(0, count, outside)]
        foreign = account_numbers(np.arange(5_000_000_000, 5_000_000_000 + outside), place)
        self._own = len(own_numbers)
        self._listed = self._own + outside
        listed = ibans(np.arange(6_000_000_000, 6_000_000_000 + _LISTED_ABROAD), LISTED_COUNTRY)
        self.parties = pl.concat([own_numbers, foreign, listed])
        firms = [
            f"SALARY {SHOP_FIRST[a]} {EMPLOYERS[b]} {COMPANY_FORMS[c]}".upper()
            for a, b, c in zip(
                rng.integers(0, len(SHOP_FIRST), self.employers),
                rng.integers(0, len(EMPLOYERS), self.employers),
                rng.integers(0, len(COMPANY_FORMS), self.employers),
                strict=True,
            )
        ]
        shops = merchants.frame.select(
            pl.format("{} {}", pl.col("merchant_name"), pl.col("city")).str.to_uppercase()
        ).to_series()
        self.phrases = pl.concat([pl.Series(PHRASES), pl.Series(firms), shops])
        self._shop = len(PHRASES) + self.employers

    def employer(self, number: Ints) -> Ints:
        """Counterparty of an employer."""
        return self._own + number % self.employers

    def salary_phrase(self, number: Ints) -> Ints:
        """Description of a salary from an employer."""
        return len(PHRASES) + number % self.employers

    def landlord(self, number: Ints) -> Ints:
        """Counterparty of a landlord."""
        return self._own + self.employers + number % self.landlords

    def stranger(self, number: Ints) -> Ints:
        """Name of a counterparty at another bank."""
        return self._own + self.employers + self.landlords + number % self.strangers

    def listed_abroad(self, number: Ints) -> Ints:
        """Counterparty at a bank of a country under increased monitoring."""
        return self._listed + number % _LISTED_ABROAD

    def shop_phrase(self, merchant: Ints) -> Ints:
        """Description of a payment to a merchant."""
        return self._shop + merchant
