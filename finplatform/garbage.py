"""The garbage collector while code is loaded.

Loading the graph makes a million objects that stay to the end, and Python looks through all of them
again each time their number has grown by a quarter: a fifth of the time that loading takes. Belongs
here: holding the collector off. Does not belong here: what is loaded.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 20_000


@contextmanager
def held_off() -> Iterator[None]:
    """Keeps the collector from running; what was loaded is not looked through afterwards either.

    After the outermost of these, the collector runs every 20,000 new objects: the default of 700 is
    for programs that are smaller than one run's events.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS, 10, 10)
        gc.enable()
