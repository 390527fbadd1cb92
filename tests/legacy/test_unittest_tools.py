"""``theano.tests.unittest_tools``, as the tests of users' ops import it."""

from __future__ import annotations

import unittest

import numpy as np
import pytest
from tests.checks import check_raises

import theano.tensor as T
from theano import Apply, Op, change_flags
from theano.gradient import GradientError
from theano.tests import unittest_tools as utt


class Half(Op):
    """The first half of a matrix's columns."""

    __props__ = ("wrong",)

    def __init__(self, wrong=False):
        self.wrong = wrong

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][:, : inputs[0].shape[1] // 2].copy()

    def infer_shape(self, node, shapes):
        rows, columns = shapes[0]
        return [(rows, columns if self.wrong else columns // 2)]


class Shapeless(Half):
    def infer_shape(self, node, shapes):
        raise NotImplementedError("no shape")


@pytest.fixture
def tester():
    class Shapes(utt.InferShapeTester):
        def runTest(self):
            """Make an instance possible."""

    case = Shapes()
    case.setUp()
    return case


def test_infer_shape_is_held_against_values(tester, rng):
    x = T.dmatrix()
    value = rng.normal(size=(3, 4))
    tester._compile_and_check([x], [Half()(x), Half()(x * 2)], [value], Half)
    with check_raises(AssertionError, "has shape (3, 2)", "infer_shape says (3, 4)"):
        tester._compile_and_check([x], [Half(wrong=True)(x)], [value], Half)
    with check_raises(AssertionError, "no Shapeless in the graph"):
        tester._compile_and_check([x], [Half()(x)], [value], Shapeless)


def test_an_op_may_lack_infer_shape(tester, rng):
    x = T.dmatrix()
    value = rng.normal(size=(3, 4))
    with pytest.raises(NotImplementedError, match="no shape"):
        tester._compile_and_check([x], [Shapeless()(x)], [value], Shapeless)
    tester._compile_and_check([x], [Shapeless()(x)], [value], Shapeless, check_topo=False)


def test_equal_lengths_are_reported(tester, rng, capsys):
    x = T.dmatrix()
    tester._compile_and_check([x], [Half()(x)], [rng.normal(size=(4, 4))], Half)
    assert "equal lengths" in capsys.readouterr().err
    tester._compile_and_check([x], [Half()(x)], [rng.normal(size=(4, 4))], Half, warn=False)
    assert capsys.readouterr().err == ""


def test_gradients():
    utt.verify_grad(lambda x: x**2, [np.array([1.0, 2.0])])
    assert utt.verify_grad.E_grad is GradientError


def test_seeds():
    assert utt.seed_rng() == 666
    first = np.random.rand()
    assert utt.seed_rng(3) == 3
    assert np.random.rand() != first
    utt.seed_rng()
    assert np.random.rand() == first
    with change_flags(**{"unittests.rseed": "random"}):
        assert utt.fetch_seed() is None


def test_closeness():
    utt.assert_allclose(np.float32([1, 2]), np.float64([1, 2.001]))
    utt.assert_allclose([1, 2], [1, 2])
    utt.assert_allclose(1.0, 1.1, rtol=0.2)
    for arguments in (([1.0], [1.1]), ([1.0], [1.0, 2.0, 3.0]), ([np.nan], [1.0])):
        with pytest.raises(utt.WrongValue):
            utt.assert_allclose(*arguments)
    with pytest.raises(utt.WrongValue):
        utt.assert_allclose(1.0, 1.001, rtol=0, atol=1e-5)


def test_marks():
    @utt.attr("slow", level=2)
    def test():
        pass

    assert test.slow is True
    assert test.level == 2
    assert utt.SkipTest is unittest.SkipTest
