"""Derivatives in the type of what they are derivatives of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Variable
from theano.graph.debug_values import get_debug_values, wanted
from theano.graph.op import is_null
from theano.scalar.type import COMPLEX_DTYPES, CONTINUOUS_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType


def checked_known_grad(variable: Any, g: Any) -> Any:
    """Return a gradient that the caller knows, as a variable of the dtype of ``variable``.

    Raises
    ------
    TypeError
        It is of a discrete dtype.
    ValueError
        It is no scalar, and its rank is not that of its variable.
    """
    g = g if isinstance(g, Variable) else as_tensor_variable(g)
    if not isinstance(g.type, TensorType) or not isinstance(variable.type, TensorType):
        return g
    if g.type.dtype not in CONTINUOUS_DTYPES:
        raise usage_error(
            TypeError,
            "a known gradient has a discrete dtype",
            expected="real or complex numbers",
            got=g,
            fix="cast it: theano.tensor.cast(g, 'floatX')",
        )
    if g.type.ndim == 0 and variable.type.ndim:
        g = ew.fill(variable, g)
    if g.type.ndim != variable.type.ndim:
        raise usage_error(
            ValueError,
            "a known gradient is of another rank than its variable",
            expected=variable,
            got=g,
        )
    return in_dtype_of(variable, g)


def in_dtype_of(variable: Any, derivative: Any) -> Any:
    """Return a derivative in the dtype of its variable, if that is a real or complex one.

    That of a real variable is the real part of a complex one.
    """
    dtype = variable.type.dtype
    if derivative.type.dtype in COMPLEX_DTYPES and dtype not in COMPLEX_DTYPES:
        derivative = ew.FUNCTIONS["real"](derivative)
    if dtype in CONTINUOUS_DTYPES and derivative.type.dtype != dtype:
        derivative = ew.cast(derivative, dtype)
    return derivative


def fit_type(g: Any, variable: Variable, node: Apply) -> Any:
    """Return a gradient in the dtype and the pattern of its variable.

    Raises
    ------
    ValueError
        The rank differs.
    TypeError
        The dtype is discrete.
    """
    kind = variable.type
    if is_null(g) or not isinstance(g.type, TensorType) or not isinstance(kind, TensorType):
        return g
    if g.type.ndim != kind.ndim:
        raise ValueError(
            f"the gradient of {node.op} has {g.type.ndim} dimensions for an input of {kind.ndim}"
        )
    if g.type.dtype not in CONTINUOUS_DTYPES:
        raise TypeError(
            f"the gradient of {node.op} is of dtype {g.type.dtype}; gradients are real or complex "
            "numbers, also those of integers"
        )
    g = in_dtype_of(variable, g)
    lengthen = [
        here and not there
        for here, there in zip(g.type.broadcastable, kind.broadcastable, strict=True)
    ]
    if any(lengthen):
        g = ew.fill(variable, g)
    return rebroadcast_to(g, kind.broadcastable)


def check_test_shapes(
    node: Apply, which: str, variables: Sequence[Variable], grads: Sequence[Any]
) -> None:
    """Raise ValueError where the test values of a variable and its gradient differ in shape."""
    if not wanted():
        return
    for i, (variable, g) in enumerate(zip(variables, grads, strict=True)):
        if not isinstance(g.type, TensorType):
            continue
        for value, g_value in get_debug_values(variable, g):
            if np.shape(value) != np.shape(g_value):
                raise ValueError(
                    f"the test value of the gradient of {which} {i} of {node.op} is of shape "
                    f"{np.shape(g_value)}, that of the {which} itself of shape {np.shape(value)}"
                )
