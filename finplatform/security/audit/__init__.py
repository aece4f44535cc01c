"""The audit trail: what happened, in a form that cannot be rewritten unseen.

Every event is a leaf of an RFC 9162 Merkle tree; a head of the tree, signed with Ed25519 and kept
outside the database, fixes all events up to its size. Belongs here: events as bytes, the tree, its
signed heads, and finding the first row that was tampered with. Does not belong here: reading and
writing a database or files (see `finplatform.warehouse.audit_log` and `audit_seals`).
"""
