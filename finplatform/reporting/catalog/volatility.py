"""Sentences on volatility by month: the highest of all months and that of the last month.

Belongs here: the sentence that pages share. Does not belong here: their queries and charts.
"""

import pandas as pd

from finplatform.reporting import extremes, words


def say_volatility(frame: pd.DataFrame, name: extremes.Name) -> str:
    """The highest volatility, and the highest of the last month.

    Args:
        frame: Rows with `month_end` and `volatility_rate`, a share of the price.
        name: What moved.
    """
    known = words.known(frame, "volatility_rate")
    if known.empty:
        return "No volatility is known."
    peak = extremes.largest(
        known, "volatility_rate", lambda row: f"{name(row)} in {words.month(row['month_end'])}"
    )
    last_month = max(known["month_end"])
    sentence = (
        f"The highest volatility shown was that of {peak.name}, {words.share(peak['volatility_rate'])} a"
        " year"
    )
    if peak["month_end"] == last_month:
        return f"{sentence}."
    last = extremes.largest(known[known["month_end"] == last_month], "volatility_rate", name)
    return (
        f"{sentence}; in {words.month(last_month)} it was that of {last.name},"
        f" {words.share(last['volatility_rate'])}."
    )
