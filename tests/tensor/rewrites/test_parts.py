"""Sums of gradients of slices."""

import numpy as np
import pytest
from tests.tensor.rewrites.rewriting import compiled, rewritten

import theano
from theano import tensor as T
from theano.tensor.ops.indexing import IncSubtensor
from theano.tensor.ops.parts import WriteParts

x = T.dmatrix("x")


def ops_of(outputs, *inputs):
    fgraph, _ = rewritten([x, *inputs], outputs)
    return [type(node.op) for node in fgraph.toposort()]


def gates(n, width=3):
    return [x[:, k * width : (k + 1) * width] for k in range(n)]


@pytest.mark.parametrize("plus", [False, True], ids=["alone", "and more"])
def test_gates_are_written_at_once(rng, plus):
    a, b, c, d = gates(4)
    cost = (T.tanh(a) * T.nnet.sigmoid(b) + c * d).sum() + (T.exp(x).sum() if plus else 0)
    gradient = T.grad(cost, x)
    found = ops_of([gradient])
    assert found.count(WriteParts) == 1
    assert IncSubtensor not in found
    value = rng.normal(size=(2, 12))
    plain = theano.function([x], gradient, mode=theano.Mode(linker="py", optimizer=None))
    np.testing.assert_allclose(compiled([x], [gradient], [value])[0], plain(value), rtol=1e-12)


def test_two_axes_are_two_groups(rng):
    cost = (x[:2] * x[2:4]).sum() + (x[:, :1] * x[:, 1:2] ** 2).sum()
    gradient = T.grad(cost, x)
    assert ops_of([gradient]).count(WriteParts) == 2
    value = rng.normal(size=(4, 3))
    plain = theano.function([x], gradient, mode=theano.Mode(linker="py", optimizer=None))
    np.testing.assert_allclose(compiled([x], [gradient], [value])[0], plain(value), rtol=1e-12)


@pytest.mark.parametrize(
    "parts",
    [
        lambda: (x[:, :2], x[:, 1:3]),
        lambda: (x[:, ::2], x[:, 1::2]),
        lambda: (x[:, -2:], x[:, :1]),
        lambda: (x[:2, :2], x[2:, 2:]),
    ],
    ids=["overlap", "steps", "from the end", "corners"],
)
def test_other_slices_stay(parts):
    a, b = parts()
    found = ops_of([T.grad((T.sqr(a).sum() + T.exp(b).sum()), x)])
    assert WriteParts not in found
