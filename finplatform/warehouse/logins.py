"""Passwords of the platform's own logins: made at random, kept in files, stored as verifiers.

Belongs here: a password's file and the clause that gives it to a role. Does not belong here: which
roles there are, and passwords of people.
"""

import secrets
from pathlib import Path

import psycopg

from finplatform.home import PRIVATE
from finplatform.warehouse.identifiers import literal
from finplatform.warehouse.private_files import make_folder, write_whole


def keep_password(file: Path) -> str:
    """The password in a file, which is made if it is missing.

    It is on disk before the server knows it: a process that is killed in between leaves one that
    the next makes use of.
    """
    if not file.exists():
        file.parent.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        make_folder(file.parent, PRIVATE)
        write_whole(file, secrets.token_urlsafe(32))
    return file.read_text(encoding="utf-8")


def password_clause(
    connection: psycopg.Connection, role: str, secret: str, *, iterations: int = 1
) -> str:
    """`password '...'` with the verifier of a password, which itself is not sent.

    Args:
        connection: Session in which the statement is run next.
        role: Role that the password is for.
        secret: The password.
        iterations: They protect a password that can be guessed; one of 256 random bits needs one.
    """
    connection.execute(f"set scram_iterations = {iterations}".encode())
    verifier = connection.pgconn.encrypt_password(secret.encode(), role.encode(), b"scram-sha-256")
    connection.execute("reset scram_iterations")
    return f"password {literal(verifier.decode())}"
