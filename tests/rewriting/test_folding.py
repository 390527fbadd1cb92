"""Constant folding."""

import warnings

import numpy as np
import pytest
from tests.rewriting.toys import INT, IntType, Square, ToyOp, add, graph, mul, neg, show, square

from theano.graph import Apply
from theano.rewriting import Equilibrium, constant_folding
from theano.rewriting.folding import MAX_ELEMENTS

a = INT("a")


class Arrays(IntType):
    """NumPy arrays of any kind."""

    def filter(self, data, strict=False, allow_downcast=None):
        if not isinstance(data, np.ndarray):
            raise TypeError("no array")
        return data

    def __eq__(self, other):
        return type(self) is type(other)

    __hash__ = IntType.__hash__


class ArrayOp(ToyOp):
    def __init__(self, value):
        self.value = value
        self.runs = 0

    __props__ = ("value",)

    def make_node(self, *inputs):
        return Apply(self, inputs, [Arrays()()])

    def perform(self, node, inputs, output_storage):
        self.runs += 1
        super().perform(node, inputs, output_storage)


def array(*shape):
    return Arrays().make_constant(np.zeros(shape))


def folded(output):
    fgraph = graph([a], output)
    Equilibrium([constant_folding], on_error="raise").run(fgraph)
    fgraph.check_integrity()
    return fgraph.outputs[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (square(INT.make_constant(3)), "9"),
        (neg(square(add(1, 2))), "-9"),
        (add(a, square(INT.make_constant(3))), "add(a, 9)"),
        (square(a), "square(a)"),
    ],
    ids=str,
)
def test_what_depends_on_constants_alone_is_computed(before, after):
    assert show(folded(before)) == after


def test_names_and_lines_are_kept():
    before = square(INT.make_constant(3))
    before.name = "nine"
    after = folded(neg(before)).owner
    assert after is None
    result = folded(add(a, before)).owner.inputs[1]
    assert result.name == "nine"
    assert result.source == before.source


def test_an_op_may_refuse():
    class Refusing(Square):
        def do_constant_folding(self, node):
            return False

    assert show(folded(Refusing()(INT.make_constant(3)))) == "refusing(3)"


def test_an_evaluation_that_fails_is_left_to_the_run():
    class Failing(Square):
        runs = 0

        def perform(self, node, inputs, output_storage):
            self.runs += 1
            raise ValueError("not now")

    op = Failing()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert show(folded(mul(op(INT.make_constant(3)), a))) == "mul(failing(3), a)"
    assert op.runs == 1


def test_a_value_that_the_type_refuses_is_left_to_the_run():
    op = ArrayOp(lambda x: "text")
    assert folded(op(array(2))).owner.op == op


def test_a_node_without_inputs_is_not_folded():
    op = ArrayOp(lambda: np.zeros(1))
    assert folded(op()).owner.op == op
    assert op.runs == 0


def test_floating_point_warnings_are_for_the_run():
    op = ArrayOp(lambda x: np.ones(2) / x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(folded(op(array(2))).data).all()


@pytest.mark.parametrize(
    ("n_in", "n_out", "is_folded"),
    [
        (1, MAX_ELEMENTS, True),
        (1, MAX_ELEMENTS + 1, False),
        (MAX_ELEMENTS + 1, MAX_ELEMENTS + 1, True),
    ],
)
def test_large_values_are_not_put_into_the_program(n_in, n_out, is_folded):
    op = ArrayOp(lambda x: np.zeros(n_out))
    assert (folded(op(array(n_in))).owner is None) is is_folded
    assert op.runs == 1
