"""Expected credit loss and stress: allowances by stage, what moved them, and what a crisis costs.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog.migration import migration_query, say_moves
from finplatform.reporting.catalog.reporting_dates import latest, recent
from finplatform.reporting.catalog.stress import STRESS_CHARTS, STRESS_TABLES
from finplatform.reporting.page import Chart, Page, Table

_STAGES = f"""
    with {recent("ecl_roll_forward")}

    select
        reporting_date,
        coalesce(sum(closing) filter (where stage = 1), 0) as stage_1,
        coalesce(sum(closing) filter (where stage = 2), 0) as stage_2,
        coalesce(sum(closing) filter (where stage = 3), 0) as stage_3,
        sum(closing) as allowance
    from gold.ecl_roll_forward
    inner join recent using (reporting_date)
    group by reporting_date
    order by reporting_date
"""

_ROLL = f"""
    with {latest("ecl_roll_forward")},

    moves as (
        select
            min(opened_on) as opened_on,
            reporting_date,
            sum(opening) as opening,
            sum(originated) as originated,
            sum(derecognised) as derecognised,
            sum(transferred_in + transferred_out + remeasured_on_transfer) as staged,
            sum(remeasured) as remeasured,
            sum(written_off) as written_off,
            sum(closing) as closing
        from gold.ecl_roll_forward
        inner join latest using (reporting_date)
        group by reporting_date
    )

    select step.name as step, step.amount, step.measure, moves.opened_on, moves.reporting_date
    from moves
    cross join lateral (
        values
        (1, 'opening', opening, 'absolute'),
        (2, 'new loans', originated, 'relative'),
        (3, 'repaid', derecognised, 'relative'),
        (4, 'change of stage', staged, 'relative'),
        (5, 'remeasured', remeasured, 'relative'),
        (6, 'written off', written_off, 'relative'),
        (7, 'closing', closing, 'total')
    ) as step (position, name, amount, measure)
    order by step.position
"""

_BOOK = f"""
    {latest("expected_credit_loss")},

    book as (
        select
            losses.exposure_id, losses.reporting_date, losses.exposure_class, losses.stage,
            losses.exposure_amount, losses.allowance
        from gold.expected_credit_loss as losses
        inner join latest on losses.reporting_date = latest.reporting_date
    )
"""

_COVERAGE = f"""
    with {_BOOK}

    select
        'stage ' || stage as stage,
        count(*) as exposures,
        sum(exposure_amount) as exposure_amount,
        sum(allowance) as allowance,
        sum(allowance) / nullif(sum(exposure_amount), 0) as coverage
    from book
    group by book.stage
    having sum(exposure_amount) > 0
    order by book.stage
"""

_PRODUCTS = f"""
    with {_BOOK}

    select
        exposures.product_type,
        'stage ' || book.stage as stage,
        sum(book.exposure_amount) as exposure_amount,
        sum(book.allowance) as allowance,
        sum(book.allowance) / nullif(sum(book.exposure_amount), 0) as coverage
    from book
    inner join gold.credit_exposures as exposures
        on book.exposure_id = exposures.exposure_id
        and book.reporting_date = exposures.reporting_date
    group by exposures.product_type, book.stage
    having sum(book.exposure_amount) > 0
    order by exposures.product_type, book.stage
"""

_MIGRATION = migration_query(
    dates="ecl_roll_forward",
    table="expected_credit_loss",
    date_column="reporting_date",
    member="stage",
)

_LEDGER = """
    select reporting_date, expected_credit_loss, ledger_allowance, proposed_posting
    from gold.loan_ledger_reconciliation
    where reporting_date <= %(as_of)s
    order by reporting_date
"""

_ROLL_TABLE = f"""
    with {latest("ecl_roll_forward")}

    select
        stage::integer as "stage",
        opening as "opening",
        originated as "new loans",
        derecognised as "repaid",
        transferred_in as "from other stages",
        transferred_out as "to other stages",
        remeasured_on_transfer as "remeasured on transfer",
        remeasured as "remeasured",
        written_off as "written off",
        closing as "closing"
    from gold.ecl_roll_forward
    inner join latest using (reporting_date)
    order by stage
"""


def _draw_stages(frame: pd.DataFrame) -> object:
    return risk_charts.month_bars(
        frame,
        "reporting_date",
        {"stage_1": "stage 1", "stage_2": "stage 2", "stage_3": "stage 3"},
        is_stacked=True,
    )


def _say_stages(frame: pd.DataFrame, currency: str) -> str:
    first, last = frame.iloc[0], frame.iloc[-1]
    whole = last["allowance"]
    if words.is_missing(whole) or not whole:
        return f"No allowance is held on {words.day(last['reporting_date'])}."
    impaired = 0 if words.is_missing(last["stage_3"]) else last["stage_3"]
    part = words.share(words.part(impaired, whole)) if impaired else "none"
    sentence = (
        f"The allowance is {words.amount(whole, currency)} on {words.day(last['reporting_date'])},"
        f" {part} of it in stage 3"
    )
    if len(frame) == 1 or words.is_missing(first["allowance"]):
        return f"{sentence}."
    moved = words.change(whole, first["allowance"], currency)
    return f"{sentence}; it is {moved} since {words.day(first['reporting_date'])}."


def _draw_roll(frame: pd.DataFrame) -> object:
    return risk_charts.steps(frame, "step", "amount", "measure")


def _say_roll(frame: pd.DataFrame, currency: str) -> str:
    amounts = {row["step"]: row["amount"] for row in frame.to_dict("records")}
    moves = words.known(frame[frame["measure"] == "relative"], "amount")
    opening, closing = amounts.get("opening"), amounts.get("closing")
    if words.is_missing(opening) or words.is_missing(closing):
        return "The allowance of both ends is not known."
    opened = frame["opened_on"].iloc[0]
    since = "before the first month" if words.is_missing(opened) else f"on {words.day(opened)}"
    sentence = (
        f"The allowance went from {words.amount(opening, currency)} {since} to"
        f" {words.amount(closing, currency)} on {words.day(frame['reporting_date'].iloc[0])}"
    )
    if not words.total(moves["amount"].map(abs)):
        return f"{sentence}; nothing moved it."
    size = extremes.furthest(moves, "amount", _step)["amount"]
    if size > 0:
        step, way = extremes.largest(moves, "amount", _step), "added"
    else:
        step, way = extremes.smallest(moves, "amount", _step), "took off"
    return f"{sentence}; {step.name} {way} the most, {words.amount(abs(size), currency)}."


_STEPS = {
    "new loans": "new loans",
    "repaid": "repayments",
    "change of stage": "changes of stage",
    "remeasured": "remeasurement",
    "written off": "write-offs",
}


def _draw_coverage(frame: pd.DataFrame) -> object:
    return figures.bar(frame, "stage", {"coverage": "allowance over exposure"}, is_share=True)


def _step(row: Any) -> str:
    return _STEPS[row["step"]]


def _say_coverage(frame: pd.DataFrame, currency: str) -> str:
    whole, held = words.total(frame["exposure_amount"]), words.total(frame["allowance"])
    if not whole:
        return "No stage has an exposure."
    if not held:
        return "No exposure is covered in any stage."
    first = extremes.largest(frame, "coverage", extremes.text_of("stage"))
    return (
        f"{words.share(words.part(held, whole), 2)} of all exposures is covered; {first.name} is"
        f" covered best, {words.share(first['coverage'])} of"
        f" {words.amount(first['exposure_amount'], currency)}."
    )


def _draw_products(frame: pd.DataFrame) -> object:
    return risk_charts.shaded(
        frame.assign(product_type=words.labels(frame["product_type"])),
        "stage",
        "product_type",
        "coverage",
        digits=1,
    )


def _say_products(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "allowance", "exposure_amount")
    sums = [
        (name, words.total(rows["allowance"]), words.total(rows["exposure_amount"]))
        for name, rows in known.groupby("product_type", sort=False)
    ]
    covered = pd.DataFrame(
        [(name, words.part(held, owed)) for name, held, owed in sums if owed],
        columns=["product_type", "coverage"],
    )
    if covered.empty:
        return "No product has an exposure."
    name = extremes.label_of("product_type")
    best = extremes.largest(covered, "coverage", name)
    least = extremes.smallest(covered, "coverage", name)
    if not best["coverage"]:
        return "No product is covered."
    if best.is_only:
        return f"{words.capitalized(best.bare)} is covered by {words.share(best['coverage'])}."
    if best.is_flat:
        return (
            f"All {words.plural(len(covered), 'product')} are covered by"
            f" {words.share(best['coverage'])}."
        )
    return (
        f"Over all stages, {best.name} is covered most ({words.share(best['coverage'])}) and"
        f" {least.name} least ({words.share(least['coverage'])})."
    )


def _draw_migration(frame: pd.DataFrame) -> object:
    figure = risk_charts.shaded(
        frame.assign(
            from_stage=[f"stage {stage}" for stage in frame["from_stage"]],
            to_stage=[f"stage {stage}" for stage in frame["to_stage"]],
        ),
        "to_stage",
        "from_stage",
        "stage_share",
    )
    order = [f"stage {stage}" for stage in sorted({*frame["from_stage"], *frame["to_stage"]})]
    figure.update_xaxes(title="at the end", categoryorder="array", categoryarray=order)
    figure.update_yaxes(title="before")
    return figure


def _say_migration(frame: pd.DataFrame, currency: str) -> str:
    return say_moves(frame, "stage")


def _draw_ledger(frame: pd.DataFrame) -> object:
    return figures.line(
        frame,
        "reporting_date",
        {"expected_credit_loss": "expected credit loss", "ledger_allowance": "in the ledger"},
    )


def _say_ledger(frame: pd.DataFrame, currency: str) -> str:
    last = frame.iloc[-1]
    day = words.day(last["reporting_date"])
    if words.is_missing(last["ledger_allowance"]):
        return f"The ledger has no allowance on {day}."
    sentence = f"On {day} the ledger holds {words.amount(last['ledger_allowance'], currency)}"
    if words.is_missing(last["expected_credit_loss"]):
        return f"{sentence}; the expected credit loss is not known."
    gap = last["expected_credit_loss"] - last["ledger_allowance"]
    if not gap:
        return f"{sentence}, as much as IFRS 9 requires."
    way = "less" if gap > 0 else "more"
    return f"{sentence}, {words.amount(abs(gap), currency)} {way} than IFRS 9 requires."


PAGE = Page(
    name="expected_loss",
    title="Expected loss and stress",
    question="What does the bank expect to lose, what moved that, and what would a crisis cost?",
    section="Risk and capital",
    charts=(
        Chart(
            name="Allowance by stage",
            title="Expected credit loss by stage of impairment",
            kind="bar",
            unit="{currency}",
            source="gold.ecl_roll_forward",
            as_of="reporting_date",
            query=_STAGES,
            draw=_draw_stages,
            describe=_say_stages,
        ),
        Chart(
            name="Roll-forward",
            title="What moved the allowance in the last month",
            kind="waterfall",
            unit="{currency}",
            source="gold.ecl_roll_forward",
            as_of="reporting_date",
            query=_ROLL,
            draw=_draw_roll,
            describe=_say_roll,
        ),
        Chart(
            name="Coverage by stage",
            title="Allowance over exposure, by stage",
            kind="bar",
            unit="share of the exposure",
            source="gold.expected_credit_loss",
            as_of="reporting_date",
            query=_COVERAGE,
            draw=_draw_coverage,
            describe=_say_coverage,
        ),
        Chart(
            name="Coverage by product",
            title="Allowance over exposure, by product and stage",
            kind="heatmap",
            unit="share of the exposure",
            source="gold.expected_credit_loss",
            as_of="reporting_date",
            query=_PRODUCTS,
            draw=_draw_products,
            describe=_say_products,
            also=("gold.credit_exposures",),
        ),
        Chart(
            name="Stage migration",
            title="Where the exposures of each stage went in the last twelve months",
            kind="heatmap",
            unit="share of the exposures of a stage that are still there",
            source="gold.ecl_roll_forward",
            as_of="reporting_date",
            query=_MIGRATION,
            draw=_draw_migration,
            describe=_say_migration,
            also=("gold.expected_credit_loss",),
        ),
        Chart(
            name="Allowance in the ledger",
            title="Expected credit loss, and the allowance that the ledger holds",
            kind="line",
            unit="{currency}",
            source="gold.loan_ledger_reconciliation",
            as_of="reporting_date",
            query=_LEDGER,
            draw=_draw_ledger,
            describe=_say_ledger,
        ),
        *STRESS_CHARTS,
    ),
    tables=(
        Table("Roll-forward of the last month", "gold.ecl_roll_forward", _ROLL_TABLE),
        *STRESS_TABLES,
    ),
)
