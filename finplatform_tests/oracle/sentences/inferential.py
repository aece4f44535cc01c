"""What the sentences of the page of inferential analytics may claim."""

from collections.abc import Callable
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    Claim,
    largest,
    percent,
    signed,
    smallest,
    tally,
    text,
    things,
)
from finplatform_tests.oracle.sentences.forms import Charts, Form, Judged, says
from finplatform_tests.oracle.sentences.made import Cells, Source, frame, month_end
from finplatform_tests.oracle.sentences.values import Rows, Value, at, first, flag, num, size

PAGE = "inferential_analytics"


def _differences(value: str) -> Callable[[Source], list[Cells]]:
    return frame(f"question:name group_a:name group_b:code_text {value}:rate is_significant:flag")


def _proven(rows: Rows) -> Rows:
    return [row for row in rows if row["is_significant"] == "True"]


def _difference_forms(value: str, unit: str, shown: Callable[[Value], Claim]) -> tuple[Form, ...]:
    def names(**options: Any) -> Claim:
        return largest(lambda row: abs(num(value)(row)),
                       lambda row: f"{row['group_a']} and {row['group_b']}",
                       among=_proven, signed=True, **options)  # fmt: skip

    def count(number: int) -> Callable[[Rows], bool]:
        return lambda rows: len(rows) == number

    counted = tally(
        size(flag("is_significant")), size(), "difference shown", "is", "are", "differences shown"
    )
    return (
        says("The only difference shown is not more than chance.",
             lambda rows: len(rows) == 1 and not _proven(rows)),
        says(f"The only difference shown is more than chance; it is between {{top}}: {{size}}"
             f" {unit}.",
             count(1), top=names(is_bare=True), size=shown(at("top", value))),
        says("{counted} more than chance.", lambda rows: not _proven(rows) and len(rows) > 1,
             counted=counted),
        says(f"{{counted}} more than chance; it is between {{top}}: {{size}} {unit}.",
             lambda rows: len(_proven(rows)) == 1 < len(rows), counted=counted,
             top=names(is_bare=True), size=shown(at("top", value))),
        says(f"{{counted}} more than chance; the largest is between {{top}}: {{size}} {unit}.",
             lambda rows: len(_proven(rows)) > 1, counted=counted, top=names(),
             size=shown(at("top", value))),
    )  # fmt: skip


def _cohorts(source: Source) -> list[Cells]:
    made = []
    for place in range(source.size):
        source.at(place)
        quarter = month_end(3 * place + 2)
        made += [
            {"cohort_label": f"{quarter.year}-Q{quarter.month // 3}", "months_since": months,
             "active_share": source.value("share"), "cohort_size": 9, "active_customers": 1}
            for months in range(source.choice((1, 2, 4)))
        ]  # fmt: skip
    return made


def _lasts(rows: Rows) -> Rows:
    return list({row["cohort_label"]: row for row in rows}.values())


def _values(rows: Rows) -> int:
    return len({num("active_share")(row) for row in _lasts(rows)})


def _after(place: str) -> dict[str, Claim]:
    return {
        f"{place}_share": percent(at(place, "active_share")),
        f"{place}_months": things(at(place, "months_since"), "month"),
    }


_SHARE = "active_share"

CHARTS: Charts = {
    (PAGE, "95% confidence intervals"): Judged(
        _differences("difference"),
        *_difference_forms(
            "difference", "percentage points",
            lambda value: signed(lambda rows, found: 100 * value(rows, found)),
        ),
    ),
    (PAGE, "95% confidence intervals of means"): Judged(
        _differences("effect"), *_difference_forms("effect", "standard deviations", signed)
    ),
    (PAGE, "Cohort retention heatmap"): Judged(
        _cohorts,
        says("{name} is the only whole cohort: {share} after {months}.",
             lambda rows: len(_lasts(rows)) == 1, name=text(first(lambda row: row["cohort_label"])),
             share=percent(lambda rows, _: num(_SHARE)(_lasts(rows)[0])),
             months=things(lambda rows, _: num("months_since")(_lasts(rows)[0]), "month")),
        says("{cohorts} are equally active at their last month, {share}.",
             lambda rows: len(_lasts(rows)) > 1 and _values(rows) == 1,
             cohorts=things(lambda rows, _: len(_lasts(rows)), "cohort"),
             share=percent(lambda rows, _: num(_SHARE)(_lasts(rows)[0]))),
        says("Of {cohorts}, {top} is the most active at its last month, {top_share} after"
             " {top_months}, and {end} the least, {end_share} after {end_months}.",
             cohorts=things(lambda rows, _: len(_lasts(rows)), "cohort"),
             top=largest(_SHARE, "cohort_label", among=_lasts),
             end=smallest(_SHARE, "cohort_label", among=_lasts), **_after("top"), **_after("end")),
    ),
}  # fmt: skip
