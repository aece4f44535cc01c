"""Settings of the stream: its server and its capacity.

Belongs here: these fields, which `finplatform.settings` reads with all others. Does not belong
    here:
the stream (`finplatform.streaming`).
"""

from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings


class StreamSettings(BaseSettings):
    """Server of the stream; the embedded one by default."""

    redis_url: SecretStr | None = Field(
        default=None,
        description="A Valkey or Redis server of the stream to use instead of the embedded one"
        " (redis://..., rediss://... with TLS, unix://...).",
    )
    kinesis_url: str | None = Field(
        default=None,
        pattern=r"^kinesis://[A-Za-z0-9_.-]{1,128}(\?\S*)?$",
        description="A stream of Kinesis instead: kinesis://NAME?region=eu-central-1.",
    )
    stream_capacity: int = Field(
        default=100_000,
        gt=0,
        description="Messages that the stream holds before its producers wait for consumers.",
    )

    @model_validator(mode="after")
    def _is_one_stream(self) -> Self:
        if self.redis_url is not None and self.kinesis_url is not None:
            raise ValueError("FINPLATFORM_REDIS_URL and FINPLATFORM_KINESIS_URL exclude each other")
        return self
