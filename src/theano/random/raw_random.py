"""Random variables drawn from a given NumPy generator.

Each function takes a variable of ``random_state_type`` first and returns a list of two: the
generator moved on, and the numbers. They are those of ``numpy.random.RandomState``'s method of that
name, in its order.

``size`` is the shape: a sequence of integers and integer scalars, an integer vector, or None for
that of the parameters. In a sequence, -1 stands for the length that the parameters have there.
``ndim`` is the number of dimensions; it is needed where ``size`` is a vector of unknown length.
"""

from __future__ import annotations

import warnings
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Variable
from theano.options import config
from theano.random.random_function import RandomFunction
from theano.random.random_state import random_state_type
from theano.random.samplers import (
    choice_helper,
    multinomial_helper,
    permutation_helper,
    random_integers_helper,
)
from theano.scalar.type import INTEGER_DTYPES, upcast
from theano.tensor.conversion import as_tensor_variable, constant
from theano.tensor.ops.shape import shape as shape_of
from theano.tensor.ops.sizes import as_size_vector, make_vector, vector_length
from theano.tensor.type import TensorType

__all__ = [
    "RandomFunction",
    "binomial",
    "choice",
    "infer_size",
    "multinomial",
    "normal",
    "permutation",
    "poisson",
    "random_integers",
    "random_state_type",
    "uniform",
]

Inferred = tuple[int, Any, tuple[bool, ...]]


def infer_size(ndim: int | None, size: Any, *args: Any) -> Inferred:
    """Return what ``size``, ``ndim`` and the parameters tell of the shape of a draw.

    Parameters
    ----------
    ndim : int or None
    size : sequence, vector or None
        See above.
    *args : variables
        The parameters.

    Returns
    -------
    ndim : int
    lengths : int64 vector
    broadcastable : tuple of bool

    Raises
    ------
    TypeError
        ``size`` is no shape, or there is neither a size nor a parameter.
    ValueError
        The number of dimensions is not known, or does not fit.
    """
    if size is None:
        if not args:
            raise usage_error(
                TypeError, "a random draw was asked for without a size", fix="give size=(...)"
            )
        template = reduce(add, args)
        lengths: Any = shape_of(template)
        pattern = tuple(template.type.broadcastable)
        ndim = len(pattern)
    elif isinstance(size, (tuple, list)):
        if ndim not in (None, len(size)):
            raise usage_error(
                ValueError,
                "a random draw was asked for with a size that does not fit ndim",
                expected=f"{ndim} lengths, as ndim={ndim}",
                got=f"{len(size)} lengths",
            )
        ndim = len(size)
        elements = [element(n, i, ndim, args) for i, n in enumerate(size)]
        lengths = make_vector([n for n, _ in elements]) if elements else []
        pattern = tuple(flag for _, flag in elements)
    else:
        lengths = as_tensor_variable(size)
        if lengths.type.ndim != 1:
            raise not_a_shape(size)
        ndim = vector_length(lengths) if ndim is None else ndim
        if ndim is None:
            raise usage_error(
                ValueError,
                "the number of dimensions of a random draw is not known",
                got=lengths,
                fix="give it: ndim=2",
            )
        pattern = (False,) * ndim
    needed = max((x.type.ndim for x in args), default=0)
    if needed > ndim:
        raise usage_error(
            ValueError,
            "a random draw was asked for with fewer dimensions than its parameters have",
            expected=f"at least {needed} dimensions",
            got=f"{ndim}",
        )
    return ndim, as_size_vector(lengths, "a random draw"), pattern


def element(n: Any, i: int, ndim: int, args: Any) -> tuple[Any, bool]:
    """Return length ``i`` of ``ndim`` as an integer scalar, and whether it is known to be 1."""
    if isinstance(n, Variable):
        if n.type.ndim or n.type.dtype not in INTEGER_DTYPES:
            raise not_a_shape(n)
        return n, False
    if isinstance(n, bool) or not isinstance(n, (int, np.integer, np.ndarray)):
        raise not_a_shape(n)
    if n >= 0:
        return constant(np.int64(n)), bool(n == 1)
    there = [x for x in args if i >= ndim - x.type.ndim]
    if n != -1 or not there:
        raise usage_error(
            ValueError,
            "a random draw was asked for with a negative length",
            expected="lengths from 0 up, or -1 where a parameter has a length",
            got=f"{n} as length {i} of {ndim}",
        )
    for x in there:
        axis = i - (ndim - x.type.ndim)
        if not x.type.broadcastable[axis]:
            return shape_of(x)[axis], False
    return constant(np.int64(1)), True


def not_a_shape(size: Any) -> TypeError:
    """Return the error about a size that is none."""
    return usage_error(
        TypeError,
        "a random draw was asked for with a size that is no shape",
        expected="a sequence of integers, an integer vector or None",
        got=size,
    )


def draw(fn: Any, random_state: Any, inferred: Inferred, dtype: Any, *parameters: Any) -> list[Any]:
    """Return the generator moved on, and numbers of the inferred shape."""
    _, lengths, pattern = inferred
    dtype = config.floatX if dtype == "floatX" else dtype
    outputs = RandomFunction(fn, TensorType(dtype, pattern))(random_state, lengths, *parameters)
    return list(outputs)


def uniform(
    random_state: Any,
    size: Any = None,
    low: Any = 0.0,
    high: Any = 1.0,
    ndim: int | None = None,
    dtype: Any = None,
) -> list[Any]:
    """Draw uniform numbers from ``low``, included, to ``high``.

    ``dtype`` is by default the common one of ``floatX``, ``low`` and ``high``.
    """
    return continuous("uniform", random_state, size, low, high, ndim, dtype)


def normal(
    random_state: Any,
    size: Any = None,
    avg: Any = 0.0,
    std: Any = 1.0,
    ndim: int | None = None,
    dtype: Any = None,
) -> list[Any]:
    """Draw normal numbers of mean ``avg`` and standard deviation ``std``.

    ``dtype`` is by default the common one of ``floatX``, ``avg`` and ``std``.
    """
    return continuous("normal", random_state, size, avg, std, ndim, dtype)


def continuous(
    fn: str, random_state: Any, size: Any, one: Any, other: Any, ndim: int | None, dtype: Any
) -> list[Any]:
    """Draw floating-point numbers by a method of two parameters."""
    one, other = as_tensor_variable(one), as_tensor_variable(other)
    if dtype is None:
        dtype = upcast(config.floatX, one.type.dtype, other.type.dtype)
    return draw(fn, random_state, infer_size(ndim, size, one, other), dtype, one, other)


def binomial(
    random_state: Any,
    size: Any = None,
    n: Any = 1,
    p: Any = 0.5,
    ndim: int | None = None,
    dtype: Any = "int64",
    prob: Any = None,
) -> list[Any]:
    """Draw how many of ``n`` trials succeed, each with chance ``p`` (earlier called ``prob``).

    No dimension of the result is broadcastable.
    """
    if prob is not None:
        warnings.warn("binomial(prob=...) is now called p", DeprecationWarning, stacklevel=2)
        p = prob
    n, p = as_tensor_variable(n), as_tensor_variable(p)
    ndim, lengths, _ = infer_size(ndim, size, n, p)
    return draw("binomial", random_state, (ndim, lengths, (False,) * ndim), dtype, n, p)


def random_integers(
    random_state: Any,
    size: Any = None,
    low: Any = 0,
    high: Any = 1,
    ndim: int | None = None,
    dtype: Any = "int64",
) -> list[Any]:
    """Draw integers between ``low`` and ``high``, both included."""
    low, high = as_tensor_variable(low), as_tensor_variable(high)
    inferred = infer_size(ndim, size, low, high)
    return draw(random_integers_helper, random_state, inferred, dtype, low, high)


def choice(
    random_state: Any,
    size: Any = None,
    a: Any = 2,
    replace: Any = True,
    p: Any = None,
    ndim: int | None = None,
    dtype: Any = "int64",
) -> list[Any]:
    """Draw elements of the vector ``a``, or integers below the number ``a``.

    Parameters
    ----------
    replace : bool or scalar
        Whether one may come twice.
    p : vector, optional
        The chance of each; by default, and for 0, all are equal.
    size : sequence or vector
        It must be given.
    """
    replace = constant(np.int8(replace)) if isinstance(replace, bool) else replace
    if p is None or (isinstance(p, int) and p == 0):
        p = constant(np.zeros(0))
    return draw(choice_helper, random_state, infer_size(ndim, size), dtype, a, replace, p)


def poisson(
    random_state: Any,
    size: Any = None,
    lam: Any = 1.0,
    ndim: int | None = None,
    dtype: Any = "int64",
) -> list[Any]:
    """Draw Poisson numbers of mean ``lam``; ``size`` must be given."""
    return draw("poisson", random_state, infer_size(ndim, size), dtype, lam)


def permutation(
    random_state: Any, size: Any = None, n: Any = 1, ndim: int | None = None, dtype: Any = "int64"
) -> list[Any]:
    """Draw permutations of the integers from 0 to ``n - 1``.

    One, a vector, without a size; else as many as ``size`` says, along a new last axis.
    """
    if size is None or (isinstance(size, (tuple, list)) and not size):
        if ndim not in (None, 1):
            raise usage_error(
                TypeError,
                "one permutation was asked for with a number of dimensions",
                expected="ndim=1, or none",
                got=f"ndim={ndim}",
                fix="say how many permutations to draw: size=(...)",
            )
        ndim, lengths, pattern = infer_size(None, ())
    else:
        ndim, lengths, pattern = infer_size(ndim, size)
    kind = TensorType(dtype, (*pattern, False))
    return list(RandomFunction(permutation_helper, kind, ndim_added=1)(random_state, lengths, n))


def multinomial(
    random_state: Any,
    size: Any = None,
    n: Any = 1,
    pvals: Any = (0.5, 0.5),
    ndim: int | None = None,
    dtype: Any = "int64",
) -> list[Any]:
    """Draw how often each outcome comes in ``n`` trials, for each row of chances.

    Parameters
    ----------
    n : integers
    pvals : tensor, shape (..., outcomes)
        Each row sums to 1.
    size : sequence, vector or None
        The shape that ``n``, and ``pvals`` but for its last axis, are broadcast to; the result has
        the axis of outcomes besides. ``ndim`` counts without it.
    """
    n, pvals = as_tensor_variable(n), as_tensor_variable(pvals)
    if not pvals.type.ndim:
        raise usage_error(
            ValueError,
            "multinomial() takes a row of chances: pvals",
            expected="a vector",
            got=pvals,
        )
    first = pvals[(*[slice(None)] * (pvals.type.ndim - 1), 0)]
    _, lengths, pattern = infer_size(ndim, size, n, first)
    kind = TensorType(dtype, (*pattern, pvals.type.broadcastable[-1]))
    op = RandomFunction(multinomial_helper, kind, ndim_added=1)
    return list(op(random_state, lengths, n, pvals))
