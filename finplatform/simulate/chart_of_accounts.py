"""The chart of accounts of the general ledger.

Belongs here: codes, names and groups. Does not: what is posted (`bookkeeping`).
"""

from typing import NamedTuple


class LedgerAccount(NamedTuple):
    """One account of the general ledger.

    Attributes:
        code: Four digits; the first is the type.
        name: Name in the chart.
        group: Line of the financial statements.
    """

    code: int
    name: str
    group: str

    @property
    def type(self) -> str:
        """Account type: asset, liability, equity, income or expense."""
        return ACCOUNT_TYPES[self.code // 1000 - 1]

    @property
    def is_result(self) -> bool:
        """Whether it is closed into retained earnings at the year's end."""
        return self.code >= 4000


ACCOUNT_TYPES = ("ASSET", "LIABILITY", "EQUITY", "INCOME", "EXPENSE")
(
    CASH, SECURITIES, TRADED, MORTGAGES, PERSONAL, AUTO, BUSINESS, CARDS, OVERDRAFTS, ALLOWANCE,
    PREMISES, INTANGIBLES, WHOLESALE,
) = (1010, 1110, 1120, 1210, 1220, 1230, 1240, 1250, 1260, 1290, 1310, 1320, 1410)  # fmt: skip
CURRENT, SAVINGS, CARD_CREDIT, BORROWINGS, NOTES, TAX_PAYABLE = 2110, 2120, 2130, 2210, 2220, 2310
SHARES, TIER1_NOTES, MINORITIES, RETAINED, HEDGE_RESERVE = 3010, 3020, 3030, 3110, 3120
LOAN_INTEREST, CARD_INTEREST, TREASURY_INCOME, FEES, TRADING = 4010, 4020, 4030, 4110, 4210
DEPOSIT_INTEREST, FUNDING_COST, CREDIT_LOSS = 5010, 5020, 5110
STAFF, DEPRECIATION, ADMINISTRATION, TAX = 5210, 5220, 5230, 5310

LOAN_ACCOUNTS = (MORTGAGES, PERSONAL, AUTO, BUSINESS)
"""In the order of the schema's loan types."""

CHART = (
    LedgerAccount(CASH, "Cash and central bank balances", "CASH"),
    LedgerAccount(SECURITIES, "Government securities", "SECURITIES"),
    LedgerAccount(TRADED, "Trading securities", "TRADING_ASSETS"),
    LedgerAccount(MORTGAGES, "Residential mortgages", "LOANS"),
    LedgerAccount(PERSONAL, "Personal loans", "LOANS"),
    LedgerAccount(AUTO, "Auto loans", "LOANS"),
    LedgerAccount(BUSINESS, "Business loans", "LOANS"),
    LedgerAccount(CARDS, "Credit card receivables", "LOANS"),
    LedgerAccount(OVERDRAFTS, "Overdrafts", "LOANS"),
    LedgerAccount(ALLOWANCE, "Allowance for credit losses", "ALLOWANCE"),
    LedgerAccount(PREMISES, "Premises and equipment", "OTHER_ASSETS"),
    LedgerAccount(INTANGIBLES, "Goodwill and intangibles", "OTHER_ASSETS"),
    LedgerAccount(WHOLESALE, "Interbank, corporate and investment assets, net", "WHOLESALE"),
    LedgerAccount(CURRENT, "Current accounts", "DEPOSITS"),
    LedgerAccount(SAVINGS, "Savings accounts", "DEPOSITS"),
    LedgerAccount(CARD_CREDIT, "Card accounts in credit", "DEPOSITS"),
    LedgerAccount(BORROWINGS, "Borrowings from banks", "BORROWINGS"),
    LedgerAccount(NOTES, "Subordinated notes", "BORROWINGS"),
    LedgerAccount(TAX_PAYABLE, "Current tax payable", "OTHER_LIABILITIES"),
    LedgerAccount(SHARES, "Common shares", "CAPITAL"),
    LedgerAccount(TIER1_NOTES, "Additional tier 1 notes", "CAPITAL"),
    LedgerAccount(MINORITIES, "Capital of subsidiaries held by others", "CAPITAL"),
    LedgerAccount(RETAINED, "Retained earnings", "RETAINED_EARNINGS"),
    LedgerAccount(HEDGE_RESERVE, "Reserve of cash-flow hedges", "OTHER_COMPREHENSIVE_INCOME"),
    LedgerAccount(LOAN_INTEREST, "Interest on loans", "INTEREST_INCOME"),
    LedgerAccount(CARD_INTEREST, "Interest on cards", "INTEREST_INCOME"),
    LedgerAccount(TREASURY_INCOME, "Interest on securities and reserves", "INTEREST_INCOME"),
    LedgerAccount(FEES, "Fees and commissions", "FEE_INCOME"),
    LedgerAccount(TRADING, "Trading and valuation result", "TRADING_RESULT"),
    LedgerAccount(DEPOSIT_INTEREST, "Interest on deposits", "INTEREST_EXPENSE"),
    LedgerAccount(FUNDING_COST, "Interest on borrowings and notes", "INTEREST_EXPENSE"),
    LedgerAccount(CREDIT_LOSS, "Credit losses", "CREDIT_LOSS"),
    LedgerAccount(STAFF, "Staff", "OPERATING_EXPENSE"),
    LedgerAccount(DEPRECIATION, "Depreciation", "OPERATING_EXPENSE"),
    LedgerAccount(ADMINISTRATION, "Administration", "OPERATING_EXPENSE"),
    LedgerAccount(TAX, "Income tax", "TAX"),
)
