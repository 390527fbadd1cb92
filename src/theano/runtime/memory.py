"""Memory that a program has freed stays with the process, for its next call.

A program's intermediate results and new values are taken and freed in each call. glibc gives what
is freed back to the system at once where a piece is larger than 32 MB or lies at the end of its
heap, and the system maps and clears pages anew when they are next touched: a quarter of a training
step of a convolutional network (``docs/performance.md``, "Neural networks").
"""

from __future__ import annotations

import ctypes
import os

from theano.options import config

KEPT = 2**30
"""Bytes: larger pieces, and a longer end of the heap, are given back as before."""
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""Numbers of glibc's ``mallopt`` (see its manual page)."""


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed memory, for the whole process; return whether it was told.

    Variables of the environment that tune its allocator win, and so does
    ``executables.keep_memory=False``. Other C libraries are left alone.
    """
    tuned = any(name.startswith("MALLOC_") for name in os.environ)
    if tuned or "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", ""):
        return False
    if not config.executables.keep_memory:
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    # One arena: the heaps of threads are of 64 MB at most, and what is larger is given back again.
    settings = ((MMAP_THRESHOLD, KEPT), (TRIM_THRESHOLD, KEPT), (ARENA_MAX, 1))
    told = [mallopt(*setting) for setting in settings]
    return all(told)


# It must be said before XLA's threads take memory.
keep_freed_memory()
