"""Functions that work element by element, made from the scalar ops, and casts.

To add one, add its scalar op to a family of ``theano.scalar``.
"""

from __future__ import annotations

from typing import Any

from theano import scalar
from theano.options import config
from theano.scalar.identity import Cast
from theano.scalar.type import check_dtype
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import Elemwise
from theano.tensor.type import TensorType

TensorType.lift_scalar_op = staticmethod(Elemwise)

FUNCTIONS = {
    name: Elemwise(getattr(family, name))
    for family in scalar.FAMILIES
    for name in family.__all__
    if isinstance(getattr(family, name), scalar.ScalarOp)
}
globals().update(FUNCTIONS)

inv = FUNCTIONS["reciprocal"]
square = FUNCTIONS["sqr"]
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


def clip(x: Any, min: Any, max: Any) -> Any:
    """Return ``x`` limited to ``[min, max]``."""
    return FUNCTIONS["minimum"](FUNCTIONS["maximum"](x, min), max)


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


__all__ = [
    *FUNCTIONS,
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "cast",
    "clip",
    "fill",
    "inv",
    "ones_like",
    "square",
    "tensor_copy",
    "where",
    "zeros_like",
]
