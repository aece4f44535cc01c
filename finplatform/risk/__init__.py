"""Risk: capital, liquidity, market risk, expected losses and stress, as pure functions.

Formulas over arrays and frames, with the paragraph of the rule in each docstring and every figure
of a rule in `rules.csv`. Does not belong here: reading or writing tables, and anything of Dagster.
"""
