"""Where the nodes of an ``ifelse`` go, and how the two sides run in a program and on the host."""

from __future__ import annotations

import time
import warnings

import jax
import numpy as np
import pytest

import theano
import theano.tensor as T
from theano.compile.executor import Executor, HostFallbackWarning
from theano.errors import NO_FAULT, NeedsPerform
from theano.graph import FunctionGraph
from theano.ifelse import IfElse, ifelse
from theano.lowering import Interpreter, Program
from theano.lowering.branches import MAX_DEPTH, Branches
from theano.lowering.context import Faults
from theano.lowering.gathering import gather
from theano.lowering.plan import expanded

c, d = T.dscalar("c"), T.dscalar("d")
x, y = T.dvector("x"), T.dvector("y")
X, Y = np.array([0.5, 1.0, -2.0]), np.array([3.0, 0.25, 1.5])
TRUE, FALSE = np.array(1.0), np.array(0.0)


class Checked(theano.Op):
    """The identity on positive scalars; others are an error, which the device finds."""

    __props__ = ("word",)

    def __init__(self, word):
        self.word = word

    def make_node(self, value):
        return theano.Apply(self, [value], [value.type()])

    def perform(self, node, inputs, output_storage):
        if inputs[0] <= 0:
            raise ValueError(self.word)
        output_storage[0] = inputs[0]

    def lower(self, ctx, value):
        ctx.check(value > 0, value.astype("int64"), lambda bad: ValueError(f"{self.word} {bad}"))
        return value

    def infer_shape(self, node, shapes):
        return shapes


class OnHost(Checked):
    """The same without a lowering."""

    def lowers(self, node):
        return False


def gathered(inputs, outputs):
    """Return the graph and its outermost nodes of ``Branches``."""
    fgraph = gather(expanded(FunctionGraph(inputs, outputs)))
    fgraph.check_integrity()
    return fgraph, [node for node in fgraph.toposort() if isinstance(node.op, Branches)]


def ops_of(graph):
    """Return the ops of a graph by name, but for those that only change a form."""
    names = sorted(
        str(node.op).removeprefix("Elemwise").replace(",no_inplace", "")
        for node in graph.toposort()
    )
    return [name for name in names if not name.startswith(("DimShuffle", "{Cast"))]


def run(fgraph, *arrays):
    """Return the outputs of the compiled programs, having checked the host's."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", HostFallbackWarning)
        outputs = Executor(fgraph, [], [], theano.Mode())(list(arrays))
    on_host = Interpreter(fgraph.inputs, fgraph.outputs)(*arrays)
    for one, other in zip(outputs, on_host, strict=True):
        np.testing.assert_allclose(one, other)
    return [np.asarray(one) for one in outputs]


def test_what_one_side_needs_moves_inside():
    shared = T.sin(x)
    picked = ifelse(c, [shared * 2, x], [T.exp(shared + y), T.cos(y)])
    fgraph, (node,) = gathered([c, x, y], [*picked, shared, T.sqr(picked[0])])
    assert ops_of(node.op.then_graph) == ["{mul}"]
    assert ops_of(node.op.else_graph) == ["{add}", "{cos}", "{exp}"]
    assert "{sin}" in ops_of(fgraph)
    for condition in (TRUE, FALSE):
        (first, second, both, squared) = run(fgraph, condition, X, Y)
        np.testing.assert_allclose(both, np.sin(X))
        np.testing.assert_allclose(first, both * 2 if condition else np.exp(both + Y))
        np.testing.assert_allclose(second, X if condition else np.cos(Y))
        np.testing.assert_allclose(squared, first**2)


def test_a_graph_without_ifelse_is_left_alone():
    fgraph = FunctionGraph([x], [x * 2])
    assert gather(fgraph) is fgraph
    picked = FunctionGraph([c, x], [ifelse(c, x * 2, x)])
    assert gather(picked) is not picked
    assert any(isinstance(node.op, IfElse) for node in picked.apply_nodes)


def test_only_used_results_are_chosen_between():
    first, _ = ifelse(c, [x * 2, T.exp(x)], [x, T.cos(x)])
    fgraph, (node,) = gathered([c, x], [first])
    assert len(node.outputs) == 1
    assert ops_of(node.op.then_graph) == ["{mul}"]
    assert not node.op.else_graph.apply_nodes
    assert len(fgraph.apply_nodes) == 1


def test_a_constant_condition():
    fgraph, nodes = gathered([x, y], [ifelse(T.constant(0), T.exp(x), y * 2)])
    assert not nodes
    assert "{exp}" not in ops_of(fgraph)


def test_ifelses_of_one_condition_are_joined():
    work = T.exp(x)
    picked = [ifelse(c, x, work + k) for k in range(4)]
    fgraph, (node,) = gathered([c, x], picked)
    assert len(node.outputs) == 4
    assert "{exp}" in ops_of(node.op.else_graph)
    for condition in (TRUE, FALSE):
        found = run(fgraph, condition, X)
        for k in range(4):
            np.testing.assert_allclose(found[k], X if condition else np.exp(X) + k)
    # One that needs another cannot be joined with it; nor can those that another condition is
    # between.
    first = ifelse(c, x, T.exp(x))
    between = ifelse(d, first, x * 2)
    fgraph, nodes = gathered([c, d, x], [ifelse(c, T.cos(between), x), first, ifelse(c, x, x * 3)])
    assert sorted(len(node.outputs) for node in nodes) == [1, 2]
    for condition in (TRUE, FALSE):
        (one, two, three) = run(fgraph, condition, FALSE, X)
        np.testing.assert_allclose(one, np.cos(X * 2) if condition else X)
        np.testing.assert_allclose(two, X if condition else np.exp(X))
        np.testing.assert_allclose(three, X if condition else X * 3)


def test_nested():
    inner = ifelse(d, T.exp(x), T.cos(x))
    fgraph, (node,) = gathered([c, d, x, y], [ifelse(c, inner + 1, T.sin(y))])
    assert node.op.depth == 2
    assert ops_of(node.op.then_graph) == ["Branches{1, 1}", "{add}"]
    for a in (TRUE, FALSE):
        for b in (TRUE, FALSE):
            (found,) = run(fgraph, a, b, X, Y)
            expected = (np.exp(X) if b else np.cos(X)) + 1 if a else np.sin(Y)
            np.testing.assert_allclose(found, expected)


class Untold(theano.Op):
    """An op that does not tell its shape."""

    def make_node(self, value):
        return theano.Apply(self, [value], [value.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0] = inputs[0]


def test_a_reader_of_a_shape_does_not_need_the_tensor():
    side = T.exp(OnHost("host")(x * 2))
    fgraph, (node,) = gathered([c, x, y], [ifelse(c, side, y), side.shape])
    assert "OnHost{word='host'}" in ops_of(node.op.then_graph)
    assert "OnHost{word='host'}" not in ops_of(fgraph)
    # Where it does not tell its shape, it is needed.
    side = Untold()(x)
    _, (node,) = gathered([c, x, y], [ifelse(c, side, y), side.shape])
    assert not node.op.then_graph.apply_nodes


def test_a_known_condition_lowers_one_side():
    taken = ifelse(x.shape[0] > 2, T.exp(x), T.cos(x))
    fgraph, (node,) = gathered([x], [taken])
    assert node.op.is_alike
    text = str(jax.make_jaxpr(Program(fgraph.inputs, fgraph.outputs))(X))
    assert "exp" in text
    assert "cos" not in text
    assert "cond" not in text
    np.testing.assert_allclose(run(fgraph, X)[0], np.exp(X))
    np.testing.assert_allclose(run(fgraph, X[:2])[0], np.cos(X[:2]))


def test_what_is_there_is_selected():
    fgraph, (node,) = gathered([c, x, y], [ifelse(c * x.sum(), x, y)])
    assert node.op.is_pass_through
    text = str(jax.make_jaxpr(Program(fgraph.inputs, node.outputs))(TRUE, X, Y))
    assert "cond" not in text
    assert run(fgraph, TRUE, X, Y)[0].tolist() == X.tolist()
    assert run(fgraph, FALSE, X, Y)[0].tolist() == Y.tolist()


def test_checks_inside():
    one, two = Checked("one"), Checked("two")
    inner = ifelse(d > 5, Checked("deep")(d - 7), d)
    fgraph, _ = gathered(
        [c, d], [ifelse(c > 0, one(d) + two(d - 1), inner) + Checked("out")(d + 3)]
    )
    program = Program(fgraph.inputs, fgraph.outputs)
    faults = Faults()
    compiled = jax.jit(lambda *a: (program(*a, faults=faults), faults.values))
    cases = {
        (1, 2): (8.0, []),
        (1, 0.5): (None, ["two 0"]),
        (1, -1): (None, ["one -1", "two -2"]),
        (0, -1): (1.0, []),
        (0, 6): (None, ["deep -1"]),
        (0, 8): (12.0, []),
        (1, 6): (20.0, []),
        (0, -4): (None, ["out -1"]),
    }
    for arguments, (value, texts) in cases.items():
        (found,), numbers = compiled(*(np.array(float(a)) for a in arguments))
        pairs = zip(numbers, faults.errors, strict=True)
        assert sorted(str(make(int(n))) for n, make in pairs if n != NO_FAULT) == texts, arguments
        if value is not None:
            assert found == value


def test_what_cannot_be_part_of_a_program():
    fgraph, (node,) = gathered([c, x, y], [ifelse(c, OnHost("host")(x), y)])
    assert not node.op.lowers(node)
    for other in (T.concatenate([x, y]), x + y[:2]):
        fgraph, (node,) = gathered([c, x, y], [ifelse(c * x.sum(), x, other)])
        program = Program(fgraph.inputs, fgraph.outputs)
        with pytest.raises(NeedsPerform, match=r"shape|compiled") as caught:
            jax.jit(program)(TRUE, X, Y)
        assert caught.value.node is node


def test_the_host_knows_sizes_and_sides():
    n = T.iscalar("n")
    fgraph, (node,) = gathered([n, x], [ifelse(n > 1, x[:n], x[: n + 1])])
    assert node.op.is_sided
    names = [node.inputs[i] for i in node.op.static_inputs(node)]
    sizes = Interpreter(fgraph.inputs, names)
    # The side, and the sizes within it; those of the other are zero.
    for k, expected in ((2, [1, 0, 2]), (0, [0, 1, 0]), (9, [-1, 3, 3])):
        side, *lengths = map(int, sizes(np.int32(k), X))
        assert side == expected[0]
        assert set(lengths) == set(expected[1:])


def nest(depth):
    z = x
    for k in range(depth):
        z = ifelse(c > k, z * 0.5 + T.sin(x) * k, T.cos(z.shape[0] + x) - k)
    return z


def expected_of_nest(depth, condition):
    z = X
    for k in range(depth):
        z = z * 0.5 + np.sin(X) * k if condition > k else np.cos(3 + X) - k
    return z


def test_deep_nests():
    fgraph, (node,) = gathered([c, x], [nest(8)])
    assert node.op.lowers(node)
    for condition in (0.5, 3.5, 9):
        (found,) = run(fgraph, np.array(float(condition)), X)
        np.testing.assert_allclose(found, expected_of_nest(8, condition))
    fgraph, (node,) = gathered([c, x], [nest(MAX_DEPTH + 1)])
    assert not node.op.lowers(node)


def test_very_deep_nests_take_time_in_proportion_and_run_on_the_host():
    seconds = []
    for depth in (60, 240):
        fgraph = FunctionGraph([c, x], [nest(depth)])
        started = time.process_time()
        fgraph = gather(fgraph)
        seconds.append(time.process_time() - started)
    host = Interpreter(fgraph.inputs, fgraph.outputs)
    for condition in (3.5, 230):
        (found,) = host(np.array(float(condition)), X)
        np.testing.assert_allclose(found, expected_of_nest(240, condition), rtol=1e-6)
    # Squares would take sixteen times as long.
    assert seconds[1] < 14 * seconds[0]


def test_results_share_no_memory_with_arguments():
    fgraph, _ = gathered([c, x, y], [ifelse(c, x, y * 2)])
    (found,) = Interpreter(fgraph.inputs, fgraph.outputs)(TRUE, X, Y)
    assert not np.may_share_memory(found, X)
