"""The machine's own Chromium, for tests of pages; without one they are skipped.

Belongs here: finding and starting it. Does not belong here: any particular page.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from finplatform_tests.waiting import LIMIT_S

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser for the length of a block, with patience for a busy machine."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox"], timeout=LIMIT_S * 1000
        )
        try:
            yield browser
        finally:
            browser.close()
