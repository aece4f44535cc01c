"""The platform over HTTP: the live page, the report pages as files, and the API.

Belongs here: the FastAPI application and what it serves, on connections of the role that can only
read. A router is a module of `routes`; what the live page shows is read in `live`. Does not belong
here: computing figures (they are in gold), and starting the process (see `finplatform.cli`).
"""
