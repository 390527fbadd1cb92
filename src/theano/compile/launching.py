"""Launching executables so that no interrupt can come between a launch and its results."""

from __future__ import annotations

import threading
from _thread import start_new_thread
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat, starmap
from operator import setitem
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
    results: list[Any] = []
    errors: list[BaseException] = []
    ended: list[bool] = []
    running = threading.Lock()
    running.acquire()

    def run() -> None:
        try:
            results.append(task(*args))
        except BaseException as error:
            errors.append(error)
        finally:
            ended.append(True)
            running.release()

    # The thread starts and is noted within one call, so that it is known at any instant whether
    # there is one to wait for.
    started: list[int] = []
    try:
        started.extend(starmap(start_new_thread, ((run, ()),)))
        running.acquire()
    except BaseException:
        while started and not ended:
            try:
                running.acquire()
            except BaseException:  # the first one is raised
                continue
        raise
    if errors:
        raise errors[0]
    return results[0]
