"""Functions that work element by element, made from the scalar ops, and casts.

To add one, add its scalar op to a family of ``theano.scalar``.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from theano import scalar
from theano.errors import usage_error
from theano.options import config
from theano.scalar.passing import Cast
from theano.scalar.type import DISCRETE_DTYPES, check_dtype
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import Elemwise
from theano.tensor.type import TensorType

TensorType.lift_scalar_op = staticmethod(Elemwise)

FUNCTIONS = {
    name: Elemwise(getattr(family, name), name=f"Elemwise{{{getattr(family, name)},no_inplace}}")
    for family in scalar.FAMILIES
    for name in family.__all__
    if isinstance(getattr(family, name), scalar.ScalarOp)
}
globals().update(FUNCTIONS)

int_div = FUNCTIONS["int_div"]
inv = FUNCTIONS["reciprocal"]
floor_div = int_div
square = FUNCTIONS["sqr"]
power = FUNCTIONS["pow"]
where = FUNCTIONS["switch"]
bitwise_and, bitwise_or = FUNCTIONS["and_"], FUNCTIONS["or_"]
bitwise_xor, bitwise_not = FUNCTIONS["xor"], FUNCTIONS["invert"]
tensor_copy = FUNCTIONS["identity"]
fill = FUNCTIONS["second"]


def cast(x: Any, dtype: Any) -> Any:
    """Return ``x`` in ``dtype`` (``"floatX"`` for ``config.floatX``).

    Raises
    ------
    TypeError
        ``x`` is complex and ``dtype`` is not, or ``dtype`` is not one of the language.
    """
    x = as_tensor_variable(x)
    dtype = config.floatX if dtype == "floatX" else check_dtype(dtype)
    if x.type.dtype == dtype:
        return x
    if x.type.dtype.startswith("complex") and not dtype.startswith("complex"):
        raise TypeError(
            f"a {x.type.dtype} tensor cannot be cast to {dtype}: take its real part, imaginary "
            "part or absolute value first"
        )
    return Elemwise(Cast(dtype))(x)


def round(a: Any, mode: str | None = None) -> Any:
    """Return ``a`` rounded to integers, in its own dtype.

    Parameters
    ----------
    a : real float tensor
    mode : {"half_to_even", "half_away_from_zero"}
        Where a number half-way between two integers goes; to the even one by default.

    Raises
    ------
    ValueError
        ``mode`` is not known.
    """
    if mode not in (None, "half_to_even", "half_away_from_zero"):
        raise usage_error(
            ValueError,
            "round was given a mode that it does not know",
            expected="'half_to_even' or 'half_away_from_zero'",
            got=repr(mode),
        )
    return FUNCTIONS[f"round_{mode or 'half_to_even'}"](a)


def iround(a: Any, mode: str | None = None) -> Any:
    """Return ``a`` rounded to integers, as int64; see ``round``."""
    return cast(round(a, mode), "int64")


def largest(*args: Any) -> Any:
    """Return the largest of several tensors, element by element."""
    return reduce(FUNCTIONS["maximum"], args)


def smallest(*args: Any) -> Any:
    """Return the smallest of several tensors, element by element."""
    return reduce(FUNCTIONS["minimum"], args)


def ceil_intdiv(a: Any, b: Any) -> Any:
    """Return ``a // b`` of integers, rounded up."""
    whole = int_div(a, b)
    return whole + cast(FUNCTIONS["neq"](FUNCTIONS["mod"](a, b), 0), whole.type.dtype)


def div_proxy(x: Any, y: Any) -> Any:
    """Return what ``x / y`` was in Python 2: of integers what ``config.int_division`` says."""
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    discrete = [v.type.dtype in DISCRETE_DTYPES for v in (x, y)]
    return Elemwise(scalar.int_or_true_div(*discrete))(x, y)


def divmod(x: Any, y: Any) -> tuple[Any, Any]:
    """Return ``x // y`` and ``x % y``."""
    return int_div(x, y), FUNCTIONS["mod"](x, y)


def zeros_like(model: Any, dtype: Any = None, opt: bool = False) -> Any:
    """Return zeros in the shape of ``model``, by default in its dtype."""
    return _like(model, 0, dtype)


def ones_like(model: Any, dtype: Any = None, opt: bool = False) -> Any:
    """Return ones in the shape of ``model``, by default in its dtype."""
    return _like(model, 1, dtype)


def _like(model: Any, value: int, dtype: Any) -> Any:
    model = as_tensor_variable(model)
    dtype = model.type.dtype if dtype is None else dtype
    return fill(model, cast(as_tensor_variable(value), dtype))


__all__ = [  # noqa: PLE0604  the keys of FUNCTIONS are strings
    *FUNCTIONS,
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "cast",
    "ceil_intdiv",
    "div_proxy",
    "divmod",
    "fill",
    "floor_div",
    "inv",
    "iround",
    "largest",
    "ones_like",
    "power",
    "round",
    "smallest",
    "square",
    "tensor_copy",
    "where",
    "zeros_like",
]
