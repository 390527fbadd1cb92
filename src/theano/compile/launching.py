"""Launching executables so that no interrupt can come between a launch and its results."""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain, repeat, starmap
from operator import setitem
from queue import Empty, SimpleQueue
from typing import Any

FIRST = repeat(0)
Cell = list[Any]
"""A list of one element: the place of a value."""


def launch(
    call: Callable[..., Sequence[Any]],
    arrays: Sequence[Any],
    cells: Iterable[Cell],
    values: Sequence[Any] = (),
) -> None:
    """Run an executable and put each result into its cell, in one call without bytecode.

    ``any`` goes through to the end, as ``setitem`` returns None.

    Parameters
    ----------
    call : callable
        From ``arrays`` to the results.
    cells : iterable of Cell
        For the results, and then for ``values``.
    """
    results = chain.from_iterable(starmap(call, (arrays,)))
    any(map(setitem, cells, FIRST, chain(results, values) if values else results))


def store(cells: Iterable[Cell], values: Iterable[Any]) -> None:
    """Put values into cells, in one call without bytecode."""
    any(map(setitem, cells, FIRST, values))


def uninterrupted(task: Any, *args: Any) -> Any:
    """Run ``task`` in a thread, where no signal handler runs, and return what it returns.

    What a handler raises meanwhile, such as KeyboardInterrupt, is raised afterwards.

    Raises
    ------
    Exception
        Whatever ``task`` raises.
    """
    # An exception that is sent to the calling thread can hit the new one before its first line:
    # that attempt has then not begun.
    while True:
        attempt = Attempt(task, args)
        attempt.run()
        if attempt.errors:
            raise attempt.errors[0]
        if attempt.results:
            return attempt.results[0]


class Attempt:
    """A task that is run in a thread, and waited for whatever exception comes meanwhile."""

    def __init__(self, task: Any, args: Sequence[Any]) -> None:
        self.task, self.args = task, args
        self.results: list[Any] = []
        self.errors: list[BaseException] = []
        self.ended: list[bool] = []
        self._awake: SimpleQueue[bool] = SimpleQueue()
        # Whoever has it decides whether the task is run: its thread, or the one that waits.
        self._claim = allocate_lock()

    def run(self) -> None:
        """Start the thread and wait for its end."""
        started: list[int] = []
        try:
            # The thread starts and is noted within one call, so that it is known at any instant
            # whether there is one to wait for.
            started.extend(starmap(start_new_thread, ((self._work, ()),)))
            self._wait()
        except BaseException:
            while started and not self.ended:
                try:
                    self._wait()
                except BaseException:  # the first one is raised
                    continue
            raise

    def _work(self) -> None:
        try:
            if self._claim.acquire(blocking=False):
                self.results.append(self.task(*self.args))
        except BaseException as error:
            self.errors.append(error)
        finally:
            self.ended.append(True)
            self._awake.put(True)

    def _wait(self) -> None:
        while not self.ended:
            with suppress(Empty):
                self._awake.get(timeout=1)
            if not self.ended and self._claim.acquire(blocking=False):
                self.ended.append(True)
