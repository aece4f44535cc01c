"""Typologies of several parties: patterns in the graph of who paid whom.

Nodes are customers, and accounts of other banks; an edge is a transfer. A pattern belongs to the
day of its last transfer and to one customer, its subject: the one who collects, spreads or begins.
Belongs here: the graph and the search in it. Does not belong here: weighing what is found.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple

import polars as pl
import rustworkx as rx

from finplatform.compliance.aml.hits import HITS, span
from finplatform.compliance.aml.movements import (
    FROM_CUSTOMER,
    FROM_OUTSIDE,
    OUTSIDE_PREFIX,
    TO_CUSTOMER,
    TO_OUTSIDE,
    is_kind,
)
from finplatform.compliance.aml.rules import Rules
from finplatform.windows import Window

_MOST_PATHS = 50_000
"""Paths that are followed from one transfer before the search gives up on it: in a graph so dense
that there are more, amounts and times single out nothing."""


class Transfer(NamedTuple):
    """An edge of the graph.

    Attributes:
        source: Party that pays.
        target: Party that is paid.
        at: Instant.
        day: The bank's day of it.
        amount: Amount in USD.
        ids: Its transactions; of a transfer within the bank, both legs.
    """

    source: str
    target: str
    at: datetime
    day: date
    amount: float
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """Something found in the graph.

    Attributes:
        signal: The typology's signal.
        subject: Customer that it is about.
        transfers: Its edges.
        parties: How many parties take part, by the typology's own count.
        words: Description of the pattern.
    """

    signal: str
    subject: str
    transfers: Sequence[Transfer]
    parties: int
    words: str

    @property
    def day(self) -> date:
        """Day of the last transfer."""
        return max(transfer.day for transfer in self.transfers)


class TransferGraph:
    """Transfers of a window as a directed multigraph.

    Args:
        transfers: The edges, in order of time.
    """

    def __init__(self, transfers: Sequence[Transfer]) -> None:
        self._graph: rx.PyDiGraph[str, Transfer] = rx.PyDiGraph(multigraph=True)
        names = sorted({t.source for t in transfers} | {t.target for t in transfers})
        self._node = dict(zip(names, self._graph.add_nodes_from(names), strict=True))
        self._graph.add_edges_from(
            [(self._node[t.source], self._node[t.target], t) for t in transfers]
        )

    def parties(self) -> Iterator[str]:
        """Every party."""
        return iter(self._node)

    def into(self, party: str) -> list[Transfer]:
        """Transfers to a party, in order of time."""
        edges = self._graph.in_edges(self._node[party])
        return sorted((edge for *_, edge in edges), key=_by_time)

    def out_of(self, party: str) -> list[Transfer]:
        """Transfers of a party, in order of time."""
        edges = self._graph.out_edges(self._node[party])
        return sorted((edge for *_, edge in edges), key=_by_time)

    def payers(self, party: str) -> int:
        """Parties that pay one."""
        return len(self._graph.predecessor_indices(self._node[party]))

    def payees(self, party: str) -> int:
        """Parties that one pays."""
        return len(self._graph.successor_indices(self._node[party]))

    def rings(self) -> list[set[str]]:
        """Parties that money can come back to, by the group that it goes round in."""
        components = rx.strongly_connected_components(self._graph)
        return [{self._graph[node] for node in part} for part in components if len(part) > 1]


def transfers_of(movements: pl.DataFrame) -> list[Transfer]:
    """Edges of classified movements: one per transfer, however many of its legs are there."""
    inner = movements.filter(is_kind(TO_CUSTOMER))
    other_legs = movements.filter(
        is_kind(FROM_CUSTOMER) & pl.col("reference_number").is_not_null()
    ).select(
        "reference_number",
        customer_id="party",
        party="customer_id",
        other_id="transaction_id",
    )
    paired = inner.join(
        other_legs.unique(["reference_number", "customer_id", "party"], keep="first"),
        on=["reference_number", "customer_id", "party"],
        how="left",
    ).select(
        "transaction_at",
        "transaction_date",
        "amount",
        source="customer_id",
        target="party",
        ids=pl.concat_list("transaction_id", "other_id").list.drop_nulls(),
    )
    known = pl.col("party").is_not_null()
    outside = movements.filter(is_kind(FROM_OUTSIDE, TO_OUTSIDE) & known).select(
        "transaction_at",
        "transaction_date",
        "amount",
        source=pl.when(is_kind(FROM_OUTSIDE)).then("party").otherwise("customer_id"),
        target=pl.when(is_kind(FROM_OUTSIDE)).then("customer_id").otherwise("party"),
        ids=pl.concat_list("transaction_id"),
    )
    rows = pl.concat([paired, outside]).sort("transaction_at", "ids").iter_rows(named=True)
    return [
        Transfer(
            row["source"],
            row["target"],
            row["transaction_at"],
            row["transaction_date"],
            row["amount"],
            tuple(row["ids"]),
        )
        for row in rows
    ]


def graph_signals(movements: pl.DataFrame, window: Window, rules: Rules) -> pl.DataFrame:
    """Hits of all typologies of the graph on the days of a window.

    Args:
        movements: Classified movements of the window and of the months before it.
        window: Days to judge.
        rules: Figures in force in it.
    """
    look_back = max(rules.whole(name, "window_days") for name in ("FAN_IN", "FAN_OUT", "CYCLE",
                                                                  "SCATTER_GATHER"))  # fmt: skip
    transfers = transfers_of(span(movements, window, look_back))
    found = [
        pattern
        for search in (fan_in, _fan_out, _cycles, _scatter_gather, _chains)
        for pattern in search(transfers, rules)
        if window.start <= pattern.day < window.end
    ]
    rows = [
        {
            "signal": pattern.signal,
            "customer_id": pattern.subject,
            "day": pattern.day,
            "measured": float(pattern.parties),
            "words": pattern.words,
            "transaction_ids": [one for transfer in pattern.transfers for one in transfer.ids],
        }
        for pattern in found
    ]
    # A customer may be the subject of several patterns of a day: the largest gives the description,
    # and the hit has the transactions of all.
    return (
        pl.DataFrame(rows, schema=HITS, orient="row")
        .sort(
            "signal", "customer_id", "day", "measured", "words", descending=[False] * 3 + [True] * 2
        )
        .group_by("signal", "customer_id", "day", maintain_order=True)
        .agg(
            pl.col("measured").first(),
            pl.col("words").first(),
            pl.col("transaction_ids").explode().unique(maintain_order=True),
        )
    )  # fmt: skip


def fan_in(transfers: Sequence[Transfer], rules: Rules) -> Iterator[Pattern]:
    """Many parties pay one customer."""
    yield from _fans("FAN_IN", transfers, rules, TransferGraph.payers, TransferGraph.into)


def _fan_out(transfers: Sequence[Transfer], rules: Rules) -> Iterator[Pattern]:
    """One customer pays many parties."""
    yield from _fans("FAN_OUT", transfers, rules, TransferGraph.payees, TransferGraph.out_of)


def _fans(
    signal: str,
    transfers: Sequence[Transfer],
    rules: Rules,
    count: Callable[[TransferGraph, str], int],
    edges: Callable[[TransferGraph, str], list[Transfer]],
) -> Iterator[Pattern]:
    least = rules.whole(signal, "least_parties")
    size = rules.whole(signal, "window_days")
    times = rules.number(signal, "times_smaller")
    graph = TransferGraph(_large(transfers, rules.number(signal, "least_usd")))
    comes_in = signal == "FAN_IN"
    for hub in graph.parties():
        if not is_customer(hub) or count(graph, hub) < least:
            continue
        mine = [edge for edge in edges(graph, hub) if _is_small(graph, edge, times)]
        for day in sorted({edge.day for edge in mine}):
            inside = [edge for edge in mine if 0 <= (day - edge.day).days < size]
            others = {edge.source if comes_in else edge.target for edge in inside}
            if len(others) >= least:
                total = sum(edge.amount for edge in inside)
                way = "paid the customer" if comes_in else "were paid by the customer"
                words = f"{len(others)} parties {way} {total:,.0f} USD within {size} days"
                yield Pattern(signal, hub, inside, len(others), words)


def _is_small(graph: TransferGraph, edge: Transfer, times: float) -> bool:
    """Whether a transfer is so many times smaller than what its payer pays to others.

    Args:
        graph: The graph.
        edge: The transfer.
        times: The factor; up to 1, every transfer counts.
    """
    if times <= 1:
        return True
    # One amount per party: many small payments to one would make small ones the usual ones.
    others = {t.target: t.amount for t in graph.out_of(edge.source) if t.target != edge.target}
    return bool(others) and edge.amount * times <= median(others.values())


def _cycles(transfers: Sequence[Transfer], rules: Rules) -> Iterator[Pattern]:
    """Money goes from customer to customer and comes back, little less."""
    inner = _among_customers(_large(transfers, rules.number("CYCLE", "least_usd")))
    span_of = timedelta(days=rules.whole("CYCLE", "window_days"))
    most = rules.whole("CYCLE", "most_parties")
    kept = rules.number("CYCLE", "least_kept"), rules.number("CYCLE", "most_kept")
    for ring in TransferGraph(inner).rings():
        graph = TransferGraph([t for t in inner if t.source in ring and t.target in ring])
        for first in sorted(graph_edges(graph), key=_by_time):
            for path in _paths(graph, first, kept, span_of, span_of, most):
                if path[-1].target == first.source and len(path) >= rules.whole(
                    "CYCLE", "least_parties"
                ):
                    words = (
                        f"{path[0].amount:,.0f} USD went round {len(path)} customers and came back"
                        f" as {path[-1].amount:,.0f} after {(path[-1].day - first.day).days} days"
                    )
                    yield Pattern("CYCLE", first.source, path, len(path), words)


def _chains(transfers: Sequence[Transfer], rules: Rules) -> Iterator[Pattern]:
    """A sum is passed on from customer to customer within days, and does not come back."""
    inner = _among_customers(_large(transfers, rules.number("LAYERING_CHAIN", "least_usd")))
    hours = timedelta(hours=rules.whole("LAYERING_CHAIN", "hours"))
    most = rules.whole("LAYERING_CHAIN", "most_transfers")
    least = rules.whole("LAYERING_CHAIN", "least_transfers")
    kept = rules.number("LAYERING_CHAIN", "least_kept"), rules.number("LAYERING_CHAIN", "most_kept")
    graph = TransferGraph(inner)
    for first in inner:
        # What a longer chain passes through is no beginning of its own.
        if any(_follows(before, first, kept, hours) for before in graph.into(first.source)):
            continue
        for path in _paths(graph, first, kept, hours, hours * most, most):
            if len(path) >= least and path[-1].target != first.source:
                words = (
                    f"{path[0].amount:,.0f} USD passed on {len(path)} times within"
                    f" {(path[-1].day - first.day).days} days, {path[-1].amount:,.0f} at the end"
                )
                yield Pattern("LAYERING_CHAIN", first.source, path, len(path), words)


def _scatter_gather(transfers: Sequence[Transfer], rules: Rules) -> Iterator[Pattern]:
    """One customer pays several, who all pass it on to one other."""
    inner = _among_customers(_large(transfers, rules.number("SCATTER_GATHER", "least_usd")))
    size = timedelta(days=rules.whole("SCATTER_GATHER", "window_days"))
    least = rules.whole("SCATTER_GATHER", "least_parties")
    kept = rules.number("SCATTER_GATHER", "least_kept"), rules.number("SCATTER_GATHER", "most_kept")
    graph = TransferGraph(inner)
    for source in graph.parties():
        if graph.payees(source) < least:
            continue
        routes: dict[str, list[tuple[Transfer, Transfer]]] = defaultdict(list)
        for spread in graph.out_of(source):
            for passed in graph.out_of(spread.target):
                if passed.target != source and _follows(spread, passed, kept, size):
                    routes[passed.target].append((spread, passed))
        for target, pairs in routes.items():
            for end in sorted({passed.at for _, passed in pairs}):
                inside = [p for p in pairs if p[1].at <= end and end - p[0].at <= size]
                between = {spread.target for spread, _ in inside}
                if len(between) >= least:
                    edges = list(dict.fromkeys(edge for pair in inside for edge in pair))
                    total = sum({spread: spread.amount for spread, _ in inside}.values())
                    words = (
                        f"{total:,.0f} USD went to {len(between)} customers, and from all of them"
                        f" on to the customer {target}"
                    )
                    yield Pattern("SCATTER_GATHER", source, edges, len(between), words)


def _paths(
    graph: TransferGraph,
    first: Transfer,
    kept: tuple[float, float],
    wait: timedelta,
    span_of: timedelta,
    most: int,
) -> Iterator[tuple[Transfer, ...]]:
    """Ways on which the sum of a transfer is passed on; a party comes twice only as the end.

    Args:
        graph: The graph.
        first: Where the ways begin.
        kept: Least and most that a transfer passes on of the one before.
        wait: Longest time between two transfers.
        span_of: Longest time from the first to the last.
        most: Most transfers.
    """
    followed = 0
    waiting: list[tuple[Transfer, ...]] = [(first,)]
    while waiting and followed < _MOST_PATHS:
        path = waiting.pop()
        followed += 1
        yield path
        last = path[-1]
        if len(path) == most or last.target == first.source:
            continue
        passed = {edge.source for edge in path[1:]}
        waiting += [
            (*path, edge)
            for edge in graph.out_of(last.target)
            if edge.target not in passed
            and _follows(last, edge, kept, wait)
            and edge.at - first.at <= span_of
        ]


def _follows(before: Transfer, after: Transfer, kept: tuple[float, float], wait: timedelta) -> bool:
    """Whether a transfer passes on another one."""
    low, high = kept
    return (
        timedelta(0) < after.at - before.at <= wait
        and low * before.amount <= after.amount <= high * before.amount
    )


def graph_edges(graph: TransferGraph) -> Iterator[Transfer]:
    """Every transfer of a graph."""
    for party in graph.parties():
        yield from graph.out_of(party)


def is_customer(party: str) -> bool:
    """Whether a party is a customer of the bank."""
    return not party.startswith(OUTSIDE_PREFIX)


def _large(transfers: Sequence[Transfer], least: float) -> list[Transfer]:
    return [transfer for transfer in transfers if transfer.amount >= least]


def _among_customers(transfers: Sequence[Transfer]) -> list[Transfer]:
    return [t for t in transfers if is_customer(t.source) and is_customer(t.target)]


def _by_time(transfer: Transfer) -> tuple[datetime, tuple[str, ...]]:
    return transfer.at, transfer.ids
