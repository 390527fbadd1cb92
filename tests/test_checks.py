"""The helper that checks ops, on ops with one facet wrong each."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import FacetError, check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import Apply, Op


class Triple(Op):
    """``3 x``, of a matrix, or nearly."""

    __props__ = ("wrong",)

    def __init__(self, wrong=None):
        self.wrong = wrong

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        output_storage[0][0] = 3 * x
        if self.wrong == "inputs":
            x[...] = 0

    def lower(self, ctx, x):
        return x * (3.01 if self.wrong == "compiled" else 3.0)

    def infer_shape(self, node, shapes):
        ((n, m),) = shapes
        return [(m, n) if self.wrong == "infer_shape" else (n, m)]

    def L_op(self, inputs, outputs, output_grads):
        return [output_grads[0] * (2.0 if self.wrong == "gradient" else 3.0)]

    def R_op(self, inputs, eval_points):
        return [eval_points[0] * (2.0 if self.wrong == "R_op" else 3.0)]


X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def test_a_sound_op_passes():
    (result,) = check_op(Triple(), [X], 3 * X)
    np.testing.assert_array_equal(result, 3 * X)
    check_op(Triple(), [X], lambda x: 3 * x)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ("inputs", "inputs: input 0 was changed"),
        ("compiled", "value: compiled against perform"),
        ("infer_shape", "infer_shape: [3, 2], the value has [2, 3]"),
        ("gradient", "gradient: L_op against finite differences, input 0"),
        ("R_op", "R_op: against finite differences, output 0"),
    ],
)
def test_each_facet_is_named(wrong, text):
    with check_raises(FacetError, text, "float64[2, 3]"):
        check_op(Triple(wrong), [X.copy()])


def test_another_value_than_expected():
    with check_raises(FacetError, "value: perform against what is expected", "at (1, 2)"):
        check_value(Triple(), [X], np.where(X == 6, 17, 3 * X))
    with check_raises(FacetError, "shape (2, 3) against (3,)"):
        check_value(Triple(), [X], np.ones(3))


@pytest.mark.parametrize("facet", ["infer_shape", "gradient", "R_op"])
def test_a_facet_can_be_left_out(facet):
    check_op(Triple(facet), [X], skip=[facet])


def test_a_facet_that_is_missing_is_named():
    class Bare(Op):
        __props__ = ()
        make_node, perform = Triple.make_node, Triple.perform
        wrong = None

    with check_raises(FacetError, "infer_shape: Bare has none"):
        check_op(Bare(), [X], compiled=False)
    with check_raises(FacetError, "gradient: the graph cannot be built", "Bare"):
        check_op(Bare(), [X], compiled=False, skip=["infer_shape"])
    check_value(Bare(), [X], 3 * X, compiled=False)


def test_a_wrong_complex_gradient_is_seen():
    class Square(Triple):
        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inputs[0] ** 2

        def lower(self, ctx, x):
            return x * x

        def L_op(self, inputs, outputs, output_grads):
            return [2 * output_grads[0] * inputs[0]]  # without the conjugate

    with check_raises(FacetError, "gradient"):
        check_op(Square(), [X + 1j], skip=["R_op"])
    check_op(T.sqr, [X + 1j])


def test_an_error_that_does_not_come():
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        check_op_raises(Triple(), [X], ValueError)
    with check_raises(AssertionError, "does not say 'other'"), check_raises(ValueError, "other"):
        raise ValueError("text")
