"""The configured stream: Valkey or Redis, or Kinesis, behind the same interfaces.

Belongs here: the choice by settings.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from finplatform.settings import Settings
from finplatform.streaming.channel import Channel, GroupMember
from finplatform.streaming.client import connect
from finplatform.streaming.transport import Member, Sender


@contextmanager
def open_sender(settings: Settings) -> Iterator[Sender]:
    """What puts events on the stream."""
    if settings.kinesis_url is not None:
        # boto3 takes a second to import.
        from finplatform.streaming.kinesis_stream import KinesisSender, KinesisStream

        yield KinesisSender(KinesisStream.of(settings.kinesis_url))
        return
    with connect(settings) as client:
        yield Channel(client)


@contextmanager
def open_member(settings: Settings, warehouse_url: str) -> Iterator[Member]:
    """A consumer of the group.

    Args:
        settings: Name the stream.
        warehouse_url: libpq URL of the warehouse, which keeps positions where the stream does not.
    """
    if settings.kinesis_url is not None:
        from finplatform.streaming.kinesis import KinesisMember
        from finplatform.streaming.kinesis_stream import KinesisStream

        yield KinesisMember(KinesisStream.of(settings.kinesis_url), warehouse_url)
        return
    with connect(settings) as client:
        yield GroupMember(client)
