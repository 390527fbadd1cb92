"""Shared variables that hold tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.shared_variable import SharedVariable, shared_constructor
from theano.tensor.type import TensorType
from theano.tensor.variable import TensorOperators


class TensorSharedVariable(TensorOperators, SharedVariable):
    """A tensor with a value of its own."""

    __slots__ = ()


class ScalarSharedVariable(TensorSharedVariable):
    """A 0-d tensor with a value of its own."""

    __slots__ = ()


@shared_constructor
def tensor_constructor(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    broadcastable: Sequence[bool] | None = None,
    target: str = "cpu",
) -> TensorSharedVariable:
    """Return a shared tensor with a copy of an array.

    No dimension is broadcastable unless ``broadcastable`` says so, as the value may change.
    """
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{type(value).__name__} is no ndarray")
    pattern = (False,) * value.ndim if broadcastable is None else broadcastable
    kind = TensorType(value.dtype.name, pattern)
    return TensorSharedVariable(name, kind, value, strict, allow_downcast)


@shared_constructor
def scalar_constructor(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    target: str = "cpu",
) -> TensorSharedVariable:
    """Return a shared 0-d tensor from a number: float64 for a float, int64 for an int."""
    if not isinstance(value, (np.number, np.bool_, int, float, complex)):
        raise TypeError(f"{type(value).__name__} is no number")
    array = np.asarray(value)
    kind = TensorType(array.dtype.name, ())
    return ScalarSharedVariable(name, kind, array, strict, allow_downcast)
