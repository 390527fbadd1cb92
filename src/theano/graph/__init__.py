"""What a program is: variables, the operations that join them, and whole graphs.

This layer knows nothing of tensors or of JAX. Everything that walks a graph does so iteratively,
so that the length of a chain is bounded by memory and never by Python's recursion limit.
"""

from theano.graph.apply import Apply
from theano.graph.function_graph import Feature, FunctionGraph
from theano.graph.null_type import DisconnectedType, NullType
from theano.graph.op import Op
from theano.graph.type import Type
from theano.graph.variable import Constant, Variable

__all__ = [
    "Apply",
    "Constant",
    "DisconnectedType",
    "Feature",
    "FunctionGraph",
    "NullType",
    "Op",
    "Type",
    "Variable",
]
