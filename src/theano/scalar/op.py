"""``ScalarOp``: what an elementwise operation does to one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.errors import ComplexError, usage_error
from theano.graph import Apply, Op, Variable
from theano.scalar.literals import autocast
from theano.scalar.type import Scalar, floating_dtype, upcast


class ScalarOp(Op):
    """An operation on numbers, applied by ``Elemwise`` to every element of tensors.

    A subclass gives

    * ``output_dtypes``: the dtype rule (or the instance is made with ``output_types_preference``,
      one of ``theano.scalar.preference``);
    * ``impl``: the values with NumPy, for whole arrays at once;
    * ``lower``: the same in JAX, for whole arrays of equal shape;
    * ``L_op`` (or ``grad``), in terms of other scalar ops and operators, so that one formula serves
      numbers and tensors.

    ``impl`` and ``lower`` receive their inputs in the dtypes that ``compute_dtypes`` says: by
    default all in the dtype of the output.

    Attributes
    ----------
    nin : int
        The number of inputs; -1, the default, for any number.
    vectorized : bool
        Whether ``impl`` takes whole arrays. By default it does where the op has a ``lower``, which
        does too; an op that has ``impl`` alone computes on numbers.
    holomorphic : bool
        Whether ``L_op`` is written as ``f'(x) * g``, for a function that has a complex derivative
        too. ``Elemwise`` then puts in the conjugates that a complex input needs.
    identity : number or None
        The neutral element, for reductions.
    """

    __props__: tuple[str, ...] = ()
    preference: Any = None
    nin = -1
    nout = 1
    vectorized = False
    holomorphic = False
    commutative = False
    associative = False
    identity: float | None = None
    name: str

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            cls.name = cls.__name__.lower()
        if "vectorized" not in cls.__dict__:
            cls.vectorized = cls.lower is not Op.lower

    def __init__(self, output_types_preference: Any = None, name: str | None = None) -> None:
        self.preference = output_types_preference
        if name is not None:
            self.name = name

    @property
    def output_types_preference(self) -> Any:
        """The function that decides on the dtypes of the outputs, where the class does not."""
        return self.preference

    @output_types_preference.setter
    def output_types_preference(self, preference: Any) -> None:
        self.preference = preference

    def output_dtypes(self, *dtypes: str) -> tuple[str, ...]:
        """Return the dtypes of the outputs for inputs of ``dtypes``.

        Raises
        ------
        TypeError
            The op does not take these dtypes.
        """
        if self.preference is not None:
            types = self.preference(*[Scalar(dtype) for dtype in dtypes])
            return tuple(kind.dtype for kind in types)
        return (upcast(*dtypes),)

    def output_types(self, types: Sequence[Scalar]) -> list[Scalar]:
        """Return the types of the outputs for inputs of ``types``."""
        return [Scalar(dtype) for dtype in self.output_dtypes(*[kind.dtype for kind in types])]

    def compute_dtypes(self, *dtypes: str) -> tuple[str, ...]:
        """Return the dtypes that the inputs are cast to before ``impl`` and ``lower``."""
        return (self.output_dtypes(*dtypes)[0],) * len(dtypes)

    def impl(self, *inputs: Any) -> Any:
        """Return the value with NumPy."""
        raise NotImplementedError(f"{self} has no impl()")

    def applied(self, inputs: Sequence[Any]) -> list[Any] | None:
        """Return the outputs in terms of other scalar ops, for an op that is made of some."""
        return None

    def check_nin(self, given: int) -> None:
        """Raise TypeError unless the op takes ``given`` inputs."""
        if self.nin >= 0 and given != self.nin:
            raise TypeError(f"{self.name} takes {self.nin} inputs, got {given}")

    def make_node(self, *inputs: Any) -> Apply:
        self.check_nin(len(inputs))
        variables = [as_scalar(x) for x in inputs]
        dtypes = self.output_dtypes(*[x.type.dtype for x in variables])
        return Apply(self, variables, [Scalar(dtype)() for dtype in dtypes])

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        for x in inputs:
            lift = getattr(getattr(x, "type", None), "lift_scalar_op", None)
            if lift is not None:
                return lift(self)(*inputs, **kwargs)
        return super().__call__(*inputs, **kwargs)

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        dtypes = self.compute_dtypes(*[x.type.dtype for x in node.inputs])
        cast = [np.asarray(x, dtype=d)[()] for x, d in zip(inputs, dtypes, strict=True)]
        results = self.impl(*cast)
        if self.nout == 1:
            results = (results,)
        for storage, output, result in zip(output_storage, node.outputs, results, strict=True):
            storage[0] = np.asarray(result).astype(output.type.dtype)[()]

    def lowers(self, node: Apply) -> bool:
        # Elemwise lowers it for tensors. Single numbers are computed on the host.
        return False

    def __str__(self) -> str:
        return self.name


class UnaryScalarOp(ScalarOp):
    """An op of one number that keeps its dtype."""

    nin = 1


class FloatScalarOp(UnaryScalarOp):
    """A smooth function of one number: discrete inputs are computed in floating point."""

    holomorphic = True

    def output_dtypes(self, *dtypes: str) -> tuple[str, ...]:
        return (floating_dtype(dtypes[0]),)


class RealScalarOp(FloatScalarOp):
    """A smooth function of one real number; complex ones are refused."""

    def output_dtypes(self, *dtypes: str) -> tuple[str, ...]:
        require_real(self.name, *dtypes)
        return super().output_dtypes(*dtypes)


class BinaryScalarOp(ScalarOp):
    """An op of two numbers."""

    nin = 2


class BinaryFloatScalarOp(BinaryScalarOp):
    """A function of two real numbers: each is computed in floating point."""

    def output_dtypes(self, *dtypes: str) -> tuple[str, ...]:
        require_real(self.name, *dtypes)
        return (upcast(*[floating_dtype(dtype) for dtype in dtypes]),)


def as_scalar(x: Any, name: str | None = None) -> Variable:
    """Return a number, a variable or a node as a scalar variable.

    Parameters
    ----------
    x : number, scalar variable, 0-d tensor, or Apply
        Of a node its default output is taken.
    name : str, optional
        For a new constant.

    Raises
    ------
    TypeError
        ``x`` is of another kind.
    """
    if isinstance(x, Apply):
        x = x.default_output()
    if isinstance(x, Variable):
        if isinstance(x.type, Scalar):
            return x
        number_of = getattr(x.type, "number_of", None)
        if number_of is not None and getattr(x.type, "ndim", None) == 0:
            return number_of(x)
        raise usage_error(TypeError, "a scalar op takes numbers", expected="a Scalar", got=x)
    number = isinstance(x, (int, float)) and not isinstance(x, (bool, np.generic))
    value = autocast(x) if number else np.asarray(x)
    if value.ndim or value.dtype.kind not in "biufc":
        raise usage_error(TypeError, "a scalar op takes numbers", expected="a number", got=x)
    return Scalar(value.dtype.name).make_constant(value[()], name)


def require_real(name: str, *dtypes: str) -> None:
    """Raise ComplexError, a TypeError, where one of ``dtypes`` is complex."""
    for dtype in dtypes:
        if dtype.startswith("complex"):
            raise ComplexError(f"{name} is not defined for {dtype}")
