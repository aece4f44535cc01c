"""Expected credit loss and stress: allowances by stage, what moved them, and what a crisis costs.

Belongs here: the charts of the page, how each is drawn and what it says. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

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
    if words.is_missing(whole) or not float(whole):
        return f"No allowance is held on {words.day(last['reporting_date'])}."
    said = (
        f"The allowance is {words.amount(whole, currency)} on {words.day(last['reporting_date'])},"
        f" {words.share(float(last['stage_3'] or 0) / float(whole))} of it in stage 3"
    )
    if len(frame) == 1:
        return f"{said}."
    moved = words.change(whole, first["allowance"])
    return f"{said}; it is {moved} since {words.day(first['reporting_date'])}."


def _draw_roll(frame: pd.DataFrame) -> object:
    return risk_charts.steps(frame, "step", "amount", "measure")


def _say_roll(frame: pd.DataFrame, currency: str) -> str:
    amounts = {row["step"]: row["amount"] for row in frame.to_dict("records")}
    moves = words.known(frame[frame["measure"] == "relative"], "amount")
    opened = frame["opened_on"].iloc[0]
    since = "before the first month" if words.is_missing(opened) else f"on {words.day(opened)}"
    said = (
        f"The allowance went from {words.amount(amounts.get('opening'), currency)} {since} to"
        f" {words.amount(amounts.get('closing'), currency)} on"
        f" {words.day(frame['reporting_date'].iloc[0])}"
    )
    sizes = [abs(float(amount)) for amount in moves["amount"]]
    if not sizes or not max(sizes):
        return f"{said}; nothing moved it."
    step = moves.iloc[sizes.index(max(sizes))]
    way = "added" if float(step["amount"]) > 0 else "taken off"
    return (
        f"{said}; most was {way} by {_STEPS[step['step']]}, {words.amount(max(sizes), currency)}."
    )


_STEPS = {
    "new loans": "new loans",
    "repaid": "repayments",
    "change of stage": "changes of stage",
    "remeasured": "remeasurement",
    "written off": "write-offs",
}


def _draw_coverage(frame: pd.DataFrame) -> object:
    return figures.bar(frame, "stage", {"coverage": "allowance over exposure"}, is_share=True)


def _say_coverage(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "coverage")
    if known.empty:
        return "No stage has an exposure."
    first = words.largest(known, "coverage")
    whole = float(words.total(frame["exposure_amount"]))
    held = float(words.total(frame["allowance"])) / whole if whole else None
    return (
        f"{words.share(held, 2)} of all exposures is covered;"
        f" {first['stage']} is covered best, {words.share(first['coverage'])} of"
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
    sums: dict[str, list[float]] = {}
    for row in words.known(frame, "allowance", "exposure_amount").to_dict("records"):
        both = sums.setdefault(row["product_type"], [0.0, 0.0])
        both[0] += float(row["allowance"])
        both[1] += float(row["exposure_amount"])
    covered = {name: held / owed for name, (held, owed) in sums.items() if owed}
    if not covered:
        return "No product has an exposure."
    best, least = (choose(covered, key=lambda name: covered[name]) for choose in (max, min))
    if best == least:
        return f"{words.capitalized(words.label(best))} is covered by {words.share(covered[best])}."
    return (
        f"Over all stages, {words.label(best)} is covered most ({words.share(covered[best])}) and"
        f" {words.label(least)} least ({words.share(covered[least])})."
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
    if words.is_missing(last["ledger_allowance"]):
        return f"The ledger has no allowance on {words.day(last['reporting_date'])}."
    gap = float(last["expected_credit_loss"]) - float(last["ledger_allowance"])
    said = (
        f"On {words.day(last['reporting_date'])} the ledger holds"
        f" {words.amount(last['ledger_allowance'], currency)}"
    )
    if not gap:
        return f"{said}, as much as IFRS 9 asks for."
    way = "less" if gap > 0 else "more"
    return f"{said}, {words.amount(abs(gap), currency)} {way} than IFRS 9 asks for."


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
