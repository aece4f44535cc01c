"""Sums of floats that are bit-identical for any order of rows and number of threads.

A sum of floats depends on the order, and Polars splits the rows of a group over threads. Belongs
here: expressions that fix the order. Does not belong here: sums of decimals and integers, which are
exact, and linear algebra (`finplatform.ml.threads`).
"""

import polars as pl


def ordered_sum(values: pl.Expr) -> pl.Expr:
    """Sum of a group's floats in ascending order; 0 without any."""
    return values.sort().sum()


def ordered_mean(values: pl.Expr) -> pl.Expr:
    """Mean of a group's floats, summed in ascending order; null without any."""
    return values.sort().mean()
