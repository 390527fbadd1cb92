"""Operations on typed lists. They run on the host, and nothing is differentiable."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op, Variable
from theano.options import config
from theano.scalar.type import INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable, constant
from theano.tensor.ops.slices import SliceType, slicetype
from theano.tensor.type import TensorType
from theano.typed_list.type import TypedListType

__all__ = [
    "Append",
    "Count",
    "Extend",
    "GetItem",
    "Index",
    "Insert",
    "Length",
    "MakeList",
    "Remove",
    "Reverse",
    "TypedListConstant",
    "TypedListVariable",
    "append",
    "count",
    "extend",
    "getitem",
    "index_",
    "insert",
    "length",
    "make_list",
    "remove",
    "reverse",
]


class ListOperators:
    """What variables and constants of type ``TypedListType`` can do."""

    type: Any

    def __getitem__(self, index: Any) -> Any:
        return getitem(self, index)

    def __len__(self) -> Any:
        # Python's len() takes no variable; called by its name, it is the symbolic length.
        return length(self)

    def append(self, toAppend: Any) -> Any:
        """Return the list with an element more at its end."""
        return append(self, toAppend)

    def extend(self, toAppend: Any) -> Any:
        """Return the list followed by the elements of another."""
        return extend(self, toAppend)

    def insert(self, index: Any, toInsert: Any) -> Any:
        """Return the list with an element more before the one at ``index``."""
        return insert(self, index, toInsert)

    def remove(self, toRemove: Any) -> Any:
        """Return the list without the first element that equals ``toRemove``."""
        return remove(self, toRemove)

    def reverse(self) -> Any:
        """Return the list backwards."""
        return reverse(self)

    def count(self, elem: Any) -> Any:
        """Return how many elements equal ``elem``."""
        return count(self, elem)

    def ind(self, elem: Any) -> Any:
        """Return the place of the first element that equals ``elem``."""
        return index_(self, elem)

    @property
    def ttype(self) -> Any:
        """The type of the elements."""
        return self.type.ttype

    @property
    def dtype(self) -> Any:
        """The dtype of the elements."""
        return self.type.ttype.dtype

    @property
    def ndim(self) -> int:
        """One more than the elements have."""
        return self.type.ndim


class TypedListVariable(ListOperators, Variable):
    """A variable that holds a list."""


class TypedListConstant(ListOperators, Constant):
    """A list that is known when the graph is built."""

    def signature(self) -> Any:
        """Return a hashable key: a list is equal to itself alone."""
        return (type(self), self.type, id(self.data))


TypedListType.variable_class = TypedListVariable
TypedListType.constant_class = TypedListConstant


class ListOp(Op):
    """An op on a list, its first input. Equality is that of the elements' type."""

    __props__: tuple[str, ...] = ()

    def connection_pattern(self, node):
        return [[False] * len(node.outputs) for _ in node.inputs]

    def __str__(self) -> str:
        return type(self).__name__

    def given(self, x: Any) -> Any:
        """Return ``x``, a list.

        Raises
        ------
        TypeError
            It is none.
        """
        if not isinstance(x, Variable) or not isinstance(x.type, TypedListType):
            raise usage_error(
                TypeError, f"{self} needs a list", expected="a variable of a TypedListType", got=x
            )
        return x

    def of_type(self, element: Any, kind: Any) -> Any:
        """Return ``element``, a variable of type ``kind``.

        Raises
        ------
        TypeError
            It is of another.
        """
        if not isinstance(element, Variable) or element.type != kind:
            raise usage_error(
                TypeError,
                f"{self} was given something of another type than the list holds",
                expected=str(kind),
                got=element,
            )
        return element


class InPlaceOp(ListOp):
    """An op whose result is its list, changed.

    Parameters
    ----------
    inplace : bool
        Kept for programs that give it: the list that a caller has is never changed, unless by a
        node that overwrites it.
    """

    __props__ = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = bool(inplace)
        if inplace:
            self.destroy_map = {0: [0]}
        else:
            self.view_map = {0: [0]}

    def perform(self, node, inputs, output_storage):
        x, *rest = inputs
        output_storage[0][0] = self.changed(node, list(x), *rest)

    def changed(self, node: Apply, x: list[Any], *rest: Any) -> list[Any]:
        """Change and return ``x``."""
        raise NotImplementedError


class GetItem(ListOp):
    """An element of a list, or with a slice a list: ``list, index -> element or list``.

    Raises: TypeError for an index that is neither an int64 scalar nor a slice; at run time
    IndexError for one out of range.
    """

    view_map: Mapping[int, Sequence[int]] = {0: [0]}

    def make_node(self, x: Any, index: Any) -> Apply:
        x = self.given(x)
        if isinstance(index, slice):
            index = slicetype.make_constant(index)
        if isinstance(index, Variable) and isinstance(index.type, SliceType):
            return Apply(self, [x, index], [x.type()])
        return Apply(self, [x, as_place(index)], [x.type.ttype()])

    def perform(self, node, inputs, output_storage):
        x, index = inputs
        try:
            found = x[index if isinstance(index, slice) else int(index)]
        except IndexError:
            raise usage_error(
                IndexError,
                "a list was indexed out of bounds",
                expected=f"an index from {-len(x)} to {len(x) - 1}" if x else "no index at all",
                got=f"{int(index)}",
            ) from None
        output_storage[0][0] = found


def as_place(index: Any) -> Variable:
    """Return a place in a list as an int64 scalar.

    Raises
    ------
    TypeError
        It is none.
    """
    if not isinstance(index, Variable):
        index = constant(operator.index(index), ndim=0, dtype="int64")
    if getattr(index.type, "dtype", None) not in INTEGER_DTYPES or index.type.ndim:
        raise usage_error(
            TypeError,
            "a list was indexed with something else than an integer or a slice",
            expected="an int64 scalar, or a slice",
            got=index,
        )
    return index


class Append(InPlaceOp):
    """A list with an element more at its end: ``list, element -> list``."""

    def make_node(self, x: Any, toAppend: Any) -> Apply:
        x = self.given(x)
        return Apply(self, [x, self.of_type(toAppend, x.type.ttype)], [x.type()])

    def changed(self, node, x, *rest):
        return [*x, *rest]


class Extend(InPlaceOp):
    """A list followed by the elements of another: ``list, list -> list``."""

    def make_node(self, x: Any, toAppend: Any) -> Apply:
        x = self.given(x)
        return Apply(self, [x, self.of_type(toAppend, x.type)], [x.type()])

    def changed(self, node, x, *rest):
        return [*x, *rest[0]]


class Insert(InPlaceOp):
    """A list with an element more before that of a place: ``list, place, element -> list``.

    Places are Python's: one beyond the end is the end.
    """

    def make_node(self, x: Any, index: Any, toInsert: Any) -> Apply:
        x = self.given(x)
        element = self.of_type(toInsert, x.type.ttype)
        return Apply(self, [x, as_place(index), element], [x.type()])

    def changed(self, node, x, *rest):
        index, element = rest
        x.insert(int(index), element)
        return x


class Remove(InPlaceOp):
    """A list without the first element that equals a given one: ``list, element -> list``.

    Where none does, it is the list.
    """

    def make_node(self, x: Any, toRemove: Any) -> Apply:
        x = self.given(x)
        return Apply(self, [x, self.of_type(toRemove, x.type.ttype)], [x.type()])

    def changed(self, node, x, *rest):
        found = places(node, x, rest[0])
        if found:
            del x[found[0]]
        return x


class Reverse(InPlaceOp):
    """A list backwards: ``list -> list``."""

    def make_node(self, x: Any) -> Apply:
        x = self.given(x)
        return Apply(self, [x], [x.type()])

    def changed(self, node, x, *rest):
        return x[::-1]


def places(node: Apply, x: Any, element: Any) -> list[int]:
    """Return where the list of a node has elements that equal ``element``."""
    equal = node.inputs[0].type.ttype.values_eq  # type: ignore[attr-defined]
    return [i for i, one in enumerate(x) if equal(one, element)]


class Index(ListOp):
    """The place of the first element that equals a given one: ``list, element -> ()``, floatX.

    Raises: ValueError at run time where there is none.
    """

    def make_node(self, x: Any, elem: Any) -> Apply:
        x = self.given(x)
        result = TensorType(config.floatX, [])()
        return Apply(self, [x, self.of_type(elem, x.type.ttype)], [result])

    def perform(self, node, inputs, output_storage):
        found = places(node, *inputs)
        if not found:
            raise usage_error(ValueError, "a list was searched for an element that it has not")
        output_storage[0][0] = np.asarray(found[0], node.outputs[0].type.dtype)

    def infer_shape(self, node, shapes):
        return [()]


class Count(ListOp):
    """How many elements equal a given one: ``list, element -> ()``, floatX."""

    def make_node(self, x: Any, elem: Any) -> Apply:
        x = self.given(x)
        result = TensorType(config.floatX, [])()
        return Apply(self, [x, self.of_type(elem, x.type.ttype)], [result])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(len(places(node, *inputs)), node.outputs[0].type.dtype)

    def infer_shape(self, node, shapes):
        return [()]


class Length(ListOp):
    """How many elements a list has: ``list -> ()``, int64."""

    def make_node(self, x: Any) -> Apply:
        return Apply(self, [self.given(x)], [TensorType("int64", [])()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(len(inputs[0]), "int64")

    def infer_shape(self, node, shapes):
        return [()]


class MakeList(ListOp):
    """The list of some variables or values: ``element, … -> list``.

    Raises: TypeError where they are not of one type; ValueError where there are none.
    """

    def make_node(self, a: Sequence[Any]) -> Apply:
        elements = [x if isinstance(x, Variable) else as_tensor_variable(x) for x in a]
        if not elements:
            raise usage_error(
                ValueError, "a list of nothing has no type", expected="one element at least"
            )
        kind = elements[0].type
        for one in elements:
            self.of_type(one, kind)
        return Apply(self, elements, [TypedListType(kind)()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = list(inputs)


getitem = GetItem()
append = Append()
extend = Extend()
insert = Insert()
remove = Remove()
reverse = Reverse()
index_ = Index()
count = Count()
length = Length()
make_list = MakeList()
