"""Login at an external OpenID provider (OpenID Connect Core 1.0, code flow with PKCE).

The provider authenticates a user; the platform authorises: a user must have been added by
`finplatform users add`. Belongs here: the two steps of the flow, and the validation of ID tokens.
Does not belong here: sessions (`service`), and endpoints (`finplatform.api.routes.openid`).
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from finplatform.api.problems import DependencyError
from finplatform.errors import FinplatformError
from finplatform.security.access_tokens import AccessTokens, InvalidTokenError
from finplatform.settings import Settings

_AUDIENCE = "finplatform-openid"
_LIFETIME = timedelta(minutes=10)
_SCOPE = "openid profile"
_TIMEOUT_S = 10.0
_LEEWAY_S = 30
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures with public keys: shared secrets and `none` are refused."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ProviderError(DependencyError):
    """The provider does not answer, or not according to the standard."""

    def __init__(self) -> None:
        super().__init__(
            "The OpenID provider does not answer as it should.",
            "See FINPLATFORM_OPENID_ISSUER, or log in with a password.",
        )


class NotRecognisedError(FinplatformError):
    """The provider's response matches no authorisation request, or identifies no user."""

    def __init__(self) -> None:
        super().__init__("The OpenID provider did not identify you.", "Begin again at /login.")


@dataclass(frozen=True)
class AuthorizationRequest:
    """An authorisation request to the provider.

    Attributes:
        url: Redirect target of the browser.
        state_token: Signed state that the browser returns; the response is checked against it.
    """

    url: str
    state_token: str


class OpenId:
    """An outside provider.

    Args:
        issuer: URL of its issuer.
        client_id: What it calls the platform.
        client_secret: The platform's secret there; None for a public client.
        name_claim: Claim that holds a person's name at login.
        tokens: Sign what the browser keeps between the steps.
        transport: What carries requests; default: the network.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        name_claim: str,
        tokens: AccessTokens,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._issuer = issuer.rstrip("/")
        self._client_id, self._client_secret = client_id, client_secret
        self._name_claim = name_claim
        self._tokens = tokens
        self._transport = transport
        self._described: dict[str, Any] | None = None

    async def authorization_request(
        self, redirect_uri: str, next_page: str
    ) -> AuthorizationRequest:
        """Begins a login.

        Args:
            redirect_uri: Redirect target after the login at the provider.
            next_page: Page to show after the login.

        Raises:
            ProviderError: If it does not describe itself.
        """
        described = await self._description()
        state, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        verifier = secrets.token_urlsafe(48)
        url = prepare_grant_uri(
            described["authorization_endpoint"],
            self._client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=_SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        state_token = self._tokens.sign(
            {
                "sub": "openid",
                "sid": state,
                "nonce": nonce,
                "verifier": verifier,
                "next": next_page,
            },
            _AUDIENCE,
            _LIFETIME,
        )
        return AuthorizationRequest(url, state_token)

    async def authenticated(
        self, redirect_uri: str, state_token: str, state: str, code: str
    ) -> tuple[str, str]:
        """User name in the provider's response, and the page to show next.

        Args:
            redirect_uri: The same as in the authorisation request.
            state_token: State token of the browser.
            state: State of the response.
            code: Authorisation code, valid for one exchange.

        Raises:
            NotRecognisedError: If the response does not match the request.
            ProviderError: If the provider does not answer.
        """
        try:
            expected = self._tokens.verified(state_token, _AUDIENCE)
        except InvalidTokenError:
            raise NotRecognisedError from None
        if not secrets.compare_digest(str(expected["sid"]), state):
            raise NotRecognisedError
        described = await self._description()
        answer = await self._exchanged(described, redirect_uri, code, str(expected["verifier"]))
        keys = await self._fetched("GET", described["jwks_uri"])
        return self._name(str(answer.get("id_token", "")), keys, expected), str(expected["next"])

    async def _exchanged(
        self, described: dict[str, Any], redirect_uri: str, code: str, verifier: str
    ) -> dict[str, Any]:
        """Tokens for a code; none of them if the provider refuses it."""
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=redirect_uri,
            code=code,
            code_verifier=verifier,
            client_id=self._client_id,
        )
        return await self._fetched(
            "POST",
            described["token_endpoint"],
            content=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            auth=(self._client_id, self._client_secret) if self._client_secret else None,
        )

    async def _fetched(self, method: str, url: str, **given: Any) -> dict[str, Any]:
        """A JSON document of the provider.

        Raises:
            ProviderError: If it does not answer, or with something else.
        """
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=_TIMEOUT_S) as client:
                answer = await client.request(method, url, **given)
                found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderError from error
        if not isinstance(found, dict):
            raise ProviderError
        return found

    def _name(self, id_token: str, keys: Any, expected: dict[str, Any]) -> str:
        """A person's name at login by an ID token that is checked (OpenID Connect Core, 3.1.3.7).

        Raises:
            NotRecognisedError: If it is not valid.
        """
        try:
            header = jwt.get_unverified_header(id_token)
            known = {key.key_id: key for key in jwt.PyJWKSet.from_dict(keys).keys}
            claims = jwt.decode(
                id_token,
                known[header.get("kid")],
                algorithms=_ALGORITHMS,
                audience=self._client_id,
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": ["iss", "aud", "sub", "iat", "exp", "nonce"]},
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError):
            raise NotRecognisedError from None
        name = claims.get(self._name_claim)
        if not isinstance(name, str) or not secrets.compare_digest(
            str(claims["nonce"]), str(expected["nonce"])
        ):
            raise NotRecognisedError
        return name

    async def _description(self) -> dict[str, Any]:
        """Provider metadata (OpenID Connect Discovery 1.0), read once."""
        if self._described is None:
            found = await self._fetched("GET", f"{self._issuer}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self._issuer:
                raise ProviderError
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                require_safe(str(found.get(name, "")))
            self._described = found
        return self._described


def openid_of(settings: Settings, tokens: AccessTokens) -> OpenId | None:
    """The provider of the settings; None if they name none.

    Raises:
        FinplatformError: If they name it halfway, or by a URL that is not safe.
    """
    if settings.openid_issuer is None:
        return None
    if settings.openid_client_id is None:
        raise FinplatformError(
            "FINPLATFORM_OPENID_ISSUER is set without FINPLATFORM_OPENID_CLIENT_ID.",
            "Set both, or neither.",
        )
    require_safe(settings.openid_issuer)
    secret = settings.openid_client_secret
    return OpenId(
        settings.openid_issuer,
        settings.openid_client_id,
        secret.get_secret_value() if secret else None,
        settings.openid_name_claim,
        tokens,
    )


def require_safe(url: str) -> None:
    """Refuses a provider's URL whose answers could be another's.

    Raises:
        FinplatformError: If it is not https, and not on this machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise FinplatformError(
            "An OpenID provider is reached over https.", "Mend FINPLATFORM_OPENID_ISSUER."
        )
