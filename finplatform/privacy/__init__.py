"""Rights of people over their data: access, rectification, erasure, and what holds it.

Belongs here: what a request does to the database and to the files of the home. Does not belong
here: cryptography (`finplatform.security`), commands (`finplatform.cli`), and when what is due runs
(`finplatform.orchestration`).
"""
