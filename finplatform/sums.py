"""Sums of floats that are the same bytes whatever the order of rows and the number of threads.

Floats add up to another last digit in another order, and Polars gives each thread a part of the
rows of a group. Belongs here: expressions that fix the order. Does not belong here: sums of
decimals and integers, exact in any order, or linear algebra (`finplatform.ml.threads`).
"""

import polars as pl


def ordered_sum(values: pl.Expr) -> pl.Expr:
    """Sum of a group's floats, smallest first; 0 without any."""
    return values.sort().sum()


def ordered_mean(values: pl.Expr) -> pl.Expr:
    """Mean of a group's floats, added up smallest first; null without any."""
    return values.sort().mean()
