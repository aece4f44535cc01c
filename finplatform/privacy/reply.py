"""The answer to a request for erasure.

It names the request and neither the person nor their number, since it stays in the home. Belongs
here: its words. The address is added where it is sent.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from finplatform.home import PRIVATE
from finplatform.privacy.erasure import Erased
from finplatform.privacy.holds import LEGAL_DUTY, MANUAL, Hold
from finplatform.privacy.policy import load_policy
from finplatform.settings import Settings

_RIGHTS = """
You may complain to the supervisory authority of your country (article 77 of Regulation (EU)
2016/679), and go to court (article 79). Questions: {contact}
"""

_DONE = """
Your request {request}, answered on {on}

We have erased your personal data, as you requested (article 17 of Regulation (EU) 2016/679).

What was erased
- The key of your sealed identity was destroyed. Your name, e-mail address, telephone number,
  address, date of birth and account numbers can no longer be read, in backups either: a backup that
  is restored is erased again before it is used.
- Masked forms, join tokens and free text of {tables} tables were emptied, in all their versions.
- {files} pages, exports and logs that held your data were removed or cleaned.

What is kept, and why
- Bookings stay in sums and ledgers, as the law on accounting requires (article 17(3)(b)). They no
  longer lead to you.
- A keyed hash records that you were erased, so that you are not taken in again by mistake.
"""

_HELD = """
Your request {request}, answered on {on}

We may not erase your personal data yet (article 17(3)(b) of Regulation (EU) 2016/679).

Why
{reasons}

Until when
- {until}. We keep your request and carry it out {when}; no new request is needed.

Until then your data is used for nothing but what the law requires.
"""


def write_reply(
    settings: Settings, request_id: str, on: date, holds: Sequence[Hold], erased: Erased
) -> Path:
    """Writes the answer, for this account alone.

    Args:
        settings: Name the home.
        request_id: The request.
        on: Day of the answer.
        holds: What holds the erasure; empty if it was done.
        erased: What the erasure did.

    Returns:
        The file.
    """
    path = settings.privacy / "replies" / f"{request_id}.txt"
    path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    text = held_text(request_id, on, holds) if holds else done_text(request_id, on, erased)
    path.write_text(text, encoding="utf-8")
    return path


def held_text(request_id: str, on: date, holds: Sequence[Hold]) -> str:
    """Answer to a request that is held."""
    last = max(holds)
    # The reasons that would reveal a suspicion are replaced by general words.
    reasons = "\n".join(sorted({f"- {_reason(hold)}" for hold in holds}))
    when = "on that day" if last.is_final else "on the first day on which the law allows it"
    until = f"{last.until:%d %B %Y}" if last.is_final else f"Not before {last.until:%d %B %Y}"
    return _HELD.format(request=request_id, on=on, reasons=reasons, until=until, when=when) + (
        _RIGHTS.format(contact=load_policy().controller.contact)
    )


def done_text(request_id: str, on: date, erased: Erased) -> str:
    """Answer to a request that was carried out."""
    tables = len({change.table for change in erased.changes} | {hit.table for hit in erased.texts})
    return _DONE.format(request=request_id, on=on, tables=tables, files=len(erased.files)) + (
        _RIGHTS.format(contact=load_policy().controller.contact)
    )


def _reason(hold: Hold) -> str:
    if hold.rule_id in (LEGAL_DUTY, MANUAL):
        return "The law, or a claim at law, requires us to keep records (article 17(3)(b) and (e))."
    return hold.reason
