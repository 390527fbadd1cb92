"""When Python does not look for cycles of garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["uncollected"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Within it Python does not look for cycles of garbage.

    Importing, rewriting and tracing make so many objects that stay, next to the hundred thousand
    that JAX is made of, that looking for garbage took up to half of their time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
