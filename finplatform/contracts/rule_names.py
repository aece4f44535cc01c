"""Short and deterministic names of violated rules.

Pandera names a rule by its arguments, and a set prints in a different order in each process. Stored
names must not depend on it.
"""

import re

import polars as pl

LONGEST_NAME = 120
MOST_MEMBERS = 13

_MEMBERS = re.compile(r"^isin\((?:frozenset\()?[\[{(](.*?)[\]})]+$", re.DOTALL)


def rule_name(check: str) -> str:
    """Name of a rule, from Pandera's.

    Args:
        check: Text of a failed check, such as `isin(frozenset({'b', 'a'}))`.

    Returns:
        `isin(a, b)`: members in order, of a long list the first few; 120 characters at most.
    """
    matched = _MEMBERS.match(check)
    if matched:
        parts = (member.strip().strip("'\"") for member in matched.group(1).split(","))
        members = sorted(part for part in parts if part)
        shown = ", ".join(members[:MOST_MEMBERS])
        rest = f", ... of {len(members)}" if len(members) > MOST_MEMBERS else ""
        check = f"isin({shown}{rest})"
    return check if len(check) <= LONGEST_NAME else f"{check[: LONGEST_NAME - 3]}..."


def rule_names(checks: pl.Series) -> pl.Series:
    """Names of many rules with few distinct values."""
    distinct = checks.unique()
    names = pl.Series([rule_name(check) for check in distinct.to_list()], dtype=pl.String)
    return checks.replace_strict(distinct, names, return_dtype=pl.String)
