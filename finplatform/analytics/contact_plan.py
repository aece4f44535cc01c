"""Contact plan of highest expected value within budget and capacity.

Belongs here: the optimisation over arrays. Does not belong here: where values and limits come from.

The plan solves, with x[i, o] = 1 if customer i gets offer o,

    maximise    sum value[i, o] x[i, o]
    such that   each customer gets at most one offer
                sum cost[o] x[i, o] <= budget
                sum cost[o] x[i, o] <= earmark, over the offers of each earmark
                contacts of each channel <= its capacity

Customers with equal values are one class, and the variables are numbers of the class by offer: the
problem is as large as the differences between customers, not as the bank. The integer problem is
solved by branch and cut (HiGHS; Huangfu and Hall 2018); shadow prices are the dual values of its
linear relaxation, whose optimum also bounds how far from the best the plan can be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_GAP = 1e-4
_SECONDS = 10.0


@dataclass(frozen=True)
class Earmark:
    """Money that some offers may not exceed, within the budget.

    Attributes:
        offers: Offers of the limit, shape (offers,).
        budget: Most that may be spent on them.
    """

    offers: np.ndarray
    budget: float


@dataclass(frozen=True)
class Plan:
    """A plan and what its limits cost.

    Attributes:
        offer: Offer of each customer, -1 for none, shape (customers,).
        value: Expected value of the plan.
        bound: Expected value that no plan can exceed.
        spent: Cost of the plan.
        contacts: Contacts by channel, in the order of capacities.
        budget_price: Shadow price of the budget; 0 if it is not exhausted.
        capacity_prices: The same for one more contact of each channel.
        earmarked: Cost of the plan by earmark.
        earmark_prices: Shadow price of each earmark.
    """

    offer: np.ndarray
    value: float
    bound: float
    spent: float
    contacts: np.ndarray
    budget_price: float
    capacity_prices: np.ndarray
    earmarked: np.ndarray
    earmark_prices: np.ndarray


def plan_contacts(
    values: np.ndarray,
    costs: np.ndarray,
    channels: Sequence[int],
    *,
    budget: float,
    capacities: np.ndarray,
    earmarks: Sequence[Earmark] = (),
) -> Plan:
    """The plan of highest expected value.

    Customers of one class are contacted in the order given, which is the order of their rows.

    Args:
        values: Expected value after cost, shape (customers, offers); NaN where an offer must not
            be made.
        costs: Cost of one contact by offer, shape (offers,).
        channels: Number of each offer's channel, an index into `capacities`.
        budget: Most that may be spent.
        capacities: Most contacts by channel, shape (channels,).
        earmarks: Limits of money for some offers.

    Returns:
        The plan; one without contacts if no offer is worth its cost.
    """
    worth = np.where(np.isnan(values) | (values <= 0), 0.0, values)
    classes, members = np.unique(worth, axis=0, return_inverse=True)
    members = members.reshape(-1)
    sizes = np.bincount(members, minlength=len(classes))
    groups, offers = np.nonzero(classes)
    chosen = np.full(len(values), -1, dtype=np.int64)
    if groups.size == 0 or budget <= 0:
        nothing = np.zeros(len(capacities))
        unspent = np.zeros(len(earmarks))
        empty = nothing.astype(np.int64)
        return Plan(chosen, 0.0, 0.0, 0.0, empty, 0.0, nothing, unspent, unspent)
    gain, price = classes[groups, offers], costs[offers]
    lines = np.asarray(channels)[offers]
    marked = np.array([mark.offers[offers] for mark in earmarks], dtype=float)
    marked = marked.reshape(len(earmarks), offers.size)
    most = np.concatenate([[budget], [mark.budget for mark in earmarks], capacities])
    counts, bound, duals = _solve(gain, price, lines, groups, marked, most, sizes)
    for group, offer, count in zip(groups, offers, counts, strict=True):
        free = np.flatnonzero((members == group) & (chosen < 0))[:count]
        chosen[free] = offer
    return Plan(
        offer=chosen,
        value=float(gain @ counts),
        bound=bound,
        spent=float(price @ counts),
        contacts=np.bincount(lines, weights=counts, minlength=len(capacities)).astype(np.int64),
        budget_price=float(duals[0]),
        capacity_prices=duals[1 + len(earmarks) :],
        earmarked=(marked * price) @ counts,
        earmark_prices=duals[1 : 1 + len(earmarks)],
    )


def _solve(
    gain: np.ndarray,
    price: np.ndarray,
    lines: np.ndarray,
    groups: np.ndarray,
    marked: np.ndarray,
    most: np.ndarray,
    sizes: np.ndarray,
) -> tuple[np.ndarray, float, np.ndarray]:
    """Counts per class and offer; the relaxation's optimum; duals of the limits.

    `most` are the limits in the order of their lines: budget, earmarks, capacities.
    """
    from scipy.optimize import Bounds, LinearConstraint, linprog, milp  # type: ignore[import-untyped]
    from scipy.sparse import csr_matrix, vstack  # type: ignore[import-untyped]

    variables = np.arange(gain.size)
    shape = (len(most) - len(marked) - 1, gain.size)
    limits = vstack(
        [
            csr_matrix(np.vstack([price[None, :], marked * price])),
            csr_matrix((np.ones(gain.size), (lines, variables)), shape=shape),
            csr_matrix((np.ones(gain.size), (groups, variables)), shape=(len(sizes), gain.size)),
        ],
        format="csr",
    )
    ends = np.concatenate([most, sizes]).astype(float)
    relaxed = linprog(-gain, A_ub=limits, b_ub=ends, bounds=(0, None), method="highs")
    whole = milp(
        -gain,
        constraints=LinearConstraint(limits, -np.inf, ends),
        bounds=Bounds(0, sizes[groups].astype(float)),
        integrality=np.ones(gain.size),
        options={"mip_rel_gap": _GAP, "time_limit": _SECONDS},
    )
    # Without a solution in time the relaxation rounded down is one: no limit is exceeded by less.
    best = relaxed.x if whole.x is None else np.round(whole.x)
    counts = np.floor(best + 1e-9).astype(np.int64)
    duals = -relaxed.ineqlin.marginals[: len(most)]
    return counts, float(-relaxed.fun), np.maximum(duals, 0.0)
