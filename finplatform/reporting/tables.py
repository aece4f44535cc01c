"""Tables of report pages, by great-tables in the house style.

Belongs here: formatting of columns by their values. Colours come from the page's style sheet, since
great-tables takes no custom properties of CSS.
"""

from decimal import Decimal

import pandas as pd

from finplatform.reporting import words


def table_html(frame: pd.DataFrame, name: str) -> str:
    """A frame as an HTML table with its own scoped style.

    Amounts have thousands separators; columns whose name ends in `rate`, `ratio`, `share` or
    `weight` are fractions, shown as per cent; what is missing is a dash.

    Args:
        frame: Rows in the order in which they are shown; its column names are the headings.
        name: Identifier of the table within its page.
    """
    from great_tables import GT

    shown = pd.DataFrame({column: _texts(frame[column]) for column in frame.columns})
    numbers = [column for column in frame.columns if _is_number(frame[column])]
    table = (
        GT(shown, id=name)
        .cols_align("left")
        .cols_align("right", columns=numbers)
        .tab_options(
            table_width="100%",
            table_font_size="14px",
            table_border_top_style="none",
            table_border_bottom_style="none",
            column_labels_border_top_style="none",
            column_labels_font_weight="600",
            data_row_padding="5px",
        )
    )
    # Its headings have the column's name as an identifier, which two tables may share.
    html: str = (
        table.as_raw_html()
        .replace(' id="', f' id="{name}-')
        .replace(f'<div id="{name}-{name}"', f'<div id="{name}"')
        .replace(' headers="', f' headers="{name}-')
    )
    return html


def _is_number(values: pd.Series) -> bool:
    kept = [value for value in values if not words.is_missing(value)]
    return bool(kept) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in kept
    )


def _texts(values: pd.Series) -> list[str]:
    is_share = str(values.name).split(" ")[-1] in ("rate", "ratio", "share", "weight")
    return [_text(value, is_share=is_share) for value in values]


def _text(value: object, *, is_share: bool) -> str:
    if words.is_missing(value):
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal) and is_share:
        return words.share(value, 2)
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
