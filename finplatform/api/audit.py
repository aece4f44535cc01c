"""What was asked of the API, by whom, and what became of it, for the audit trail.

Belongs here: the middleware that makes an event of each request and has it recorded before the
answer leaves. Does not belong here: the trail (`finplatform.warehouse.audit_log`).
"""
