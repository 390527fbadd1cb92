"""From what a caller gives to arrays of the inputs' types."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.compile.io import In
from theano.runtime.devices import aligned_empty
from theano.scalar.type import upcast
from theano.tensor.type import TensorType

LARGE = 4096
"""From so many bytes on, a cast goes into memory that is kept for the next call."""


class ArgumentFilter:
    """Turns arguments for one input into arrays of its type.

    An array that fits is passed on as it is. A large one of another dtype that may be cast goes
    into memory of the filter's own, which XLA reads in place; ``release`` lets the next call use
    it again.
    """

    def __init__(self, one: In) -> None:
        self.type = one.variable.type
        self.strict, self.allow_downcast = one.strict, one.allow_downcast
        self.dtype, self.ndim = np.dtype("bool"), -1  # no array has that rank
        if isinstance(self.type, TensorType) and not any(self.type.broadcastable):
            self.dtype, self.ndim = np.dtype(self.type.dtype), self.type.ndim
        self._free: list[np.ndarray] = []

    def __call__(self, value: Any) -> Any:
        """Return ``value`` as an array.

        Raises
        ------
        TypeError, ValueError, OverflowError
            It does not fit the type.
        """
        if type(value) is np.ndarray and value.ndim == self.ndim:
            if value.dtype == self.dtype:
                return value
            if value.nbytes >= LARGE and self._may_cast(value.dtype):
                array = self._memory(value.shape)
                np.copyto(array, value, casting="unsafe")
                return array
        return self.type.filter(value, self.strict, self.allow_downcast)

    def _memory(self, shape: tuple[int, ...]) -> np.ndarray:
        # Taken out in one step, so that two threads never write into one array.
        try:
            array = self._free.pop()
        except IndexError:
            return aligned_empty(shape, self.dtype)
        return array if array.shape == shape else aligned_empty(shape, self.dtype)

    def _may_cast(self, dtype: np.dtype) -> bool:
        if self.strict or dtype.kind not in "biuf" or dtype.byteorder not in "=|":
            return False
        return bool(self.allow_downcast) or upcast(dtype.name, self.dtype.name) == self.dtype

    def release(self, array: Any, value: Any) -> None:
        """Keep ``array``, made of ``value``, for the next call: nothing reads it any more."""
        if array is not value and type(array) is np.ndarray and array.nbytes >= LARGE:
            self._free[:] = [array]
