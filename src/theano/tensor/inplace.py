"""Elementwise functions named ``*_inplace``, which keep the type of their first argument.

XLA decides on memory by itself: no argument is overwritten, and the values are those of the
function without the suffix, in the dtype of the first argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theano.errors import usage_error
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.shape import transpose


def in_place(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return ``function`` with results of the type of its first argument.

    Raises
    ------
    ValueError
        When it is called: another argument is longer in a dimension in which the first is
        broadcastable.
    """

    def inplace(x: Any, *others: Any) -> Any:
        x = as_tensor_variable(x)
        z = function(x, *others)
        if z.type.broadcastable != x.type.broadcastable:
            raise usage_error(
                ValueError,
                f"{name} has a result of another shape than its first argument",
                expected=str(x.type),
                got=str(z.type),
                fix=f"use {name.removesuffix('_inplace')}",
            )
        return ew.cast(z, x.type.dtype)

    inplace.__name__ = inplace.__qualname__ = name
    inplace.__doc__ = f"Return ``{name.removesuffix('_inplace')}`` in the type of ``x``.\n"
    return inplace


FUNCTIONS = {
    f"{name}_inplace": in_place(function, f"{name}_inplace")
    for name, function in {
        **ew.FUNCTIONS,
        "fill": ew.FUNCTIONS["second"],
        "inv": ew.FUNCTIONS["reciprocal"],
    }.items()
}
globals().update(FUNCTIONS)


def transpose_inplace(x: Any, **kwargs: Any) -> Any:
    """Return ``x`` with its axes reversed."""
    return transpose(x)


__all__ = [*FUNCTIONS, "transpose_inplace"]  # noqa: PLE0604  the keys are strings
