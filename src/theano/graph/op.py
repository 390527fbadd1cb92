"""``Op``: what can be done to variables, with all its facets in one class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from theano.graph.null_type import DisconnectedType, NullType, disconnected_type
from theano.graph.variable import Variable

if TYPE_CHECKING:
    from theano.graph.apply import Apply


class Op:
    """One operation of the language.

    A subclass gives ``make_node`` (what it accepts and returns) and ``perform`` (its reference
    evaluation in NumPy) at least. ``lower`` puts it into an XLA program; without it a program is
    split there and ``perform`` runs on the host. ``infer_shape``, ``L_op`` (or ``grad``) and
    ``R_op`` complete it.

    ``__props__`` names the attributes that tell two instances apart; ops of one class with equal
    attributes are then equal, hash alike and print alike. A frozen dataclass does the same.
    """

    __props__: tuple[str, ...]
    default_output: int | None = None
    view_map: Mapping[int, Sequence[int]] = {}
    destroy_map: Mapping[int, Sequence[int]] = {}

    static_inputs: tuple[int, ...] = ()
    """Inputs whose *values* fix the shape of an output (sizes, bounds): ``lower`` may ask for them
    with ``ctx.static``."""

    def make_node(self, *inputs: Any) -> Apply:
        """Return a new node of this op applied to ``inputs``.

        Raises
        ------
        TypeError
            The op does not accept these inputs.
        """
        raise NotImplementedError(f"{type(self).__name__} has no make_node()")

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        """Apply the op: the default output, the only output, or the list of outputs.

        ``return_list=True`` always gives a list; ``name`` names a single output.
        """
        return_list = kwargs.pop("return_list", False)
        name = kwargs.pop("name", None)
        node = self.make_node(*inputs, **kwargs)
        if name is not None and len(node.outputs) == 1:
            node.outputs[0].name = name
        if return_list:
            return list(node.outputs)
        if self.default_output is not None:
            return node.outputs[self.default_output]
        return node.outputs[0] if len(node.outputs) == 1 else list(node.outputs)

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Compute the outputs with NumPy: the reference that ``lower`` is checked against.

        Parameters
        ----------
        node : Apply
            The node being computed; tells the types.
        inputs : sequence
            Values of the inputs. Must not be changed.
        output_storage : sequence of one-element lists
            Where the values of the outputs go.
        """
        raise NotImplementedError(f"{type(self).__name__} has no perform()")

    def lower(self, ctx: Any, *inputs: Any) -> Any:
        """Return the outputs as JAX arrays (one array, or a tuple of several).

        Parameters
        ----------
        ctx : theano.lowering.Context
            Tells the node and its static values.
        inputs : arrays
            Of exactly the dtypes of the graph. The outputs must be too.
        """
        raise NotImplementedError(f"{type(self).__name__} has no lower()")

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[Any]:
        """Return, for each output, a tuple of symbolic sizes in terms of the inputs' ``shapes``."""
        raise NotImplementedError(f"{type(self).__name__} has no infer_shape()")

    def grad(self, inputs: Sequence[Variable], output_grads: Sequence[Variable]) -> Sequence[Any]:
        """Return the gradient with respect to each input, given that of each output."""
        raise NotImplementedError(f"{type(self).__name__} has no grad()")

    def L_op(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        output_grads: Sequence[Variable],
    ) -> Sequence[Any]:
        """Return the gradient with respect to each input; may use the ``outputs`` themselves."""
        return self.grad(inputs, output_grads)

    def R_op(
        self, inputs: Sequence[Variable], eval_points: Sequence[Variable | None]
    ) -> Sequence[Any]:
        """Return the directional derivative of each output along ``eval_points``.

        A None among ``eval_points`` is a direction of zero.
        """
        raise NotImplementedError(f"{type(self).__name__} has no R_op()")

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return ``pattern[i][j]``: whether output ``j`` depends differentiably on input ``i``."""
        return [[True] * len(node.outputs) for _ in node.inputs]

    def do_constant_folding(self, node: Apply) -> bool:
        """Whether a node with only constant inputs may be replaced by its value."""
        return True

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return False
        props = getattr(self, "__props__", None)
        if props is None:
            return self is other
        return all(getattr(self, name) == getattr(other, name) for name in props)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        props = getattr(self, "__props__", None)
        if props is None:
            return object.__hash__(self)
        return hash((type(self), *(getattr(self, name) for name in props)))

    def __str__(self) -> str:
        props = getattr(self, "__props__", None)
        name = getattr(self, "name", None) or type(self).__name__
        if not props:
            return str(name)
        return f"{name}{{{', '.join(f'{p}={getattr(self, p)!r}' for p in props)}}}"

    def __repr__(self) -> str:
        return str(self)


class DisconnectedOp(Op):
    """An op whose outputs do not depend differentiably on any input, such as a shape or a draw."""

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return that nothing is connected."""
        return [[False] * len(node.outputs) for _ in node.inputs]

    def L_op(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        output_grads: Sequence[Variable],
    ) -> Sequence[Any]:
        """Return disconnected gradients."""
        return [disconnected_type() for _ in inputs]

    def R_op(
        self, inputs: Sequence[Variable], eval_points: Sequence[Variable | None]
    ) -> Sequence[Any]:
        """Return no derivatives."""
        return [None] * len(self.make_node(*inputs).outputs)


def perform_node(node: Apply, inputs: Sequence[Any]) -> list[Any]:
    """Run ``node.op.perform`` on ``inputs`` and return the values of the outputs.

    Raises
    ------
    Exception
        Whatever ``perform`` raises.
    """
    storage: list[list[Any]] = [[None] for _ in node.outputs]
    node.op.perform(node, list(inputs), storage)
    return [cell[0] for cell in storage]


def has_lowering(op: Op) -> bool:
    """Whether ``op`` can be put into an XLA program."""
    return type(op).lower is not Op.lower


def is_disconnected(variable: Variable | None) -> bool:
    """Whether ``variable`` is a gradient that marks the absence of a path."""
    return variable is not None and isinstance(variable.type, DisconnectedType)


def is_null(variable: Variable | None) -> bool:
    """Whether ``variable`` is a gradient that has no value."""
    return variable is not None and isinstance(variable.type, NullType)
