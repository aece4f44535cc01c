"""Pages of an API: the address of the first one, and of the one after an answer.

Belongs here: the styles of paging. Does not belong here: fetching (see `http_fetch`).
"""

from dataclasses import dataclass

import httpx

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.http_config import (
    CursorPages,
    LinkedPages,
    NumberedPages,
    OffsetPages,
    Paging,
)


@dataclass(frozen=True)
class Page:
    """Data of a page that determine the next one.

    Attributes:
        url: Its address.
        rows: Number of its records.
        mark: Value at `paging.next` in it.
        link: Address in its `Link` header under `next`.
        digest: Hash of its content.
    """

    url: httpx.URL
    rows: int
    mark: str | None
    link: str | None
    digest: str


class Walk:
    """A walk through the pages of one table.

    Args:
        paging: Style of paging.
        url: Address of the table.
    """

    def __init__(self, paging: Paging, url: httpx.URL) -> None:
        self._paging = paging
        self._passed = 0
        self._number = paging.first if isinstance(paging, NumberedPages) else 0
        self._last_digest: str | None = None
        self._seen = {str(url)}
        self.first = self._sized(url)

    def after(self, page: Page) -> httpx.URL | None:
        """Address of the page after one; None after the last.

        Raises:
            FinplatformError: If pages repeat, or the address is on another server.
        """
        match self._paging:
            case NumberedPages() | OffsetPages():
                return self._counted(page)
            case CursorPages(parameter=parameter):
                return self._new(page.url.copy_set_param(parameter, page.mark), page.mark)
            case LinkedPages(next=path):
                link = page.link if path is None else page.mark
                return self._new(_joined(page.url, link), link)
        return None

    def _sized(self, url: httpx.URL) -> httpx.URL:
        paging = self._paging
        if isinstance(paging, NumberedPages | OffsetPages):
            if paging.size_parameter is not None:
                url = url.copy_set_param(paging.size_parameter, paging.size)
            url = url.copy_set_param(paging.parameter, self._number)
        return url

    def _counted(self, page: Page) -> httpx.URL | None:
        if not page.rows:
            return None
        if page.digest == self._last_digest:
            raise FinplatformError(
                f"{page.url.copy_with(query=None)} gives the same page again and again.",
                "It ignores the query parameter of `paging.parameter`.",
            )
        self._last_digest = page.digest
        # A server may return fewer rows than requested, so the returned ones are counted.
        self._number += 1 if isinstance(self._paging, NumberedPages) else page.rows
        assert isinstance(self._paging, NumberedPages | OffsetPages)  # noqa: S101
        return page.url.copy_set_param(self._paging.parameter, self._number)

    def _new(self, url: httpx.URL, given: str | None) -> httpx.URL | None:
        if not given:
            return None
        if str(url) in self._seen:
            raise FinplatformError(
                f"{url.copy_with(query=None)} leads back to a page that was read before.",
                "Correct `paging` in the source configuration.",
            )
        self._seen.add(str(url))
        return url


def _joined(url: httpx.URL, link: str | None) -> httpx.URL:
    """Address of a link.

    Raises:
        FinplatformError: If it leads to another server, which must not receive the secrets.
    """
    try:
        joined = url.join(link or "")
    except (httpx.InvalidURL, ValueError):
        raise FinplatformError(
            f"{url.copy_with(query=None)} gives no address for its next page.",
            "Correct `paging` in the source configuration.",
        ) from None
    if (joined.scheme, joined.host, joined.port) != (url.scheme, url.host, url.port):
        raise FinplatformError(
            f"{url.copy_with(query=None)} leads to another server for its next page.",
            "Give the source the address of that one.",
        )
    return joined
