"""What the description allows, and what it does not, is answered as it says.

Requests are made from the description by schemathesis, in all its phases: examples, edges of each
parameter, random ones, and sequences by links.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from finplatform.security.rights import Role
from finplatform_tests.integration.api.people import PASSWORD, Api, listening

pytestmark = pytest.mark.integration

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "3")
ROLES = os.environ.get("SCHEMATHESIS_ROLES", f"{Role.ADMIN} {Role.SERVICE}").split()


@pytest.mark.parametrize("role", ROLES)
def test_answers_are_as_described(api: Api, tmp_path: Path, role: str) -> None:
    with listening(api.settings) as url:
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("st")), "run", f"{url}/api/openapi.json",
                # Without a session, so that `logout` does not end what makes the requests.
                "--auth", f"{role}:{PASSWORD}",
                "--phases", "examples,coverage,fuzzing,stateful",
                "--checks", "all",
                "--max-examples", EXAMPLES,
                "--seed", "1",
                "--continue-on-failure",
                "--request-timeout", "600",
                "--suppress-health-check", "all",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:]
