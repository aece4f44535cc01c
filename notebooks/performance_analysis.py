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
# # Performance analysis
#
# What the bank earns and by which products, how its volume grows, and how well payments and
# settlements go through.

# %%
import pandas as pd
import plotly.express as px
from IPython.display import Markdown

from finplatform import frames

# %% [markdown]
# ## Products
#
# Yearly revenue: fees of open contracts and interest on what is lent.

# %%
products = frames(
    "gold.dim_product", where="product_key <> %s", params=[-1], decimals="float"
).sort_values("yearly_revenue", ascending=False)
products[["product_name", "product_type", "open_contracts", "lent_amount", "yearly_revenue"]].head(
    10
)

# %%
px.bar(
    products,
    x="yearly_revenue",
    y="product_name",
    color="profitability_tier",
    orientation="h",
    title="Yearly revenue by product",
    labels={"yearly_revenue": "amount", "product_name": "", "profitability_tier": "tier"},
)

# %% [markdown]
# ## Volume and fees by month
#
# Months that are held from their first day on, in the currency that moves the most.

# %%
months = frames(
    "gold.descriptive_analytics",
    where="breakdown = %s and is_whole_month",
    params=["TOTAL"],
    decimals="float",
)
main_currency = months.groupby("currency")["volume_amount"].sum().idxmax()
months = months[months["currency"] == main_currency].sort_values("month_end")
px.bar(
    months,
    x="month_end",
    y="volume_amount",
    hover_data=["fees", "active_customers", "completed_count"],
    title=f"Completed volume by month, {main_currency}",
    labels={"month_end": "", "volume_amount": "amount"},
)

# %% [markdown]
# ## Channels
#
# Shares of volume by channel in the last of these months, with the share that was refused.

# %%
channels = frames(
    "gold.descriptive_analytics",
    where="breakdown = %s and currency = %s and month_end = %s",
    params=["CHANNEL", main_currency, months["month_end"].max()],
    decimals="float",
).sort_values("volume_share", ascending=False)
px.scatter(
    channels,
    x="volume_share",
    y="failure_rate",
    size="completed_count",
    text="member",
    title="Channels: share of volume and share refused",
    labels={"volume_share": "share of volume", "failure_rate": "share refused"},
).update_layout(xaxis_tickformat=".0%", yaxis_tickformat=".1%")

# %% [markdown]
# ## Payments
#
# Success rate by method and week, from the view that BI tools read.

# %%
payments = frames("bi.vw_payment_analytics", decimals="float")
payments["week"] = pd.to_datetime(payments["transaction_date"]).dt.to_period("W").dt.start_time
weekly = (
    payments.groupby(["week", "payment_method"])[
        ["total_transactions", "successful_transactions", "total_commission"]
    ]
    .sum()
    .astype("float64")
    .reset_index()
)
weekly["success_rate"] = weekly["successful_transactions"] / weekly["total_transactions"]
px.line(
    weekly,
    x="week",
    y="success_rate",
    color="payment_method",
    title="Share of payments that succeeded, by week",
    labels={"week": "", "success_rate": "share", "payment_method": ""},
).update_yaxes(tickformat=".0%")

# %% [markdown]
# ## Why payments fail

# %%
failures = (
    frames(
        "gold.fact_payments",
        columns=["failure_reason", "amount", "payment_count"],
        where="status = %s",
        params=["FAILED"],
        decimals="float",
    )
    .groupby("failure_reason")
    .agg(payments=("payment_count", "sum"), amount=("amount", "sum"))
    .sort_values("payments")
)
px.bar(
    failures.reset_index(),
    x="payments",
    y="failure_reason",
    orientation="h",
    title="Failed payments by reason",
    labels={"failure_reason": ""},
)

# %% [markdown]
# ## Settlements against the agreement

# %%
settlements = frames("bi.settlements", decimals="float")
breached = settlements["is_breached_to_date"].fillna(False).astype("bool")
late = settlements.loc[breached, "days_late_to_date"].astype("float64")
px.histogram(
    x=late,
    title=f"Business days late, {breached.sum():,} of {len(settlements):,} settlements",
    labels={"x": "business days"},
)

# %% [markdown]
# ## Conclusion

# %%
best = products.iloc[0]
revenue_share = best["yearly_revenue"] / max(products["yearly_revenue"].sum(), 1e-9)
methods = weekly.groupby("payment_method")[["successful_transactions", "total_transactions"]].sum()
rates = (methods["successful_transactions"] / methods["total_transactions"]).sort_values()
sentences = [
    f"{best['product_name']} earns the most: {best['yearly_revenue']:,.0f} a year,"
    f" {revenue_share:.0%} of all products.",
    f"{rates.index[0]} succeeds least often ({rates.iloc[0]:.1%} of payments),"
    f" {rates.index[-1]} most often ({rates.iloc[-1]:.1%}).",
    f"{breached.mean():.1%} of settlements broke the agreement.",
]
if len(months) > 1:
    growth = months["volume_amount"].iloc[-1] / months["volume_amount"].iloc[0] - 1
    sentences.insert(
        1,
        f"Volume changed by {growth:+.0%} from {months['month_end'].iloc[0]} to"
        f" {months['month_end'].iloc[-1]}.",
    )
if len(failures):
    share = failures["payments"].iloc[-1] / failures["payments"].sum()
    sentences.append(
        f"{failures.index[-1]} is the most frequent reason of failure, {share:.0%} of all."
    )
Markdown("\n".join(f"* {sentence}" for sentence in sentences))
