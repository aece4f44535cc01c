"""A consumer in a process of its own, for tests that kill it.

Run as a module with the home and the warehouse's URL. Its sessions have a name that says which
process they are of.
"""

import os
import sys
import threading
from datetime import date
from pathlib import Path

from sqlalchemy.engine import make_url

from finplatform.ingest.vault_key import vault_master_key
from finplatform.settings import Settings
from finplatform.streaming.consumer import Consumer, Pace, Place
from finplatform.streaming.opening import open_member
from finplatform_tests.integration.streaming.examples import Strict

NAME = "consumer-"
"""What a session's name begins with; the process id follows."""


def main(home: str, url: str, batch: str, kinesis: str | None = None) -> None:
    """Consumes until killed."""
    settings = Settings(home=Path(home), database_url=url, kinesis_url=kinesis)
    named = make_url(url).update_query_dict({"application_name": f"{NAME}{os.getpid()}"})
    own = named.render_as_string(hide_password=False)
    place = Place(own, vault_master_key(url, settings), date(2024, 1, 1))
    pace = Pace(batch=int(batch), block_ms=50, retry_ms=200, trim_s=0.05, pause_s=0.05)
    with open_member(settings, url) as member:
        Consumer(member, place, Strict, pace).run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
