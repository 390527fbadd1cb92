"""What ``DebugMode`` looks at when one node runs."""

from __future__ import annotations

import copy
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from theano.compile.debugmode.comparing import agree, same, share_memory
from theano.compile.debugmode.errors import (
    BadDestroyMap,
    BadThunkOutput,
    BadViewMap,
    InvalidValueError,
)
from theano.compile.executor import Executor
from theano.compile.limits import Limits
from theano.compile.mode import Mode
from theano.errors import MethodNotDefined
from theano.graph import Apply, Constant, FunctionGraph, Op, Variable
from theano.graph.interpreter import Interpreter, watching
from theano.graph.op import can_perform, run_op
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.sizes import lengths_of
from theano.tensor.type import TensorType

# Each step of a loop may have sizes of its own.
AS_IT_IS = Mode("xla", None, limits=Limits(warn_after=sys.maxsize))


class NodeCheck:
    """Runs one node, and holds what it gives against all that its op says of it.

    Parameters
    ----------
    node : Apply
    mode : DebugMode
    used : set of int
        The outputs that other nodes take.
    """

    def __init__(self, node: Apply, mode: Any, used: set[int]) -> None:
        self.node = node
        self.mode = mode
        self.used = used

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """Return the outputs for the values of the inputs.

        Raises
        ------
        DebugModeError
            See the classes.
        """
        node, mode = self.node, self.mode
        results = self.performed(inputs) if mode.check_py_code else None
        if mode.check_c_code and (results is None or can_perform(node.op)):
            # What is inside of ops was looked at when they were performed.
            with watching(None):
                lowered = self.lowered(inputs)
            if lowered is not None and results is not None:
                self.compare(results, lowered, inputs)
            results = lowered if results is None else results
        if results is None:
            results = self.performed(inputs)
        self.check_lengths(inputs, results)
        return results

    def performed(self, inputs: Sequence[Any]) -> list[Any]:
        """Return what ``perform`` gives, with memory and types checked."""
        node = self.node
        given = copy.deepcopy(list(inputs))
        results = [as_array(x) for x in run_op(node, given)]
        overwritten = {i for places in node.op.destroy_map.values() for i in places}
        for i, (before, after) in enumerate(zip(inputs, given, strict=True)):
            if i not in overwritten and not same(node.inputs[i], before, after):
                raise BadDestroyMap(node, i, before, after)
        for variable, value in zip(node.outputs, results, strict=True):
            self.check_value(variable, value, inputs)
        # In a compiled program NumPy's memory plays no part.
        if type(node.op).lower is Op.lower:
            self.check_views(given, results)
        return results

    def check_value(self, variable: Variable, value: Any, inputs: Sequence[Any]) -> None:
        """Raise InvalidValueError where a value does not fit, or is not finite."""
        if not variable.type.is_valid_value(value):
            hint = f"it is no value of {variable.type}"
            if hasattr(value, "dtype") and hasattr(value, "shape"):
                hint += f", but of dtype {value.dtype} and shape {value.shape}"
            raise InvalidValueError(variable, value, None, hint, inputs)
        self.mode.check_finite(variable, value, inputs)

    def check_views(self, inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """Raise BadViewMap where memory is shared, and the op does not say so."""
        op = self.node.op
        said: dict[int, set[int]] = {
            i: {*op.view_map.get(i, ()), *op.destroy_map.get(i, ())} for i in range(len(results))
        }
        for i, value in enumerate(results):
            shared = [k for k, x in enumerate(inputs) if share_memory(value, x)]
            if set(shared) - said[i]:
                raise BadViewMap(self.node, i, value, in_alias_idx=shared)
        for i in self.used:
            others = [
                k
                for k in self.used
                if k != i and not said[i] & said[k] and share_memory(results[i], results[k])
            ]
            if others:
                raise BadViewMap(self.node, i, results[i], out_alias_idx=others)

    def compare(
        self, results: Sequence[Any], lowered: Sequence[Any], inputs: Sequence[Any]
    ) -> None:
        """Raise BadThunkOutput where the lowering gives something else."""
        for variable, a, b in zip(self.node.outputs, results, lowered, strict=True):
            if not agree(variable, a, b):
                raise BadThunkOutput(variable, "perform", a, "lower", b, inputs)

    @cached_property
    def alone(self) -> Apply:
        """The node, of inputs that nothing computes."""
        stand_ins = {v: v.type() for v in self.node.inputs if not isinstance(v, Constant)}
        return self.node.clone_with_new_inputs([stand_ins.get(v, v) for v in self.node.inputs])

    def values(self, inputs: Sequence[Any]) -> dict[Variable, Any]:
        """Return the values of the inputs of ``alone``, but for constants."""
        pairs = zip(self.alone.inputs, inputs, strict=True)
        return {v: x for v, x in pairs if not isinstance(v, Constant)}

    @cached_property
    def compiled(self) -> Executor | None:
        """The node alone, compiled; None where XLA has no part in it."""
        graph = FunctionGraph(list(self.values(self.alone.inputs)), self.alone.outputs, clone=False)
        executor = Executor(graph, [], [], AS_IT_IS, f"{self.node.op} alone")
        return executor if executor.parts else None

    def lowered(self, inputs: Sequence[Any]) -> list[Any] | None:
        """Return what the node gives where it is compiled; None where XLA has no part in it."""
        if self.compiled is None:
            return None
        found = self.compiled(list(self.values(inputs).values()))
        return [
            np.asarray(value) if v.type.on_device else value
            for v, value in zip(self.node.outputs, found, strict=True)
        ]

    @cached_property
    def lengths(self) -> Interpreter | None:
        """What ``infer_shape`` makes of the inputs; None where the op has none."""
        node = self.alone
        if not all(isinstance(v.type, TensorType) for v in (*node.inputs, *node.outputs)):
            return None
        try:
            shapes = node.op.infer_shape(node, [lengths_of(v) for v in node.inputs])
        except MethodNotDefined:
            return None
        flat = [as_tensor_variable(n) for shape in shapes if shape is not None for n in shape]
        if len(flat) != sum(v.type.ndim for v in node.outputs):  # type: ignore[attr-defined]
            return None
        return Interpreter(list(self.values(node.inputs)), flat)

    def check_lengths(self, inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """Raise InvalidValueError where a result has another shape than ``infer_shape`` says."""
        if self.lengths is None:
            return
        with watching(None):
            found = [int(n) for n in self.lengths(*self.values(inputs).values())]
        for variable, value in zip(self.node.outputs, results, strict=True):
            expected, found = found[: value.ndim], found[value.ndim :]
            if tuple(expected) != value.shape:
                hint = f"infer_shape says {tuple(expected)}, its shape is {value.shape}"
                raise InvalidValueError(variable, value, None, hint, inputs)


def as_array(value: Any) -> Any:
    """Return a NumPy scalar as an array; anything else as it is."""
    return np.asarray(value) if isinstance(value, np.generic) else value
