"""A stream of Amazon Kinesis: where it is, asking it, and putting events there.

Belongs here: the address, the calls and their errors in words. Does not belong here: taking
messages (see `kinesis`).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from finplatform.errors import FinplatformError
from finplatform.streaming.transport import StreamUnavailableError

if TYPE_CHECKING:
    from types_boto3_kinesis.client import KinesisClient

MOST_RECORDS = 500
"""Records that one call puts."""

_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class KinesisStream:
    """A stream and how it is reached.

    Attributes:
        name: Name of the stream.
        region: Region of AWS; default: that of the machine's configuration.
        endpoint: Address of the service, for a private one.
    """

    name: str
    region: str | None = None
    endpoint: str | None = None

    @classmethod
    def of(cls, url: str) -> "KinesisStream":
        """The stream of `kinesis://NAME?region=...&endpoint=...`."""
        parts = urlsplit(url)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return cls(parts.netloc, given.get("region"), given.get("endpoint"))

    def client(self) -> "KinesisClient":
        """A client, with the login of boto3's own chain: variables, files, the machine's role.

        Raises:
            FinplatformError: If boto3 is not installed, or no region is known.
        """
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise FinplatformError(
                "The stream is on Kinesis, and the package `boto3` is not installed.",
                "Install it with the extra: pip install 'finplatform[aws]'.",
            ) from None
        patient = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard"})
        try:
            return boto3.client(
                "kinesis", region_name=self.region, endpoint_url=self.endpoint, config=patient
            )
        except (BotoCoreError, ValueError):
            raise FinplatformError(
                "FINPLATFORM_KINESIS_URL names no stream.",
                "It looks like kinesis://NAME?region=eu-central-1.",
            ) from None


class KinesisSender:
    """Puts events on a stream of Kinesis.

    Args:
        stream: The stream.
    """

    def __init__(self, stream: KinesisStream) -> None:
        self._stream, self._client = stream, stream.client()

    def offer(self, events: Sequence[str | bytes], capacity: int) -> int:  # noqa: ARG002
        """Adds events; those of an account go to one shard, in their order.

        Kinesis has no number of messages that it holds: it refuses what comes too fast.

        Args:
            events: JSON documents.
            capacity: Not used; the stream's retention time applies.

        Returns:
            Number of events added up to the first that was refused. Later ones that were added all
            the same are sent again by the caller, and stored once by their event's id.
        """
        sent = 0
        for batch in _batches(events):
            records: Any = [{"Data": one, "PartitionKey": _key(one)} for one in batch]
            call = partial(self._client.put_records, StreamName=self._stream.name, Records=records)
            answer = call_kinesis(call, self._stream)
            refused = [n for n, one in enumerate(answer["Records"]) if one.get("ErrorCode")]
            if refused:
                return sent + refused[0]
            sent += len(batch)
        return sent


def call_kinesis(
    call: Callable[[], Any], stream: KinesisStream, passing: tuple[str, ...] = ()
) -> Any:
    """The response of Kinesis; None for an error that the caller handles.

    Args:
        call: The API call.
        stream: The stream, for error messages.
        passing: Codes of errors that the caller handles.

    Raises:
        StreamUnavailableError: If Kinesis does not answer, or refuses.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "an error")
        if code in passing:
            return None
        raise unavailable(stream, code) from None
    except BotoCoreError as error:
        raise unavailable(stream, type(error).__name__) from None


def unavailable(stream: KinesisStream, why: str = "") -> StreamUnavailableError:
    """The error for a stream that cannot be used."""
    return StreamUnavailableError(
        f"The stream {stream.name} of Kinesis does not answer{f' ({why})' if why else ''}.",
        "Check FINPLATFORM_KINESIS_URL, the login of AWS and its rights on the stream.",
    )


def is_active(stream: KinesisStream) -> bool:
    """Whether the stream takes and gives messages."""
    client = stream.client()
    try:
        found = call_kinesis(lambda: client.describe_stream_summary(StreamName=stream.name), stream)
    except StreamUnavailableError:
        return False
    return bool(found["StreamDescriptionSummary"]["StreamStatus"] in ("ACTIVE", "UPDATING"))


def _batches(events: Sequence[str | bytes]) -> Iterator[list[bytes]]:
    """Events in batches that one call takes."""
    batch: list[bytes] = []
    size = 0
    for event in events:
        data = event.encode() if isinstance(event, str) else event
        if batch and (len(batch) == MOST_RECORDS or size + len(data) > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(data)
        size += len(data)
    if batch:
        yield batch


def _key(event: bytes) -> str:
    """What decides on an event's shard: its account, so that its order is kept."""
    try:
        account = json.loads(event).get("account_id")
    except (ValueError, AttributeError, RecursionError):
        account = None
    return str(account)[:256] if account else hashlib.sha256(event).hexdigest()
