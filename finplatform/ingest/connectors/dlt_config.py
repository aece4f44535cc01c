"""Configuration of a dlt source (`connector: dlt`).

Does not belong here: running it.
"""

import re
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.source_values import SourceValues
from finplatform.settings import with_secrets
from finplatform.windows import Window

BUILT_IN = {
    "rest_api": "dlt.sources.rest_api:rest_api_source",
    "sql_database": "dlt.sources.sql_database:sql_database",
}
"""Sources of dlt itself that have a short name."""

_WINDOW = re.compile(r"\{(start|end)(?::([^{}]*))?\}")


class DltSource(SourceValues):
    """A source or resource of the dlt library.

    Attributes:
        source: `rest_api`, `sql_database`, or MODULE:NAME of an installed source or resource.
        arguments: Its arguments. `${NAME}` in a text stands for that variable of the
            environment, `{start}` and `{end}` for the window's first day and the day after its
            last.
    """

    connector: Literal["dlt"]
    source: str = Field(pattern=r"^(\w+|[\w.]+:\w+)$")
    arguments: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if ":" not in self.source and self.source not in BUILT_IN:
            raise ValueError(f"`source` is {' or '.join(BUILT_IN)}, or MODULE:NAME")
        return self

    @property
    def place(self) -> tuple[str, str]:
        """Module and name of the function that makes the source."""
        module, _, name = BUILT_IN.get(self.source, self.source).partition(":")
        return module, name

    @property
    def is_cut(self) -> bool:
        """Whether the arguments hold a window."""
        return _has_window(self.arguments)

    def call(self, window: Window | None) -> dict[str, Any]:
        """The arguments with the values of variables, and the days of a window.

        Args:
            window: Requested days.

        Raises:
            FinplatformError: If they need a window and there is none, or a variable is not set.
        """
        if window is None and self.is_cut:
            raise FinplatformError(
                "The source's arguments ask for a window, but its table is read whole.",
                "Only sources of tables of a business day may have {start} and {end}.",
            )
        filled: dict[str, Any] = _filled(self.arguments, window)
        return filled


def _filled(value: Any, window: Window | None) -> Any:
    match value:
        case dict():
            return {name: _filled(one, window) for name, one in value.items()}
        case list():
            return [_filled(one, window) for one in value]
        case str():
            text = with_secrets(value)
            return text if window is None else _WINDOW.sub(lambda m: _day(m, window), text)
        case _:
            return value


def _day(match: re.Match[str], window: Window) -> str:
    day = window.start if match[1] == "start" else window.end
    return day.strftime(match[2]) if match[2] else day.isoformat()


def _has_window(value: Any) -> bool:
    match value:
        case dict():
            return any(_has_window(one) for one in value.values())
        case list():
            return any(_has_window(one) for one in value)
        case str():
            return bool(_WINDOW.search(value))
        case _:
            return False
