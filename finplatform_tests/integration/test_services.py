"""`up --foreground` takes what it started with it, however it is told to end."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from finplatform.cli.services import Service
from finplatform_tests.waiting import LIMIT_S, wait_until

pytestmark = pytest.mark.integration

FOREGROUND = """
    import sys
    from pathlib import Path
    from finplatform.cli import services
    from finplatform.settings import get_settings

    folder = Path(sys.argv[1])
    family = "import subprocess, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
    service = services.Service(
        "sleeper",
        ("python", "-c", family),
        None, folder / "sleeper.pid", folder / "sleeper.log",
    )
    services.services = lambda settings: [service]

    def up():
        service.start()
        if sys.argv[2] == "while starting":
            print("started", flush=True)
            services.time.sleep(600)
        return get_settings()

    services._up = up
    services.up(foreground=True)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables of a home whose database is somebody else's, so that none is started."""
    return {
        **os.environ,
        "FINPLATFORM_HOME": str(tmp_path / "home"),
        "FINPLATFORM_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }


@pytest.fixture
def started(
    tmp_path: Path, environment: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(FOREGROUND), str(tmp_path), request.param],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("started", ["while starting", "while staying"], indirect=True)
def test_a_foreground_that_is_ended_ends_its_children(
    tmp_path: Path, started: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert started.stdout is not None
    assert started.stdout.readline()
    child = psutil.Process(int((tmp_path / "sleeper.pid").read_text().split()[0]))
    wait_until(lambda: len(child.children()) == 1, "the child has a child")
    family = [child, *child.children()]
    started.send_signal(number)
    output, _ = started.communicate(timeout=LIMIT_S)
    assert started.returncode == 0
    assert "Stopped: sleeper." in output
    assert not [one for one in family if one.is_running() and one.status() != "zombie"]


def test_what_a_killed_process_has_left_is_ended(tmp_path: Path) -> None:
    script = tmp_path / "family.py"
    script.write_text(
        "import subprocess, sys, time\n"
        "if sys.argv[1:]:\n    subprocess.run([sys.executable, __file__, *sys.argv[2:]])\n"
        "time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, str(script), "1", "2"], start_new_session=True)
    pid_file = tmp_path / "family.pid"
    parent = psutil.Process(process.pid)
    pid_file.write_text(f"{process.pid} {parent.create_time()}")
    service = Service("family", ("python",), None, pid_file, tmp_path / "family.log")
    wait_until(lambda: len(parent.children(recursive=True)) == 2, "all have begun")
    left = parent.children(recursive=True)
    process.kill()
    process.wait()
    assert service.pid() is None
    assert all(one.is_running() for one in left)
    service.end_left()
    assert not [one for one in left if one.is_running() and one.status() != "zombie"]
