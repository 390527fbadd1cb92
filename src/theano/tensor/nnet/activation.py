"""Activation functions that are compositions of other operations."""

from __future__ import annotations

from typing import Any

from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew


def relu(x: Any, alpha: Any = 0) -> Any:
    """Return the rectified linear unit: ``x`` where positive, else ``alpha * x``.

    Parameters
    ----------
    x : tensor of any shape
    alpha : number or tensor that broadcasts to ``x``
        The slope on the negative side.

    Notes
    -----
    For ``alpha = 0`` this is ``0.5 * (x + |x|)``. At zero the derivative is ``(1 + alpha) / 2``.
    """
    x = as_tensor_variable(x)
    if isinstance(alpha, (int, float)) and alpha == 0:
        return 0.5 * (x + abs(x))
    alpha = as_tensor_variable(alpha)
    f1 = 0.5 * (1 + alpha)
    f2 = 0.5 * (1 - alpha)
    return f1 * x + f2 * ew.FUNCTIONS["abs_"](x)
