"""``Scalar``: one number of a given dtype, and the dtype rules that all of the language shares."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Type
from theano.options import config

INTEGER_DTYPES = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DISCRETE_DTYPES = ("bool", *INTEGER_DTYPES)
FLOAT_DTYPES = ("float16", "float32", "float64")
COMPLEX_DTYPES = ("complex64", "complex128")
CONTINUOUS_DTYPES = FLOAT_DTYPES + COMPLEX_DTYPES
ALL_DTYPES = DISCRETE_DTYPES + CONTINUOUS_DTYPES


@cache
def upcast(*dtypes: str) -> str:
    """Return the dtype that holds values of all ``dtypes``: NumPy's promotion of arrays."""
    return np.result_type(*[np.dtype(dtype) for dtype in dtypes]).name


@cache
def floating_dtype(dtype: str) -> str:
    """Return the dtype in which a real function of ``dtype`` is computed.

    Floats and complex numbers keep theirs; integers of at most 16 bits give float32, wider ones
    float64.
    """
    return dtype if dtype in CONTINUOUS_DTYPES else upcast(dtype, "float32")


def autocast(value: int | float) -> np.ndarray:
    """Return a Python number as a 0-d array in the dtype that the casting rules give it.

    An int takes the smallest signed integer dtype that holds it. A float takes float32 under
    ``floatX=float32`` (float16 likewise), else the smaller of float32 and float64 that holds it
    exactly. So a literal never widens an expression without need.
    """
    if isinstance(value, int):
        for dtype in ("int8", "int16", "int32", "int64", "uint64"):
            info = np.iinfo(dtype)
            if info.min <= value <= info.max:
                return np.asarray(value, dtype=dtype)
        raise OverflowError(f"the integer {value} does not fit 64 bits")
    with np.errstate(over="ignore"):
        if config.floatX in ("float16", "float32"):
            return np.asarray(value, dtype=config.floatX)
        narrow = np.asarray(value, dtype="float32")
    # As a Python float: NumPy would compare a float32 with a Python number in float32.
    return narrow if float(narrow) == value else np.asarray(value, dtype="float64")


def check_dtype(dtype: Any) -> str:
    """Return ``dtype`` by its NumPy name.

    Raises
    ------
    TypeError
        It is not a dtype of the language.
    """
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = str(dtype)
    if name not in ALL_DTYPES:
        raise usage_error(
            TypeError,
            "an unsupported dtype was asked for",
            expected=", ".join(ALL_DTYPES),
            got=dtype,
        )
    return name


class Scalar(Type):
    """The type of one number of ``dtype``."""

    ndim = 0

    def __init__(self, dtype: str) -> None:
        self.dtype = check_dtype(dtype)

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        scalar_type = np.dtype(self.dtype).type
        if isinstance(data, scalar_type):
            return data
        value = np.asarray(data)
        if strict or value.ndim:
            raise TypeError(f"expected a {self.dtype} number, got {data!r}")
        converted = value.astype(self.dtype)
        if not (allow_downcast or converted == value or np.isnan(value)):
            raise TypeError(f"{data!r} does not fit {self.dtype} without loss")
        return converted[()]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and other.dtype == self.dtype

    def __hash__(self) -> int:
        return hash((Scalar, self.dtype))

    def __str__(self) -> str:
        return self.dtype

    def __repr__(self) -> str:
        return f"Scalar({self.dtype})"
