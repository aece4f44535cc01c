"""Access tokens are read as they were issued: by this key, for this audience, in their time."""

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from finplatform.errors import FinplatformError
from finplatform.security.access_tokens import (
    AUDIENCE,
    ISSUER,
    KEY_FILE,
    LIFETIME,
    AccessTokens,
    Claims,
    InvalidTokenError,
    load_access_tokens,
)
from finplatform.settings import Settings

KEY = Ed25519PrivateKey.generate()
TOKENS = AccessTokens(KEY)


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def claims(**given: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "sub": "anna", "sid": "S", "iss": ISSUER, "aud": AUDIENCE, "iat": now,
        "exp": now + LIFETIME, "jti": "1", **given,
    }  # fmt: skip


def signed(key: Any = KEY, algorithm: str = "EdDSA", **given: Any) -> str:
    return jwt.encode(claims(**given), key, algorithm=algorithm)


def shared_secret() -> bytes:
    """The public key as a shared secret, for a reader who lets the token choose the algorithm."""
    return KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def without(name: str) -> str:
    left = claims()
    del left[name]
    return jwt.encode(left, KEY, algorithm="EdDSA")


def swapped(token: str, **given: Any) -> str:
    """A token with other claims under the signature of the first."""
    head, _, signature = token.split(".")
    now = int(datetime.now(UTC).timestamp())
    body = {**claims(), "iat": now, "exp": now + 900, **given}
    return f"{head}.{part(body)}.{signature}"


NOW = int(datetime.now(UTC).timestamp())
UNSIGNED = {**claims(), "iat": NOW, "exp": NOW + 900}

REFUSED = {
    "expired": TOKENS.issue("anna", "S", datetime.now(UTC) - timedelta(hours=1)),
    "not yet issued": signed(iat=datetime.now(UTC) + timedelta(hours=1)),
    "of another key": AccessTokens(Ed25519PrivateKey.generate()).issue("anna", "S"),
    "for another audience": signed(aud="somebody-else"),
    "for another purpose": TOKENS.sign({"sub": "anna", "sid": "S"}, "finplatform-openid", LIFETIME),
    "of another issuer": signed(iss="somebody-else"),
    "unsigned": f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(UNSIGNED)}.",
    "unsigned in capitals": f"{part({'alg': 'NoNe', 'typ': 'JWT'})}.{part(UNSIGNED)}.",
    "by the public key as a secret": signed(shared_secret(), "HS256"),
    "with other claims": swapped(TOKENS.issue("anna", "S"), sub="boss"),
    "without a session": without("sid"),
    "without an end": without("exp"),
    "without an audience": without("aud"),
    "empty": "",
    "no token": "abc",
    "half a token": TOKENS.issue("anna", "S").rpartition(".")[0],
    "null": f"{part({'alg': 'EdDSA'})}.{base64.urlsafe_b64encode(b'null').decode()}.AAAA",
}


def test_a_token_says_whose_session_it_is_of() -> None:
    assert TOKENS.read(TOKENS.issue("anna", "S")) == Claims("anna", "S")


def test_a_token_is_valid_for_a_quarter_of_an_hour() -> None:
    almost = datetime.now(UTC) - LIFETIME + timedelta(seconds=30)
    assert timedelta(minutes=15) == LIFETIME
    assert TOKENS.read(TOKENS.issue("anna", "S", almost)).subject == "anna"


@pytest.mark.parametrize("kind", REFUSED)
def test_a_token_that_is_not_as_issued_is_refused(kind: str) -> None:
    with pytest.raises(InvalidTokenError):
        TOKENS.read(REFUSED[kind])


def test_no_two_tokens_are_equal() -> None:
    now = datetime.now(UTC)
    assert TOKENS.issue("anna", "S", now) != TOKENS.issue("anna", "S", now)


def test_a_home_keeps_its_key_to_itself(settings: Settings) -> None:
    token = load_access_tokens(settings).issue("anna", "S")
    path = settings.keys / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_access_tokens(settings).read(token) == Claims("anna", "S")


def test_a_key_that_others_can_read_is_refused(settings: Settings) -> None:
    load_access_tokens(settings)
    (settings.keys / KEY_FILE).chmod(0o644)
    with pytest.raises(FinplatformError, match="open to other users"):
        load_access_tokens(settings)


@pytest.mark.parametrize(
    "text",
    ["", "Canary", "-----BEGIN PRIVATE KEY-----\nCanary\n"],  # pragma: allowlist secret
)
def test_a_file_that_is_no_key_is_refused_and_not_quoted(settings: Settings, text: str) -> None:
    settings.keys.mkdir(parents=True)
    path = settings.keys / KEY_FILE
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(FinplatformError, match="no Ed25519 key") as caught:
        load_access_tokens(settings)
    assert "Canary" not in str(caught.value)
