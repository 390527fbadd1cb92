"""Python's numbers as numbers of a dtype: the casting rules of constants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.options import config


class Autocaster:
    """Gives a number the first of ``dtypes`` that holds it exactly, else the last of them.

    Under ``config.cast_policy = "numpy+floatX"`` numbers are typed as NumPy does instead, and
    floats in ``floatX``.

    Parameters
    ----------
    dtypes : sequence of str
        From narrow to wide.
    """

    def __init__(self, dtypes: Any) -> None:
        self.dtypes: tuple[str, ...] = tuple(dtypes)

    def __call__(self, x: Any) -> np.ndarray:
        """Return a number as a 0-d array; one that has a dtype among ``dtypes`` keeps it.

        Raises
        ------
        OverflowError
            An integer does not fit 64 bits.
        """
        if is_typed(x) and (x.dtype.name in self.dtypes or config.cast_policy == "numpy+floatX"):
            return np.asarray(x)
        with np.errstate(over="ignore"):
            if config.cast_policy == "numpy+floatX":
                return np.asarray(x, dtype=config.floatX if isinstance(x, float) else None)
            if isinstance(x, float) and config.floatX in self.dtypes and config.floatX != "float64":
                return np.asarray(x, dtype=config.floatX)
            for dtype in self.dtypes:
                if dtype == "float16" and config.floatX != "float16":
                    continue
                narrow = held(x, dtype)
                if narrow is not None:
                    return narrow
            return np.asarray(x, dtype=self.dtypes[-1])


def is_typed(x: Any) -> bool:
    """Whether a number has a dtype."""
    return isinstance(x, (np.generic, np.ndarray))


def held(x: Any, dtype: str) -> np.ndarray | None:
    """Return a number in ``dtype`` if that holds it exactly."""
    try:
        narrow = np.asarray(x, dtype=dtype)
    except OverflowError:
        return None
    # As Python's numbers: NumPy would compare a float32 with a Python number in float32.
    return narrow if narrow.item() == x else None


autocast_int = Autocaster(("int8", "int16", "int32", "int64"))
autocast_float = Autocaster(("float16", "float32", "float64"))


def autocast(value: int | float) -> np.ndarray:
    """Return a Python number as a 0-d array in the dtype that the casting rules give it.

    An int takes the smallest signed integer dtype that holds it, or uint64. A float takes float32
    under ``floatX=float32`` (float16 likewise), else the smaller of float32 and float64 that holds
    it exactly. So a literal never widens an expression without need.

    Raises
    ------
    OverflowError
        An integer does not fit 64 bits.
    """
    if not isinstance(value, int):
        return autocast_float(value)
    if -(2**63) <= value < 2**63:
        return autocast_int(value)
    if value < 2**64 and value > 0:
        return np.asarray(value, dtype="uint64")
    raise usage_error(OverflowError, "an integer does not fit 64 bits", got=value)


@contextmanager
def autocast_float_as(*dtypes: str) -> Iterator[None]:
    """Type Python floats within a ``with`` block as the first of ``dtypes`` that holds them.

    >>> with autocast_float_as("float32"):
    ...     y = fvector() * 0.1  # float32, where 0.1 would be float64 and so y
    """
    before = autocast_float.dtypes
    autocast_float.dtypes = dtypes
    try:
        yield
    finally:
        autocast_float.dtypes = before
