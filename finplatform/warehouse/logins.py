"""Passwords of the platform's logins: random, in files, and as SCRAM verifiers in the server.

Does not belong here: the roles, and passwords of people.
"""

import secrets
from pathlib import Path

import psycopg

from finplatform.home import PRIVATE
from finplatform.warehouse.identifiers import literal
from finplatform.warehouse.private_files import make_folder, write_whole


def keep_password(file: Path) -> str:
    """The password in a file; a missing file is created.

    The password is on disk before the server gets it, so that an interrupted set-up can continue
    with it.
    """
    if not file.exists():
        file.parent.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        make_folder(file.parent, PRIVATE)
        write_whole(file, secrets.token_urlsafe(32))
    return file.read_text(encoding="utf-8")


def password_clause(
    connection: psycopg.Connection, role: str, secret: str, *, iterations: int = 1
) -> str:
    """Clause `password '...'` with the verifier of a password; the password is not sent.

    Args:
        connection: Session in which the statement is run next.
        role: Role of the password.
        secret: The password.
        iterations: They protect weak passwords; a password of 256 random bits needs one.
    """
    connection.execute(f"set scram_iterations = {iterations}".encode())
    verifier = connection.pgconn.encrypt_password(secret.encode(), role.encode(), b"scram-sha-256")
    connection.execute("reset scram_iterations")
    return f"password {literal(verifier.decode())}"
