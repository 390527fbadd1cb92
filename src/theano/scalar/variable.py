"""Operators of symbolic numbers, so that one formula serves numbers and tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theano.graph import Constant, Variable
from theano.scalar import arithmetic, comparison
from theano.scalar.constructors import cast
from theano.scalar.division import div_proxy
from theano.scalar.op import ScalarOp
from theano.scalar.type import Scalar


def unary(op: ScalarOp) -> Any:
    """Return the operator method for ``op``."""

    def method(self: Any) -> Any:
        return op(self)

    return method


def binary(op: Callable[[Any, Any], Any]) -> Any:
    """Return the operator method for ``op``."""

    def method(self: Any, other: Any) -> Any:
        return op(self, other)

    return method


def reflected(op: Callable[[Any, Any], Any]) -> Any:
    """Return the operator method for ``op`` with the operands exchanged."""

    def method(self: Any, other: Any) -> Any:
        return op(other, self)

    return method


class ScalarOperators:
    """What every symbolic number can do."""

    __slots__ = ()
    __array_priority__ = 1000
    """Makes ``number + variable`` a variable where the number is NumPy's."""

    type: Any
    ndim = 0

    @property
    def dtype(self) -> str:
        """Its dtype by name."""
        return self.type.dtype

    def astype(self, dtype: str) -> Any:
        """Return the number in ``dtype``."""
        return cast(self, dtype)

    def zeros_like(self, dtype: str | None = None) -> Any:
        """Return a zero of this dtype."""
        return cast(0, self.dtype if dtype is None else dtype)

    def ones_like(self, dtype: str | None = None) -> Any:
        """Return a one of this dtype."""
        return cast(1, self.dtype if dtype is None else dtype)

    __add__ = binary(arithmetic.add)
    __radd__ = reflected(arithmetic.add)
    __sub__ = binary(arithmetic.sub)
    __rsub__ = reflected(arithmetic.sub)
    __mul__ = binary(arithmetic.mul)
    __rmul__ = reflected(arithmetic.mul)
    __truediv__ = __div__ = binary(div_proxy)
    __rtruediv__ = __rdiv__ = reflected(div_proxy)
    __floordiv__ = binary(arithmetic.int_div)
    __rfloordiv__ = reflected(arithmetic.int_div)
    __mod__ = binary(arithmetic.mod)
    __rmod__ = reflected(arithmetic.mod)
    __pow__ = binary(arithmetic.pow)
    __rpow__ = reflected(arithmetic.pow)
    __and__ = binary(comparison.and_)
    __rand__ = reflected(comparison.and_)
    __or__ = binary(comparison.or_)
    __ror__ = reflected(comparison.or_)
    __xor__ = binary(comparison.xor)
    __rxor__ = reflected(comparison.xor)
    __lt__ = binary(comparison.lt)
    __gt__ = binary(comparison.gt)
    __le__ = binary(comparison.le)
    __ge__ = binary(comparison.ge)
    __neg__ = unary(arithmetic.neg)
    __abs__ = unary(arithmetic.abs_)
    __invert__ = unary(comparison.invert)


class ScalarVariable(ScalarOperators, Variable):
    """A symbolic number."""

    __slots__ = ()


class ScalarConstant(ScalarOperators, Constant):
    """A number."""

    __slots__ = ()


Scalar.variable_class = ScalarVariable
Scalar.constant_class = ScalarConstant
