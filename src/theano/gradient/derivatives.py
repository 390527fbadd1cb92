"""Matrices of derivatives, whole or times a vector: ``jacobian``, ``hessian`` and its product."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from theano.errors import usage_error
from theano.gradient.backward import grad
from theano.gradient.forms import as_given, as_list, check_variables, paired
from theano.gradient.rows import map_unit_rows
from theano.graph import Variable
from theano.options import config
from theano.scalar.type import CONTINUOUS_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.reduction import sum as sum_of
from theano.tensor.type import TensorType


def jacobian(
    expression: Any,
    wrt: Any,
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """Return the derivatives of each element of a vector.

    All rows are computed at once, which takes memory for all of them: for a product with a vector,
    ``Rop`` and ``Lop`` cost no more than a gradient does.

    Parameters
    ----------
    expression : vector (n,), or scalar
        A scalar has its gradient for a Jacobian.
    wrt : variable, or list or tuple of variables
        Of any rank.
    consider_constant, disconnected_inputs : optional
        As in ``grad``.

    Returns
    -------
    variable, list or tuple
        As ``wrt``: for ``x`` of shape (k, …), the derivatives in shape (n, k, …).

    Raises
    ------
    TypeError
        ``expression`` has more than one dimension, or is no variable.
    DisconnectedInputError
        It does not depend on a variable of ``wrt``.
    """
    check_variables("jacobian", "expression", [expression])
    check_variables("jacobian", "wrt", as_list(wrt))
    if not isinstance(expression.type, TensorType) or expression.type.ndim > 1:
        raise usage_error(
            TypeError,
            "jacobian() was given an expression of more than one dimension",
            expected="a vector, or a scalar",
            got=expression,
            fix="flatten it first: jacobian(expression.flatten(), wrt)",
        )
    targets = as_list(wrt)
    if expression.type.ndim == 0:
        found = grad(expression, targets, consider_constant, disconnected_inputs)
    else:
        found = rows_of_jacobian(expression, targets, consider_constant, disconnected_inputs)
    return as_given(found, wrt)


def rows_of_jacobian(
    expression: Any,
    targets: list[Any],
    consider_constant: Iterable[Variable] | None,
    disconnected_inputs: str,
) -> list[Any]:
    """Return the derivatives of a vector with respect to each of ``targets``."""
    dtype = expression.type.dtype if expression.type.dtype in CONTINUOUS_DTYPES else config.floatX
    weights = TensorType(dtype, expression.type.broadcastable)()
    found = grad(
        None,
        targets,
        consider_constant=consider_constant,
        disconnected_inputs=disconnected_inputs,
        known_grads={expression: weights},
    )
    return map_unit_rows(found, weights, expression.shape[0])


def hessian(
    cost: Any,
    wrt: Any,
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """Return the second derivatives of a cost with respect to vectors.

    Parameters
    ----------
    cost : 0-d tensor
    wrt : vector (n,), or list or tuple of vectors
    consider_constant, disconnected_inputs : optional
        As in ``grad``. A gradient that does not depend on its vector is no error.

    Returns
    -------
    variable, list or tuple
        As ``wrt``: for each vector, a matrix (n, n).

    Raises
    ------
    TypeError
        The cost is not a scalar, or one of ``wrt`` is no vector.
    DisconnectedInputError
        The cost does not depend on a vector of ``wrt``.
    """
    check_variables("hessian", "wrt", as_list(wrt))
    for vector in as_list(wrt):
        if not isinstance(vector.type, TensorType) or vector.type.ndim != 1:
            raise usage_error(
                TypeError,
                "hessian() was asked for the derivatives with respect to something that is no "
                "vector",
                expected="a vector, or a list or tuple of vectors",
                got=vector,
                fix="make the parameters parts of one vector, or take the jacobian of a gradient",
            )
    gradients = grad(cost, as_list(wrt), consider_constant, disconnected_inputs)
    found = [
        rows_of_jacobian(g, [vector], consider_constant, "ignore")[0]
        for g, vector in zip(gradients, as_list(wrt), strict=True)
    ]
    return as_given(found, wrt)


def hessian_vector_product(
    cost: Any,
    wrt: Any,
    p: Any,
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """Return the Hessian of a cost times a vector, at about twice the price of the gradient.

    Parameters
    ----------
    cost : 0-d tensor
    wrt : variable, or list or tuple of variables
        Of any rank: together they are the vector that the Hessian belongs to.
    p : variable, or list or tuple of variables
        For each of ``wrt`` the part of the vector, of its shape.
    consider_constant, disconnected_inputs : optional
        As in ``grad``. A gradient that does not depend on a variable is no error.

    Returns
    -------
    variable, list or tuple
        As ``wrt``, of the same shapes.

    Raises
    ------
    TypeError
        The cost is not a scalar.
    ValueError
        There are not as many of ``p`` as of ``wrt``.
    """
    targets = as_list(wrt)
    points = [
        as_tensor_variable(point) for _, point in paired("hessian_vector_product", "wrt", wrt, p)
    ]
    gradients = grad(cost, targets, consider_constant, disconnected_inputs)
    # The gradient of the slope along `p`; of floats of several widths, in the widest.
    slopes = [sum_of(g * point) for g, point in zip(gradients, points, strict=True)]
    found = grad(sum(slopes[1:], slopes[0]), targets, consider_constant, "ignore", add_names=False)
    return as_given(found, wrt)
