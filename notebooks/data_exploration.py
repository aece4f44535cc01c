# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: -all
#     formats: ipynb,py:percent
#     notebook_metadata_filter: kernelspec
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Data exploration
#
# What the bank's transactions look like: how many there are, when they are made, how large they
# are and how complete their records. All figures are read from the gold schema by the login that
# can only read.

# %%
import numpy as np
import pandas as pd
import plotly.express as px
from IPython.display import Markdown

from finplatform import frames

# %% [markdown]
# ## Transactions a day
#
# `rollup_transactions` holds the totals of each day in its coarsest cell, 15.

# %%
days = frames(
    "gold.rollup_transactions",
    columns=["transaction_date", "completed_count", "failed_count", "volume_amount"],
    where="rolled_up = %(total)s",
    params={"total": 15},
    decimals="float",
).sort_values("transaction_date")
days["weekly_mean"] = days["completed_count"].rolling(7).mean()
days.tail()

# %%
px.line(
    days,
    x="transaction_date",
    y=["completed_count", "weekly_mean"],
    title="Completed transactions a day, and their mean of seven days",
    labels={"transaction_date": "", "value": "transactions", "variable": ""},
)

# %% [markdown]
# ## One month, transaction by transaction
#
# The last month that is held. A condition's values are bound, never written into its text.

# %%
last_day = days["transaction_date"].max()
month = frames(
    "gold.fact_transactions",
    where="transaction_date > %s and transaction_date <= %s",
    params=[last_day - pd.Timedelta(days=30), last_day],
    decimals="float",
)
measures = ["transaction_amount_abs", "fees", "risk_score", "transaction_count_30d", "outflow_30d"]
month[measures].describe().round(2)

# %% [markdown]
# ## How complete the records are
#
# Columns that may be empty, with the share that is.

# %%
missing = month.isna().mean().loc[lambda share: share > 0].sort_values()
px.bar(
    x=missing.to_numpy(dtype="float64"),
    y=missing.index,
    orientation="h",
    title=f"Share of missing values, {len(month):,} transactions",
    labels={"x": "share", "y": ""},
).update_xaxes(tickformat=".0%")

# %% [markdown]
# ## How large transactions are
#
# Amounts span several powers of ten, so the axis is logarithmic.

# %%
completed = month[month["is_completed"] & (month["transaction_amount_abs"] > 0)].copy()
completed["log10_amount"] = np.log10(completed["transaction_amount_abs"].to_numpy("float64"))
px.histogram(
    completed,
    x="log10_amount",
    color="transaction_category",
    nbins=60,
    title="Completed transactions by amount",
    labels={"log10_amount": "amount in the account's currency, power of ten"},
)

# %% [markdown]
# ## When they are made

# %%
clock = completed.pivot_table(
    index="day_of_week", columns="transaction_hour", values="transaction_count", aggfunc="sum"
)
clock = clock.reindex(index=range(1, 8), columns=range(24)).fillna(0).astype("float64")
px.imshow(
    clock.to_numpy(),
    x=list(range(24)),
    y=["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    aspect="auto",
    title="Completed transactions by weekday and hour of the bank's zone",
    labels={"x": "hour", "color": "transactions"},
)

# %% [markdown]
# ## What is refused

# %%
channels = (
    month.groupby("channel")
    .agg(attempts=("transaction_count", "sum"), refused=("is_failed", "sum"))
    .astype("float64")
)
channels["refused_rate"] = channels["refused"] / channels["attempts"]
px.bar(
    channels.sort_values("refused_rate").reset_index(),
    x="refused_rate",
    y="channel",
    orientation="h",
    title="Share of transactions that were refused, by channel",
    labels={"refused_rate": "share", "channel": ""},
).update_xaxes(tickformat=".1%")

# %% [markdown]
# ## Conclusion

# %%
busiest = days.loc[days["completed_count"].idxmax()]
peak_day, peak_hour = np.unravel_index(clock.to_numpy().argmax(), clock.shape)
worst = channels["refused_rate"].idxmax()
largest_tenth = completed["transaction_amount_abs"].quantile(0.9)
held_by_tenth = (
    completed.loc[
        completed["transaction_amount_abs"] >= largest_tenth, "transaction_amount_abs"
    ].sum()
    / completed["transaction_amount_abs"].sum()
)
Markdown(
    f"""
* The bank completed {days["completed_count"].sum():,} transactions on {len(days):,} days;
  the busiest was {busiest["transaction_date"]} with {busiest["completed_count"]:,}.
* In the last month the busiest hour of the week was {peak_hour}:00 on
  {["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][peak_day]}.
* The largest tenth of transactions moved {held_by_tenth:.0%} of the amount.
* {worst} refused the most: {channels.loc[worst, "refused_rate"]:.1%} of its transactions.
* {len(missing)} of {month.shape[1]} columns have missing values; the most is
  {missing.max() if len(missing) else 0:.0%}.
"""
)
