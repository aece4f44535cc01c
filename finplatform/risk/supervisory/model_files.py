"""The stored part of the supervisor's data point model: headers, cells, sheets, rules, indicators.

Source: European Banking Authority, data point model 2.0, release 4.2, modules COREP_OF and COREP_LR
4.1.0, in force from 31 March 2026; how the files are made from it is `bench.supervisory_model`.
Belongs here: reading the files. Does not belong here: a bank's figures.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

FOLDER = "model"
RELEASE = "4.2"
"""Release of the model that the files are from."""

TOTAL_SHEET = {"qEBB": "eba_qEC:qx01", "qEEA": "eba_qAE:qx01"}
"""The sheet of all exposures by key of a table with sheets."""


@dataclass(frozen=True)
class Header:
    """A row or column of a table.

    Attributes:
        label: Its label.
        parent: Code of the row or column that it is part of; empty for none.
        is_abstract: Whether it is a heading without cells.
    """

    label: str
    parent: str
    is_abstract: bool


@dataclass(frozen=True)
class ModelCell:
    """A cell of a table.

    Attributes:
        datapoint: Code of what is reported in it.
        kind: `m` for an amount, `p` for a ratio, `i` for a number.
        sign: `positive` or `negative` where only such a value is right.
    """

    datapoint: str
    kind: str
    sign: str


@dataclass(frozen=True)
class ModelRule:
    """A validation rule.

    Attributes:
        rule: Its code.
        severity: `error` or `warning`.
        expression: The validation rule.
        precondition: Templates that must have been filed; empty for none.
    """

    rule: str
    severity: str
    expression: str
    precondition: str


@dataclass(frozen=True)
class Table:
    """A table of the model.

    Attributes:
        code: Its code, such as `C_07.00.a`.
        rows: Rows by code, in order.
        columns: Columns by code, in order.
        cells: Cells by row and column; what is greyed out is missing.
        key: Property whose members are the sheets; empty for a table with one.
        sheets: Label of each sheet by member.
    """

    code: str
    rows: Mapping[str, Header]
    columns: Mapping[str, Header]
    cells: Mapping[tuple[str, str], ModelCell]
    key: str
    sheets: Mapping[str, str]

    @property
    def template(self) -> str:
        """The template that the table is part of."""
        return template_of(self.code)

    @property
    def total(self) -> str:
        """The sheet of all exposures; empty for a table with one sheet."""
        return TOTAL_SHEET.get(self.key, "")


def template_of(table: str) -> str:
    """Template of a table: its code without the letter of the part."""
    head, _, part = table.rpartition(".")
    return head if part.isalpha() else table


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Table]:
    """The tables by code."""
    axes: dict[tuple[str, str], dict[str, Header]] = {}
    for row in _read("headers.csv"):
        header = Header(row["label"], row["parent"], row["is_abstract"] == "1")
        axes.setdefault((row["table"], row["axis"]), {})[row["code"]] = header
    cells: dict[str, dict[tuple[str, str], ModelCell]] = {}
    for row in _read("cells.csv"):
        cell = ModelCell(row["datapoint"], row["kind"], row["sign"])
        cells.setdefault(row["table"], {})[row["row"], row["column"]] = cell
    sheets: dict[str, dict[str, str]] = {}
    keys: dict[str, str] = {}
    for row in _read("sheets.csv"):
        sheets.setdefault(row["table"], {})[row["member"]] = row["label"]
        keys[row["table"]] = row["key"]
    return {
        code: Table(
            code,
            axes[code, "row"],
            axes[code, "column"],
            cells[code],
            keys.get(code, ""),
            sheets.get(code, {}),
        )
        for code in cells
    }


@lru_cache(maxsize=1)
def rules() -> tuple[ModelRule, ...]:
    """The active rules that concern a template of the tables."""
    return tuple(ModelRule(**row) for row in _read("rules.csv"))


@lru_cache(maxsize=1)
def modules() -> Mapping[str, tuple[str, ...]]:
    """Templates of each module, which are filed together: those that the platform fills too."""
    found: dict[str, list[str]] = {}
    for row in _read("indicators.csv"):
        found.setdefault(row["module"], []).append(row["template"])
    return {module: tuple(templates) for module, templates in found.items()}


def _read(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / FOLDER / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
