"""``theano.sandbox.linalg``: the names it shares with today's modules, and its hints."""

from __future__ import annotations

import importlib

import numpy as np
from tests.checks import check_op, check_raises

import theano.tensor as T
from theano.tensor import nlinalg, slinalg
from theano.tensor.ops.hints import Hint


def test_its_names():
    for path in ("theano.sandbox.linalg", "theano.sandbox.linalg.ops"):
        module = importlib.import_module(path)
        for name in ("matrix_inverse", "det", "diag", "trace", "alloc_diag", "extract_diag", "eig"):
            assert getattr(module, name) is getattr(nlinalg, name)
        for name in ("cholesky", "solve", "eigvalsh"):
            assert getattr(module, name) is getattr(slinalg, name)


def test_hints(rng):
    ops = importlib.import_module("theano.sandbox.linalg.ops")
    x = T.dmatrix("x")
    hinted = ops.Hint(positive=True)(ops.psd(x))
    assert ops.is_hint_node(hinted.owner)
    assert ops.hints(hinted) == {"psd": True, "symmetric": True, "positive": True}
    assert all(ask(hinted) for ask in (ops.is_psd, ops.is_symmetric, ops.is_positive))
    assert not ops.is_psd(x)
    assert ops.hints(x * 2) == {}
    check_op(Hint(symmetric=True), [rng.normal(size=(2, 2))], lambda x: x)


def test_spectral_radius_bound(rng):
    bound = importlib.import_module("theano.sandbox.linalg").spectral_radius_bound
    x = rng.normal(size=(4, 4))
    x = x @ x.T
    largest = np.linalg.eigvalsh(x)[-1]
    got = [check_op(lambda x, n=n: bound(x, n), [x])[0] for n in (1, 5)]
    assert largest < got[0]
    assert np.isclose(largest, got[1], rtol=0.01)
    for bad in ((T.vector(), 1), (T.matrix(), 1.5)):
        with check_raises(TypeError):
            bound(*bad)
    with check_raises(ValueError, "1 or more", "log2_exponent=0"):
        bound(T.matrix(), 0)
