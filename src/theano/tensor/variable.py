"""``TensorVariable``: operators and methods of symbolic tensors."""

from __future__ import annotations

import hashlib
import warnings
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Constant, Variable
from theano.options import config
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops import (
    brackets,
    choose,
    cumulation,
    diagonals,
    elementwise,
    facts,
    linear,
    nonzero,
    rearranging,
    reduction,
    repetition,
    searching,
    sorting,
)
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


def comparison(name: str) -> Any:
    """Return the operator method for a comparison, whose result has no truth value."""
    compare = binary(name)

    def method(self: Any, other: Any) -> Any:
        result = compare(self, other)
        if result is not NotImplemented:
            result._is_nonzero = False
        return result

    method.__doc__ = compare.__doc__
    return method


def unary(name: str) -> Any:
    """Return the method for an elementwise function, which NumPy's function of that name calls."""
    function = FUNCTIONS[name]

    def method(self: Any) -> Any:
        return function(self)

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
    _is_nonzero: bool = True

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

    def __div__(self, other: Any) -> Any:
        return elementwise.div_proxy(self, other)

    def __rdiv__(self, other: Any) -> Any:
        return elementwise.div_proxy(other, self)

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
    __lt__ = comparison("lt")
    __gt__ = comparison("gt")
    __le__ = comparison("le")
    __ge__ = comparison("ge")

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
        """Return True, so that ``if x`` asks whether there is an ``x``; of ``x > 0``, raise."""
        if self._is_nonzero:
            return True
        raise usage_error(
            TypeError,
            "a symbolic comparison has no truth value: its value is not known yet",
            got=self,
            fix="use theano.tensor.switch or theano.ifelse.ifelse for a choice inside the graph;"
            " of a < b < c, write (a < b) * (b < c)",
        )

    __nonzero__ = __bool__

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
                ValueError if self.ndim == 1 else TypeError,
                "a symbolic tensor cannot be iterated over: its length is not known yet",
                got=self,
                fix="use theano.scan for a loop, x.sum() for Python's sum(x), or index it",
            )
        return (self[i] for i in range(n))

    def __getitem__(self, item: Any) -> Any:
        return brackets.getitem(self, item)

    def __setitem__(self, item: Any, value: Any) -> None:
        raise usage_error(
            TypeError,
            f"'{type(self).__name__}' object does not support item assignment: a variable stands "
            "for one value",
            got=self,
            fix="take the changed tensor: y = theano.tensor.set_subtensor(x[i], value)",
        )

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
        """Return the elements at ``indices`` along ``axis``; see ``theano.tensor.take``."""
        return brackets.take(self, indices, axis, mode)

    def choose(self, choices: Any, out: None = None, mode: str = "raise") -> Any:
        """Return the elements of the choices that this names; see ``theano.tensor.choose``."""
        return choose.choose(self, choices, out, mode)

    def nonzero(self, return_matrix: bool = False) -> Any:
        """Return the indices of what is not zero; see ``theano.tensor.nonzero``."""
        return nonzero.nonzero(self, return_matrix)

    def nonzero_values(self) -> Any:
        """Return the elements that are not zero, as a vector."""
        return nonzero.nonzero_values(self)

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

    arccos, arccosh = unary("arccos"), unary("arccosh")
    arcsin, arcsinh = unary("arcsin"), unary("arcsinh")
    arctan, arctanh = unary("arctan"), unary("arctanh")
    cos, cosh = unary("cos"), unary("cosh")
    sin, sinh = unary("sin"), unary("sinh")
    tan, tanh = unary("tan"), unary("tanh")
    deg2rad, rad2deg = unary("deg2rad"), unary("rad2deg")
    exp, exp2, expm1 = unary("exp"), unary("exp2"), unary("expm1")
    log, log2, log10, log1p = unary("log"), unary("log2"), unary("log10"), unary("log1p")
    ceil, floor, sqrt = unary("ceil"), unary("floor"), unary("sqrt")

    def norm(self, L: float, axis: Any = None, keepdims: bool = False) -> Any:
        """Return the ``L``-norm along ``axis``: the ``L``-th root of the sum of ``|x| ** L``.

        Raises
        ------
        NotImplementedError
            ``L`` is zero or infinite.
        """
        if L == 0 or np.isinf(L):
            raise usage_error(
                NotImplementedError,
                "norm takes finite orders other than zero",
                got=f"L={L}",
                fix="use abs(x).max(axis) or neq(x, 0).sum(axis)",
            )
        powers = FUNCTIONS["pow"](abs(self), L)
        return FUNCTIONS["pow"](powers.sum(axis=axis, keepdims=keepdims), 1.0 / L)

    def transfer(self, target: str) -> Any:
        """Return the tensor itself: XLA decides on what device it is."""
        return self

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

    def repeat(self, repeats: Any, axis: int | None = None) -> Any:
        """Return the tensor with its slices repeated; see ``theano.tensor.repeat``."""
        return repetition.repeat(self, repeats, axis)

    def cumsum(self, axis: int | None = None) -> Any:
        """Return running sums along ``axis``; see ``theano.tensor.cumsum``."""
        return cumulation.cumsum(self, axis)

    def cumprod(self, axis: int | None = None) -> Any:
        """Return running products along ``axis``; see ``theano.tensor.cumprod``."""
        return cumulation.cumprod(self, axis)

    def sort(self, axis: Any = -1, kind: str = "quicksort", order: Any = None) -> Any:
        """Return the tensor in rising order along ``axis``; see ``theano.tensor.sort``."""
        return sorting.sort(self, axis, kind, order)

    def argsort(self, axis: Any = -1, kind: str = "quicksort", order: Any = None) -> Any:
        """Return the places of the elements in rising order; see ``theano.tensor.argsort``."""
        return sorting.argsort(self, axis, kind, order)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Any:
        """Return where ``v`` belongs in this sorted vector; see ``theano.tensor.searchsorted``."""
        return searching.searchsorted(self, v, side, sorter)

    def squeeze(self) -> Any:
        """Return the tensor without its broadcastable dimensions."""
        return rearranging.squeeze(self)

    def compress(self, a: Any, axis: int | None = None) -> Any:
        """Return the slices of ``a`` along ``axis`` for which this vector is not zero."""
        return rearranging.compress(self, a, axis)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Return the tensor with two axes exchanged."""
        return rearranging.swapaxes(self, axis1, axis2)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        """Return a diagonal; see ``theano.tensor.diagonal``."""
        return diagonals.diagonal(self, offset, axis1, axis2)

    def trace(self) -> Any:
        """Return the sum of the main diagonal."""
        return diagonals.trace(self)

    def ptp(self, axis: Any = None) -> Any:
        """Return the largest element along ``axis`` less the smallest one."""
        return reduction.ptp(self, axis)

    def get_scalar_constant_value(self) -> np.ndarray:
        """Return the one number that all elements are, where the graph tells it."""
        return facts.get_scalar_constant_value(self)


class TensorVariable(TensorOperators, Variable):
    """A symbolic tensor."""

    __slots__ = ()

    def __init__(self, type: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(type, *args, **kwargs)
        if type.dtype == "float64" and config.warn_float64 != "ignore":
            report_float64(self)


def report_float64(variable: Any) -> None:
    """Do what ``config.warn_float64`` says about a variable of dtype float64.

    Raises
    ------
    TypeError
        The flag is ``"raise"``.
    """
    error = usage_error(
        TypeError,
        "a float64 variable was made, of which config.warn_float64 was to tell",
        got=variable,
        fix="cast what it is computed from to float32: look for float64 arrays and for integers"
        " of more than 16 bits that meet floats",
    )
    if config.warn_float64 == "raise":
        raise error
    if config.warn_float64 == "warn":
        warnings.warn(str(error), stacklevel=4)
    else:
        breakpoint()


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
        uniform = self.data.ndim > 0 and is_uniform(self.data)
        text = f"{self.data.shape} of {self.data.flat[0]}" if uniform else str(self.data)
        if len(text) > 20:
            text = f"{text[:10]}..{text[-10:]}"
        return f"TensorConstant{{{text}}}"


def is_uniform(array: np.ndarray) -> bool:
    """Whether an array holds one number only, several times or once."""
    return array.size > 0 and bool((array == array.flat[0]).all())


TensorType.variable_class = TensorType.Variable = TensorVariable
TensorType.constant_class = TensorType.Constant = TensorConstant


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
