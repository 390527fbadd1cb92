"""``TensorVariable``: operators and methods of symbolic tensors."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Constant, Variable
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import elementwise, indexing, linear, reduction
from theano.tensor.ops import shape as shapes
from theano.tensor.type import TensorType

FUNCTIONS = elementwise.FUNCTIONS


def binary(name: str) -> Any:
    """Return the operator method for the elementwise function ``name``."""
    function = FUNCTIONS[name]

    def method(self: Any, other: Any) -> Any:
        if not is_operand(other):
            return NotImplemented
        return function(self, other)

    method.__doc__ = function.scalar_op.__doc__
    return method


def reflected(name: str) -> Any:
    """Return the operator method for ``name`` with the operands exchanged."""
    function = FUNCTIONS[name]

    def method(self: Any, other: Any) -> Any:
        if not is_operand(other):
            return NotImplemented
        return function(other, self)

    method.__doc__ = function.scalar_op.__doc__
    return method


def is_operand(other: Any) -> bool:
    """Whether an operator can take ``other`` as a tensor."""
    if isinstance(other, Variable):
        return isinstance(other.type, TensorType)
    numbers = isinstance(other, (int, float, complex, np.generic, np.ndarray, list, tuple, Apply))
    return numbers or hasattr(other, "_as_TensorVariable") or hasattr(other, "__array__")


class TensorOperators:
    """What every tensor variable can do; a mixin for variables, constants and shared variables."""

    __slots__ = ()
    __array_priority__ = 1000
    """Makes ``ndarray + variable`` a variable."""

    type: Any

    @property
    def dtype(self) -> str:
        """Its dtype by name."""
        return self.type.dtype

    @property
    def ndim(self) -> int:
        """Its number of dimensions."""
        return self.type.ndim

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        """For each dimension, whether its length is known to be 1."""
        return self.type.broadcastable

    @property
    def shape(self) -> Any:
        """Its lengths, an int64 vector."""
        return shapes.shape(self)

    @property
    def size(self) -> Any:
        """Its number of elements."""
        if self.ndim == 1:
            return self.shape[0]
        return reduction.prod(self.shape, dtype="int64")

    @property
    def T(self) -> Any:
        """Its transpose."""
        return shapes.transpose(self)

    __add__ = binary("add")
    __radd__ = reflected("add")
    __sub__ = binary("sub")
    __rsub__ = reflected("sub")
    __mul__ = binary("mul")
    __rmul__ = reflected("mul")
    __truediv__ = binary("true_div")
    __rtruediv__ = reflected("true_div")
    __div__ = __truediv__
    __rdiv__ = __rtruediv__
    __floordiv__ = binary("int_div")
    __rfloordiv__ = reflected("int_div")
    __mod__ = binary("mod")
    __rmod__ = reflected("mod")
    __pow__ = binary("pow")
    __rpow__ = reflected("pow")
    __and__ = binary("and_")
    __rand__ = reflected("and_")
    __or__ = binary("or_")
    __ror__ = reflected("or_")
    __xor__ = binary("xor")
    __rxor__ = reflected("xor")
    __lt__ = binary("lt")
    __gt__ = binary("gt")
    __le__ = binary("le")
    __ge__ = binary("ge")

    def __neg__(self) -> Any:
        return FUNCTIONS["neg"](self)

    def __abs__(self) -> Any:
        return FUNCTIONS["abs_"](self)

    def __invert__(self) -> Any:
        return FUNCTIONS["invert"](self)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __ceil__(self) -> Any:
        return FUNCTIONS["ceil"](self)

    def __floor__(self) -> Any:
        return FUNCTIONS["floor"](self)

    def __trunc__(self) -> Any:
        return FUNCTIONS["trunc"](self)

    def __bool__(self) -> bool:
        raise usage_error(
            TypeError,
            "a symbolic tensor has no truth value: its value is not known yet",
            got=self,
            fix="use theano.tensor.switch or theano.ifelse.ifelse for a choice inside the graph",
        )

    def __len__(self) -> int:
        raise usage_error(
            TypeError,
            "a symbolic tensor has no length yet",
            got=self,
            fix="use x.shape[0]",
        )

    def __iter__(self) -> Any:
        n = shapes.vector_length(self) if self.ndim == 1 else None
        if n is None:
            raise usage_error(
                TypeError,
                "a symbolic tensor cannot be iterated over: its length is not known yet",
                got=self,
                fix="use theano.scan, or index it",
            )
        return (self[i] for i in range(n))

    def __getitem__(self, item: Any) -> Any:
        return indexing.getitem(self, item)

    def dimshuffle(self, *pattern: Any) -> Any:
        """Return the tensor with its dimensions in another order; ``"x"`` is a new one.

        Dimensions that are not named must be broadcastable, and are dropped.
        """
        if len(pattern) == 1 and isinstance(pattern[0], (list, tuple)):
            pattern = tuple(pattern[0])
        return DimShuffle(self.broadcastable, pattern)(self)

    def reshape(self, shape: Any, ndim: int | None = None) -> Any:
        """Return the tensor in another shape; see ``theano.tensor.reshape``."""
        return shapes.reshape(self, shape, ndim)

    def flatten(self, ndim: int = 1) -> Any:
        """Return the tensor in ``ndim`` dimensions; see ``theano.tensor.flatten``."""
        return shapes.flatten(self, ndim)

    def ravel(self) -> Any:
        """Return the elements as a vector."""
        return shapes.flatten(self)

    def transpose(self, *axes: Any) -> Any:
        """Return the tensor with its axes in the order ``axes``, reversed for none."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (list, tuple))):
            axes = tuple(axes[0] or ())
        return shapes.transpose(self, axes or None)

    def astype(self, dtype: Any) -> Any:
        """Return the tensor in ``dtype``."""
        return elementwise.cast(self, dtype)

    def copy(self, name: str | None = None) -> Any:
        """Return a variable of equal value."""
        return FUNCTIONS["identity"](self, name=name)

    def fill(self, value: Any) -> Any:
        """Return ``value`` in the shape of this tensor."""
        return elementwise.fill(self, value)

    def zeros_like(self, dtype: Any = None) -> Any:
        """Return zeros in the shape of this tensor."""
        return elementwise.zeros_like(self, dtype)

    def ones_like(self, dtype: Any = None) -> Any:
        """Return ones in the shape of this tensor."""
        return elementwise.ones_like(self, dtype)

    @property
    def real(self) -> Any:
        """The real parts."""
        return FUNCTIONS["real"](self)

    @property
    def imag(self) -> Any:
        """The imaginary parts; zeros of a real tensor."""
        return FUNCTIONS["imag"](self)

    def conj(self) -> Any:
        """Return the complex conjugate."""
        return FUNCTIONS["conj"](self)

    conjugate = conj

    def round(self, mode: str | None = None) -> Any:
        """Return the tensor rounded to integers; see ``theano.tensor.round``."""
        return elementwise.round(self, mode)

    def trunc(self) -> Any:
        """Return the tensor without fractions."""
        return FUNCTIONS["trunc"](self)

    def clip(self, a_min: Any, a_max: Any) -> Any:
        """Return the tensor limited to ``[a_min, a_max]``."""
        return FUNCTIONS["clip"](self, a_min, a_max)

    def dot(self, other: Any) -> Any:
        """Return the product with ``other``; see ``theano.tensor.dot``."""
        return linear.dot(self, other)

    __matmul__ = dot

    def __rmatmul__(self, other: Any) -> Any:
        return linear.dot(other, self)

    def sum(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Any:
        """Return the sum along ``axis``."""
        return reduction.sum(self, axis, dtype, keepdims, acc_dtype)

    def prod(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Any:
        """Return the product along ``axis``."""
        return reduction.prod(self, axis, dtype, keepdims, acc_dtype)

    def mean(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Any:
        """Return the mean along ``axis``."""
        return reduction.mean(self, axis, dtype, False, keepdims, acc_dtype)

    def var(
        self, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
    ) -> Any:
        """Return the variance along ``axis``."""
        return reduction.var(self, axis, ddof, keepdims, corrected)

    def std(
        self, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
    ) -> Any:
        """Return the standard deviation along ``axis``."""
        return reduction.std(self, axis, ddof, keepdims, corrected)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return the largest element along ``axis``."""
        return reduction.max(self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return the smallest element along ``axis``."""
        return reduction.min(self, axis, keepdims)

    def argmax(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return the position of the largest element along ``axis``."""
        return reduction.argmax(self, axis, keepdims)

    def argmin(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return the position of the smallest element along ``axis``."""
        return reduction.argmin(self, axis, keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return whether no element along ``axis`` is zero."""
        return reduction.all(self, axis, keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return whether an element along ``axis`` is not zero."""
        return reduction.any(self, axis, keepdims)


class TensorVariable(TensorOperators, Variable):
    """A symbolic tensor."""

    __slots__ = ()


class TensorConstant(TensorOperators, Constant):
    """A tensor whose value is known when the graph is built."""

    __slots__ = ("_signature",)

    def __init__(self, type: TensorType, data: Any, name: str | None = None) -> None:
        super().__init__(type, data, name)
        if self.data is data and data.flags.writeable:
            self.data = data.copy()
        self.data.flags.writeable = False

    def signature(self) -> Any:
        """Return a key that is equal for equal type and bytes."""
        if not hasattr(self, "_signature"):
            content = hashlib.blake2b(self.data.tobytes(), digest_size=32).digest()
            self._signature: Any = (TensorConstant, self.type, self.data.shape, content)
        return self._signature

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        if self.data.size == 1:
            return f"TensorConstant{{{self.data.reshape(())}}}"
        return f"TensorConstant{{shape {self.data.shape}}}"


TensorType.variable_class = TensorVariable
TensorType.constant_class = TensorConstant


def is_tensor(x: Any) -> bool:
    """Whether ``x`` is a tensor variable of any kind."""
    return isinstance(x, TensorOperators)


__all__ = [
    "TensorConstant",
    "TensorOperators",
    "TensorVariable",
    "as_tensor_variable",
    "is_tensor",
]
