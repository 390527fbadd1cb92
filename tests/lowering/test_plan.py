"""Plans: where a graph is cut, and what each program is given and hands on."""

from __future__ import annotations

import numpy as np

import theano
import theano.tensor as T
from theano.graph import FunctionGraph
from theano.lowering.plan import LONGEST_ELEMENTWISE, expanded, make_plan

x, v, n = T.dmatrix("x"), T.dvector("v"), T.lscalar("n")


class Plain(theano.Op):
    """The identity, on the host."""

    __props__ = ()

    def make_node(self, value):
        value = T.as_tensor_variable(value)
        return theano.Apply(self, [value], [value.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0].copy()


plain = Plain()


def plan(*outputs, inputs=(x, v, n), refused=()):
    return make_plan(expanded(FunctionGraph(inputs, outputs, clone=False)), refused)


def on_host(stage):
    return [one.node for one in stage.host_nodes]


def shape_of(stages):
    """Return, for each stage, the numbers of nodes on the host and in the program."""
    return [(len(s.host_nodes), len(s.part.nodes) if s.part else 0) for s in stages]


def test_one_program_where_all_has_a_lowering():
    (stage,) = plan(T.exp(x).sum(), v * 2)
    assert stage.host_nodes == []
    assert len(stage.part.outputs) == 2


def test_nothing_to_do():
    (stage,) = plan(x, v)
    assert (stage.host_nodes, stage.part) == ([], None)


def test_a_host_node_between_two_programs():
    before = T.exp(x)
    inside = plain(before)
    after = T.log(inside)
    first, second = plan(after)
    assert (on_host(first), first.part.nodes) == ([], [before.owner])
    assert (first.part.inputs, first.part.outputs) == ([x], [before])
    assert (on_host(second), second.part.nodes) == ([inside.owner], [after.owner])
    assert second.part.inputs == [inside]


def test_what_can_wait_waits():
    """So the last program is as large as can be."""
    late = T.exp(v)
    stages = plan(plain(T.exp(x)).sum() + late.sum())
    assert late.owner in stages[-1].part.nodes


def test_a_host_node_on_an_argument_needs_no_program_before():
    assert len(plan(T.exp(plain(x)))) == 1


def test_host_nodes_side_by_side_share_a_stage():
    stages = plan(plain(T.exp(x)).sum() * plain(T.exp(v)).sum())
    assert [len(s.host_nodes) for s in stages] == [0, 2]


def test_numbers_known_before_a_launch_are_computed_for_a_host_node():
    """Without a program of their own, though they come from the shape of something computed."""
    for number in (n * 2 + 1, x.shape[0] * n, T.exp(x)[n:].shape[0], plain(n) + 1):
        *_, last = stages = plan(plain(number), T.exp(x))
        assert len(stages) == 1
        assert len(last.host_nodes[-1].numbers) == 1
    assert plan(plain(n * 2))[0].part is None


def test_a_size_that_the_device_knows_is_fetched():
    k = T.argmax(v)
    first, second = plan(T.arange(k) * 2)
    assert k in first.part.outputs
    assert k in second.part.inputs or any(k in node.inputs for node in second.part.nodes)


def test_a_size_from_an_argument_is_not():
    assert len(plan(T.arange(n * 2), x[n:], T.zeros((n, 3)))) == 1


def test_a_refused_node_goes_to_the_host():
    y = T.exp(x)
    stages = plan(y + 1, refused=[y.owner])
    assert on_host(stages[0]) == [y.owner]


def test_a_shape_alone_does_not_hand_over_its_tensor():
    y = T.exp(x)
    stages = plan(plain(y.sum()) * y.shape[0])
    assert y not in stages[0].part.outputs


def test_ladders_of_host_nodes():
    y = x
    for _ in range(5):
        y = plain(T.exp(y) * T.exp(x))
    stages = plan(y)
    assert [len(s.host_nodes) for s in stages] == [0, 1, 1, 1, 1, 1]
    assert stages[-1].part is None


def test_expansion_leaves_the_graph_alone():
    fgraph = FunctionGraph([x, n], [x[n:]])
    copy = expanded(fgraph)
    assert copy is not fgraph
    assert str(fgraph.outputs[0].owner.op).startswith("Subtensor")
    assert {type(node.op).__name__ for node in copy.apply_nodes} >= {"SliceRange", "Window"}
    plain_graph = FunctionGraph([x], [x[1:]])
    assert expanded(plain_graph) is plain_graph


def test_long_chains():
    y = x
    for _ in range(900):
        y = T.dot(T.exp(y), x)
    assert shape_of(plan(plain(y))) == [(0, 1800), (1, 0)]


def test_chains_that_would_be_fused_are_cut():
    y = x
    for _ in range(3 * LONGEST_ELEMENTWISE - 1):
        y = T.exp(y)
    sizes = [len(stage.part.nodes) for stage in plan(y)]
    assert len(sizes) == 3
    assert max(sizes) <= LONGEST_ELEMENTWISE + 1


def test_values_agree_with_one_run_on_the_host(rng):
    y = plain(T.exp(x))
    k = T.argmax(v)
    outputs = [
        plain(y * 2).sum() + (y[:k] * T.arange(k).dimshuffle(0, "x")).sum(),
        plain(T.arange(k) + n),
        x.reshape((n, -1)) * plain(n),
    ]
    arguments = rng.normal(size=(6, 4)), np.array([1.0, 2, 9, 3]), 8
    split = theano.function([x, v, n], outputs)
    host = theano.function([x, v, n], outputs, mode=theano.Mode(linker="py"))
    for a, b in zip(split(*arguments), host(*arguments), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
