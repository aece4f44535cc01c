"""The page of the default models on public loan books.

Belongs here: choosing and formatting what the page shows. The figures are those of
`finplatform.bench.credit` as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from finplatform.reporting.pages import render
from finplatform.reporting.reliability_plot import reliability_svg
from finplatform.reporting.report_page import house

_FIGURES = ("auc", "gini", "ks", "brier")


def credit_bench_page(results: Sequence[Mapping[str, Any]]) -> str:
    """HTML of the page.

    Args:
        results: One per loan book, from `finplatform.bench.credit.run_book`.
    """
    return render(
        "credit_bench.html.j2",
        {
            **house("credit_bench"),
            "bank": "public loan books",
            "title": "Default models on public loan books",
            "books": [_book(result) for result in results],
        },
    )


def figure_with_interval(model: Mapping[str, Any], name: str) -> str:
    """A figure and its 95% interval: `0.790 (0.761 to 0.818)`."""
    low, high = model[f"{name}_interval"]
    return f"{model[name]:.3f} ({low:.3f} to {high:.3f})"


def _book(result: Mapping[str, Any]) -> dict[str, Any]:
    series = [
        (kind, model["reliability"])
        for kind, model in result["models"].items()
        if kind in result["wins"]
    ]
    plot = reliability_svg(series, title=str(escape(f"Reliability: {result['title']}")))
    return {
        **result,
        "figures": [
            {
                "name": name,
                "cells": [figure_with_interval(model, figure) for figure in _FIGURES],
                "intercept": f"{model['calibration_intercept']:+.3f}",
                "slope": f"{model['calibration_slope']:.3f}",
                "rates": f"{model['mean_pd']:.2%} / {model['observed_rate']:.2%}",
            }
            for name, model in result["models"].items()
        ],
        # Drawn by us from numbers and escaped text.
        "plot": Markup(plot),  # noqa: S704
    }
