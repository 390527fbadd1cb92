"""Slices and None as values of a graph: ``SliceType``, ``NoneConst``, ``make_slice``."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op, Type, Variable
from theano.graph.null_type import disconnected_type
from theano.scalar.type import INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.type import TensorType

__all__ = [
    "MakeSlice",
    "NoneConst",
    "NoneTypeT",
    "SliceConstant",
    "SliceType",
    "make_slice",
    "none_type_t",
    "slicetype",
]


class NoneTypeT(Type):
    """The type of None alone."""

    __props__ = ()

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return None.

        Raises
        ------
        TypeError
            ``data`` is anything else.
        """
        if data is not None:
            raise usage_error(TypeError, "a value was given where there is none", got=repr(data))
        return data

    def __str__(self) -> str:
        return type(self).__name__


none_type_t = NoneTypeT()
NoneConst = Constant(none_type_t, None, name="NoneConst")


class SliceConstant(Constant):
    """A slice that is known when the graph is built.

    Raises
    ------
    TypeError
        A bound is neither None nor an integer.
    """

    __slots__ = ()

    def __init__(self, type: Type, data: slice, name: str | None = None) -> None:
        bounds = [n if n is None else as_bound(n) for n in parts(data)]
        super().__init__(type, slice(*bounds), name)

    def signature(self) -> Any:
        """Return a hashable key: equal keys mean equal type and value."""
        return (type(self), self.type, parts(self.data))

    def __str__(self) -> str:
        return f"{type(self).__name__}{{{', '.join(map(str, parts(self.data)))}}}"


def parts(data: slice) -> tuple[Any, Any, Any]:
    """Return start, stop and step of a slice."""
    return data.start, data.stop, data.step


def as_bound(n: Any) -> int:
    """Return a bound of a slice as a Python integer.

    Raises
    ------
    TypeError
        It is none.
    """
    n = n.data if isinstance(n, Constant) else n
    if not np.issubdtype(np.asarray(n).dtype, np.integer) or np.ndim(n):
        raise usage_error(TypeError, "a slice has a bound that is no integer", got=repr(n))
    return int(n)


class SliceType(Type):
    """The type of Python slices."""

    __props__ = ()
    constant_class = SliceConstant

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return a slice itself.

        Raises
        ------
        TypeError
            It is none.
        """
        if not isinstance(data, slice):
            raise usage_error(TypeError, "a slice is expected", got=repr(data))
        return data

    def __str__(self) -> str:
        return "slice"


slicetype = SliceType()


class SliceOp(Op):
    """An op on slices, which lie on the host; nothing is differentiable."""

    __props__ = ()

    def infer_shape(self, node, shapes):
        return [() for _ in node.outputs]

    def connection_pattern(self, node):
        return [[False] * len(node.outputs) for _ in node.inputs]

    def L_op(self, inputs, outputs, output_grads):
        return [disconnected_type() for _ in inputs]

    def R_op(self, inputs, eval_points):
        return [None] * len(self.make_node(*inputs).outputs)


class MakeSlice(SliceOp):
    """A slice of three bounds, or from Python's: ``start, stop, step``.

    Each is an integer scalar, or None.

    Raises: TypeError for anything else.
    """

    def make_node(self, start: Any, stop: Any = None, step: Any = None) -> Apply:
        if isinstance(start, slice):
            start, stop, step = parts(start)
        bounds = [NoneConst if n is None else n for n in (start, stop, step)]
        return Apply(self, [as_scalar_or_none(n) for n in bounds], [slicetype()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = slice(*inputs)


def as_scalar_or_none(n: Any) -> Variable:
    """Return an integer scalar as a variable, and ``NoneConst`` as it is."""
    if isinstance(n, Variable) and isinstance(n.type, NoneTypeT):
        return n
    n = as_tensor_variable(n)
    if n.type.dtype not in INTEGER_DTYPES or n.type.ndim:
        raise usage_error(
            TypeError,
            "make_slice was given a bound that is no integer",
            expected="an integer scalar, or None",
            got=n,
        )
    return n


class SliceBounds(SliceOp):
    """The bounds of a slice as numbers, as they are read from brackets: ``slice -> (), (), ()``.

    Where a bound is None, an int64 stands for it that is beyond every length.
    """

    def make_node(self, x: Any) -> Apply:
        return Apply(self, [x], [TensorType("int64", [])() for _ in range(3)])

    def perform(self, node, inputs, output_storage):
        start, stop, step = parts(inputs[0])
        far = np.iinfo("int64").max
        step = 1 if step is None else int(step)
        ends = (0, far) if step > 0 else (far, -far)
        bounds = (ends[0] if start is None else start, ends[1] if stop is None else stop, step)
        for cell, n in zip(output_storage, bounds, strict=True):
            cell[0] = np.asarray(n, "int64")


def as_python_entry(entry: Any) -> Any:
    """Return an entry of an index without variables that are slices or None."""
    if not isinstance(entry, Variable):
        return entry
    if isinstance(entry.type, NoneTypeT):
        return None
    if not isinstance(entry.type, SliceType):
        return entry
    if isinstance(entry, Constant):
        return entry.data
    if entry.owner is not None and isinstance(entry.owner.op, MakeSlice):
        return slice(*[None if isinstance(n.type, NoneTypeT) else n for n in entry.owner.inputs])
    return slice(*SliceBounds()(entry))


make_slice = MakeSlice()
