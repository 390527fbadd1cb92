"""``Scalar``: one number of a given dtype, and the dtype rules that all of the language shares."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Type
from theano.options import config

INT_DTYPES = ("int8", "int16", "int32", "int64")
UINT_DTYPES = ("uint8", "uint16", "uint32", "uint64")
INTEGER_DTYPES = INT_DTYPES + UINT_DTYPES
DISCRETE_DTYPES = ("bool", *INTEGER_DTYPES)
FLOAT_DTYPES = ("float16", "float32", "float64")
COMPLEX_DTYPES = ("complex64", "complex128")
CONTINUOUS_DTYPES = FLOAT_DTYPES + COMPLEX_DTYPES
ALL_DTYPES = DISCRETE_DTYPES + CONTINUOUS_DTYPES


def upcast(*dtypes: str) -> str:
    """Return the dtype that holds values of all ``dtypes``: NumPy's promotion of arrays.

    Under ``config.cast_policy = "numpy+floatX"`` with a ``floatX`` of less than 64 bits, integers
    do not widen floats beyond ``floatX``.
    """
    dtype = promoted(*dtypes)
    if config.cast_policy == "custom" or dtype not in WIDER_FLOATS[config.floatX]:
        return dtype
    return dtype if any(d in WIDER_FLOATS[config.floatX] for d in dtypes) else config.floatX


WIDER_FLOATS = {
    "float16": ("float32", "float64"),
    "float32": ("float64",),
    "float64": (),
}


@cache
def promoted(*dtypes: str) -> str:
    """Return NumPy's promotion of ``dtypes``."""
    return np.result_type(*[np.dtype(dtype) for dtype in dtypes]).name


@cache
def floating_dtype(dtype: str) -> str:
    """Return the dtype in which a real function of ``dtype`` is computed.

    Floats and complex numbers keep theirs; integers of at most 16 bits give float32, wider ones
    float64.
    """
    return dtype if dtype in CONTINUOUS_DTYPES else promoted(dtype, "float32")


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

    def values_eq_approx(self, a: Any, b: Any, **tolerances: Any) -> bool:
        if self.dtype in DISCRETE_DTYPES:
            return self.values_eq(a, b)
        epsilon = tolerances.get("tolerance", float(np.finfo(self.dtype).eps) * 100)
        return bool(abs(a - b) <= (abs(a) + abs(b)) * epsilon)

    def dtype_specs(self) -> tuple[type, str, str]:
        """Return the class of the numbers, and the names of their dtype in C and in NumPy's C."""
        kind = np.dtype(self.dtype)
        return kind.type, f"npy_{self.dtype}", f"NPY_{self.dtype.upper()}"

    @staticmethod
    def may_share_memory(a: Any, b: Any) -> bool:
        """Numbers have no memory that they could share."""
        return False

    def get_shape_info(self, obj: Any) -> int:
        """Return the size of a number in bytes."""
        return obj.itemsize

    def get_size(self, shape_info: int) -> int:
        """Return the size in bytes that ``get_shape_info`` found."""
        return shape_info

    def upcast(self, *others: str) -> str:
        """Return the dtype that holds this one and ``others``."""
        return upcast(self.dtype, *others)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and other.dtype == self.dtype

    def __hash__(self) -> int:
        return hash((Scalar, self.dtype))

    def __str__(self) -> str:
        return self.dtype

    def __repr__(self) -> str:
        return f"Scalar({self.dtype})"
