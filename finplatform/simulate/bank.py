"""The synthetic bank as tables.

`generate` and the `Bank` with one frame per table; other modules make the tables.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.simulate.applications import application_frame
from finplatform.simulate.assessments import assessment_frame, regulatory_frame
from finplatform.simulate.bookkeeping import Books, keep_books
from finplatform.simulate.catalogue import branches, products
from finplatform.simulate.clients import Clients, customer_ids, simulate_clients
from finplatform.simulate.clock import DAY_SECONDS
from finplatform.simulate.competitors import offer_frame
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.consolidation import reserve_frame, subsidiary_frame
from finplatform.simulate.countries import (
    Countries,
    country_rows,
    demographic_rows,
    simulate_countries,
)
from finplatform.simulate.development import operation_rows
from finplatform.simulate.due_diligence import kyc_records, sanctions_entities
from finplatform.simulate.economy import indicator_rows, market_rows
from finplatform.simulate.engine import Engine, Outcome
from finplatform.simulate.events import AccountEvents, account_events, account_versions
from finplatform.simulate.frames import labels, rate
from finplatform.simulate.journal import Versions, write_journal
from finplatform.simulate.loanbook import LoanStates, loan_frame, loan_payment_frame, loan_states
from finplatform.simulate.misconduct import Misconduct, simulate_misconduct
from finplatform.simulate.monitoring import alert_frame
from finplatform.simulate.operational_losses import loss_frame
from finplatform.simulate.own_funds import own_funds_frame, report_days
from finplatform.simulate.ownership import ownership_links
from finplatform.simulate.payments import Payments, payment_frame, simulate_payments
from finplatform.simulate.planned import planned_rows
from finplatform.simulate.render import Renderer
from finplatform.simulate.responses import (
    Units,
    audience,
    campaign_truth,
    response_frame,
    simulate_responses,
    unit_truth,
)
from finplatform.simulate.service import interaction_frame
from finplatform.simulate.settlements import Settlements, settlement_frame, simulate_settlements
from finplatform.simulate.truth import CAMPAIGN_TRUTH, TRUTH_TABLES, truth_frame
from finplatform.simulate.wholesale import (
    Holdings,
    exposure_frame,
    holdings,
    protection_frame,
)
from finplatform.simulate.world import World, build_world

OLTP_TABLES = (
    "branches",
    "products",
    "merchants",
    "customers",
    "accounts",
    "loans",
    "loan_payments",
    "market_data",
    "risk_assessments",
    "regulatory_reports",
    "change_journal",
)


class Bank:
    """A generated bank. Frames are made on demand and kept, except for transactions.

    Asking for accounts, the journal or labels before the transactions runs the months once without
    making frames; running through `transactions()` first spares that.

    Args:
        config: Parameters.
    """

    def __init__(self, config: SimulationConfig) -> None:
        self.config = config
        self._outcome: Outcome | None = None
        self._frames: dict[str, pl.DataFrame] = {}

    @cached_property
    def world(self) -> World:
        """Everything that was decided before the first transaction."""
        return build_world(self.config)

    @property
    def outcome(self) -> Outcome:
        """Balances and labels after the last month."""
        if self._outcome is None:
            engine = self._engine()
            for _ in engine:
                pass
            self._outcome = engine.outcome
        return self._outcome

    def transactions(self, batch_rows: int | None = None) -> Iterator[pl.DataFrame]:
        """Rows of `oltp.transactions` in order of time.

        Args:
            batch_rows: Most rows in a frame; default one frame a month.

        Yields:
            Frames with the columns of the table.
        """
        if batch_rows is not None and batch_rows < 1:
            raise FinplatformError(
                f"Batches of {batch_rows} rows cannot be made.", "Choose at least 1."
            )
        engine, renderer = self._engine(), Renderer(self.world)
        for month in engine:
            frame = renderer.frame(month)
            yield from frame.iter_slices(batch_rows or max(len(frame), 1))
        self._outcome = engine.outcome

    def table(self, name: str) -> pl.DataFrame:
        """A table of the schema `oltp` other than transactions.

        Raises:
            FinplatformError: If there is no such table.
        """
        if name not in OLTP_TABLES:
            raise FinplatformError(
                f"The synthetic bank has no table {name!r}.",
                f"Choose one of {', '.join(OLTP_TABLES)}; transactions come from transactions().",
            )
        if name not in self._frames:
            self._frames[name] = self._make(name)
        return self._frames[name]

    def truth(self, name: str) -> pl.DataFrame:
        """A table of the schema `simulate`: what no model and no rule may see.

        Raises:
            FinplatformError: If there is no such table.
        """
        if name not in TRUTH_TABLES:
            raise FinplatformError(
                f"The synthetic bank has no truth table {name!r}.",
                f"Choose one of {', '.join(TRUTH_TABLES)}.",
            )
        if name in CAMPAIGN_TRUTH:
            make = campaign_truth if name == "campaign_truth" else unit_truth
            return make(self._responses, self.world.calendar)
        return truth_frame(
            name, self.world, self.outcome, self._misconduct, self._clients.flaws, self._payments
        )

    def economic_indicators(self) -> pl.DataFrame:
        """Monthly indicators by country, from 60 months before the span to its end."""
        return indicator_rows(self.world.economy)

    def marketing_campaigns(self) -> pl.DataFrame:
        """Campaigns that began in the span."""
        return audience(self._responses, self.world.calendar)

    def campaign_responses(self) -> pl.DataFrame:
        """Response of each customer of each campaign whose window has closed."""
        return response_frame(self._responses, self.world.calendar)

    def customer_interactions(self) -> pl.DataFrame:
        """Service contacts, in order of time."""
        return interaction_frame(self.world, self._misconduct)

    def credit_applications(self) -> pl.DataFrame:
        """Applications decided in the span, by day of decision."""
        return application_frame(self.world)

    def own_funds(self) -> pl.DataFrame:
        """Components of own funds at each month's end."""
        calendar = self.world.calendar
        own = own_funds_frame(calendar, self._books.finances)
        return pl.concat([own, reserve_frame(self.config, calendar)])

    def subsidiary_capital(self) -> pl.DataFrame:
        """Capital of the subsidiary that others hold in part, at each month's end."""
        return subsidiary_frame(self.config, self.world.calendar)

    def fraud_alerts(self) -> pl.DataFrame:
        """The queue of the fraud monitoring system as it stands at the end of the span."""
        return alert_frame(self.world, self.outcome.alerts)

    def ledger_balances(self) -> pl.DataFrame:
        """The general ledger's trial balance at each month's end."""
        return self._books.ledger

    def operational_losses(self) -> pl.DataFrame:
        """Operational losses accounted for in the ten years up to the end of the span."""
        return loss_frame(self.config, self.world.calendar)

    def standardised_exposures(self) -> pl.DataFrame:
        """Exposures outside the loans to customers, at each month's end."""
        return exposure_frame(self._wholesale)

    def credit_protection(self) -> pl.DataFrame:
        """Collateral and guarantees of those holdings, at each month's end."""
        return protection_frame(self._wholesale)

    @cached_property
    def _wholesale(self) -> Holdings:
        calendar = self.world.calendar
        return holdings(self.config, calendar, report_days(calendar))

    @cached_property
    def _books(self) -> Books:
        return keep_books(self.world, self._states, self.outcome)

    def payments(self) -> pl.DataFrame:
        """Payments that the bank acquires for merchants, in order of time."""
        return payment_frame(self._payments, self._settlements.of_payment, self.config.customers)

    def settlements(self) -> pl.DataFrame:
        """Settlements of those payments, in order of closing."""
        return settlement_frame(self._settlements)

    def sanctions_entities(self) -> pl.DataFrame:
        """An invented list of sanctioned parties."""
        return sanctions_entities(self.config.seed, self.world.calendar)

    def kyc_records(self) -> pl.DataFrame:
        """Reviews of the customers."""
        return kyc_records(self.config.seed, self.world.calendar, self.world.people)

    def ownership_links(self) -> pl.DataFrame:
        """Holders of shares of merchants, and of the companies that hold them."""
        world = self.world
        return ownership_links(
            self.config.seed, world.calendar, world.merchants.frame, self.sanctions_entities()
        )

    def country_indicators(self) -> pl.DataFrame:
        """The economies of the development bank's countries, with gaps of unpublished months."""
        return country_rows(self.config, self._countries)

    def demographics(self) -> pl.DataFrame:
        """The people of the development bank's countries, year by year."""
        return demographic_rows(self.config, self._countries)

    def competitor_offers(self) -> pl.DataFrame:
        """Offers of other banks, by quarter."""
        return offer_frame(self.config, self.world.calendar, self.world.economy)

    def development_operations(self) -> pl.DataFrame:
        """Operations of the development bank, from 60 months before the span to its end."""
        return operation_rows(self.config, self._countries)

    @cached_property
    def _countries(self) -> Countries:
        return simulate_countries(self.config, self.world.economy)

    def _make(self, name: str) -> pl.DataFrame:
        world = self.world
        makers = {
            "branches": branches,
            "products": lambda: self._last(self._product_versions),
            "merchants": lambda: world.merchants.frame,
            "customers": lambda: self._clients.current,
            "accounts": lambda: self._last(self._account_versions),
            "loans": lambda: self._last(self._loan_versions),
            "loan_payments": lambda: loan_payment_frame(world.instalments),
            "market_data": lambda: market_rows(self.config, world.calendar),
            "risk_assessments": lambda: assessment_frame(world),
            "regulatory_reports": lambda: regulatory_frame(self.config),
            "change_journal": self._journal,
        }
        return makers[name]()

    def _engine(self) -> Engine:
        return Engine(self.world, planned_rows(self.world), self._misconduct, self._events)

    @cached_property
    def _responses(self) -> Units:
        return simulate_responses(self.world)

    @cached_property
    def _misconduct(self) -> Misconduct:
        return simulate_misconduct(self.world)

    @cached_property
    def _payments(self) -> Payments:
        return simulate_payments(self.world)

    @cached_property
    def _settlements(self) -> Settlements:
        return simulate_settlements(self.world, self._payments)

    @cached_property
    def _events(self) -> AccountEvents:
        world = self.world
        return account_events(world.calendar, world.economy, world.accounts)

    @cached_property
    def _clients(self) -> Clients:
        world = self.world
        return simulate_clients(
            self.config, world.calendar, world.people, world.life, world.score, world.deleted
        )

    @cached_property
    def _states(self) -> LoanStates:
        world = self.world
        return loan_states(
            world.calendar,
            world.people,
            world.economy,
            world.loans,
            world.defaults,
            world.instalments,
            world.losses,
            world.score,
        )

    @property
    def _account_versions(self) -> Versions:
        return account_versions(self.world, self._events, self.outcome.event_balance)

    @property
    def _loan_versions(self) -> Versions:
        world, states = self.world, self._states
        paying = labels("A", world.checking[world.loans.owner] + 1, 7)
        frame = loan_frame(
            world.loans,
            states,
            np.arange(len(states.loan)),
            customer_ids(len(world.people)),
            paying,
        )
        old = world.loans.granted[states.loan] < world.calendar.start
        op = np.where(~states.is_first, 2, np.where(old, 0, 1))
        return Versions("loans", frame, pl.Series(np.array(["r", "c", "u"])[op]), states.at)

    @property
    def _product_versions(self) -> Versions:
        """The catalogue at the start, and savings products again when their rate moves."""
        calendar, shift = self.world.calendar, self._events.savings_shift
        frames, ops = [products()], ["r"] * len(products())
        seconds = [np.full(len(products()), calendar.start * DAY_SECONDS)]
        savings = products().filter(pl.col("product_type") == "SAVINGS")
        for month in np.flatnonzero(np.diff(shift)) + 1:
            whole = np.rint(savings["interest_rate"].to_numpy().astype(float) * 1e6)
            moved = np.maximum(whole.astype(np.int64) + shift[month], 1_000)
            frames.append(savings.with_columns(interest_rate=rate(moved)))
            ops.extend(["u"] * len(savings))
            at = int(calendar.first[month]) * DAY_SECONDS + 5 * 3_600
            seconds.append(np.full(len(savings), at))
        return Versions("products", pl.concat(frames), pl.Series(ops), np.concatenate(seconds))

    def _last(self, versions: Versions) -> pl.DataFrame:
        """The last version of every row that was not deleted, ordered by key."""
        key = versions.rows.columns[0]
        stamped = versions.rows.with_columns(_op=versions.op, _at=pl.Series(versions.at))
        latest = stamped.sort("_at", maintain_order=True).unique(
            key, keep="last", maintain_order=True
        )
        return latest.filter(pl.col("_op") != "d").drop("_op", "_at").sort(key)

    def changes(self, name: str) -> pl.DataFrame:
        """Every version of an entity table's rows, with `_op` and `_changed_at`.

        Raises:
            FinplatformError: If there is no such entity table.
        """
        for versions in self._entity_versions():
            if versions.table == name:
                at = pl.Series(versions.at * 1_000_000).cast(pl.Datetime("us", "UTC"))
                return versions.rows.with_columns(_op=versions.op, _changed_at=at)
        raise FinplatformError(f"The synthetic bank keeps no history of {name!r}.")

    def _journal(self) -> pl.DataFrame:
        return write_journal(self._entity_versions())

    def _entity_versions(self) -> list[Versions]:
        world = self.world
        start = world.calendar.start * DAY_SECONDS
        shops = world.merchants
        late = shops.onboarded >= world.calendar.start
        at = np.where(late, shops.onboarded * DAY_SECONDS + 8 * 3_600, start)
        place = branches()
        return [
            _read_at(place, "branches", start),
            self._product_versions,
            Versions("merchants", shops.frame, pl.Series(np.where(late, "c", "r")), at),
            self._clients.versions,
            self._account_versions,
            self._loan_versions,
        ]


def _read_at(frame: pl.DataFrame, table: str, second: int) -> Versions:
    op = pl.repeat("r", len(frame), eager=True, dtype=pl.String)
    return Versions(table, frame, op, np.full(len(frame), second))


def generate(config: SimulationConfig | None = None) -> Bank:
    """A bank made from parameters; nothing is drawn before a frame is asked for.

    Args:
        config: Parameters; default 2,000 customers and 200,000 transactions over 24 months.
    """
    return Bank(config or SimulationConfig())
