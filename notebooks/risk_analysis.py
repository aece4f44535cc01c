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
# # Risk analysis
#
# How well the bank is capitalised, where its credit risk lies, what it expects to lose, and what
# stress would do. Every figure is one that the platform reports; `finplatform capital explain`
# follows it to rows and paragraphs.

# %%
import pandas as pd
import plotly.express as px
from IPython.display import Markdown

from finplatform import frames

# %% [markdown]
# ## Capital ratios
#
# Common Equity Tier 1 over risk-weighted assets, and the other two ratios, at each month end.

# %%
capital = frames("gold.capital_adequacy", decimals="float").sort_values("reporting_date")
latest = capital["reporting_date"].max()
now = capital.iloc[-1]
capital[["reporting_date", "cet1_ratio", "tier1_ratio", "total_ratio", "is_minimum_met"]].tail()

# %%
px.line(
    capital,
    x="reporting_date",
    y=["cet1_ratio", "tier1_ratio", "total_ratio"],
    markers=True,
    title="Capital over risk-weighted assets",
    labels={"reporting_date": "", "value": "ratio", "variable": ""},
).update_yaxes(tickformat=".1%")

# %% [markdown]
# ## Where the risk-weighted assets come from

# %%
classes = frames(
    "gold.rwa_by_class", where="reporting_date = %s", params=[latest], decimals="float"
)
px.treemap(
    classes[classes["risk_weighted_assets"] > 0],
    path=["risk_type", "exposure_class"],
    values="risk_weighted_assets",
    title=f"Risk-weighted assets by kind of risk and class, {latest}",
)

# %% [markdown]
# ## The book by rating grade
#
# Grade 1 is the safest; D is in default. Grades are given to what the rating system covers.

# %%
exposures = frames(
    "gold.fact_risk_metrics",
    columns=[
        "exposure_class", "grade", "is_defaulted", "drawn_amount", "exposure_amount",
        "probability_default", "loss_given_default", "expected_loss",
    ],
    where="reporting_date = %s",
    params=[latest],
    decimals="float",
)  # fmt: skip
grades = (
    exposures.assign(grade=exposures["grade"].fillna("none"))
    .groupby(["grade", "exposure_class"])["exposure_amount"]
    .sum()
    .reset_index()
)
px.bar(
    grades,
    x="grade",
    y="exposure_amount",
    color="exposure_class",
    title=f"Exposure at default by grade, {latest}",
    labels={"exposure_amount": f"amount, {now['currency']}"},
).update_xaxes(type="category")

# %% [markdown]
# ## Expected loss
#
# Probability of default against loss given default, one point per exposure that is not in
# default.

# %%
performing = exposures[~exposures["is_defaulted"]]
px.scatter(
    performing.head(5_000),
    x="probability_default",
    y="loss_given_default",
    size="exposure_amount",
    color="exposure_class",
    log_x=True,
    title="Probability of default and loss given default",
    labels={"probability_default": "PD, 12 months", "loss_given_default": "LGD"},
)

# %% [markdown]
# ## Impairment by stage
#
# IFRS 9: stage 1 as expected, stage 2 after a significant rise of risk, stage 3 impaired.

# %%
impairment = frames(
    "gold.expected_credit_loss",
    columns=["stage", "exposure_amount", "allowance"],
    where="reporting_date = %s",
    params=[latest],
    decimals="float",
)
stages = impairment.groupby("stage")[["exposure_amount", "allowance"]].sum()
stages["coverage"] = stages["allowance"] / stages["exposure_amount"]
px.bar(
    stages.reset_index(),
    x="stage",
    y="coverage",
    title="Allowance over exposure, by stage",
    text_auto=".1%",
).update_yaxes(tickformat=".0%").update_xaxes(type="category")

# %% [markdown]
# ## Stress
#
# The CET1 ratio before and under each scenario of the last quarter end that was stressed.

# %%
stress = frames("gold.stress_results", decimals="float")
stress = stress[stress["reporting_date"] == stress["reporting_date"].max()]
px.bar(
    stress[stress["scenario"] != "reverse"].sort_values("stressed_cet1_ratio"),
    x="scenario",
    y=["cet1_ratio", "stressed_cet1_ratio"],
    barmode="group",
    title="CET1 ratio before and under stress",
    labels={"value": "ratio", "variable": ""},
).update_yaxes(tickformat=".1%")

# %% [markdown]
# ## Conclusion

# %%
by_class = exposures.groupby("exposure_class")["expected_loss"].sum().sort_values()
defaulted = exposures.loc[exposures["is_defaulted"], "drawn_amount"].sum()
sentences = [
    f"On {latest} risk-weighted assets were {now['risk_weighted_assets']:,.0f} {now['currency']}.",
    f"{defaulted / max(exposures['drawn_amount'].sum(), 1):.1%} of what is drawn is in default.",
]
if pd.notna(now["cet1_ratio"]):
    change = now["cet1_ratio"] - capital["cet1_ratio"].dropna().iloc[0]
    verdict = "meets" if now["is_minimum_met"] else "does not meet"
    sentences.insert(
        0,
        f"The CET1 ratio is {now['cet1_ratio']:.1%}, {change:+.1%} against the first month held;"
        f" the bank {verdict} its minimum ratios.",
    )
if len(by_class) and by_class.sum():
    sentences.append(
        f"{by_class.index[-1]} has the largest expected loss,"
        f" {by_class.iloc[-1] / by_class.sum():.0%} of all."
    )
if len(stages):
    share = stages["exposure_amount"].get(2, 0) / stages["exposure_amount"].sum()
    sentences.append(f"{share:.1%} of exposure is in stage 2.")
if len(stress):
    worst = stress[stress["scenario"] != "reverse"].nsmallest(1, "stressed_cet1_ratio").iloc[0]
    sentences.append(
        f"The {worst['scenario']} scenario takes the CET1 ratio to"
        f" {worst['stressed_cet1_ratio']:.1%}."
    )
Markdown("\n".join(f"* {sentence}" for sentence in sentences))
