"""Marks for gradients that have no value, to be returned by an op's ``grad``."""

from __future__ import annotations

from typing import Any

from theano.graph import NullType, Variable


def grad_undefined(op: Any, x_pos: int, x: Any, comment: str = "") -> Variable:
    """Return the mark of a gradient that mathematics does not define.

    Parameters
    ----------
    op : Op
        Whose ``grad`` it is returned from.
    x_pos : int
        Which of its inputs.
    x : Variable
        That input.
    comment : str
        Why; part of the error where the gradient is asked for.
    """
    return NullType(
        f"the gradient of {op} with respect to {place(x_pos, x)} is undefined"
        + (f". {comment}" if comment else "")
    )()


def grad_not_implemented(op: Any, x_pos: int, x: Any, comment: str = "") -> Variable:
    """Return the mark of a gradient that nobody has written yet; see ``grad_undefined``."""
    return NullType(
        f"the gradient of {op} with respect to {place(x_pos, x)} is not implemented"
        + (f". {comment}" if comment else "")
    )()


def place(x_pos: int, x: Any) -> str:
    """Return the words for an input of an op."""
    name = getattr(x, "name", None)
    return f"input {x_pos}" + (f" ({name})" if name else "")
