"""Beneficial owners: the people behind companies, through any chain of holdings.

An indirect share is the company's share times the person's share of it, summed over all chains,
circular ones included. Control passes down through directors and holders of more than half.
Belongs here: shares, control and the unexplained remainder. Does not belong here: names of owners.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from finplatform.errors import FinplatformError

Matrix = Any
"""A sparse matrix of SciPy, which is imported when owners are sought."""

Flags = NDArray[np.bool_]

LINKS = pl.Schema(
    {
        "owned_id": pl.String(),
        "holder_id": pl.String(),
        "holder_kind": pl.String(),
        "share_rate": pl.Float64(),
        "has_control": pl.Boolean(),
    }
)

BASES = ("OWNERSHIP", "CONTROL", "OWNERSHIP_AND_CONTROL")

_DEEPEST = 200
"""Steps after which a chain adds no visible share, unless its holdings are fully circular."""

_SMALLEST = 1e-12
_PLACES = 9
"""Decimals of a share: products of rounded shares meet a threshold exactly."""

_MOST_OF_A_COMPANY = 1.000001


@dataclass(frozen=True)
class Ownership:
    """What follows from holdings.

    Attributes:
        owners: `company_id`, `owner_id`, `direct_share`, `effective_share`, `chain_length` (1 is a
            direct holding), `has_control` and `basis`, of every person with enough of either.
        companies: `company_id`, `explained_share` (of its equity, by people), `owners` (number) and
            `is_circular` (fully circular holdings, without an outside owner).
    """

    owners: pl.DataFrame
    companies: pl.DataFrame


def beneficial_owners(links: pl.DataFrame, least_share: float) -> Ownership:
    """Owners of every company that has a holder.

    Args:
        links: Holdings by `LINKS`.
        least_share: Share from which on a person is an owner.

    Raises:
        FinplatformError: If holders of a company have more than all of it.
    """
    from scipy import sparse  # type: ignore[import-untyped]

    _check(links)
    ids = pl.concat([links["owned_id"], links["holder_id"]]).unique().sort()
    number = pl.DataFrame({"id": ids}).with_row_index("number")
    rows = links.join(number, left_on="owned_id", right_on="id").join(
        number, left_on="holder_id", right_on="id", suffix="_of_holder"
    )
    owned, holder = rows["number"].to_numpy(), rows["number_of_holder"].to_numpy()
    shape = (len(ids), len(ids))
    held = sparse.csr_matrix((rows["share_rate"].to_numpy(), (owned, holder)), shape=shape)
    effective, steps, is_circular = _through_chains(held)
    directs = (rows["has_control"] | (rows["share_rate"] > 0.5)).to_numpy()
    control = _closure(
        sparse.csr_matrix((np.ones(directs.sum()), (owned[directs], holder[directs])), shape=shape)
    )
    people = links.filter(pl.col("holder_kind") == "PERSON")["holder_id"].unique()
    is_person = ids.is_in(people.implode()).to_numpy()
    pairs = _pairs(ids, held, effective, steps, control, is_person)
    companies = links["owned_id"].unique().sort()
    explained = pairs.group_by("company_id").agg(pl.col("effective_share").sum())
    owners = _with_basis(pairs, least_share)
    summary = (
        companies.alias("company_id")
        .to_frame()
        .join(explained, on="company_id", how="left")
        .join(owners.group_by("company_id").agg(owners=pl.len()), on="company_id", how="left")
        .join(pl.DataFrame({"company_id": ids, "is_circular": is_circular}), on="company_id")
        .select(
            "company_id",
            explained_share=pl.col("effective_share").fill_null(0).clip(0, 1).round(_PLACES),
            owners=pl.col("owners").fill_null(0).cast(pl.Int64),
            is_circular="is_circular",
        )
        .sort("company_id")
    )
    return Ownership(owners, summary)


def _check(links: pl.DataFrame) -> None:
    total = links.group_by("owned_id").agg(pl.col("share_rate").sum())
    too_much = total.filter(pl.col("share_rate") > _MOST_OF_A_COMPANY)["owned_id"].sort()
    if len(too_much):
        raise FinplatformError(
            f"Holders of {too_much[0]} have more than all of it ({len(too_much)} such companies).",
            "Mend the register of holders; every share is a part of 1.",
        )


def _through_chains(
    held: Matrix,
) -> tuple[Matrix, Matrix, Flags]:
    """Shares through all chains, the length of the shortest, and companies that go round whole."""
    effective, step = held.copy(), held.copy()
    steps = (held > 0).astype(np.int64)
    for length in range(2, _DEEPEST):
        step = (step @ held).tocsr()
        step.data[step.data < _SMALLEST] = 0
        step.eliminate_zeros()
        if not step.nnz:
            return effective, steps, np.zeros(held.shape[0], dtype=bool)
        new = (step > 0).astype(np.int64)
        new = new - new.multiply(steps > 0)
        steps = steps + new * length
        effective = effective + step
    return effective, steps, np.asarray(step.sum(axis=1)).ravel() > 0.5


def _closure(directs: Matrix) -> Matrix:
    """Who directs whom, through any number of companies."""
    reached = directs.copy()
    while True:
        further = ((reached @ directs) + reached).sign().tocsr()
        if further.nnz == reached.nnz:
            return further
        reached = further


def _pairs(
    ids: pl.Series,
    held: Matrix,
    effective: Matrix,
    steps: Matrix,
    control: Matrix,
    is_person: Flags,
) -> pl.DataFrame:
    """Companies and people with what each has of the other."""
    cells = (effective.sign() + control).sign().tocoo()
    mine = is_person[cells.col]
    company, person = cells.row[mine], cells.col[mine]

    def values(matrix: Matrix) -> NDArray[np.float64]:
        # SciPy returns a matrix of another shape for an empty selection.
        return np.asarray(matrix[company, person]).ravel() if len(company) else np.zeros(0)

    return pl.DataFrame(
        {
            "company_id": ids.gather(company),
            "owner_id": ids.gather(person),
            "direct_share": values(held),
            "effective_share": values(effective),
            "chain_length": values(steps),
            "has_control": values(control) > 0,
        }
    ).with_columns(pl.col("direct_share", "effective_share").clip(0, 1).round(_PLACES))


def _with_basis(pairs: pl.DataFrame, least_share: float) -> pl.DataFrame:
    owns = pl.col("effective_share") >= least_share
    basis = (
        pl.when(owns & pl.col("has_control"))
        .then(pl.lit("OWNERSHIP_AND_CONTROL"))
        .when(owns)
        .then(pl.lit("OWNERSHIP"))
        .when(pl.col("has_control"))
        .then(pl.lit("CONTROL"))
    )
    return (
        pairs.with_columns(basis=basis)
        .drop_nulls("basis")
        .sort("company_id", "effective_share", "owner_id", descending=[False, True, False])
    )
