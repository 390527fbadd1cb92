"""Life after ``os.fork``, and the lock on the values of shared variables.

A fork copies the memory of a process and one of its threads. JAX is left without the threads that
its computations run in, so a child that went on using it would wait for ever. So a child lets go
of all that JAX made: values of shared variables become NumPy arrays, in the memory that the
parent's have there, what was compiled is dropped, and JAX starts anew at the next call. A parent
forks only when JAX is at rest: in a child no thread would release a lock, or finish a copy. What
XLA compiles with it cannot start anew: where a parent has compiled, a child takes executables from
the cache on disk, and runs what is not there through ``perform``. All this holds for the CPU; no
other device's driver survives a fork.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import jax
import numpy as np

from theano.runtime.devices import find_device

STATE_LOCK = threading.RLock()
"""Held from reading the values of shared variables until the new ones are stored: a launch may
take over the memory of a value, which no other thread may then still be about to use. A fork waits
for it, so that a child never starts half-way through a call."""


compiled = False
"""Whether this process, or one that it is a fork of, has compiled with XLA."""
_lost_compiler = False


def lost_compiler() -> bool:
    """Whether XLA would wait for ever for the threads that it compiles in."""
    return _lost_compiler


class Holder(Protocol):
    """Something that holds what JAX made."""

    def let_go(self) -> None:
        """Hold NumPy arrays only, and no executables."""


_holders: weakref.WeakSet[Any] = weakref.WeakSet()
_left_behind: list[Any] = []
"""The parent's clients: to free one would be to wait for threads that a child does not have."""


def lets_go_in_a_child(holder: Holder) -> None:
    """Have a forked child call ``holder.let_go()`` as long as the holder lives."""
    _holders.add(holder)


def readable_in_a_child(value: Any) -> Any:
    """Return an array of the CPU as a NumPy array in the same memory; others as they are."""
    if isinstance(value, jax.Array) and all(d.platform == "cpu" for d in value.devices()):
        return np.asarray(value)
    return value


def _leave_parent() -> None:
    global _lost_compiler
    try:
        _lost_compiler = compiled
        if find_device.cache_info().currsize:
            _left_behind.append(jax.devices("cpu")[0].client)
            for holder in list(_holders):
                holder.let_go()
            find_device.cache_clear()
            # Not with the module: `jax.extend` imports much that nothing else here needs.
            from jax.extend import backend  # noqa: PLC0415

            backend.clear_backends()
            jax.clear_caches()
    finally:
        STATE_LOCK.release()


def _at_rest(task: Path) -> bool:
    """Whether a thread waits for work: it neither runs nor sleeps for a time that it chose."""
    try:
        state = (task / "stat").read_text().rpartition(")")[2].split()[0]
        return state == "S" and "nanosleep" not in (task / "wchan").read_text()
    except OSError:  # it has ended
        return True


def _wait_for_threads(seconds: float) -> None:
    """Wait until JAX's threads are at rest: one that is not may hold a lock, for ever in a child.

    Threads that have just been started are such: XLA's first lock that two of them want measures
    the clock of the processor, asleep at times. Only Linux tells; elsewhere nothing is done.
    """
    python = {str(thread.native_id) for thread in threading.enumerate()}
    tasks = [t for t in Path("/proc/self/task").glob("[0-9]*") if t.name not in python]
    end = time.monotonic() + seconds
    while not all(map(_at_rest, tasks)) and time.monotonic() < end:
        time.sleep(0.001)


def _settle() -> None:
    """Stop calls from starting, and wait for what JAX still does: a child could not."""
    STATE_LOCK.acquire()
    if find_device.cache_info().currsize:
        for array in jax.live_arrays():
            # What failed is reported to whoever reads it.
            with suppress(Exception):
                array.block_until_ready()
        _wait_for_threads(2.0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_settle,
        after_in_parent=STATE_LOCK.release,
        after_in_child=_leave_parent,
    )
