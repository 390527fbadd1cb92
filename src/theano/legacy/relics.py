"""Stand-ins for classes of earlier versions that only their pickles name.

A compiled function took its rewritten graph, its linker and its optimizer into its pickle. Nothing
of them is needed to make the function anew, but reading the pickle must get past them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from theano.errors import usage_error
from theano.graph import Apply, Op, Variable
from theano.tensor.rebroadcast import rebroadcast_to
from theano.tensor.type import TensorType


class Relic:
    """Something that a pickle holds and nothing here needs: its state is dropped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, item: Any) -> None:
        """Drop an item."""

    def extend(self, items: Any) -> None:
        """Drop some items."""


class EarlierOp(Op):
    """An op of earlier versions that this one has no class for.

    It can be read from a pickle and looked at, and a graph with it printed; a function cannot be
    compiled from it. Ops that can be built of others are replaced when their node is read.
    """

    earlier: Mapping[str, Any] = {}
    cause: Exception | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise self.unknown()

    @classmethod
    def of(cls, kind: type, cause: Exception | None = None) -> EarlierOp:
        """Return an op that has the name of a class, where ``cause`` keeps it from being made."""
        named: type[EarlierOp] = type(kind.__name__, (cls,), {"__doc__": cls.__doc__})
        op = named.__new__(named)
        op.cause = cause
        return op

    def unknown(self) -> Exception:
        """Return the error that using the op raises."""
        return usage_error(
            NotImplementedError,
            f"the op {type(self).__name__} of an earlier version is not part of this Theano",
            got=self.cause,
            fix="make the graph anew with the functions of theano.tensor, and take the values of "
            "the shared variables from the pickle",
        )

    def __setstate__(self, state: Any) -> None:
        self.earlier = state if isinstance(state, Mapping) else {}

    def make_node(self, *inputs: Any) -> Apply:
        """Raise NotImplementedError."""
        raise self.unknown()

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Raise NotImplementedError."""
        raise self.unknown()

    def __str__(self) -> str:
        return type(self).__name__


class Rebuilt(Op):
    """The outputs of a node of old, which are computed by others today: ``x, … -> x, …``.

    The outputs are variables that the pickle has, of the types that they had.
    """

    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        """Return a node with an output of the type of each input."""
        return Apply(self, list(inputs), [x.type() for x in inputs])

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Hand the inputs on, in the dtypes of the outputs."""
        for cell, x, output in zip(output_storage, inputs, node.outputs, strict=True):
            cell[0] = output.type.filter(x, allow_downcast=True).copy()

    def expand(self, node: Apply) -> list[Variable]:
        """Return the inputs, as variables of the types of the outputs."""
        pairs = zip(node.inputs, node.outputs, strict=True)
        return [as_type(x, output.type) for x, output in pairs]

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[Any]:
        """Return the shapes of the inputs."""
        return list(shapes)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        """Return the gradients of the outputs."""
        return list(output_grads)


def as_type(x: Any, kind: Any) -> Variable:
    """Return a variable in the dtype and pattern of a type, of the same rank."""
    if x.type == kind or not isinstance(kind, TensorType):
        return x
    return rebroadcast_to(x.astype(kind.dtype), kind.broadcastable)
