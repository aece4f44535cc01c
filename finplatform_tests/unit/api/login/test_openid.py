"""An outside provider's word counts as far as it is signed, and answers a question of ours."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from finplatform.api.login.openid import NotRecognisedError, OpenId, ProviderError, openid_of
from finplatform.errors import FinplatformError
from finplatform.security.access_tokens import AccessTokens
from finplatform.settings import Settings

ISSUER = "http://localhost:9999"
BACK = "http://localhost:8001/login/openid/callback"
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
TOKENS = AccessTokens(Ed25519PrivateKey.generate())


class Provider(httpx.AsyncBaseTransport):
    """A provider: describes itself, and changes codes for ID tokens."""

    def __init__(self) -> None:
        self.issuer = ISSUER
        self.asked: dict[str, str] = {}
        self.claims: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, KEY, "RS256", {"kid": "1"})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/.well-known/openid-configuration":
                places = {
                    name: f"{ISSUER}/{name}"
                    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
                }
                return httpx.Response(200, json={"issuer": self.issuer, **places})
            case "/jwks_uri":
                key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
                return httpx.Response(200, json={"keys": [{**key, "kid": "1", "alg": "RS256"}]})
            case "/token_endpoint":
                return self._exchanged(await request.aread(), request.headers)
        return httpx.Response(404)

    def _exchanged(self, body: bytes, headers: httpx.Headers) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
            .decode()
            .rstrip("=")
        )
        is_right = challenge == self.asked["code_challenge"] and form.get("code") == "good"
        if not is_right or form["redirect_uri"] != BACK or "authorization" not in headers:
            return httpx.Response(400, json={"error": "invalid_grant"})
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER, "aud": "finplatform", "sub": "1", "iat": now,
            "exp": now + timedelta(minutes=5), "nonce": self.asked["nonce"],
            "preferred_username": "anna", **self.claims,
        }  # fmt: skip
        return httpx.Response(200, json={"id_token": self.sign(claims), "token_type": "Bearer"})


def openid(provider: Provider) -> OpenId:
    return OpenId(ISSUER, "finplatform", "secret", "preferred_username", TOKENS, provider)


def logged_in(provider: Provider, code: str = "good", state: str | None = None) -> tuple[str, str]:
    """Who the provider says that somebody is, and where they go on to."""

    async def steps() -> tuple[str, str]:
        one = openid(provider)
        asked = await one.authorization_request(BACK, "/live")
        url = urlsplit(asked.url)
        assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ISSUER}/authorization_endpoint"
        provider.asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        return await one.authenticated(
            BACK, asked.state_token, state or provider.asked["state"], code
        )

    return asyncio.run(steps())


def test_a_person_is_who_the_provider_names() -> None:
    provider = Provider()
    assert logged_in(provider) == ("anna", "/live")
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["response_type"] == "code"
    assert "openid" in provider.asked["scope"].split()


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "somebody else"},
        {"iss": "http://evil.example"},
        {"exp": datetime.now(UTC) - timedelta(hours=1)},
        {"preferred_username": None},
        {"preferred_username": ["anna"]},
    ],
)
def test_a_word_that_is_not_for_us_is_none(claims: dict[str, Any]) -> None:
    provider = Provider()
    provider.claims = claims
    with pytest.raises(NotRecognisedError):
        logged_in(provider)


@pytest.mark.parametrize(
    "sign",
    [
        lambda claims: jwt.encode(claims, OTHER_KEY, "RS256", {"kid": "1"}),
        lambda claims: jwt.encode(claims, KEY, "RS256", {"kid": "2"}),
        lambda claims: jwt.encode(claims, None, "none", {"kid": "1"}),
        lambda claims: jwt.encode(claims, "secret" * 8, "HS256", {"kid": "1"}),
        lambda claims: "",
    ],
)
def test_a_word_that_is_not_signed_by_the_provider_is_none(
    sign: Callable[[dict[str, Any]], str],
) -> None:
    provider = Provider()
    provider.sign = sign
    with pytest.raises(NotRecognisedError):
        logged_in(provider)


def test_an_answer_to_another_question_is_none() -> None:
    with pytest.raises(NotRecognisedError):
        logged_in(Provider(), state="another")
    with pytest.raises(NotRecognisedError):
        logged_in(Provider(), code="bad")
    with pytest.raises(NotRecognisedError):
        asyncio.run(openid(Provider()).authenticated(BACK, "no question", "state", "good"))
    access_token = TOKENS.issue("anna", "S")
    with pytest.raises(NotRecognisedError):
        asyncio.run(openid(Provider()).authenticated(BACK, access_token, "S", "good"))


def test_a_provider_that_says_to_be_another_is_not_asked() -> None:
    provider = Provider()
    provider.issuer = "http://evil.example"
    with pytest.raises(ProviderError):
        logged_in(provider)


def test_a_provider_is_reached_over_https(settings: Settings) -> None:
    assert openid_of(settings, TOKENS) is None
    given = settings.model_copy(update={"openid_issuer": "https://login.example.com"})
    with pytest.raises(FinplatformError, match="OPENID_CLIENT_ID"):
        openid_of(given, TOKENS)
    given = given.model_copy(update={"openid_client_id": "finplatform"})
    assert openid_of(given, TOKENS) is not None
    unsafe = given.model_copy(update={"openid_issuer": "http://login.example.com"})
    with pytest.raises(FinplatformError, match="https"):
        openid_of(unsafe, TOKENS)
