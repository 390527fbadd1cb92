"""Shared variables that hold a NumPy generator, ``numpy.random.RandomState``."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Type
from theano.shared_variable import SharedVariable, shared_constructor

__all__ = [
    "RandomStateSharedVariable",
    "RandomStateType",
    "random_state_type",
    "randomstate_constructor",
]


class RandomStateType(Type):
    """The type of ``numpy.random.RandomState`` objects, equal where they draw the same numbers."""

    __props__ = ()

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return ``data`` itself.

        Raises
        ------
        TypeError
            It is no ``RandomState``.
        """
        if type(data) is not np.random.RandomState:
            raise usage_error(
                TypeError,
                "a value of another type was given where a generator is needed",
                expected="a numpy.random.RandomState",
                got=data,
            )
        return data

    def values_eq(self, a: Any, b: Any) -> bool:
        """Whether two generators are in the same state."""
        name, keys, place, has_gauss, gauss = a.get_state()
        other_name, other_keys, other_place, other_has_gauss, other_gauss = b.get_state()
        return bool(
            (name, place, has_gauss) == (other_name, other_place, other_has_gauss)
            and np.array_equal(keys, other_keys)
            # What is left of a drawn pair counts only while there is something left.
            and (not has_gauss or gauss == other_gauss)
        )

    @staticmethod
    def may_share_memory(a: Any, b: Any) -> bool:
        """Whether two generators are one."""
        return a is b

    def __str__(self) -> str:
        return type(self).__name__


random_state_type = RandomStateType()


class RandomStateSharedVariable(SharedVariable):
    """A NumPy generator that functions share."""

    __slots__ = ()


@shared_constructor
def randomstate_constructor(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
) -> RandomStateSharedVariable:
    """Return a shared variable with a copy of a generator; with ``borrow``, with itself."""
    if not isinstance(value, np.random.RandomState):
        raise TypeError(f"{type(value).__name__} is no RandomState")
    if not borrow:
        value = copy.deepcopy(value)
    return RandomStateSharedVariable(name, random_state_type, value, strict, allow_downcast)
