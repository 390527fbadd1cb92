"""Merging of equal computations and constants."""

import pytest
from tests.rewriting.toys import (
    INT,
    NARROW,
    Shift,
    Square,
    add,
    divmod_,
    graph,
    mul,
    neg,
    shift,
    show,
    square,
    sub,
    values,
)

from theano.graph import Apply
from theano.rewriting import merge

a, b = INT("a"), INT("b")


def merged(*outputs):
    fgraph = graph([a, b], *outputs)
    merge(fgraph)
    fgraph.check_integrity()
    return fgraph


def test_equal_computations_become_one():
    fgraph = merged(add(square(a), square(a)), mul(square(a), b))
    assert len(fgraph.apply_nodes) == 3
    left, right = fgraph.outputs[0].owner.inputs
    assert left is right is fgraph.outputs[1].owner.inputs[0]


def test_whole_branches_become_one_in_one_pass():
    def branch():
        return square(add(neg(shift(a, 3)), mul(b, b, 2)))

    fgraph = merged(sub(branch(), branch()))
    assert len(fgraph.apply_nodes) == 6


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (square(a), square(b)),
        (square(a), neg(a)),
        (shift(a, 1), shift(a, 2)),
        (sub(a, b), sub(b, a)),
        (add(a, a), add(a, a, a)),
    ],
    ids=str,
)
def test_what_differs_stays_apart(x, y):
    assert len(merged(x, y).apply_nodes) == 2


def test_equal_constants_become_one():
    fgraph = merged(add(a, 2, 2, 3), INT.make_constant(3))
    two, also_two, three = fgraph.outputs[0].owner.inputs[1:]
    assert two is also_two
    assert three is fgraph.outputs[1]
    assert values(fgraph, 1, 0) == [8, 3]


def test_constants_of_other_types_stay_apart():
    fgraph = merged(add(INT.make_constant(2), NARROW.make_constant(2)))
    x, y = fgraph.outputs[0].owner.inputs
    assert x is not y


def test_all_outputs_of_a_node_are_merged():
    q, r = divmod_(a, b)
    other_q, other_r = divmod_(a, b)
    fgraph = merged(q, r, other_q, other_r, divmod_(a, b)[1])
    assert len(fgraph.apply_nodes) == 1
    assert [v.index for v in fgraph.outputs] == [0, 1, 0, 1, 1]


def test_equal_nodes_of_unequal_types_stay_apart():
    class Chameleon(Square):
        """An op whose output type is not decided by its inputs."""

        def make_node(self, x):
            self.times = getattr(self, "times", 0) + 1
            return Apply(self, [x], [NARROW() if self.times % 2 else INT()])

    op = Chameleon()
    assert len(merged(op(a), op(a)).apply_nodes) == 2


def test_ops_and_constants_without_a_hash_are_left_alone():
    class Unhashable(Square):
        __hash__ = None

        def __eq__(self, other):
            return True

    class Lists(type(INT)):
        def filter(self, data, strict=False, allow_downcast=None):
            return data

    op = Unhashable()
    assert len(merged(op(a), op(a)).apply_nodes) == 2
    fgraph = merged(add(Lists().make_constant([1]), Lists().make_constant([1])))
    assert len(set(fgraph.outputs[0].owner.inputs)) == 2


def test_the_first_stays_and_gets_a_name_where_it_had_none():
    named = square(a)
    named.name = "energy"
    fgraph = merged(neg(square(a)), named)
    assert show(fgraph.outputs[0]) == "neg(square(a))"
    assert fgraph.outputs[1] is fgraph.outputs[0].owner.inputs[0]
    assert fgraph.outputs[1].name == "energy"


def test_merging_again_changes_nothing():
    fgraph = merged(add(square(a), square(a)), Shift(1)(square(a)))
    nodes = fgraph.toposort()
    merge(fgraph)
    assert fgraph.toposort() == nodes
