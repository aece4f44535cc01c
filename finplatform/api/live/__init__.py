"""What the live page shows: sections read by one poll, broadcast to all who watch.

Belongs here: the sections (a module each), the poll that reads those that are due, and the hub that
sends what changed. Does not belong here: HTTP (see `finplatform.api.routes.live`) and the page
(`finplatform/api/static`).
"""
