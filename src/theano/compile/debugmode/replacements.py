"""What rewrites put in the place of what, and whether it has the same value."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from theano.compile.debugmode.comparing import agree_where_finite
from theano.compile.debugmode.errors import BadOptimization
from theano.graph import Apply, Feature, FunctionGraph, Variable
from theano.graph.interpreter import run_node, value_of, watching
from theano.graph.ordering import toposort
from theano.graph.queries import as_string


class Replacements(Feature):
    """Notes each replacement in a graph: ``pairs`` of old, new and reason, each once."""

    def __init__(self) -> None:
        self.pairs: dict[tuple[Variable, Variable], Any] = {}

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        old: Variable,
        new: Variable,
        reason: Any = None,
    ) -> None:
        """Note a replacement."""
        self.pairs.setdefault((old, new), reason)

    def __reduce__(self) -> Any:
        # A pickled graph does without the graphs that it was made from.
        return Replacements, ()


def replacements_of(fgraph: FunctionGraph) -> Replacements | None:
    """Return what notes the replacements in a graph."""
    return next((one for one in fgraph._features if isinstance(one, Replacements)), None)


class RewriteCheck:
    """Computes old and new variables node by node, and compares them.

    Parameters
    ----------
    inputs : sequence of Variable
        Of the function.
    replacements : Replacements
    """

    def __init__(self, inputs: Sequence[Variable], replacements: Replacements) -> None:
        self.inputs = list(inputs)
        self.pairs = replacements.pairs
        both = [v for pair in self.pairs for v in pair]
        self.nodes = toposort(both, set(self.inputs))

    def __call__(self, arrays: Sequence[Any], failure: Exception | None = None) -> None:
        """Raise at the first rewrite, in the order in which they were applied, that is wrong.

        Parameters
        ----------
        arrays : sequence
            Values of the inputs.
        failure : Exception, optional
            What running the rewritten graph raised; the rewrite that brought in the node that
            raises is named in it.

        Raises
        ------
        BadOptimization
            A value changed.
        """
        values: dict[Variable, Any] = dict(zip(self.inputs, arrays, strict=True))
        failed: set[Variable] = set()
        with watching(None):
            for node in self.nodes:
                if failed.intersection(node.inputs):
                    failed.update(node.outputs)
                    continue
                try:
                    run_node(node, values)
                except Exception:  # any error of an op's, in a graph that may be the wrong one
                    failed.update(node.outputs)
        for (old, new), reason in self.pairs.items():
            if old in failed:
                continue
            if new in failed:
                if failure is not None:
                    raise named(failure, old, new, reason) from failure
                continue
            before, after = value_of(old, values), value_of(new, values)
            if not agree_where_finite(old, before, after):
                raise BadOptimization(
                    old, new, before, after, reason, formula(old, self.inputs), formula(new, ())
                )


def formula(variable: Variable, inputs: Sequence[Variable]) -> str:
    """Return a variable in terms of the nodes nearest to it."""
    if variable.owner is None:
        return str(variable)
    return str(as_string(variable.owner.inputs, [variable])[0])


def named(failure: Exception, old: Variable, new: Variable, reason: Any) -> Exception:
    """Return an error that says which rewrite brought it about."""
    note = (
        f"the rewrite {reason} put {formula(new, ())} in the place of {formula(old, ())}, "
        "which raises no error"
    )
    try:
        error = copy.copy(failure)
        error.args = (f"{failure}\n{note}",)
    except TypeError:
        failure.add_note(note)
        return failure
    return error
