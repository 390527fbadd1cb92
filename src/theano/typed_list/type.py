"""``TypedListType``: Python lists whose elements are all of one type."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Type

__all__ = ["TypedListType"]


class TypedListType(Type):
    """The type of lists of values of ``ttype``.

    Parameters
    ----------
    ttype : Type
        That of the elements; a list type for nested lists.
    depth : int
        How many further levels of lists are around them.

    Raises
    ------
    ValueError
        ``depth`` is negative.
    TypeError
        ``ttype`` is no type.
    """

    __props__ = ("ttype",)

    def __init__(self, ttype: Type, depth: int = 0) -> None:
        if depth < 0:
            raise usage_error(
                ValueError, "a list cannot be less deep than its elements", got=f"depth={depth}"
            )
        if not isinstance(ttype, Type):
            raise usage_error(
                TypeError,
                "a typed list was given no type for its elements",
                expected="a Type, such as TensorType('float32', (False,))",
                got=ttype,
                fix="for the type of a variable: x.type",
            )
        self.ttype = ttype if depth == 0 else TypedListType(ttype, depth - 1)

    @property
    def dtype(self) -> Type:
        """The type of the elements."""
        return self.ttype

    @property
    def ndim(self) -> int:
        """One more than the elements have."""
        return self.ttype.ndim + 1  # type: ignore[attr-defined, no-any-return]

    def get_depth(self) -> int:
        """Return how many levels of lists are inside this one."""
        return self.ttype.get_depth() + 1 if isinstance(self.ttype, TypedListType) else 0

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return a list of values of the elements' type; with ``strict``, a list as it is.

        Raises
        ------
        TypeError
            ``data`` cannot be walked through, or one of its elements is of another type.
        """
        if strict:
            if not isinstance(data, list):
                raise usage_error(TypeError, "a typed list needs a list", got=repr(data))
            return data
        try:
            elements = list(data)
        except TypeError:
            raise usage_error(TypeError, "a typed list needs a list", got=repr(data)) from None
        return [self.ttype.filter(one, False, allow_downcast) for one in elements]

    def values_eq(self, a: Any, b: Any) -> bool:
        """Whether two lists are of one length and their elements equal."""
        return len(a) == len(b) and all(map(self.ttype.values_eq, a, b))

    def values_eq_approx(self, a: Any, b: Any, **tolerances: Any) -> bool:
        """Whether two lists are equal up to rounding."""
        return len(a) == len(b) and all(
            self.ttype.values_eq_approx(x, y, **tolerances) for x, y in zip(a, b, strict=True)
        )

    def may_share_memory(self, a: Any, b: Any) -> bool:
        """Whether a list, or an element of one, may lie in the memory of another."""
        if a is b:
            return True
        firsts = a if isinstance(a, list) else [a]
        seconds = b if isinstance(b, list) else [b]
        shares = getattr(self.ttype, "may_share_memory", np.may_share_memory)
        return any(shares(x, y) for x in firsts for y in seconds)

    def own_copy(self, value: Any) -> list[Any]:
        """Return a copy of a list and of its elements."""
        copied = np.array if self.ttype.on_device else self.ttype.own_copy
        return [copied(one) for one in value]

    def __str__(self) -> str:
        return f"TypedList <{self.ttype}>"
