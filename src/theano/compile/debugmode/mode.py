"""``DebugMode`` itself: what is checked, and when."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.compile.debugmode.errors import DebugModeError, InvalidValueError, StochasticOrder
from theano.compile.debugmode.node_check import NodeCheck
from theano.compile.debugmode.replacements import Replacements, RewriteCheck, replacements_of
from theano.compile.mode import MADE_BY_FLAGS, predefined_modes
from theano.compile.watching import WatchedInterpreter, WatchMode, given
from theano.errors import usage_error
from theano.graph import Apply, Constant, FunctionGraph, Variable
from theano.options import config


class DebugMode(WatchMode):
    """Runs a function node by node, and checks all that can be checked. Slow.

    * Each node's ``lower`` gives what its ``perform`` does (``BadThunkOutput``).
    * Results are of their types and have the shapes that ``infer_shape`` says; floating ones are
      finite (``InvalidValueError``).
    * Inputs are changed, and their memory is passed on, only as ``destroy_map`` and ``view_map``
      say (``BadDestroyMap``, ``BadViewMap``). Views are looked for in ops without ``lower``, for
      which memory matters.
    * No rewrite changes a value that was finite (``BadOptimization``), and the same rewrites give
      the same graph again (``StochasticOrder``).

    Graphs inside of ops, such as the step of a loop, are checked node by node too.

    Parameters
    ----------
    optimizer : str or other
        As for ``Mode``; by default "fast_run".
    stability_patience : int, optional
        How often to rewrite the graph; by default ``config.DebugMode.patience``.
    check_c_code : bool, optional
        Whether to run ``lower``, which took the place of C code; by default True.
    check_py_code : bool, optional
        Whether to run ``perform``; by default ``config.DebugMode.check_py``.
    check_isfinite : bool, optional
        By default ``config.DebugMode.check_finite``.
    check_preallocated_output, require_matching_strides, linker : optional
        Kept for programs that give them: ops are given no memory for their results.

    Raises
    ------
    ValueError
        Neither of ``check_c_code`` and ``check_py_code`` is asked for.
    """

    stability_patience = 10
    check_c_code = True
    check_py_code = True
    check_isfinite = True
    check_preallocated_output: Any = ""
    require_matching_strides: Any = 0

    def __init__(
        self,
        optimizer: Any = "fast_run",
        stability_patience: int | None = None,
        check_c_code: bool | None = None,
        check_py_code: bool | None = None,
        check_isfinite: bool | None = None,
        check_preallocated_output: Any = None,
        require_matching_strides: Any = None,
        linker: Any = None,
    ) -> None:
        super().__init__(optimizer, linker)
        self.stability_patience = given(stability_patience, config.DebugMode.patience)
        self.check_c_code = given(check_c_code, True)
        self.check_py_code = given(check_py_code, config.DebugMode.check_py)
        self.check_isfinite = given(check_isfinite, config.DebugMode.check_finite)
        self.check_preallocated_output = given(check_preallocated_output, "")
        self.require_matching_strides = given(require_matching_strides, 0)
        if not (self.check_c_code or self.check_py_code):
            raise usage_error(
                ValueError,
                "DebugMode was asked to run nothing",
                fix="let check_c_code or check_py_code be True",
            )

    def rewrite(self, fgraph: FunctionGraph) -> None:
        """Apply the mode's rewrites: to copies first, to see whether they do the same again.

        Raises
        ------
        StochasticOrder
            They do not.
        """
        copies = [fgraph.clone() for _ in range(self.stability_patience - 1)]
        fgraph.attach_feature(Replacements())
        super().rewrite(fgraph)
        expected = signature(fgraph)
        for again in copies:
            super().rewrite(again)
            found = signature(again)
            if found != expected:
                pairs = zip(expected, found, strict=False)
                first = next((pair for pair in pairs if pair[0] != pair[1]), ("…", "…"))
                raise StochasticOrder(
                    "the same rewrites of the same graph gave two different graphs; they first "
                    f"differ at\n  {first[0]}\n  {first[1]}\n"
                    "  fix: let no rewrite depend on what it did before, on an order of a set, or "
                    "on chance"
                )

    def interpreter(self, fgraph: FunctionGraph, prepared: FunctionGraph) -> WatchedInterpreter:
        """Return what runs a graph."""
        return CheckingInterpreter(self, fgraph, prepared)

    def check_finite(self, variable: Variable, value: Any, inputs: Sequence[Any] = ()) -> None:
        """Raise InvalidValueError where a value is not finite, and should be."""
        if not self.check_isfinite or not isinstance(value, np.ndarray):
            return
        if value.dtype.kind in "fc" and not np.isfinite(value).all():
            hint = "NaN or an infinity, and check_isfinite is on"
            raise InvalidValueError(variable, value, None, hint, inputs)


class CheckingInterpreter(WatchedInterpreter):
    """Runs a graph for ``DebugMode``."""

    def __init__(self, mode: DebugMode, fgraph: FunctionGraph, prepared: FunctionGraph) -> None:
        super().__init__(prepared)
        self.mode = mode
        self.checks: dict[Apply, NodeCheck] = {}
        self.taken = {v for node in self.nodes for v in node.inputs}
        noted = replacements_of(fgraph)
        self.rewrites = RewriteCheck(fgraph.inputs, noted) if noted is not None else None

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the outputs for ``arrays``, and check what rewrites did.

        Raises
        ------
        DebugModeError
            See :class:`DebugMode`.
        """
        for variable, value in zip(self.inputs, arrays, strict=True):
            self.mode.check_finite(variable, value)
        try:
            results = super().__call__(*copy.deepcopy(arrays))
        except DebugModeError:
            raise
        except Exception as failure:
            if self.rewrites is not None:
                self.rewrites(arrays, failure)
            raise
        if self.rewrites is not None:
            self.rewrites(arrays)
        return results

    def run(self, node: Apply, inputs: list[Any]) -> Sequence[Any]:
        """Run a node and check it."""
        check = self.checks.get(node)
        if check is None:
            used = {i for i, v in enumerate(node.outputs) if v in self.taken}
            check = self.checks[node] = NodeCheck(node, self.mode, used)
        return check(inputs)


def signature(fgraph: FunctionGraph) -> list[Any]:
    """Return what is the same for two graphs that compute the same in the same way."""
    place: dict[Variable, Any] = {v: i for i, v in enumerate(fgraph.inputs)}

    def name(v: Variable) -> Any:
        return f"{v.type} {v}" if isinstance(v, Constant) else place[v]

    lines: list[Any] = []
    for k, node in enumerate(fgraph.toposort()):
        inner = [signature(graph) for graph in node.op.inner_graphs]
        lines.append((type(node.op).__name__, str(node.op), [name(v) for v in node.inputs], inner))
        place.update({v: (k, i) for i, v in enumerate(node.outputs)})
    return [*lines, [name(v) for v in fgraph.outputs]]


MADE_BY_FLAGS["DebugMode"] = DebugMode
predefined_modes["DEBUG_MODE"] = DebugMode()
