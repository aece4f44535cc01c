"""HTTP APIs as a source, against a real server that fails, throttles and breaks its answers."""

import gzip
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import stamina.instrumentation
from pydantic import ValidationError

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import HttpSource, TableConfig
from finplatform.ingest.connectors.http import HttpConnector
from finplatform.ingest.connectors.http_fetch import Clock
from finplatform.windows import Window

ROWS = [{"id": n, "who": {"name": f"N{n}"}, "amount": 0.1 * n} for n in range(10)]
NOON = datetime(2028, 2, 29, 12, tzinfo=UTC)

Reply = Callable[["_Handler"], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Api"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.headers.append(dict(self.headers))
        failure = self.server.failures.pop(0) if self.server.failures else None
        (failure or self.server.answer)(self)

    def give(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.close_connection = True

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query))

    def log_message(self, *arguments: object) -> None:
        """Nothing on the console."""


class Api(ThreadingHTTPServer):
    """A server that gives some failures first, and then answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.failures: list[Reply | None] = []
        self.answer: Reply = numbered
        self.is_over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.is_over.set()
    server.shutdown()
    thread.join()
    server.server_close()


class HandClock:
    """Time that goes on only when somebody sleeps by it, or moves it.

    Attributes:
        at: Its reading in seconds.
        slept: Seconds of each sleep.
    """

    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep, lambda: NOON + timedelta(seconds=self.at))


@pytest.fixture
def waits() -> Iterator[list[float]]:
    """Seconds of each wait before a request is made again."""
    begun: list[float] = []
    stamina.instrumentation.set_on_retry_hooks([lambda retry: begun.append(retry.wait_for)])
    yield begun
    stamina.instrumentation.set_on_retry_hooks(None)


def _json(handler: _Handler, document: object, **headers: str) -> None:
    handler.give(200, json.dumps(document).encode(), **headers)


def numbered(handler: _Handler) -> None:
    page = int(handler.parameters.get("page", 1))
    _json(handler, {"items": ROWS[(page - 1) * 3 : page * 3]})


def by_offset(handler: _Handler) -> None:
    """Gives two rows at most, whatever is asked for."""
    start = int(handler.parameters["offset"])
    _json(handler, {"items": ROWS[start : start + min(2, int(handler.parameters["limit"]))]})


def by_cursor(handler: _Handler) -> None:
    start = int(handler.parameters.get("after", 0))
    following = start + 4 if start + 4 < len(ROWS) else None
    _json(handler, {"items": ROWS[start : start + 4], "meta": {"next": following}})


def by_link(handler: _Handler) -> None:
    start = int(handler.parameters.get("from", 0))
    more = {"Link": f'</v1/rows?from={start + 4}>; rel="next"'} if start + 4 < len(ROWS) else {}
    _json(handler, {"items": ROWS[start : start + 4]}, **more)


def status(code: int, **headers: str) -> Reply:
    return lambda handler: handler.give(code, b"{}", **headers)


def cut(handler: _Handler) -> None:
    handler.give(200, b'{"items": [{"id": 1', length=500)


def broken(handler: _Handler) -> None:
    handler.give(200, b'{"items": [{"id": 1, "who')


def silent(handler: _Handler) -> None:
    handler.server.is_over.wait()
    handler.close_connection = True


def hung_up(handler: _Handler) -> None:
    handler.close_connection = True


STYLES: dict[str, tuple[Reply, dict[str, Any], int]] = {
    "page": (numbered, {"style": "page"}, 5),
    "offset": (by_offset, {"style": "offset", "size": 5}, 6),
    "cursor": (by_cursor, {"style": "cursor", "parameter": "after", "next": "meta.next"}, 3),
    "link": (by_link, {"style": "link"}, 3),
}


def _read(
    api: Api,
    paging: dict[str, Any] | None = None,
    *,
    read: str = "rows",
    records: str | None = "items",
    batch_rows: int = 4,
    window: Window | None = None,
    clock: Clock | None = None,
    **options: object,
) -> list[Batch]:
    defaults = {"connector": "http", "url": api.url, "first_wait_s": 0.01, "timeout_s": 120}
    source = HttpSource.model_validate(defaults | {"paging": paging or {"style": "page"}} | options)
    request = ReadRequest(
        "t",
        TableConfig(source="s", read=read, records=records),
        batch_rows=batch_rows,
        columns=("id", "who.name", "amount"),
        window=window,
    )
    return list(HttpConnector(source, clock).read(request))


def _ids(batches: list[Batch]) -> list[int]:
    return [int(row[0]) for batch in batches for row in batch.frame.rows()]


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_paging_gives_each_row_once_in_batches(api: Api, style: str) -> None:
    api.answer, paging, requests = STYLES[style]
    batches = _read(api, paging)
    assert _ids(batches) == list(range(10))
    assert [batch.frame.height for batch in batches] == [4, 4, 2]
    assert batches[0].frame.row(3) == ("3", "N3", "0.30000000000000004")
    assert len(api.asked) == requests


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "failure", [status(503), status(429, Retry_After="0"), cut, broken, hung_up],
    ids=["down", "busy", "cut", "broken", "hung_up"],
)  # fmt: skip
def test_a_failed_page_alone_is_asked_for_again_and_no_row_comes_twice(
    api: Api, style: str, failure: Reply
) -> None:
    api.answer, paging, requests = STYLES[style]
    api.failures = [None, failure, failure, None, failure]
    assert _ids(_read(api, paging)) == list(range(10))
    assert len(api.asked) == requests + (3 if requests > 2 else 2)
    assert api.asked[1] == api.asked[2] == api.asked[3]
    assert len(set(api.asked)) == requests


def test_waits_grow_and_the_server_s_own_wait_is_kept(api: Api, waits: list[float]) -> None:
    soon, past = (
        format_datetime(NOON + timedelta(seconds=seconds), usegmt=True) for seconds in (1, -3600)
    )
    api.failures = [
        status(500),
        status(500),
        status(429, Retry_After="0"),
        status(503, Retry_After=soon),
        status(503, Retry_After=past),
    ]
    _read(api, first_wait_s=0.1, clock=HandClock().clock)
    assert 0.1 <= waits[0] <= 0.2
    assert 0.2 <= waits[1] <= 0.3
    assert waits[2:] == pytest.approx([0.0, 1.0, 0.0])


def test_a_server_that_stays_down_is_given_up_with_a_clear_word(api: Api) -> None:
    api.failures = [None] + [status(502)] * 9
    with pytest.raises(FinplatformError, match=r"answers 502 \(attempt 3 of 3\)") as reported:
        _read(api, attempts=3)
    assert "Nothing was changed" in reported.value.hint
    assert len(api.asked) == 4


def test_a_wait_longer_than_the_time_left_is_not_begun(api: Api, waits: list[float]) -> None:
    api.failures = [status(503, Retry_After="3600")]
    with pytest.raises(FinplatformError, match=r"answers 503 \(attempt 1 of 6\)"):
        _read(api, total_s=3600)
    assert waits == []
    assert len(api.asked) == 1


def test_a_server_that_says_nothing_is_not_waited_for(api: Api) -> None:
    api.failures = [silent, silent]
    with pytest.raises(FinplatformError, match="does not answer in time"):
        _read(api, timeout_s=0.2, attempts=2)


def test_a_body_that_drips_ends_with_the_table_s_time(api: Api) -> None:
    hand = HandClock()

    def drip(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(2**30))
        handler.end_headers()
        handler.close_connection = True
        with suppress(OSError):  # the reader leaves
            while not handler.server.is_over.wait(0.001):
                handler.wfile.write(b" ")
                hand.at += 0.1

    api.failures = [drip]
    with pytest.raises(FinplatformError, match=r"not read within 0\.5 s"):
        _read(api, total_s=0.5, clock=hand.clock)
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("code", "hint"), [(401, "headers"), (404, "`read`"), (302, "secrets are not sent elsewhere")]
)
def test_a_refusal_is_reported_at_once(api: Api, code: int, hint: str) -> None:
    api.failures = [status(code, Location="http://localhost/")]
    with pytest.raises(FinplatformError, match=f"answers {code}") as reported:
        _read(api)
    assert hint in reported.value.hint
    assert len(api.asked) == 1


@pytest.mark.parametrize(("answer_s", "pause_s"), [(0.0, 0.05), (0.03, 0.02), (0.08, 0.0)])
def test_a_pace_is_kept(api: Api, answer_s: float, pause_s: float) -> None:
    hand = HandClock()

    def slow(handler: _Handler) -> None:
        hand.at += answer_s
        numbered(handler)

    api.answer = slow
    _read(api, requests_per_second=20, clock=hand.clock)
    assert hand.slept == pytest.approx([0.0] + [pause_s] * (len(api.asked) - 1))


@pytest.mark.parametrize(
    ("paging", "answer", "reported"),
    [
        ({"style": "page", "parameter": "p"}, numbered, "same page again"),
        (
            {"style": "cursor", "next": "next"},
            lambda handler: _json(handler, {"items": ROWS, "next": "same"}),
            "leads back",
        ),
        (
            {"style": "link", "next": "next"},
            lambda handler: _json(handler, {"items": ROWS, "next": "http://example.com/x"}),
            "another server",
        ),
        ({"style": "none"}, lambda handler: _json(handler, {"error": "no"}), "no list of records"),
    ],
)
def test_a_server_that_does_not_page_as_reported_is_reported(
    api: Api, paging: dict[str, Any], answer: Reply, reported: str
) -> None:
    api.answer = answer
    with pytest.raises(FinplatformError, match=reported):
        _read(api, paging)


def test_csv_pages_come_as_rows_with_what_is_none_reported(api: Api) -> None:
    pages = {"1": b"id;name\n1;a\n2\n", "2": b"id;name\n3;-\n", "3": b"id;name\n"}
    api.answer = lambda handler: handler.give(200, pages[handler.parameters["page"]])
    batches = _read(api, format="csv", delimiter=";", nulls=["-"], records=None)
    assert [row for batch in batches for row in batch.frame.rows()] == [("1", "a"), ("3", None)]
    assert [piece.rule for batch in batches for piece in batch.malformed] == ["columns(2)"]


def test_the_days_of_a_window_are_asked_for(api: Api) -> None:
    window = Window(date(2025, 1, 1), date(2025, 2, 1))
    batches = _read(api, read="rows?from={start}&before={end:%Y%m%d}", window=window)
    assert all(batch.is_cut for batch in batches)
    assert api.asked[0] == "/v1/rows?from=2025-01-01&before=20250201&page=1"
    with pytest.raises(FinplatformError, match="read whole"):
        _read(api, read="rows?from={start}")
    with pytest.raises(FinplatformError, match="only the window"):
        _read(api, read="rows?from={start}&x={other}", window=window)


def test_a_secret_is_sent_and_shown_nowhere(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BANK_TOKEN", "s3same-0pen")
    headers = {"Authorization": "Bearer ${BANK_TOKEN}"}
    api.failures = [status(500), *[None] * 5]
    with caplog.at_level(logging.DEBUG):
        _read(api, headers=headers)
        api.failures = [status(403)]
        with pytest.raises(FinplatformError) as reported:
            _read(api, headers=headers)
    assert all(sent["Authorization"] == "Bearer s3same-0pen" for sent in api.headers)
    shown = [repr(vars(record)) for record in caplog.records]
    assert shown
    assert "s3same" not in "".join([*shown, caplog.text, str(reported.value)])
    monkeypatch.delenv("BANK_TOKEN")
    with pytest.raises(FinplatformError, match="BANK_TOKEN, which is not set"):
        _read(api, headers=headers)


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        ({"url": "http://api.example.com", "headers": {"X": "${KEY}"}}, "unencrypted"),
        ({"url": "https://me:pw@api.example.com"}, "holds a login"),
        ({"format": "csv", "paging": {"style": "cursor", "next": "n"}}, "CSV has no place"),
        ({"paging": {"style": "pages"}}, "style"),
        ({"url": "ftp://api.example.com"}, "url"),
    ],
)
def test_an_impossible_configuration_is_refused(options: dict[str, object], reported: str) -> None:
    with pytest.raises(ValidationError, match=reported):
        HttpSource.model_validate({"connector": "http", "url": "https://api.example.com"} | options)


def _raw(body: bytes, **headers: str) -> Reply:
    return lambda handler: handler.give(200, body, **headers)


ITEMS = json.dumps({"items": ROWS}).encode()
HOSTILE: dict[str, tuple[bytes, dict[str, str], dict[str, Any], str]] = {
    "endless depth": (b"[" * 200_000, {}, {}, "MAX_DEPTH"),
    "some depth": (b'{"items":' + b"[" * 200 + b"]" * 200 + b"}", {}, {}, "MAX_DEPTH"),
    "many values": (b'{"items":[' + b"1," * 3_000_000 + b"1]}", {}, {}, "MAX_ANSWER_MB"),
    "gzip without end": (
        gzip.compress(b" " * 40_000_000), {"Content_Encoding": "gzip"}, {}, "MAX_ANSWER_MB",
    ),
    "another compression": (ITEMS, {"Content_Encoding": "br"}, {}, "other than gzip"),
    "gzip that is none": (ITEMS, {"Content_Encoding": "gzip"}, {}, "damaged"),
    "gzip cut short": (gzip.compress(ITEMS)[:-9], {"Content_Encoding": "gzip"}, {}, "damaged"),
    "csv without a name": (b"a,,Novak\n1,2,3\n", {}, {"format": "csv"}, "Column 2"),
    "csv with a name twice": (b"Novak,Novak\n1,2\n", {}, {"format": "csv"}, "Columns 1 and 2"),
    "csv that is gzip": (gzip.compress(b"a\n"), {}, {"format": "csv"}, "a gzip file"),
    "csv with an endless name": (b"Novak" * 60_000, {}, {"format": "csv"}, "none of CSV"),
    "a number without end": (b'{"items":[' + b"9" * 10_000 + b"]}", {}, {}, "damaged"),
    "bytes": (bytes(range(256)), {}, {}, "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_is_refused_in_words(api: Api, kind: str) -> None:
    body, headers, options, reported = HOSTILE[kind]
    api.answer = _raw(body, **headers)
    with pytest.raises(FinplatformError, match=reported) as said:
        _read(api, {"style": "none"}, attempts=2, **options)
    assert "Novak" not in str(said.value)


def test_a_compressed_answer_is_unpacked(api: Api) -> None:
    api.answer = _raw(gzip.compress(ITEMS), Content_Encoding="gzip")
    assert _ids(_read(api, {"style": "none"})) == list(range(10))
    assert api.headers[0]["Accept-Encoding"] == "gzip"


def test_csv_with_carriage_returns_is_rows(api: Api) -> None:
    api.answer = _raw(b"id,name\r1,a\r2,b\r")
    batches = _read(api, {"style": "none"}, format="csv", records=None)
    assert [row for batch in batches for row in batch.frame.rows()] == [("1", "a"), ("2", "b")]


@pytest.mark.parametrize(
    "link", ["http://[", "//" + "x" * 70_000, "http://127.0.0.1:99999/", "\x00", "http://a b/"]
)
def test_a_next_page_at_no_address_is_reported(api: Api, link: str) -> None:
    api.answer = lambda handler: _json(handler, {"items": ROWS, "next": link})
    with pytest.raises(FinplatformError, match="next page"):
        _read(api, {"style": "link", "next": "next"})


@pytest.mark.parametrize(
    "path", ["../admin", "a/../../admin", "%2e%2e/admin", "a\\..\\..\\admin", "a\x00b"]
)
def test_a_path_does_not_leave_the_address_of_the_source(api: Api, path: str) -> None:
    with pytest.raises(FinplatformError, match="is no path below"):
        _read(api, read=path)
    assert api.asked == []


def test_lookups_of_several_answers_are_joined_by_name(api: Api) -> None:
    pages = {"1": b"id,name\n1,a\n", "2": b"name,id\nb,2\n"}
    api.answer = lambda handler: handler.give(
        200, pages.get(handler.parameters["page"], b"id,name\n")
    )
    source = HttpSource.model_validate(
        {"connector": "http", "url": api.url, "format": "csv", "paging": {"style": "page"}}
    )
    assert HttpConnector(source).read_lookup("rows").rows() == [("1", "a"), ("2", "b")]
