"""Names that NumPy no longer has, for the programs that use them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

RENAMED: dict[str, str] = {
    "Inf": "inf",
    "Infinity": "inf",
    "NAN": "nan",
    "NaN": "nan",
    "PINF": "inf",
    "alltrue": "all",
    "bool8": "bool_",
    "cfloat": "complex128",
    "clongfloat": "clongdouble",
    "complex_": "complex128",
    "cumproduct": "cumprod",
    "float_": "float64",
    "in1d": "isin",
    "infty": "inf",
    "int0": "intp",
    "longcomplex": "clongdouble",
    "longfloat": "longdouble",
    "mat": "asmatrix",
    "object0": "object_",
    "product": "prod",
    "rank": "ndim",
    "round_": "round",
    "row_stack": "vstack",
    "singlecomplex": "complex64",
    "sometrue": "any",
    "string_": "bytes_",
    "trapz": "trapezoid",
    "typeDict": "sctypeDict",
    "uint0": "uintp",
    "unicode_": "str_",
}
"""Old name to today's, both in ``numpy``."""

BUILTINS: dict[str, type] = {
    "bool": bool,
    "complex": complex,
    "float": float,
    "int": int,
    "long": int,
    "object": object,
    "str": str,
    "unicode": str,
}
"""Aliases of Python's own types. ``bool`` and ``long`` are dtypes of NumPy's own again."""


class Casts(dict[Any, Callable[[Any], Any]]):
    """``numpy.cast``: a function for each dtype."""

    def __missing__(self, dtype: Any) -> Callable[[Any], Any]:
        return lambda value: np.asarray(value).astype(dtype)


def asscalar(a: Any) -> Any:
    """Return the one element of an array as a number of Python's."""
    return np.asarray(a).item()


def asfarray(a: Any, dtype: Any = np.float64) -> Any:
    """Return an array of floats."""
    return np.asarray(a, dtype if np.issubdtype(dtype, np.inexact) else np.float64)


def issctype(rep: Any) -> bool:
    """Whether this is a scalar type of NumPy's."""
    return isinstance(rep, type) and issubclass(rep, np.generic)


def obj2sctype(rep: Any, default: Any = None) -> Any:
    """Return the scalar type of an object, or a default."""
    if issctype(rep):
        return rep
    try:
        return np.dtype(rep).type if isinstance(rep, str | type) else np.asarray(rep).dtype.type
    except TypeError:
        return default


def issubsctype(a: Any, b: Any) -> bool:
    """Whether the scalar type of one object is a subclass of the other's."""
    return issubclass(obj2sctype(a), obj2sctype(b))


def issubclass_(a: Any, b: Any) -> bool:
    """``issubclass`` that says False of what is no class."""
    return isinstance(a, type) and issubclass(a, b)


def find_common_type(arrays: Sequence[Any], scalars: Sequence[Any]) -> Any:
    """Return the dtype of arrays and scalars, where scalars count if their kind is higher."""
    array_type = np.result_type(*map(np.dtype, arrays)) if arrays else None
    scalar_type = np.result_type(*map(np.dtype, scalars)) if scalars else None
    if array_type is None or scalar_type is None:
        return array_type if scalar_type is None else scalar_type
    kinds = "buifc"
    higher = kinds.find(scalar_type.kind) > kinds.find(array_type.kind)
    return scalar_type if higher else array_type


def msort(a: Any) -> Any:
    """Return a copy sorted along the first axis."""
    return np.sort(a, axis=0)


def alen(a: Any) -> int:
    """Return the length of the first axis, 1 for a number."""
    return len(np.atleast_1d(a))


def disp(message: Any, device: Any = None, linefeed: bool = True) -> None:
    """Write a message."""
    (device or sys.stdout).write(f"{message}\n" if linefeed else f"{message}")


MADE: dict[str, Any] = {
    "NINF": -np.inf,
    "NZERO": -0.0,
    "PZERO": 0.0,
    "alen": alen,
    "asfarray": asfarray,
    "asscalar": asscalar,
    "cast": Casts(),
    "disp": disp,
    "fastCopyAndTranspose": lambda a: np.array(a).T.copy(),
    "find_common_type": find_common_type,
    "issctype": issctype,
    "issubclass_": issubclass_,
    "issubsctype": issubsctype,
    "maximum_sctype": lambda t: np.dtype(t).type,
    "msort": msort,
    "obj2sctype": obj2sctype,
    "sctype2char": lambda t: np.dtype(t).char,
    "sctypes": {
        "int": [np.int8, np.int16, np.int32, np.int64],
        "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
        "float": [np.float16, np.float32, np.float64, np.longdouble],
        "complex": [np.complex64, np.complex128, np.clongdouble],
        "others": [bool, object, bytes, str, np.void],
    },
    "set_string_function": lambda *args, **kwargs: None,
}


def fromstring(string: Any, dtype: Any = float, count: int = -1, sep: str = "", **like: Any) -> Any:
    """``numpy.fromstring`` with its binary mode, which returns a copy."""
    if sep:
        return np.fromstring(string, dtype, count, sep=sep, **like)
    data = string.encode("latin-1") if isinstance(string, str) else string
    return np.frombuffer(data, dtype, count).copy()


def numpy_names() -> dict[str, Any]:
    """Return each old name with what it stands for, less those that NumPy has."""
    names: dict[str, Any] = {old: getattr(np, new) for old, new in RENAMED.items()}
    names.update(BUILTINS)
    names.update(MADE)
    return {name: value for name, value in names.items() if name not in vars(np)}


def program_numpy(load: Callable[..., Any]) -> dict[str, Any]:
    """Return functions that read old data, which take the place of NumPy's for a program.

    Parameters
    ----------
    load : callable
        ``numpy.load``.
    """

    def load_old(file: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            kwargs.setdefault("allow_pickle", True)
        if len(args) < 4 and kwargs.get("allow_pickle"):
            kwargs.setdefault("encoding", "latin1")
        return load(file, *args, **kwargs)

    return {"load": load_old, "fromstring": fromstring}


def testing_names(testing: ModuleType) -> dict[str, Any]:
    """Return the names that ``numpy.testing`` lost."""
    return {"rand": np.random.rand} if not hasattr(testing, "rand") else {}
