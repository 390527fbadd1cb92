"""What ``DebugMode`` raises. Each error holds what differs, for a debugger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.compile.watching import describe_node, describe_variable
from theano.graph import Apply, Variable


class DebugModeError(Exception):
    """Base of what ``DebugMode`` raises."""


class BadThunkOutput(DebugModeError):
    """Two ways of computing a node disagree.

    Attributes
    ----------
    r : Variable
    thunk1, thunk2 : str
        The two ways, such as "perform" and "lower".
    val1, val2
        What they give.
    inputs_val : sequence
    """

    def __init__(
        self,
        r: Variable,
        thunk1: str,
        val1: Any,
        thunk2: str,
        val2: Any,
        inputs_val: Sequence[Any] = (),
    ) -> None:
        self.r, self.thunk1, self.thunk2 = r, thunk1, thunk2
        self.val1, self.val2, self.inputs_val = val1, val2, inputs_val
        about = describe_node(r.owner, inputs_val) if r.owner is not None else f"  {r}"
        super().__init__(
            f"{thunk1} and {thunk2} of a node give different values\n{about}\n"
            f"  {thunk1}: {describe_variable(r, val1)}\n"
            f"  {thunk2}: {describe_variable(r, val2)}\n"
            f"  {difference(val1, val2)}"
        )

    def offending_op(self) -> Any:
        """Return the op of the node."""
        return self.r.owner.op if self.r.owner is not None else None


class BadOptimization(DebugModeError):
    """A rewrite put a variable in the place of another that has another value.

    Attributes
    ----------
    old_r, new_r : Variable
    old_r_val, new_r_val
    reason
        The name of the rewrite.
    """

    def __init__(
        self,
        old_r: Variable,
        new_r: Variable,
        old_r_val: Any,
        new_r_val: Any,
        reason: Any,
        old_graph: str = "",
        new_graph: str = "",
    ) -> None:
        self.old_r, self.new_r, self.reason = old_r, new_r, reason
        self.old_r_val, self.new_r_val = old_r_val, new_r_val
        self.old_graph, self.new_graph = old_graph, new_graph
        created = f"\n  created:  {old_r.source}" if old_r.source else ""
        graphs = f"\n  before:   {old_graph}\n  after:    {new_graph}" if old_graph else ""
        super().__init__(
            f"the rewrite {reason} changed a value{created}\n"
            f"  before:   {describe_variable(old_r, old_r_val)}\n"
            f"  after:    {describe_variable(new_r, new_r_val)}\n"
            f"  {difference(old_r_val, new_r_val)}{graphs}"
        )


class BadDestroyMap(DebugModeError):
    """An op changes an input that its ``destroy_map`` does not name.

    Attributes
    ----------
    node : Apply
    idx : int
        The number of the input.
    old_val, new_val
    """

    def __init__(
        self, node: Apply, idx: int, old_val: Any, new_val: Any, perform: str = "perform"
    ) -> None:
        self.node, self.idx, self.old_val, self.new_val = node, idx, old_val, new_val
        self.perform = perform
        super().__init__(
            f"{perform} of {node.op} changes input {idx}, which is not in its destroy_map\n"
            f"{describe_node(node)}\n"
            f"  before: {describe_variable(node.inputs[idx], old_val)}\n"
            f"  after:  {describe_variable(node.inputs[idx], new_val)}\n"
            f"  destroy_map: {dict(node.op.destroy_map)}\n"
            f"  fix: copy the input first, or set destroy_map = {{<output>: [{idx}]}}"
        )


class BadViewMap(DebugModeError):
    """An output lies in the memory of an input, or of another output, and nothing says so.

    Attributes
    ----------
    node : Apply
    output_idx : int
    out_storage
        The value.
    in_alias_idx, out_alias_idx : sequence of int
        The inputs, or the outputs, whose memory it lies in.
    """

    def __init__(
        self,
        node: Apply,
        output_idx: int,
        out_storage: Any,
        in_alias_idx: Sequence[int] | None = None,
        out_alias_idx: Sequence[int] | None = None,
    ) -> None:
        self.node, self.output_idx, self.out_storage = node, output_idx, out_storage
        self.in_alias_idx, self.out_alias_idx = in_alias_idx, out_alias_idx
        whose = f"inputs {list(in_alias_idx)}" if in_alias_idx else f"outputs {out_alias_idx}"
        super().__init__(
            f"output {output_idx} of {node.op} lies in the memory of {whose}, and its view_map "
            f"does not say so\n{describe_node(node)}\n"
            f"  view_map: {dict(node.op.view_map)}, destroy_map: {dict(node.op.destroy_map)}\n"
            f"  fix: copy it, or set view_map = {{{output_idx}: [<input>]}}"
        )


class StochasticOrder(DebugModeError):
    """The same rewrites of the same graph gave different graphs."""


class InvalidValueError(DebugModeError):
    """A value that the type of its variable does not allow, or that is not finite.

    Attributes
    ----------
    r : Variable
    v
        The value.
    client_node : Apply or None
        The node that was to take it.
    hint : str
    """

    def __init__(
        self,
        r: Variable,
        v: Any,
        client_node: Apply | None = None,
        hint: str = "",
        inputs_val: Sequence[Any] = (),
    ) -> None:
        self.r, self.v, self.client_node, self.hint = r, v, client_node, hint
        made = r.owner
        where = f"{made.op} gives a value" if made is not None else "a function was given a value"
        about = f"\n{describe_node(made, inputs_val)}" if made is not None else ""
        super().__init__(f"{where} that is not valid: {hint}{about}\n  {describe_variable(r, v)}")


def difference(a: Any, b: Any) -> str:
    """Return how far two values are apart."""
    if getattr(a, "shape", None) != getattr(b, "shape", None):
        return f"shapes: {getattr(a, 'shape', None)} and {getattr(b, 'shape', None)}"
    if getattr(a, "dtype", None) != getattr(b, "dtype", None):
        return f"dtypes: {getattr(a, 'dtype', None)} and {getattr(b, 'dtype', None)}"
    try:
        apart = abs(a.astype("float64") - b.astype("float64"))
        return f"largest difference: {apart.max():.3g}, mean {apart.mean():.3g}"
    except (AttributeError, TypeError, ValueError):
        return "values of a kind of its own"
