"""Access tokens: short-lived JSON Web Tokens (RFC 7519) that name a session.

Signed with Ed25519 (EdDSA, RFC 8037) by a key in `HOME/keys`. A token identifies a session
and carries no rights: these are looked up with the session, so that they end with it. Belongs
here: the key, issuing and verifying tokens. Does not belong here: sessions
(`finplatform.api.login`), and the tokens that stand for identifiers (`tokens`).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from finplatform.errors import FinplatformError
from finplatform.security.key_file import is_open_to_others, write_once
from finplatform.settings import Settings

KEY_FILE = "access_tokens.pem"
ISSUER = "finplatform"
AUDIENCE = "finplatform-api"
LIFETIME = timedelta(minutes=15)

_ALGORITHM = "EdDSA"
_CLAIMS = ("iss", "aud", "sub", "sid", "iat", "exp", "jti")


class InvalidTokenError(Exception):
    """A token is malformed, forged or expired; the message does not give the reason."""


@dataclass(frozen=True)
class Claims:
    """Claims of a valid token.

    Attributes:
        subject: Name of the person or service.
        session: Id of the session.
    """

    subject: str
    session: str


class AccessTokens:
    """Makes tokens and reads them.

    Args:
        key: Signs, and checks signatures.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key()

    def issue(self, subject: str, session: str, now: datetime | None = None) -> str:
        """A token of a session.

        Args:
            subject: Name of the person or service.
            session: Id of the session.
            now: Instant of issue; default: this one.
        """
        return self.sign({"sub": subject, "sid": session}, AUDIENCE, LIFETIME, now)

    def read(self, token: str) -> Claims:
        """Claims of a token with a valid signature, audience and lifetime.

        Raises:
            InvalidTokenError: If it is not.
        """
        claims = self.verified(token, AUDIENCE)
        return Claims(str(claims["sub"]), str(claims["sid"]))

    def sign(
        self,
        claims: Mapping[str, Any],
        audience: str,
        lifetime: timedelta,
        now: datetime | None = None,
    ) -> str:
        """Signed claims for one audience and lifetime.

        Args:
            claims: Claims, including `sub` and `sid`.
            audience: Audience of the token.
            lifetime: Time until it expires.
            now: Instant of issue; default: this one.
        """
        issued = now or datetime.now(UTC)
        return jwt.encode(
            {
                **claims,
                "iss": ISSUER,
                "aud": audience,
                "iat": issued,
                "exp": issued + lifetime,
                "jti": secrets.token_urlsafe(9),
            },
            self._key,
            algorithm=_ALGORITHM,
        )

    def verified(self, token: str, audience: str) -> dict[str, Any]:
        """Verified claims of a token for an audience.

        Raises:
            InvalidTokenError: If the signature or audience is wrong, or the token has expired.
        """
        try:
            found: dict[str, Any] = jwt.decode(
                token,
                self._public,
                # The token's own header does not choose: `none` and shared secrets are refused.
                algorithms=[_ALGORITHM],
                audience=audience,
                issuer=ISSUER,
                options={"require": list(_CLAIMS)},
            )
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise InvalidTokenError from error
        return found


def load_access_tokens(settings: Settings) -> AccessTokens:
    """Tokens of a home, its key made on first use.

    Raises:
        FinplatformError: If the key cannot be made or read, or is open to others.
    """
    path = settings.keys / KEY_FILE
    try:
        write_once(path, _new_key)
        is_open = is_open_to_others(path)
        text = path.read_bytes()
    except OSError as error:
        raise FinplatformError(
            f"The key of access tokens at {path} cannot be used ({error.strerror}).",
            "Give this user the folder.",
        ) from error
    if is_open:
        raise FinplatformError(
            f"The key of access tokens at {path} is open to other users.",
            f"Run `chmod 600 {path}`.",
        )
    return AccessTokens(_parsed(text, path))


def _new_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _parsed(text: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise FinplatformError(
            f"The key of access tokens at {path} is no Ed25519 key.",
            "Delete the file: a new key is made, and all sessions end.",
        )
    return key
