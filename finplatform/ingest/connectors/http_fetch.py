"""HTTP requests with retries, waits, a rate limit and time limits.

Does not belong here: the addresses (see `http_paging`) and the content of responses.
"""

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

import httpx
import stamina

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.http_config import HttpSource
from finplatform.ingest.connectors.limits import DEFAULT, MIB, Limits, too_much

PASSING = frozenset(
    (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    )
)
"""Status codes after which a retry may succeed."""

_CHUNK = 64 * 1024

_GZIP = 16 + zlib.MAX_WBITS
"""zlib's `wbits` for data with a gzip header."""

Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class Answer:
    """A whole response.

    Attributes:
        url: Its address.
        body: Its content.
        next_link: Address in its `Link` header under `next`.
    """

    url: httpx.URL
    body: bytes
    next_link: str | None


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """Clock of the requests.

    Attributes:
        seconds: Reading of a monotonic clock, in seconds.
        sleep: Waits so many seconds.
        now: The present instant, in a time zone.
    """

    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = _utc_now


class _PassingError(Exception):
    """A transient failure.

    Args:
        reason: Reason, without content of the response.
        wait_s: Seconds that the server demands to wait.
    """

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


class Fetcher:
    """Fetches pages of one table within its time limit.

    Args:
        source: The source's settings.
        client: Client with the source's headers.
        clock: Clock of the time limit, the rate limit and dates in responses.
        limits: See `Limits`.
    """

    def __init__(
        self, source: HttpSource, client: httpx.Client, clock: Clock, limits: Limits = DEFAULT
    ) -> None:
        self._limits = limits
        self._source = source
        self._client = client
        self._clock = clock
        self._deadline = clock.seconds() + source.total_s
        self._next_at = 0.0

    def fetch(self, url: httpx.URL, parse: Callable[[Answer], Parsed]) -> Parsed:
        """A page, requested again if it fails or is damaged.

        Args:
            url: Its address.
            parse: Parses the response; its ValueError means that the response is damaged.

        Raises:
            FinplatformError: If the server refuses, or gives no valid response in time.
        """
        tried = 0
        try:
            for attempt in stamina.retry_context(
                on=self._pause,
                attempts=self._source.attempts,
                timeout=None,
                wait_initial=self._source.first_wait_s,
                wait_max=self._source.longest_wait_s,
                wait_jitter=self._source.first_wait_s,
            ):
                with attempt:
                    tried = attempt.num
                    return self._ask(url, parse)
        except _PassingError as failure:
            raise FinplatformError(
                f"{url.copy_with(query=None)} could not be read: {failure.reason}"
                f" (attempt {tried} of {self._source.attempts}).",
                "Nothing was changed. Run again later, or look at `attempts`, `timeout_s` and"
                " `total_s` of the source.",
            ) from None
        raise AssertionError("unreachable")

    def _pause(self, error: Exception) -> bool | float:
        """Whether to retry, or the seconds that the server demands to wait before."""
        if not isinstance(error, _PassingError):
            return False
        left = self._deadline - self._clock.seconds()
        if error.wait_s is None:
            return left > 0
        return error.wait_s if error.wait_s < left else False

    def _ask(self, url: httpx.URL, parse: Callable[[Answer], Parsed]) -> Parsed:
        self._keep_pace()
        timeout = min(self._source.timeout_s, self._left(url))
        try:
            with self._client.stream("GET", url, timeout=timeout) as response:
                _check(response, self._clock.now())
                body = self._body(response)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _PassingError(_reason(error)) from None
        try:
            return parse(Answer(url, body, response.links.get("next", {}).get("url")))
        except ValueError:
            raise _PassingError("its answer is cut short or damaged") from None

    def _keep_pace(self) -> None:
        if self._source.requests_per_second is None:
            return
        self._clock.sleep(max(0.0, self._next_at - self._clock.seconds()))
        self._next_at = self._clock.seconds() + 1 / self._source.requests_per_second

    def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        for part in _content(response):
            body += part
            self._left(response.url)
            if len(body) > self._limits.answer_bytes:
                where = response.url.copy_with(query=None)
                limit = self._limits.answer_bytes // MIB
                raise too_much(
                    f"An answer of {where} is larger than {limit} MiB; ask for smaller pages"
                    " (`paging.size`)",
                    "MAX_ANSWER_MB",
                )
        return bytes(body)

    def _left(self, url: httpx.URL) -> float:
        """Seconds left.

        Raises:
            FinplatformError: If there are none.
        """
        left = self._deadline - self._clock.seconds()
        if left <= 0:
            raise FinplatformError(
                f"{url.copy_with(query=None)} was not read within {self._source.total_s:g} s.",
                "Nothing was changed. Raise `total_s` of the source, or request larger pages.",
            )
        return left


def _check(response: httpx.Response, now: datetime) -> None:
    status = response.status_code
    if response.is_success:
        return
    where = response.url.copy_with(query=None)
    if status in PASSING:
        raise _PassingError(f"it answers {status}", _asked_wait(response, now))
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        hint = "Look at `headers` of the source, and at the variables that they name."
    elif response.is_redirect:
        hint = "Give the source the address that it leads to: secrets are not sent elsewhere."
    else:
        hint = "Correct `url`, `read` or `paging` in the source configuration."
    raise FinplatformError(f"{where} answers {status}.", hint)


def _content(response: httpx.Response) -> Iterator[bytes]:
    """Content of a response, unpacked where it is compressed.

    Raises:
        FinplatformError: If its compression is not gzip.
        _PassingError: If it is damaged, or cut short.
    """
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing in ("identity", ""):
        yield from response.iter_raw()
        return
    if packing not in ("gzip", "x-gzip"):
        raise FinplatformError(
            f"{response.url.copy_with(query=None)} answers in a compression other than gzip.",
            "Configure the server to answer without it; only gzip is requested.",
        )
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for packed in response.iter_raw():
            while packed and not unpacker.eof:
                yield unpacker.decompress(packed, _CHUNK)
                packed = unpacker.unconsumed_tail
    except zlib.error:
        raise _PassingError("its answer is cut short or damaged") from None
    if not unpacker.eof:
        raise _PassingError("its answer is cut short or damaged")


def _asked_wait(response: httpx.Response, now: datetime) -> float | None:
    """Seconds of `Retry-After`, which is a number or a date (RFC 9110, 10.2.3)."""
    header = response.headers.get("Retry-After", "").strip()
    if header.isdecimal():
        return float(header)
    try:
        instant = parsedate_to_datetime(header)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return max(0.0, (instant - now).total_seconds())


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it does not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "it cannot be reached"
    return "its answer breaks off"
