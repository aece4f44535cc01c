"""The `finplatform` command.

Belongs here: reading arguments, calling the package, printing for people or as JSON. An error that
the user can mend is two sentences and exit code 1; a traceback is a defect.
"""

from finplatform.cli.app import main

__all__ = ["main"]
