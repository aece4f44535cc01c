"""The stream of transactions: from producers through Valkey or Redis Streams into the warehouse.

Delivery is at least once on every leg, and storing is idempotent by the event's id, so that each
event is in the warehouse once. Belongs here: the channel, the server, the outbox's relay, the
consumer. Does not belong here: what a fraud rule is (see `finplatform.streaming.fraud`), Dagster.
"""
