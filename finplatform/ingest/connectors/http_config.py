"""Configuration of an HTTP source (`connector: http`): address, paging, retries and time limits.

Does not belong here: the requests.
"""

from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from finplatform.ingest.connectors.source_values import SourceValues


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OnePage(_Strict):
    """All rows in one response."""

    style: Literal["none"] = "none"


class NumberedPages(_Strict):
    """Pages by number, until one is empty.

    Attributes:
        parameter: Query parameter of the number.
        first: Number of the first page.
        size_parameter: Query parameter of the rows of a page, if there is one.
        size: Rows to request.
    """

    style: Literal["page"]
    parameter: str = "page"
    first: int = 1
    size_parameter: str | None = None
    size: int = Field(default=500, gt=0)


class OffsetPages(_Strict):
    """Pages by the number of rows before them, until one is empty.

    Attributes:
        parameter: Query parameter of the number of rows to pass over.
        size_parameter: Query parameter of the rows of a page.
        size: Rows to request; the server may return fewer.
    """

    style: Literal["offset"]
    parameter: str = "offset"
    size_parameter: str = "limit"
    size: int = Field(default=500, gt=0)


class CursorPages(_Strict):
    """Pages by a cursor in each response.

    Attributes:
        parameter: Query parameter of the cursor.
        next: Dotted path to the cursor in a response; null or missing on the last page.
    """

    style: Literal["cursor"]
    parameter: str = "cursor"
    next: str


class LinkedPages(_Strict):
    """Pages by the address of the next.

    Attributes:
        next: Dotted path to the address in a response; default: the `Link` header.
    """

    style: Literal["link"]
    next: str | None = None


Paging = Annotated[
    OnePage | NumberedPages | OffsetPages | CursorPages | LinkedPages,
    Field(discriminator="style"),
]


class HttpSource(SourceValues):
    """An API with paged responses.

    Attributes:
        url: Address that the tables' paths start from.
        headers: Sent with each request; `${NAME}` stands for that variable of the environment.
        format: Format of a response.
        paging: Style of paging.
        delimiter: Separator of CSV columns.
        nulls: Texts that mean "missing" in CSV.
        requests_per_second: Most requests in a second.
        attempts: Most requests for a page.
        first_wait_s: Seconds before the second attempt; each further wait is twice as long.
        longest_wait_s: Longest wait between attempts, unless the server demands a longer one.
        timeout_s: Seconds to wait for a connection, or for more of a response.
        total_s: Seconds in which a table must be read.
    """

    connector: Literal["http"]
    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    headers: dict[str, str] = Field(default_factory=dict)
    format: Literal["json", "csv"] = "json"
    paging: Paging = OnePage()
    delimiter: str = Field(default=",", pattern=r"^[\x01-\x7f]$")
    nulls: list[str] = Field(default_factory=lambda: [""])
    requests_per_second: float | None = Field(default=None, gt=0)
    attempts: int = Field(default=6, ge=1)
    first_wait_s: float = Field(default=0.5, ge=0)
    longest_wait_s: float = Field(default=60, ge=0)
    timeout_s: float = Field(default=30, gt=0)
    total_s: float = Field(default=900, gt=0)

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.format == "csv" and getattr(self.paging, "next", None) is not None:
            raise ValueError("CSV has no place for `paging.next`")
        parts = urlsplit(self.url)
        if parts.username or parts.password:
            raise ValueError("`url` holds a login; give it in `headers`, from the environment")
        has_secret = any("${" in value for value in self.headers.values())
        if has_secret and parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
            raise ValueError("the secret in `headers` would travel unencrypted; use https")
        return self


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
