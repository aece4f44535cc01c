"""Build times: what each asset took, and where the slowest spend it.

Belongs here: the page, from times that Dagster's event log holds and plans of the models' SQL. Does
not belong here: reading the log (see `finplatform.cli.docs`) and the plans (see `plans`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from finplatform.documentation.markdown import code, document, table
from finplatform.documentation.plans import Plan

SLOWEST = 5
"""Models whose plans are explained."""

_STEPS = 6

_INTRODUCTION = """\
Time of each asset's last build, from Dagster's event log, written by
`finplatform docs --plans`; do not edit. dbt's models are timed one by one and run two at a time;
a Python-made table has the seconds of its step, with the reading and writing of its rows and its
contract check. Some steps make several tables, so that the seconds add up to more than the run
takes. Other checks are not counted in: [benchmarks](benchmarks.md) has the whole."""


@dataclass(frozen=True)
class BuildTime:
    """What one asset took.

    Attributes:
        table: `schema.table`.
        group: Its group.
        seconds: Time of building it.
        rows: Rows that the run wrote; None where nothing is counted.
    """

    table: str
    group: str
    seconds: float
    rows: int | None


def builds_page(
    times: Sequence[BuildTime], run: str, plans: Mapping[str, Plan], groups: Sequence[str]
) -> str:
    """The page as Markdown.

    Args:
        times: Every asset of the run.
        run: The run and the data, in words.
        plans: Plans of the slowest models by table.
        groups: Groups in order.
    """
    lines = ["", run, "", "## By group", ""]
    by_group = {group: [t for t in times if t.group == group] for group in groups}
    lines += table(
        ("group", "assets", "seconds"),
        (
            (group.replace("_", " "), len(members), f"{sum(t.seconds for t in members):.1f}")
            for group, members in by_group.items()
            if members
        ),
    )
    lines += ["", f"## The slowest {SLOWEST}", ""]
    lines += [
        "The steps of each plan that take the most time of their own, in the SQL that the last run"
        " left, run once more with a clock on every step, which itself takes time.",
    ]
    for name, plan in plans.items():
        lines += _slow(next(time for time in times if time.table == name), plan)
    lines += ["", "## All", ""]
    lines += table(
        ("table", "group", "seconds", "rows"),
        (
            (code(t.table), t.group, f"{t.seconds:.2f}", "" if t.rows is None else f"{t.rows:,}")
            for t in sorted(times, key=lambda t: (-t.seconds, t.table))
        ),
    )
    return document("Build times", _INTRODUCTION, lines)


def _slow(time: BuildTime, plan: Plan) -> list[str]:
    total = plan.milliseconds / 1000
    steps = sorted(plan.steps, key=lambda step: -step.seconds)[:_STEPS]
    rows = (
        (
            code(step.description),
            f"{step.rows:,}",
            f"{step.seconds:.2f}",
            f"{100 * step.seconds / total:.0f}%" if total else "",
            f"{step.spilled_kb / 1024:,.0f} MB" if step.spilled_kb else "",
        )
        for step in steps
    )
    written = max(time.seconds - total, 0)
    return [
        "",
        f"### {time.table}",
        "",
        f"{time.seconds:.1f} s in the run. Its query alone takes {total:.1f} s"
        + (f", so writing and indexing took about {written:.1f} s." if written else "."),
        "",
        *table(("step", "rows", "seconds", "share", "spilled to disk"), rows),
    ]
