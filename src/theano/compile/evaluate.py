"""``Variable.eval``: a value at once."""

from __future__ import annotations

from typing import Any

from theano.compile.make_function import function
from theano.graph import Variable
from theano.graph.traversal import graph_inputs


def evaluate(variable: Variable, inputs_to_values: dict[Any, Any]) -> Any:
    """Return the value of ``variable`` for given values of its inputs; see ``Variable.eval``.

    Raises
    ------
    ValueError
        A name among the inputs is not that of exactly one input.
    """
    given: dict[Variable, Any] = {}
    for key, value in inputs_to_values.items():
        if isinstance(key, str):
            named = [v for v in graph_inputs([variable]) if v.name == key]
            if len(named) != 1:
                raise ValueError(f"{len(named)} inputs of the graph are named {key!r}")
            key = named[0]
        given[key] = value
    cache = variable.__dict__.setdefault("_eval_cache", {})
    inputs = tuple(sorted(given, key=id))
    if inputs not in cache:
        cache[inputs] = function(list(inputs), variable)
    return cache[inputs](*map(given.__getitem__, inputs))


Variable.evaluator = staticmethod(evaluate)
