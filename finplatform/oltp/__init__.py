"""The operational schema: what a bank's core system holds, as SQLAlchemy models and migrations.

Belongs here: tables that business applications write to. Does not belong here: anything the
warehouse derives from them.
"""
