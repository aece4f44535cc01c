"""Figures are the same bytes whatever the order of rows and the number of threads."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from finplatform.analytics.bg_nbd import Histories, fit
from finplatform.analytics.lifetime_value import customer_lifetime_value
from finplatform.settings import PROJECT_ROOT
from finplatform.sums import ordered_mean, ordered_sum
from finplatform_tests.unit.analytics.payments import END, clients, payment_months

HERE = "finplatform_tests.unit.analytics.test_same_bytes"


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """Bytes of a frame's values, floats to their last digit."""
    floats = pl.selectors.float()
    rest = frame.select(~floats).write_csv().encode()
    return rest + b"".join(column.to_numpy().tobytes() for column in frame.select(floats))


def lifetime_values(seed: int | None = None) -> bytes:
    """Of few customers with many months: Polars gives each thread a part of such a group-by."""
    months = payment_months(customers=90)
    ids = sorted(months["customer_id"].unique())
    fees = np.random.default_rng(7).lognormal(3, 1, len(ids))
    customers = clients(ids, END).with_columns(fees_12m=pl.Series(fees))
    if seed is not None:
        months = _shuffled(months, seed)
        customers = _shuffled(customers, seed)
    return frame_bytes(customer_lifetime_value(customers, months).sort("customer_id"))


def group_sums(seed: int | None = None) -> bytes:
    """Of few groups with many floats, in chunks when shuffled."""
    rng = np.random.default_rng(3)
    floats = pl.DataFrame(
        {"name": np.repeat(np.arange(7), 2_400), "x": rng.lognormal(5, 2, 16_800)}
    )
    if seed is not None:
        parts = _shuffled(floats, seed).iter_slices(1_000 + seed)
        floats = pl.concat(list(parts), rechunk=False)
    kinds = (ordered_sum(pl.col("x")), ordered_mean(pl.col("x")))
    return b"".join(frame_bytes(floats.group_by("name").agg(kind).sort("name")) for kind in kinds)


def fitted_rates() -> bytes:
    """Of so many customers that linear algebra adds up their likelihood by several threads."""
    rng = np.random.default_rng(5)
    observed = rng.uniform(10.0, 100.0, 12_000)
    frequency = rng.poisson(observed / 20)
    recency = np.where(frequency > 0, observed * rng.random(12_000), 0.0)
    found = fit(Histories.of(frequency, recency, observed))
    return found.parameters.tobytes() + found.covariance.tobytes()


def _shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    return frame.sample(fraction=1.0, shuffle=True, seed=seed)


def fingerprint() -> str:
    """Of all figures, as the process that asks has computed them."""
    return hashlib.sha256(lifetime_values() + group_sums() + fitted_rates()).hexdigest()


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_changes_no_byte(seed: int) -> None:
    assert lifetime_values(seed) == lifetime_values()
    assert group_sums(seed) == group_sums()


def test_the_number_of_threads_changes_no_byte() -> None:
    program = f"from {HERE} import fingerprint; print(fingerprint())"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ
            | {"POLARS_MAX_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)},
            cwd=PROJECT_ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for threads in (1, 2, 3, 8)
    }
    assert len(found) == 1
