"""Lengths of what is not computed."""

import numpy as np
import pytest
from tests.tensor.rewrites.rewriting import rewritten, values

from theano import as_op
from theano import tensor as T
from theano.tensor.ops.sizes import Shape, ShapeI

x = T.dmatrix("x")


@as_op([T.dmatrix], [T.dmatrix], infer_shape=lambda node, shapes: shapes)
def unwilling(a):
    raise RuntimeError("nobody needs the values")


@as_op([T.dmatrix], [T.dmatrix])
def silent(a):
    return a


@pytest.mark.parametrize(
    ("outputs", "asked", "n_computed"),
    [
        ([T.nlinalg.matrix_inverse(x).shape[1]], {"x"}, 0),
        ([T.dot(x, T.exp(x)).shape[0]], {"x"}, 0),
        ([unwilling(unwilling(x)).shape], {"x"}, 0),
        ([T.nlinalg.qr(x, "complete")[0].shape[1]], {"x"}, 0),
        ([T.exp(silent(x)).shape[0]], None, 1),
        ([T.exp(x).shape[0], T.exp(x)[1, 1] + 1], None, 2),
    ],
    ids=["inverse", "dot", "chain", "one of two", "op that does not tell", "value needed too"],
)
def test_lengths_come_from_the_inputs(outputs, asked, n_computed):
    fgraph, _ = rewritten([x], outputs)
    sources = {str(n.inputs[0]) for n in fgraph.toposort() if isinstance(n.op, (Shape, ShapeI))}
    assert asked is None or sources <= asked
    plain = ("Shape", "ShapeI", "MakeVector", "Subtensor")
    rest = [n for n in fgraph.toposort() if type(n.op).__name__ not in plain]
    assert len(rest) == n_computed, rest
    for got in values(fgraph, [np.zeros((2, 2))]):
        np.testing.assert_array_equal(got, 2)
