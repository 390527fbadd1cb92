"""What kind of thing an operation does, for its colour."""

from __future__ import annotations

from theano.graph import Apply
from theano.tensor.elemwise import Elemwise

__all__ = ["MODULES", "family_of"]

MODULES = {
    "products": (
        "theano.tensor.nnet.blocksparse",
        "theano.tensor.nnet.convolution",
        "theano.tensor.ops.blas",
        "theano.tensor.ops.factorizations",
        "theano.tensor.ops.inverses",
        "theano.tensor.ops.linear",
        "theano.tensor.ops.solving",
        "theano.tensor.slinalg",
    ),
    "reductions": (
        "theano.tensor.nnet.crossentropy",
        "theano.tensor.nnet.crossentropy_softmax",
        "theano.tensor.nnet.softmaxes",
        "theano.tensor.ops.careduce",
        "theano.tensor.ops.cumulation",
        "theano.tensor.ops.extremes",
        "theano.tensor.ops.logsumexp",
        "theano.tensor.ops.product",
        "theano.tensor.ops.reduction",
        "theano.tensor.signal.pool_ops",
    ),
    "indexing": (
        "theano.tensor.nnet.neighbours",
        "theano.tensor.ops.advanced_index",
        "theano.tensor.ops.along_axis",
        "theano.tensor.ops.choose",
        "theano.tensor.ops.diagonals",
        "theano.tensor.ops.indexing",
        "theano.tensor.ops.joining",
        "theano.tensor.ops.nonzero",
        "theano.tensor.ops.slices",
        "theano.tensor.ops.sorting",
        "theano.tensor.ops.windows",
    ),
    "shapes": (
        "theano.tensor.elemwise",
        "theano.tensor.ops.creation",
        "theano.tensor.ops.rearranging",
        "theano.tensor.ops.repetition",
        "theano.tensor.ops.shape",
        "theano.tensor.ops.single_numbers",
        "theano.tensor.ops.sizes",
        "theano.tensor.ops.triangles",
        "theano.tensor.rebroadcast",
    ),
    "random": ("theano.random",),
}
"""For each family, modules and packages of the classes of its ops."""

FAMILIES = {module: family for family, modules in MODULES.items() for module in modules}


def family_of(node: Apply, has_inside: bool) -> str:
    """Return the family of an operation.

    Parameters
    ----------
    node : Apply
    has_inside : bool
        Whether it has a graph of its own.

    Returns
    -------
    str
        A key of ``MODULES``, or ``"elementwise"``, ``"graphs"``, ``"other"``.
    """
    if has_inside or type(node.op).__name__ == "IfElse":
        return "graphs"
    if isinstance(node.op, Elemwise):
        return "elementwise"
    for kind in type(node.op).__mro__:
        path = kind.__module__
        while path:
            if path in FAMILIES:
                return FAMILIES[path]
            path = path.rpartition(".")[0]
    return "other"
