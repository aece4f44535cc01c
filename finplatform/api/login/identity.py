"""`Identity`: who a request is made by.

Belongs here: the type, and the parameter by which a route takes it. How it is found is in
`credentials`, what it may do in `gate`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, HTTPException, Request

from finplatform.security.rights import Role


@dataclass(frozen=True)
class Identity:
    """A caller.

    Attributes:
        name: Name of the person or service.
        role: What it may do.
        session: Id of its session; None for a request that brings its password along.
        kind: A person, a service, or the user of a closed machine without a login.
    """

    name: str
    role: Role
    session: str | None
    kind: Literal["person", "service", "anonymous"]


def note_caller(request: Request, caller: Identity) -> None:
    """Notes who makes a request, for whatever comes after."""
    request.state.caller = caller


def caller_of(request: Request) -> Identity:
    """Who makes a request.

    Raises:
        HTTPException: If it is answered without a login.
    """
    found: Identity | None = getattr(request.state, "caller", None)
    if found is None:
        raise HTTPException(401)
    return found


Caller = Annotated[Identity, Depends(caller_of)]
"""Parameter of a route that takes who calls."""
