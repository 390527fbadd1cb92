"""Ops that pass their argument on, with another gradient."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from tests.checks import HOST, check_raises

import theano.tensor as T
from theano import function, grad
from theano.errors import DisconnectedInputError, NullTypeGradError
from theano.gradient import (
    Rop,
    consider_constant,
    consider_constant_,
    disconnected_grad,
    grad_clip,
    grad_scale,
    undefined_grad,
    zero_grad,
)

x, v = T.dvector("x"), T.dvector("v")
PASSING = {
    "zero_grad": zero_grad,
    "consider_constant": consider_constant_,
    "disconnected_grad": disconnected_grad,
    "undefined_grad": undefined_grad,
    "grad_clip": lambda a: grad_clip(a, -1, 1),
    "grad_scale": lambda a: grad_scale(a, -2.0),
}


@pytest.mark.parametrize("mode", [None, HOST, "FAST_COMPILE"], ids=str)
def test_the_value_passes(mode):
    f = function([x], [pass_on(x) * x for pass_on in PASSING.values()], mode=mode)
    for result in f([2.0, 3.0]):
        np.testing.assert_array_equal(result, [4, 9])
    ops = {type(node.op).__name__ for node in f.maker.fgraph.apply_nodes}
    assert ops == {"Elemwise"} or mode is HOST


def test_gradients():
    cases = {
        "zero_grad": [2.0, -3.0],
        "consider_constant": [2.0, -3.0],
        "disconnected_grad": [2.0, -3.0],
        "grad_clip": [3.0, -4.0],
        "grad_scale": [-2.0, 3.0],
    }
    found = [grad((PASSING[name](x) * x).sum(), x) for name in cases]
    f = function([x], found, mode=HOST)
    for result, expected in zip(f([2.0, -3.0]), cases.values(), strict=True):
        np.testing.assert_array_equal(result, expected)


def test_directions():
    found = [
        Rop(pass_on(x) * x, x, v)
        for name, pass_on in PASSING.items()
        if name in ("zero_grad", "disconnected_grad", "grad_clip", "grad_scale")
    ]
    for result, factor in zip(
        function([x, v], found, mode=HOST)([2.0, 3.0], [1.0, 5.0]), [1, 1, 2, -1], strict=True
    ):
        np.testing.assert_array_equal(result, factor * np.array([2.0, 15.0]))


def test_what_is_alone_on_the_path():
    assert not function([x], grad(zero_grad(x).sum(), x), mode=HOST)([1.0, 2.0]).any()
    with check_raises(DisconnectedInputError, "cut at:   DisconnectedGrad", "test_passing.py:"):
        grad(disconnected_grad(x).sum(), x)
    with check_raises(NullTypeGradError, "UndefinedGrad", "undefined", "test_passing.py:"):
        grad(undefined_grad(x).sum(), x)


def test_bounds_and_factors():
    f = T.fscalar("f")
    assert grad(grad_clip(f, -0.1, np.float64(0.1)), f).dtype == "float32"
    s = T.dscalar("s")
    g = grad(grad_scale(x, s).sum() + grad_scale(x, np.array([1.0, 5.0])).sum(), x)
    np.testing.assert_array_equal(function([x, s], g, mode=HOST)([0.0, 0.0], 3.0), [4, 8])
    with check_raises(ValueError, "lower bound above the upper one", "1 and -1"):
        grad_clip(x, 1, -1)


def test_equality_and_pickles():
    assert grad_clip(x, -1, 1).owner.op == grad_clip(x, -1, 1).owner.op
    assert grad_clip(x, -1, 1).owner.op != grad_clip(x, -1, 2).owner.op
    copy = pickle.loads(pickle.dumps(grad_scale(x, 2.0).owner.op))
    assert copy == grad_scale(x, 2.0).owner.op


def test_the_old_name_is_deprecated():
    with pytest.warns(UserWarning, match="use zero_grad") as caught:
        y = consider_constant(x)
    assert caught[0].filename == __file__
    assert y.owner.op == consider_constant_
    assert function([x], consider_constant_(np.ones(2)) * x, mode=HOST)([1.0, 2.0]).tolist() == [
        1,
        2,
    ]
