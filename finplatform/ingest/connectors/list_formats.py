"""Sanctions lists in the source configuration: a name, a declared format and a folder each.

A list expands to a source and entries of the table `sanctions_entities`. Does not belong here:
reading files.
"""

import copy
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from finplatform.errors import FinplatformError

TABLE = "sanctions_entities"
_FORMATS_FILE = "list_formats.yaml"

ListCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,19}$")]


class ListConfig(BaseModel):
    """One list.

    Attributes:
        format: Form in which it is published.
        root: Folder of its files; see `FilesSource`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    root: str


_LISTS = TypeAdapter(dict[ListCode, ListConfig])


def with_lists(written: Mapping[str, Any]) -> dict[str, Any]:
    """A source configuration with every list expanded to a source and entries of its table.

    Args:
        written: The configuration, with or without `lists`.

    Raises:
        FinplatformError: If a list is not one, or its format is unknown.
    """
    config = copy.deepcopy(dict(written))
    found = config.pop("lists", None)
    if found is None:
        return config
    places: list[dict[str, Any]] = []
    sources = config.setdefault("sources", {})
    for code, one in _checked(found).items():
        source = f"list_{code}"
        declared = _formats()[one.format]
        sources[source] = {**declared["source"], "root": one.root}
        places += [
            {**place, "source": source, "defaults": {"list_code": code}}
            for place in declared["places"]
        ]
    if places:
        tables = config.setdefault("tables", {})
        first = tables.get(TABLE) or places.pop(0)
        tables[TABLE] = {**first, "also": [*first.get("also", []), *places]}
    return config


def _checked(found: object) -> Mapping[str, ListConfig]:
    try:
        lists = _LISTS.validate_python(found)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in ("lists", *first["loc"]))
        raise FinplatformError(
            f"{place}: {first['msg']}.",
            "A list has a name in capitals, a format and a root; see docs/screening.md.",
        ) from error
    for code, one in lists.items():
        if one.format not in _formats():
            raise FinplatformError(
                f"lists.{code}: there is no list format {one.format!r}.",
                f"Known formats: {', '.join(sorted(_formats()))}. Nothing was read.",
            )
    return lists


@lru_cache(maxsize=1)
def _formats() -> Mapping[str, Any]:
    text = files(__package__).joinpath(_FORMATS_FILE).read_text("utf-8")
    formats: Mapping[str, Any] = yaml.safe_load(text)
    return formats
