"""The general ledger: book, capital and cost of the simulated bank by double entry.

Every figure is posted twice, so that the books balance by construction; that they agree with the
loans, the accounts and the own funds follows from what is posted and is tested. Belongs here:
postings and the ledger's balances. Does not: the chart of accounts (`chart_of_accounts`),
customers' accounts (`ledger`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.simulate import chart_of_accounts
from finplatform.simulate.chart_of_accounts import CHART, LOAN_ACCOUNTS
from finplatform.simulate.clock import DAY_SECONDS, NEVER
from finplatform.simulate.consolidation import hedge_reserve, third_party_capital
from finplatform.simulate.engine import Outcome
from finplatform.simulate.frames import dates, money
from finplatform.simulate.lending import interest_for_month
from finplatform.simulate.loanbook import DEFAULTED, LoanStates
from finplatform.simulate.own_funds import report_days, weighted_assets
from finplatform.simulate.rng import Ints, stream
from finplatform.simulate.treasury import Customers, Finances, run_bank
from finplatform.simulate.wholesale import holdings
from finplatform.simulate.world import World

_PREMISES, _LIFE_MONTHS = 0.02, 120
_STAFF_SHARE = 0.6
_DEPOSITS = (chart_of_accounts.CURRENT, chart_of_accounts.SAVINGS, chart_of_accounts.CARD_CREDIT)
_REVENUE = (
    chart_of_accounts.LOAN_INTEREST,
    chart_of_accounts.CARD_INTEREST,
    chart_of_accounts.FEES,
    chart_of_accounts.DEPOSIT_INTEREST,
)


@dataclass(frozen=True, slots=True)
class LoanBook:
    """The loan book in cents; balances have one month more, the one before the span.

    Attributes:
        gross: Owed by kind, (months + 1, kinds).
        allowance: Specific provisions, (months + 1).
        granted: Paid out by kind, (months, kinds).
        repaid: Principal received.
        interest: Interest received.
        unwound: Interest of each month on what is in default and not provided for, (months): what
            the wait for recoveries was taken off (IFRS 9 5.4.1(b)).
    """

    gross: Ints
    allowance: Ints
    granted: Ints
    repaid: Ints
    interest: Ints
    unwound: Ints

    @property
    def written_off(self) -> Ints:
        """Write-offs, by kind."""
        return self.gross[:-1] + self.granted - self.repaid - self.gross[1:]


class Journal:
    """Debits and credits of each ledger account by month, in cents.

    Args:
        months: Number of months posted.
    """

    def __init__(self, months: int) -> None:
        self.debit = {account.code: np.zeros(months, dtype=np.int64) for account in CHART}
        self.credit = {account.code: np.zeros(months, dtype=np.int64) for account in CHART}

    def post(self, debit: int, credit: int, cents: Ints) -> None:
        """Post an amount of each month; one below zero is posted the other way round."""
        forth, back = np.maximum(cents, 0), np.maximum(-cents, 0)
        self.debit[debit] += forth
        self.credit[credit] += forth
        self.debit[credit] += back
        self.credit[debit] += back

    def change(self, code: int) -> Ints:
        """Debits less credits of each month."""
        return self.debit[code] - self.credit[code]


@dataclass(frozen=True, slots=True)
class Books:
    """The general ledger, and the finances that it was kept for.

    Attributes:
        ledger: The trial balance at each month's end; balances are debits less credits.
        finances: Capital, treasury and result.
    """

    ledger: pl.DataFrame
    finances: Finances


def keep_books(world: World, states: LoanStates, outcome: Outcome) -> Books:
    """Post what customers did, then run the bank on it and post that."""
    calendar, ends = world.calendar, report_days(world.calendar)
    months = len(ends)
    book = loan_book(world, states, ends)
    held = np.array(outcome.holdings, dtype=np.int64)[: months + 1]
    flows = np.array(outcome.flows, dtype=np.int64)[:months]
    journal = Journal(months)
    opening = _post_customers(journal, book, held, flows)
    _post_holdings(world, journal, opening, book, ends)
    lead = world.economy.lead
    customers = Customers(
        month=calendar.month[:months],
        funded=sum(
            (_balance(journal, opening, code) for code in opening),
            np.zeros(months + 1, dtype=np.int64),
        ),
        earning=_balance(journal, opening, chart_of_accounts.WHOLESALE),
        deposits=-sum(
            (_balance(journal, opening, code) for code in _DEPOSITS),
            np.zeros(months + 1, dtype=np.int64),
        ),
        loans=book.gross.sum(axis=1),
        revenue=-sum((journal.change(code) for code in _REVENUE), np.zeros(months, dtype=np.int64)),
        losses=journal.change(chart_of_accounts.CREDIT_LOSS),
        depreciation=journal.change(chart_of_accounts.DEPRECIATION),
        weighted=weighted_assets(world, states, outcome)[:months],
        policy_rate=world.economy.policy_rate[lead : lead + months, 0],
    )
    finances = run_bank(customers, stream(world.config.seed, "general ledger"))
    _post_finances(journal, opening, finances)
    _close_years(journal, calendar.month[:months])
    return Books(_frame(journal, opening, ends), finances)


def loan_book(world: World, states: LoanStates, ends: Ints) -> LoanBook:
    """Balances and movements of loans up to each month's end."""
    loans, due, months = world.loans, world.instalments, len(ends)
    seconds = np.r_[world.calendar.start * DAY_SECONDS, (ends + 1) * DAY_SECONDS - 1]
    day = np.r_[world.calendar.start - 1, ends]
    gross = np.zeros((months + 1, len(LOAN_ACCOUNTS)), dtype=np.int64)
    allowance = np.zeros(months + 1, dtype=np.int64)
    unwound = np.zeros(months + 1, dtype=np.int64)
    key, every = (states.loan << 34) + states.at, np.arange(len(loans))
    for position, second in enumerate(seconds):
        state = np.searchsorted(key, (every << 34) + second, side="right") - 1
        held = np.flatnonzero((state >= 0) & (loans.granted <= day[position]))
        np.add.at(gross[position], loans.kind[held], states.outstanding[state[held]])
        allowance[position] = states.provision[state[held]].sum()
        bad = held[states.status[state[held]] == DEFAULTED]
        left = states.outstanding[state[bad]] - states.provision[state[bad]]
        unwound[position] = interest_for_month(left, loans.rate[bad]).sum()
    granted, repaid, interest = np.zeros((3, months + 1, len(LOAN_ACCOUNTS)), dtype=np.int64)
    month = _month(world, loans.granted, months)
    np.add.at(granted, (month, loans.kind), loans.principal)
    paid = np.flatnonzero(due.paid_on < NEVER)
    month, kind = _month(world, due.paid_on[paid], months), loans.kind[due.loan[paid]]
    principal = np.where(due.is_recovery[paid], due.paid[paid], due.principal[paid])
    np.add.at(repaid, (month, kind), principal)
    np.add.at(interest, (month, kind), due.paid[paid] - principal)
    flows = (flow[:months] for flow in (granted, repaid, interest, unwound))
    return LoanBook(gross, allowance, *flows)


def _month(world: World, days: Ints, months: int) -> Ints:
    """Position of each day's month; `months` for days that no ledger month holds.

    A first month that the span enters in its midst holds no day before the span: what happened then
    is in the opening balances.
    """
    position = world.calendar.position(days)
    is_held = (position >= 0) & (position < months) & (days >= world.calendar.start)
    return np.where(is_held, position, months)


def _post_customers(journal: Journal, book: LoanBook, held: Ints, flows: Ints) -> dict[int, int]:
    """Loans, deposits and cards; returns their balances before the span."""
    for kind, account in enumerate(LOAN_ACCOUNTS):
        journal.post(account, chart_of_accounts.CURRENT, book.granted[:, kind])
        journal.post(chart_of_accounts.CURRENT, account, book.repaid[:, kind])
        journal.post(
            chart_of_accounts.CURRENT, chart_of_accounts.LOAN_INTEREST, book.interest[:, kind]
        )
        journal.post(chart_of_accounts.ALLOWANCE, account, book.written_off[:, kind])
    deposit_interest, card_interest, fees, card_written_off = flows.T
    # Nothing is provided for a card before it is charged off.
    journal.post(chart_of_accounts.ALLOWANCE, chart_of_accounts.CARDS, card_written_off)
    journal.post(chart_of_accounts.ALLOWANCE, chart_of_accounts.LOAN_INTEREST, book.unwound)
    loss = np.diff(book.allowance) + book.written_off.sum(axis=1) + card_written_off + book.unwound
    journal.post(chart_of_accounts.CREDIT_LOSS, chart_of_accounts.ALLOWANCE, loss)
    journal.post(chart_of_accounts.DEPOSIT_INTEREST, chart_of_accounts.SAVINGS, deposit_interest)
    journal.post(chart_of_accounts.CARDS, chart_of_accounts.CARD_INTEREST, card_interest)
    journal.post(chart_of_accounts.CURRENT, chart_of_accounts.FEES, fees)
    checking, savings, card_credit, card_debt, overdrawn = held.T
    balances = {
        chart_of_accounts.CURRENT: -checking,
        chart_of_accounts.SAVINGS: -savings,
        chart_of_accounts.CARD_CREDIT: -card_credit,
        chart_of_accounts.CARDS: card_debt,
        chart_of_accounts.OVERDRAFTS: overdrawn,
    }
    # What customers pay to and get from other banks is settled net with the central bank.
    for account, balance in balances.items():
        journal.post(account, chart_of_accounts.CASH, np.diff(balance) - journal.change(account))
    opening = {account: int(balance[0]) for account, balance in balances.items()}
    opening |= {account: int(book.gross[0, i]) for i, account in enumerate(LOAN_ACCOUNTS)}
    return opening | {chart_of_accounts.ALLOWANCE: -int(book.allowance[0])}


def _post_holdings(
    world: World, journal: Journal, opening: dict[int, int], book: LoanBook, ends: Ints
) -> None:
    """Premises, wholesale assets and what others own of the group."""
    wholesale = holdings(world.config, world.calendar, ends).book_value
    opening[chart_of_accounts.MINORITIES] = -third_party_capital(world.config)
    opening[chart_of_accounts.HEDGE_RESERVE] = -hedge_reserve(world.config)
    opening[chart_of_accounts.WHOLESALE] = int(wholesale[0])
    journal.post(chart_of_accounts.WHOLESALE, chart_of_accounts.CASH, np.diff(wholesale))
    opening[chart_of_accounts.PREMISES] = round(_PREMISES * int(book.gross[0].sum()))
    months = len(ends)
    wear = np.full(months, opening[chart_of_accounts.PREMISES] // _LIFE_MONTHS, dtype=np.int64)
    journal.post(chart_of_accounts.DEPRECIATION, chart_of_accounts.PREMISES, wear)
    quarter_end = world.calendar.month[:months] % 3 == 2
    journal.post(
        chart_of_accounts.PREMISES, chart_of_accounts.CASH, np.where(quarter_end, 3 * wear, 0)
    )


def _post_finances(journal: Journal, opening: dict[int, int], finances: Finances) -> None:
    """Capital, treasury, cost, trading and tax."""
    opening[chart_of_accounts.SHARES] = -int(finances.shares[0])
    opening[chart_of_accounts.RETAINED] = -int(finances.retained[0])
    opening[chart_of_accounts.TIER1_NOTES], opening[chart_of_accounts.NOTES] = (
        -finances.tier1,
        -finances.tier2,
    )
    opening[chart_of_accounts.INTANGIBLES] = finances.deductions
    opening[chart_of_accounts.SECURITIES] = int(finances.securities[0])
    opening[chart_of_accounts.TRADED] = int(finances.traded[0])
    opening[chart_of_accounts.BORROWINGS] = -int(finances.borrowed[0])
    opening[chart_of_accounts.CASH] = int(
        (finances.liquid + finances.borrowed - finances.securities - finances.traded)[0]
    )
    staff = np.rint(_STAFF_SHARE * finances.cost).astype(np.int64)
    tax_paid = finances.tax - np.diff(finances.tax_owed)
    for debit, credit, cents in (
        (chart_of_accounts.CASH, chart_of_accounts.SHARES, np.diff(finances.shares)),
        (chart_of_accounts.RETAINED, chart_of_accounts.CASH, finances.paid_out),
        (chart_of_accounts.SECURITIES, chart_of_accounts.CASH, np.diff(finances.securities)),
        (chart_of_accounts.TRADED, chart_of_accounts.CASH, np.diff(finances.traded)),
        (chart_of_accounts.CASH, chart_of_accounts.BORROWINGS, np.diff(finances.borrowed)),
        (chart_of_accounts.CASH, chart_of_accounts.TREASURY_INCOME, finances.income),
        (chart_of_accounts.FUNDING_COST, chart_of_accounts.CASH, finances.funding_cost),
        (chart_of_accounts.STAFF, chart_of_accounts.CASH, staff),
        (chart_of_accounts.ADMINISTRATION, chart_of_accounts.CASH, finances.cost - staff),
        (chart_of_accounts.CASH, chart_of_accounts.TRADING, finances.trading),
        (chart_of_accounts.TAX, chart_of_accounts.TAX_PAYABLE, finances.tax),
        (chart_of_accounts.TAX_PAYABLE, chart_of_accounts.CASH, tax_paid),
    ):
        journal.post(debit, credit, cents)


def _balance(journal: Journal, opening: dict[int, int], code: int) -> Ints:
    """Debits less credits up to each month's end, the one before the span first."""
    return opening.get(code, 0) + np.r_[0, np.cumsum(journal.change(code))]


def _close_years(journal: Journal, month: Ints) -> None:
    """In January the old year's result goes to retained earnings."""
    for account in CHART:
        if not account.is_result:
            continue
        change = journal.change(account.code)
        closing = np.zeros(len(month), dtype=np.int64)
        since = 0
        for january in np.flatnonzero(month % 12 == 0).tolist():
            closing[january] = change[since:january].sum()
            since = january
        journal.post(chart_of_accounts.RETAINED, account.code, closing)


def _frame(journal: Journal, opening: dict[int, int], ends: Ints) -> pl.DataFrame:
    months = len(ends)

    def wide(values: dict[int, Ints]) -> pl.Series:
        return money(np.stack([values[account.code] for account in CHART], axis=1).ravel())

    balance = {a.code: _balance(journal, opening, a.code) for a in CHART}
    return pl.DataFrame(
        {
            "report_date": dates(np.repeat(ends, len(CHART))),
            "account_code": [str(account.code) for account in CHART] * months,
            "account_name": [account.name for account in CHART] * months,
            "account_type": [account.type for account in CHART] * months,
            "account_group": [account.group for account in CHART] * months,
            "opening_balance": wide({code: held[:-1] for code, held in balance.items()}),
            "debit_amount": wide(journal.debit),
            "credit_amount": wide(journal.credit),
            "closing_balance": wide({code: held[1:] for code, held in balance.items()}),
            "currency": pl.repeat("USD", months * len(CHART), eager=True),
        }
    )
