"""Advisory locks: each purpose has a number of its own, so that none waits for another's."""

import re
from collections import Counter

from finplatform.settings import PROJECT_ROOT


def test_no_two_purposes_share_the_number_of_a_lock() -> None:
    text = "".join(path.read_text("utf-8") for path in (PROJECT_ROOT / "finplatform").rglob("*.py"))
    numbers = Counter(re.findall(r"^_\w+ = (710_042_\d+)$", text, re.MULTILINE))
    assert len(numbers) >= 3
    assert set(numbers.values()) == {1}
