"""A person logs in by the page, in a browser, and out again."""

import pytest

from finplatform_tests.chromium import chromium
from finplatform_tests.integration.api.people import PASSWORD, Api, listening

pytestmark = pytest.mark.integration


def test_a_person_logs_in_where_a_page_was_asked_for_and_out_again(api: Api) -> None:
    with listening(api.settings) as address, chromium() as browser:
        url = address.replace("127.0.0.1", "localhost")
        page = browser.new_page()
        page.goto(f"{url}/live")
        assert page.url == f"{url}/login?next=/live"
        page.fill("#name", "auditor")
        page.fill("#password", "not the password")
        page.click("button")
        page.wait_for_selector("text=Name and password do not fit.")
        page.fill("#name", "auditor")
        page.fill("#password", PASSWORD)
        page.click("button")
        page.wait_for_url(f"{url}/live")
        page.click("text=Log out")
        page.wait_for_url(f"{url}/login")
        page.goto(f"{url}/live")
        assert "/login" in page.url
