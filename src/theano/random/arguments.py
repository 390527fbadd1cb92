"""What random streams accept: sizes, parameters and dtypes of distributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Constant, Variable
from theano.options import config
from theano.random.ops import UndefinedGrad
from theano.scalar.type import upcast
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.sizes import as_size_vector, vector_length

__all__ = [
    "check_normal_size",
    "check_uniform_size",
    "check_unknown",
    "float_dtype",
    "is_number",
    "parameter",
]


def parameter(x: Any) -> Any:
    """Return a parameter of a distribution, marked where a gradient could be asked for."""
    x = as_tensor_variable(x)
    return x if isinstance(x, Constant) else UndefinedGrad()(x)


def is_number(x: Any, value: int) -> bool:
    """Whether ``x`` is the Python number ``value``."""
    return isinstance(x, (int, float)) and x == value


def float_dtype(dtype: Any, *parameters: Any) -> str:
    """Return the dtype of samples: the one asked for, else the common one.

    Raises
    ------
    TypeError
        It cannot hold uniform numbers.
    """
    if dtype is None:
        dtype = upcast(config.floatX, *[x.type.dtype for x in parameters])
    dtype = config.floatX if str(dtype) == "floatX" else str(np.dtype(dtype))
    if dtype not in ("float16", "float32", "float64"):
        raise usage_error(
            TypeError,
            "random numbers were asked for in a dtype that cannot hold them",
            expected="float16, float32 or float64",
            got=dtype,
            fix="cast the result: theano.tensor.cast(sample, dtype)",
        )
    return dtype


def check_unknown(name: str, kwargs: dict[str, Any]) -> None:
    """Raise TypeError for arguments other than ``target``, which programs for GPUs give."""
    unknown = sorted(set(kwargs) - {"target"})
    if unknown:
        raise usage_error(
            TypeError, f"{name}() was given arguments that it does not know", got=", ".join(unknown)
        )


def check_uniform_size(size: Any, ndim: int | None) -> tuple[Any, int]:
    """Return the lengths as an int64 vector, and their number.

    Raises
    ------
    TypeError
        ``size`` is neither a tuple of integers nor an integer vector.
    ValueError
        A length is not positive, or their number is not known.
    """
    if isinstance(size, tuple):
        for length in size:
            if not isinstance(length, (int, np.integer, Variable)):
                raise usage_error(
                    TypeError,
                    "uniform() was given a size of the wrong type",
                    expected="integers or integer scalars",
                    got=f"{length!r} in {size}",
                )
        check_positive("uniform", size)
    elif not isinstance(size, Variable) or getattr(size.type, "ndim", None) != 1:
        raise usage_error(
            TypeError,
            "uniform() was given a size of the wrong type",
            expected="a tuple of lengths, or an integer vector",
            got=size,
        )
    return count_lengths("uniform", as_size_vector(size, "uniform()"), ndim)


def check_normal_size(size: Any, ndim: int | None) -> tuple[Any, Any, int]:
    """Return the size, the lengths as an int64 vector, and their number.

    Raises
    ------
    ValueError
        ``size`` is no shape, or the number of lengths is not known.
    """
    if isinstance(size, (int, np.integer)):
        size = (size,)
    if isinstance(size, Sequence) and not isinstance(size, str):
        size = tuple(size)
        ok = all(isinstance(length, (int, np.integer, Variable)) for length in size)
    else:
        ok = isinstance(size, Variable) and getattr(size.type, "ndim", 2) < 2
    if not ok:
        raise usage_error(
            ValueError,
            "normal() was given a size that is no shape",
            expected="lengths, an integer vector or an integer scalar",
            got=size if isinstance(size, Variable) else repr(size),
        )
    if isinstance(size, tuple):
        check_positive("normal", size)
    return size, *count_lengths("normal", as_size_vector(size, "normal()"), ndim)


def check_positive(name: str, size: tuple[Any, ...]) -> None:
    """Raise ValueError where a length that is a number is less than 1."""
    if any(isinstance(length, (int, np.integer)) and length < 1 for length in size):
        raise usage_error(
            ValueError,
            f"{name}() was given a size with a length that is not positive",
            expected="lengths of at least 1",
            got=f"size {size}",
        )


def count_lengths(name: str, lengths: Any, ndim: int | None) -> tuple[Any, int]:
    """Return the lengths and their number, ``ndim`` where the graph does not tell.

    Raises
    ------
    ValueError
        It is not known, or not ``ndim``.
    """
    known = vector_length(lengths)
    if ndim is None:
        ndim = known
    if ndim is None:
        raise usage_error(
            ValueError,
            f"{name}() does not know the number of dimensions of its result",
            got=lengths,
            fix=f"give it: {name}(size, ndim=2)",
        )
    if known is not None and known != ndim:
        raise usage_error(
            ValueError,
            f"{name}() was given a size that does not fit its number of dimensions",
            expected=f"{ndim} lengths, as ndim={ndim}",
            got=f"{known} lengths",
        )
    return lengths, int(ndim)
