"""By what programs tell sparse variables from dense ones. Every variable is dense, as yet.

Theano's own ``theano.sparse`` had a type that cannot be made, and ``enable_sparse`` false, where
SciPy was missing. Programs that only ask go on with dense tensors.
"""

from __future__ import annotations

from typing import Any

from theano.errors import usage_error
from theano.graph.type import Type
from theano.graph.variable import Constant, Variable

__all__ = ["SparseConstant", "SparseType", "SparseVariable", "enable_sparse"]

NOT_BUILT = "use dense tensors; theano.tensor.dot, and indexing by vectors of integers"
enable_sparse = False


class SparseType(Type):
    """The type of sparse matrices, of which no variable is.

    Raises
    ------
    NotImplementedError
        Whenever one is made.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise usage_error(
            NotImplementedError, "sparse matrices are not part of this Theano", fix=NOT_BUILT
        )


class SparseVariable(Variable):
    """A sparse variable, of which there is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        SparseType()


class SparseConstant(Constant):
    """A sparse constant, of which there is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        SparseType()


def _is_sparse_variable(x: Variable) -> bool:
    """Whether the type of ``x`` is a sparse one."""
    return isinstance(x.type, SparseType)
