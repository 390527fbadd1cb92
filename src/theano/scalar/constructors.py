"""Constructors of symbolic numbers: constants, casts, and several variables at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.options import config
from theano.scalar.literals import autocast
from theano.scalar.op import as_scalar
from theano.scalar.passing import Cast
from theano.scalar.preference import TYPES
from theano.scalar.type import COMPLEX_DTYPES, Scalar, check_dtype, upcast

CASTS = {f"convert_to_{dtype}": Cast(dtype) for dtype in TYPES}
globals().update(CASTS)


def convert(x: Any, dtype: Any = None) -> np.ndarray:
    """Return a number as a 0-d array, in ``dtype`` or in the one that casting rules give it."""
    if dtype is not None:
        return np.asarray(x, dtype=config.floatX if dtype == "floatX" else dtype)
    plain = isinstance(x, (int, float)) and not isinstance(x, (bool, np.generic))
    return autocast(x) if plain else np.asarray(x)


def constant(x: Any, name: str | None = None, dtype: Any = None) -> Any:
    """Return a constant number.

    Raises
    ------
    TypeError
        ``x`` is no number.
    """
    value = convert(x, dtype)
    if value.ndim:
        raise usage_error(TypeError, "a scalar constant is one number", got=x)
    return Scalar(value.dtype.name).make_constant(value[()], name)


def cast(x: Any, dtype: str) -> Any:
    """Return a number in ``dtype`` (``"floatX"`` for ``config.floatX``).

    Raises
    ------
    TypeError
        ``x`` is complex and ``dtype`` is not, or ``dtype`` is not one of the language.
    """
    x = as_scalar(x)
    dtype = config.floatX if dtype == "floatX" else check_dtype(dtype)
    if x.type.dtype == dtype:
        return x
    if x.type.dtype in COMPLEX_DTYPES and dtype not in COMPLEX_DTYPES:
        raise usage_error(
            TypeError,
            f"a complex number cannot be cast to {dtype}",
            got=x,
            fix="take its real part, imaginary part or absolute value first",
        )
    return CASTS[f"convert_to_{dtype}"](x)


def as_common_dtype(*numbers: Any) -> tuple[Any, ...]:
    """Return numbers as scalar variables of the dtype that holds them all."""
    variables = [as_scalar(x) for x in numbers]
    dtype = upcast(*[x.type.dtype for x in variables])
    return tuple(cast(x, dtype) for x in variables)


def several(kind: Callable[[], Scalar]) -> Callable[..., list[Any]]:
    """Return a constructor of one variable for each name in a string or sequence."""

    def constructor(names: str | Sequence[str] | int) -> list[Any]:
        if isinstance(names, int):
            return [kind()() for _ in range(names)]
        return [kind()(name) for name in names]

    constructor.__doc__ = (
        "Return new symbolic numbers, one for each name, or as many as a number.\n"
    )
    return constructor


floats = several(lambda: TYPES[config.floatX])
ints = several(lambda: TYPES["int64"])
complexs = several(lambda: TYPES["complex128"])
complexs64 = several(lambda: TYPES["complex64"])
complexs128 = complexs

__all__ = [  # noqa: PLE0604  the keys of CASTS are strings
    *CASTS,
    "as_common_dtype",
    "cast",
    "complexs",
    "complexs128",
    "complexs64",
    "constant",
    "convert",
    "floats",
    "ints",
]
