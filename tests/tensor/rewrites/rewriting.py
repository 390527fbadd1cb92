"""What the tests of tensor rules share: a graph before and after, and its values."""

from __future__ import annotations

import warnings

import numpy as np

import theano
from theano.graph import Constant, FunctionGraph, Variable
from theano.graph.op import perform_node
from theano.rewriting import Query, RewriteWarning, rewrite_graph
from theano.tensor.elemwise import Elemwise


def rewritten(inputs, outputs, *excluding):
    """Return the rewritten graph of ``outputs`` and the report; a wrong rule is an error."""
    fgraph = FunctionGraph(inputs, outputs)
    report = rewrite_graph(fgraph, Query().excluding(*excluding), on_error="raise")
    fgraph.check_integrity()
    return fgraph, report


def values(fgraph, arguments):
    """Compute the outputs of a graph node by node, with ``perform``."""
    known = dict(zip(fgraph.inputs, arguments, strict=True))

    def value_of(variable):
        return variable.data if isinstance(variable, Constant) else known[variable]

    for node in fgraph.toposort():
        results = perform_node(node, [value_of(v) for v in node.inputs])
        known.update(zip(node.outputs, results, strict=True))
    return [np.asarray(value_of(v)) for v in fgraph.outputs]


def compiled(inputs, outputs, arguments):
    """Compute ``outputs`` through ``theano.function``."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RewriteWarning)
        return theano.function(inputs, outputs, on_unused_input="ignore")(*arguments)


def show(variable: Variable) -> str:
    """Return the expression that computes ``variable``."""
    if variable.owner is None:
        if isinstance(variable, Constant) and variable.data.size == 1:
            return f"{variable.data.item():g}"
        return str(variable)
    op = variable.owner.op
    name = op.scalar_op.name if isinstance(op, Elemwise) else str(op)
    return f"{name}({', '.join(map(show, variable.owner.inputs))})"
