"""Texts that would do harm where one is taken for code: SQL, paths, shells, templates, markup.

Belongs here: making them. Each family of an injection is a few stems with the variations by which
it gets past filters: quotes, comments, encodings and case.
"""

from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

CANARY = "injected_by_a_test"

_SQL = (
    "1 or 1=1",
    "1; drop table gold.dim_date",
    f"1; create table public.{CANARY} (a int)",
    f"1; copy (select 1) to program 'touch /tmp/{CANARY}'",
    "1 union select usename, passwd from pg_shadow",
    "1 and pg_sleep(9) is null",
    "1; select pg_sleep(9)",
    "1 or exists (select 1 from vault.users)",
    "1; reset role; select * from vault.users",
    "1; set role postgres",
    "admin",
    "1 or (select 1/0)",
    f"1; select lo_from_bytea(0, '{CANARY}')",
    "1 || (select string_agg(session_id, ',') from vault.sessions)",
    "$$; select 1; $$",
    "1::int[0]",
    "xmlparse(document query_to_xml('select 1', true, true, ''))",
    "pg_read_file('/etc/passwd')",
    "current_setting('is_superuser')",
    "1; listen x",
)
_BEFORE = ("", "'", '"', "')", "'))", "\\'", "%27", "\u02bc", "\x00'")
_AFTER = ("", "--", "/*", ";", " #")

_PATHS = (
    "../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "....//....//etc/passwd",
    "file:///etc/passwd", "%2e%2e%2fkeys%2fmaster.key", "..;/keys", "\x00", "a\x00.html",
    "http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data", "gopher://localhost",
)  # fmt: skip
_SHELL = (
    f"; touch /tmp/{CANARY}", f"$(touch /tmp/{CANARY})", f"`touch /tmp/{CANARY}`",
    f"| touch /tmp/{CANARY}", f"\n touch /tmp/{CANARY}", f"& touch /tmp/{CANARY} &",
)  # fmt: skip
_TEMPLATES = (
    "{{7*7}}", "${7*7}", "{% import os %}", "<%= 7*7 %>", "#{7*7}", "%(x)s", "{0.__class__}",
    "%s%s%n",
    "${jndi:ldap://localhost/a}", "{{config}}", "__import__('os').system('id')",
)  # fmt: skip
_MARKUP = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "=cmd|' /C calc'!A0",
    "\r\nSet-Cookie: a=b", "\r\n\r\nHTTP/1.1 200 OK", "a\nLocation: http://evil.example",
)  # fmt: skip
_ODD = (
    "", " ", "null", "None", "NaN", "Infinity", "-1", "0", "9" * 400, "1e400", "true", "[]", "{}",
    "a" * 5_000, "\ud83d\ude00", "\u202e", "\ufeff", "\u0000", "\x7f", "é" * 300, "*", "_", "%",
    "(|(uid=*))", "{\"$gt\": \"\"}", "' && this.a == 'b", "0x41", "1,1", "2025-02-30", "9999-12-31",
    "0001-01-01", "-0001-01-01", "2025-01-01T00:00:00Z", "\u0661\u0662",
)  # fmt: skip


def payloads() -> list[str]:
    """Five hundred different payloads."""
    found = dict.fromkeys(_all())
    return [text.encode("utf-8", "replace").decode() for text in found][:500]


def _all() -> Iterator[str]:
    yield from (*_PATHS, *_SHELL, *_TEMPLATES, *_MARKUP, *_ODD)
    yield from _SQL
    for text in (*_PATHS, *_SHELL, *_MARKUP):
        yield quote(text, safe="")
    for before, stem, after in product(_BEFORE, _SQL, _AFTER):
        yield f"{before}{stem}{after}"
