"""Tensors put together from nested lists and from blocks."""

from __future__ import annotations

from typing import Any

from theano.errors import usage_error
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.joining import concatenate, stack

__all__ = ["horizontal_stack", "stacklists", "vertical_stack"]


def stacklists(arg: Any) -> Any:
    """Return a tensor from nested lists of tensors of one shape: one more dimension per level.

    >>> stacklists([[a, b], [c, d]])  # of scalars: a matrix
    """
    if isinstance(arg, (tuple, list)):
        return stack([stacklists(item) for item in arg])
    return as_tensor_variable(arg)


def horizontal_stack(*args: Any) -> Any:
    """Return matrices side by side.

    Raises
    ------
    ValueError
        There are less than two of them, or one is no matrix.
    """
    return blocks("horizontal_stack", args, 1)


def vertical_stack(*args: Any) -> Any:
    """Return matrices below one another.

    Raises
    ------
    ValueError
        There are less than two of them, or one is no matrix.
    """
    return blocks("vertical_stack", args, 0)


def blocks(name: str, args: Any, axis: int) -> Any:
    """Return matrices joined along ``axis``."""
    matrices = [as_tensor_variable(a) for a in args]
    if len(matrices) < 2:
        raise usage_error(ValueError, f"{name} takes two matrices or more", got=str(len(matrices)))
    for x in matrices:
        if x.type.ndim != 2:
            raise usage_error(ValueError, f"{name} takes matrices", got=x)
    return concatenate(matrices, axis=axis)
