"""The commands of `docs/api.md` run as they are typed there."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from finplatform.settings import PROJECT_ROOT
from finplatform_tests.integration.api.people import CLIENT, PASSWORD, SECRET, Api, listening

pytestmark = pytest.mark.integration

TEXT = (PROJECT_ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)


def commands() -> list[str]:
    """Commands of the document; one that sets a variable stays with the next."""
    found = []
    for block in BLOCKS:
        lines = block.replace("\\\n", " ").strip().splitlines()
        found += ["\n".join(lines)] if lines[0].startswith("TOKEN=") else lines
    return found


@pytest.fixture(scope="module")
def url(api: Api) -> Iterator[str]:
    with listening(api.settings) as found:
        yield found


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_document_answers(url: str, tmp_path: Path, command: str) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text(f'machine 127.0.0.1 login admin password "{PASSWORD}"\n')
    netrc.chmod(0o600)
    named = command.replace("-u anna", f"-u 'admin:{PASSWORD}'").replace("=anna", "=admin")
    done = subprocess.run(
        ["bash", "-ec", named.replace("http://localhost:8001", url).replace("curl ", "curl -fsS ")],
        cwd=tmp_path,
        env={
            **os.environ,
            "HOME": str(tmp_path),
            "PASSWORD": PASSWORD,
            "CLIENT_ID": CLIENT,
            "CLIENT_SECRET": SECRET,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    written = re.search(r" -o (\S+)", command)
    if written:
        assert (tmp_path / written.group(1)).stat().st_size > 0
    else:
        assert done.stdout


def test_every_test_that_the_document_names_is_there() -> None:
    for place, name in re.findall(r"`((?:unit/)?[\w/]*test_\w+\.py)(?:::(test_\w+))?`", TEXT):
        tests = PROJECT_ROOT / "finplatform_tests"
        known = [
            tests / place,
            tests / "integration" / "api" / place,
            *tests.glob(f"unit/*/{place}"),
        ]
        found = [path for path in known if path.is_file()]
        assert found, place
        if name:
            assert f"def {name}(" in found[0].read_text(encoding="utf-8"), name
