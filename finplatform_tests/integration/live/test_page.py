"""The live page in a browser: it shows what comes in, says what is lost, and people can read it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page
from sqlalchemy.engine import URL, make_url

from finplatform.api.audit import Recorder
from finplatform.api.live.hub import Hub
from finplatform_tests.in_process import TrailInMemory
from finplatform_tests.integration.live.bank import LiveBank, served
from finplatform_tests.waiting import LIMIT_S

pytestmark = [pytest.mark.integration, pytest.mark.browser]

PATIENCE_MS = LIMIT_S * 1000
Scheme = Literal["light", "dark"]
WIDTHS = (390, 1024, 1920)


@contextmanager
def page_of(
    browser: Browser, bank: LiveBank, path: str = "/live", scheme: Scheme = "light"
) -> Iterator[Page]:
    """A page in a browser of its own; errors in its console fail the test."""
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": 1280, "height": 900}, locale="en-GB"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The browser itself reports an unreachable server.
        if message.type in ("error", "warning") and "ERR_" not in message.text:
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(f"http://localhost:{bank.settings.api_port}{path}", wait_until="load")
        yield page
        assert not errors
    finally:
        context.close()


def shown(bank: LiveBank, audit: Recorder | None = None) -> AbstractContextManager[Hub]:
    """The API, with rounds as slow as ten pages can draw them on a busy machine."""
    return served(bank.settings, round_s=0.5, audit=audit)


def wait_for_link(page: Page, state: str) -> None:
    page.wait_for_selector(f"#link[data-link={state}]")


def wait_for_text(page: Page, selector: str, text: str) -> None:
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector).textContent.includes(text)",
        arg=[selector, text],
    )


def tile(page: Page, name: str) -> tuple[str, str]:
    """Figure and note of a tile."""
    value, note = (page.inner_text(f"#tile-{name} .{part}").strip() for part in ("value", "note"))
    return value, note


@contextmanager
def kept_out(bank: LiveBank, superuser: URL) -> Iterator[None]:
    """Keeps everybody out of the database for the length of a block."""
    location = make_url(bank.url)
    server = superuser.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:

        def let_in(answer: str) -> None:
            connection.execute(
                f"alter database {location.database} allow_connections {answer}".encode()
            )

        let_in("false")
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
            (location.database,),
        )
        try:
            yield
        finally:
            let_in("true")


@pytest.fixture
def busy_bank(empty_bank: LiveBank) -> LiveBank:
    """A bank with something in every table."""
    empty_bank.add_transaction(amount=1234.5)
    empty_bank.add_transaction(status="FAILED", transaction_type="TRANSFER_OUT", channel="MOBILE")
    empty_bank.add_transaction(status="PENDING", currency="EUR")
    empty_bank.add_alert()
    empty_bank.add_payment()
    empty_bank.add_load("transactions", window_end=datetime.now(UTC).date(), rows_rejected=3)
    empty_bank.add_load("payments", loaded_at=datetime.now(UTC) - timedelta(days=4))
    return empty_bank


def test_a_row_is_shown_and_again_after_the_server_was_restarted(
    browser: Browser, empty_bank: LiveBank
) -> None:
    with ExitStack() as stack:
        with shown(empty_bank):
            page = stack.enter_context(page_of(browser, empty_bank))
            wait_for_link(page, "live")
            empty_bank.add_transaction(amount=111.11)
            wait_for_text(page, "#table-transactions tbody", "111.11 USD")
            assert tile(page, "minute")[0] == "1"
        wait_for_link(page, "disconnected")
        value, note = tile(page, "minute")
        assert value == "not known"
        assert note.startswith("was 1 at ")
        assert page.inner_text("#table-transactions .asof").startswith("as of ")
        assert page.inner_text("#status").startswith("Disconnected")
        with shown(empty_bank):
            wait_for_link(page, "live")
            empty_bank.add_transaction(amount=222.22)
            wait_for_text(page, "#table-transactions tbody", "222.22 USD")
            assert tile(page, "minute")[0] != "not known"
            assert page.inner_text("#table-transactions .asof") == ""


def test_a_database_that_is_lost_leaves_no_figure(
    browser: Browser, busy_bank: LiveBank, postgres_superuser: URL
) -> None:
    with shown(busy_bank), page_of(browser, busy_bank) as page:
        wait_for_link(page, "live")
        page.wait_for_selector("#tile-minute[data-state=plain]")
        with kept_out(busy_bank, postgres_superuser):
            page.wait_for_selector("#tile-minute[data-state=stale]")
            for name in ("minute", "volume", "failures", "alerts", "payments", "lag", "database"):
                assert tile(page, name)[0] == "not known"
            assert "does not answer" in page.inner_text("#table-transactions .empty")
            assert page.locator("#link").get_attribute("data-link") == "live"
        page.wait_for_selector("#tile-minute[data-state=plain]")


def test_ten_browsers_at_once_show_the_same_row_by_one_poll(
    browser: Browser, empty_bank: LiveBank
) -> None:
    with shown(empty_bank) as hub, ExitStack() as stack:
        pages = [stack.enter_context(page_of(browser, empty_bank)) for _ in range(10)]
        for page in pages:
            wait_for_link(page, "live")
        assert hub.audience == 10
        empty_bank.add_transaction(amount=333.33)
        for page in pages:
            wait_for_text(page, "#table-transactions tbody", "333.33 USD")
        assert hub.audience == 10


def test_a_new_alert_is_announced_and_an_old_one_is_not(
    browser: Browser, busy_bank: LiveBank
) -> None:
    with shown(busy_bank), page_of(browser, busy_bank) as page:
        wait_for_text(page, "#table-alerts tbody", "new payee")
        assert page.inner_text("#status") == ""
        assert page.get_attribute("#status", "aria-live") == "polite"
        busy_bank.add_alert(rule_code="CARD_TESTING", amount=77)
        wait_for_text(page, "#status", "New fraud alert: card testing, severity high, 77.00 USD.")
        assert tile(page, "alerts")[0] == "2"


def test_an_empty_bank_says_so(browser: Browser, empty_bank: LiveBank) -> None:
    with shown(empty_bank), page_of(browser, empty_bank) as page:
        wait_for_text(page, "#chart-minutes .readout", "no transactions yet")
        assert page.inner_text("#table-transactions .empty") == "no transactions yet"
        assert tile(page, "minute") == ("0", "no transactions yet")
        assert tile(page, "alerts") == ("0", "no alerts yet")
        assert tile(page, "freshness") == ("\N{EN DASH}", "nothing was loaded yet")


def test_what_has_no_source_says_so_and_is_no_zero(
    browser: Browser, empty_database: LiveBank
) -> None:
    # A trail in the database would make the platform's own tables, that of loads among them.
    trail = TrailInMemory()
    with shown(empty_database, trail), page_of(browser, empty_database) as page:
        names = (
            "minute", "volume", "failures", "alerts", "payments", "pipeline", "checks", "freshness",
            "lag", "cdc", "stream",
        )  # fmt: skip
        for name in names:
            page.wait_for_selector(f"#tile-{name}[data-state=none]")
            value, note = tile(page, name)
            assert value == "no source"
            assert note
        assert page.inner_text("#chart-minutes .readout").startswith("no source: ")


def test_charts_are_drawn_and_say_what_they_show(browser: Browser, busy_bank: LiveBank) -> None:
    with shown(busy_bank), page_of(browser, busy_bank) as page:
        for name in ("minutes", "volume", "hours"):
            page.wait_for_selector(f"#chart-{name} canvas")
            assert page.get_attribute(f"#chart-{name} .canvas", "aria-label")
        words = page.inner_text("#chart-minutes .readout")
        assert words.startswith("3 transactions in the last hour")
        assert "1 failed" in words


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/live", "/", "/reports/"])
def test_axe_finds_nothing_serious(
    browser: Browser, busy_bank: LiveBank, path: str, scheme: Scheme
) -> None:
    with shown(busy_bank), page_of(browser, busy_bank, path, scheme) as page:
        if path == "/live":
            wait_for_text(page, "#table-alerts tbody", "new payee")
            page.wait_for_selector("#tile-minute[data-state=plain]")
        found = Axe().run(page).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def test_axe_finds_nothing_serious_while_disconnected(
    browser: Browser, busy_bank: LiveBank
) -> None:
    with ExitStack() as stack:
        with shown(busy_bank):
            page = stack.enter_context(page_of(browser, busy_bank))
            wait_for_text(page, "#table-alerts tbody", "new payee")
        wait_for_link(page, "disconnected")
        found = Axe().run(page).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_width_makes_the_page_scroll_sideways(
    browser: Browser, busy_bank: LiveBank, width: int
) -> None:
    with shown(busy_bank), page_of(browser, busy_bank) as page:
        page.set_viewport_size({"width": width, "height": 900})
        wait_for_text(page, "#table-alerts tbody", "new payee")
        page.wait_for_selector("#chart-hours canvas")
        assert page.evaluate(
            "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        cut = page.evaluate(
            "() => [...document.querySelectorAll('.tile, .panel, .top > *')].filter(element =>"
            " element.scrollWidth > element.clientWidth + 1).map(element => element.id)"
        )
        assert cut == []


def test_the_keyboard_reaches_the_content_the_links_and_the_tables(
    browser: Browser, busy_bank: LiveBank
) -> None:
    with shown(busy_bank), page_of(browser, busy_bank) as page:
        wait_for_text(page, "#table-alerts tbody", "new payee")
        reached = []
        for _ in range(10):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate(
                    "() => document.activeElement.textContent.trim().slice(0, 19)"
                    " + '|' + (document.activeElement.getAttribute('aria-labelledby') ?? '')"
                )
            )
    assert reached[0].startswith("Skip to the content")
    assert {"Start|", "Live|", "Reports|", "API|"} <= set(reached)
    assert "head-transactions" in {one.partition("|")[2] for one in reached}


def test_the_api_is_described_without_asking_anything_from_elsewhere(
    browser: Browser, empty_bank: LiveBank
) -> None:
    with shown(empty_bank), page_of(browser, empty_bank, "/docs") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        page.wait_for_selector('[data-path="/api/health"]')
    assert asked
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {
        f"localhost:{empty_bank.settings.api_port}"
    }
