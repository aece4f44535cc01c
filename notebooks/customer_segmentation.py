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
# # Customer segmentation
#
# Which kinds of customers the bank has, what they are worth, and how unevenly that is spread.
# Segments are those that the platform stores: three scores by recency, frequency and value, and
# clusters of behaviour.

# %%
import numpy as np
import pandas as pd
import plotly.express as px
from IPython.display import Markdown

from finplatform import frames

# %% [markdown]
# ## Customers of the last month end
#
# One row per customer: segments, behaviour of the month and who they are. Names are masked in the
# warehouse and are not read here.

# %%
segments = frames("gold.customer_segments")
months = frames(
    "gold.fact_customer_monthly",
    columns=[
        "customer_id", "month_end", "deposit_balance", "num_products", "transaction_count",
        "debit_amount", "fees_charged", "is_active",
    ],
    where="month_end = (select max(month_end) from gold.fact_customer_monthly)",
    decimals="float",
)  # fmt: skip
people = frames(
    "gold.dim_customer",
    columns=["customer_id", "age_group", "income_bracket", "customer_tier", "geographic_region"],
    where="is_current and customer_key <> %s",
    params=[-1],
)
customers = months.merge(segments, on="customer_id", how="left").merge(
    people, on="customer_id", how="left"
)
customers["rfm_segment"] = customers["rfm_segment"].fillna("NONE")
customers.head()

# %% [markdown]
# ## Segments by recency, frequency and value

# %%
rfm = (
    customers.groupby("rfm_segment")
    .agg(
        customers=("customer_id", "nunique"),
        deposits=("deposit_balance", "sum"),
        spending=("debit_amount", "sum"),
        products=("num_products", "mean"),
    )
    .sort_values("deposits", ascending=False)
)
px.treemap(
    rfm.reset_index(),
    path=["rfm_segment"],
    values="customers",
    color="spending",
    title="Customers by segment; colour: what went out in the month",
)

# %%
px.imshow(
    customers.pivot_table(
        index="frequency_score", columns="recency_score", values="customer_id", aggfunc="count"
    )
    .fillna(0)
    .astype("float64")
    .to_numpy(),
    title="Customers by recency and frequency",
    labels={
        "x": "recency, worst to best",
        "y": "frequency, lowest to highest",
        "color": "customers",
    },
    origin="lower",
)

# %% [markdown]
# ## What makes the clusters
#
# Means of each cluster in standard deviations from the mean of all customers.

# %%
profiles = frames(
    "gold.exploratory_analytics",
    where="finding = %s and method = %s",
    params=["SEGMENT_PROFILE", "STANDARDISED_MEAN"],
)
profile = profiles.pivot_table(index="other", columns="subject", values="estimate", aggfunc="first")
px.imshow(
    profile.astype("float64").to_numpy(),
    x=list(profile.columns),
    y=list(profile.index),
    color_continuous_scale="RdBu",
    color_continuous_midpoint=0,
    aspect="auto",
    title="Profile of the clusters",
    labels={"color": "standard deviations"},
) if len(profile) else Markdown("There are too few customers for clusters.")

# %% [markdown]
# ## Lifetime value
#
# Margins of five years while the customer stays, less what is expected to be lost.

# %%
value = frames(
    "gold.customer_lifetime_value",
    columns=["customer_id", "customer_lifetime_value", "probability_active"],
    where="observation_date = (select max(observation_date) from gold.customer_lifetime_value)",
    decimals="float",
)
measure = "customer_lifetime_value"
valued = customers.merge(value, on="customer_id").dropna(subset=[measure])
px.box(
    valued,
    x="rfm_segment",
    y=measure,
    title="Lifetime value by segment",
    labels={"rfm_segment": "", measure: "lifetime value"},
)

# %% [markdown]
# ## How unevenly value is spread
#
# Customers in the order of their value, and the share that they hold together. Who costs more than
# is earned counts as worth nothing.

# %%
worth = np.sort(valued[measure].clip(lower=0).to_numpy("float64"))
held = np.concatenate([[0], worth.cumsum() / max(worth.sum(), 1e-9)])
share_of_customers = np.linspace(0, 1, len(held))
gini = 1 - 2 * np.trapezoid(held, share_of_customers)
px.area(
    x=share_of_customers,
    y=held,
    title=f"Lorenz curve of lifetime value, Gini {gini:.2f}",
    labels={"x": "share of customers, least valuable first", "y": "share of value"},
)

# %% [markdown]
# ## Segments by who they are

# %%
mix = pd.crosstab(
    customers["age_group"].astype("object"),
    customers["rfm_segment"].astype("object"),
    normalize="index",
)
px.bar(
    mix,
    title="Segments within each age group",
    labels={"value": "share", "age_group": "", "rfm_segment": ""},
).update_yaxes(tickformat=".0%")

# %% [markdown]
# ## Conclusion

# %%
largest = rfm["customers"].idxmax()
top_tenth = worth[int(np.ceil(0.9 * len(worth))) :].sum() / max(worth.sum(), 1e-9)
by_segment = valued.groupby("rfm_segment")[measure].mean().sort_values()
inactive = 1 - customers["is_active"].mean()
Markdown(
    f"""
* {largest} is the largest segment: {rfm.loc[largest, "customers"]:,} of {rfm["customers"].sum():,}
  customers; {rfm["deposits"].idxmax()} holds the most deposits,
  {rfm["deposits"].max() / rfm["deposits"].sum():.0%} of all.
* The most valuable tenth of customers holds {top_tenth:.0%} of lifetime value (Gini {gini:.2f}).
* On average {by_segment.index[-1]} is worth the most, {by_segment.iloc[-1]:,.0f} a customer, and
  {by_segment.index[0]} the least, {by_segment.iloc[0]:,.0f}.
* {inactive:.0%} of customers completed no transaction in the last month.
"""
)
