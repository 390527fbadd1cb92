"""Small functions of ``theano.gof.opt`` and ``theano.compile``."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from theano.graph import Constant, FunctionGraph, Variable
from theano.graph.queries import inputs
from theano.legacy.gof.local_rules import as_node_rewriter

__all__ = [
    "check_stack_trace",
    "copy_stack_trace",
    "inherit_stack_trace",
    "logging",
    "pre_constant_merge",
    "pre_greedy_local_optimizer",
]


def copy_stack_trace(from_var: Any, to_var: Any) -> Any:
    """Give variables the user's line of others; the rewriter does so for every replacement."""
    sources = from_var if isinstance(from_var, (list, tuple)) else [from_var]
    source = next((v.source for v in sources if v.source is not None), None)
    for variable in to_var if isinstance(to_var, (list, tuple)) else [to_var]:
        variable.source = source
    return to_var


class inherit_stack_trace:
    """Within it, nothing need be done: new variables have the user's line of what they replace."""

    def __init__(self, from_var: Any) -> None:
        self.from_var = from_var

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        return None


def check_stack_trace(
    f_or_fgraph: Any, ops_to_check: Any = "last", bug_print: str = "raise"
) -> bool:
    """Whether nodes of a graph know the user's line that they come from.

    Parameters
    ----------
    f_or_fgraph : function or FunctionGraph
    ops_to_check : "last", "all", None, op, class of ops, or list of them
        Which nodes: those of the outputs, all, none, or those of some ops.
    bug_print : {"raise", "warn", "ignore"}
        Kept for programs that give it.

    Raises
    ------
    ValueError
        An argument cannot be read.
    """
    if bug_print not in ("raise", "warn", "ignore"):
        raise ValueError(f"bug_print must be 'raise', 'warn' or 'ignore', got {bug_print!r}")
    fgraph: FunctionGraph = getattr(getattr(f_or_fgraph, "maker", None), "fgraph", f_or_fgraph)
    nodes = fgraph.toposort()
    if ops_to_check is None:
        nodes = []
    elif ops_to_check == "last":
        nodes = [output.owner for output in fgraph.outputs if output.owner is not None]
    elif ops_to_check != "all":
        wanted = ops_to_check if isinstance(ops_to_check, (list, tuple)) else [ops_to_check]
        kinds = tuple(one for one in wanted if isinstance(one, type))
        nodes = [n for n in nodes if isinstance(n.op, kinds) or n.op in wanted]
    return all(node.source is not None for node in nodes)


def pre_constant_merge(variables: Any) -> Any:
    """Merge the equal constants in the graphs of some variables, which are not in a graph yet."""
    given = [variables] if isinstance(variables, Variable) else list(variables)
    first: dict[Any, Constant] = {}
    seen: set[Variable] = set()
    todo: list[Variable] = list(given)
    while todo:
        node = todo.pop().owner
        if node is None:
            continue
        for i, variable in enumerate(node.inputs):
            if isinstance(variable, Constant):
                node.inputs[i] = first.setdefault(variable.signature(), variable)
            elif variable not in seen:
                seen.add(variable)
                todo.append(variable)
    return [first.setdefault(v.signature(), v) if isinstance(v, Constant) else v for v in given]


def pre_greedy_local_optimizer(optimizations: Iterable[Any], out: Variable) -> Variable:
    """Return ``out`` after rules were applied, inputs before users, to what it is computed by."""
    rules = [as_node_rewriter(one) for one in optimizations]
    leaves = [v for v in inputs([out]) if not isinstance(v, Constant)]
    fgraph = FunctionGraph(leaves, [out], clone=False)
    for node in fgraph.toposort():
        for rule in rules:
            if node in fgraph.apply_nodes and rule.accepts(node.op):
                fgraph.replace_all(rule.propose(fgraph, node), reason=rule.name)
    return fgraph.outputs[0]
