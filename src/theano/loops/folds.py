"""``map``, ``reduce``, ``foldl`` and ``foldr``: short forms of ``scan``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theano.loops.arguments import as_list
from theano.loops.scanning import scan
from theano.updates import OrderedUpdates


def map(
    fn: Callable[..., Any],
    sequences: Any,
    non_sequences: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return a function of every element of the sequences; parameters as in ``scan``.

    Returns
    -------
    outputs : Variable or list of Variable
        ``(n, …)``
    updates : OrderedUpdates
    """
    return scan(
        fn,
        sequences=sequences,
        outputs_info=[],
        non_sequences=non_sequences,
        truncate_gradient=truncate_gradient,
        go_backwards=go_backwards,
        mode=mode,
        name=name,
    )


def reduce(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return what a function gives in the last step; parameters as in ``scan``.

    Returns
    -------
    outputs : Variable or list of Variable
        Without the dimension of the steps.
    updates : OrderedUpdates
    """
    outputs, updates = scan(
        fn,
        sequences=sequences,
        outputs_info=outputs_info,
        non_sequences=non_sequences,
        go_backwards=go_backwards,
        mode=mode,
        name=name,
        return_list=isinstance(outputs_info, (list, tuple)) and len(as_list(outputs_info)) > 1,
    )
    if isinstance(outputs, list):
        return [x[-1] for x in outputs], updates
    return outputs[-1], updates


def foldl(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return ``reduce`` from the first element on."""
    return reduce(fn, sequences, outputs_info, non_sequences, False, mode, name)


def foldr(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return ``reduce`` from the last element on."""
    return reduce(fn, sequences, outputs_info, non_sequences, True, mode, name)
