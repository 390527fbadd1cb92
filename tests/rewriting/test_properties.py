"""What holds for every graph: values, types, names and the records of users survive rewriting."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rewriting.toys import (
    INT,
    add,
    divmod_,
    graph,
    mul,
    neg,
    shift,
    show,
    square,
    sub,
    toy_vocabulary,
    values,
)

from theano.graph import Feature
from theano.rewriting import Equilibrium, constant_folding, merge, node_rewriter

N_INPUTS = 3

BUILDERS = [
    lambda x, y, k: add(x, y),
    lambda x, y, k: add(x, y, x),
    lambda x, y, k: add(add(x, k), y),
    lambda x, y, k: mul(x, y),
    lambda x, y, k: sub(x, y),
    lambda x, y, k: neg(x),
    lambda x, y, k: square(x),
    lambda x, y, k: shift(x, abs(k)),
    lambda x, y, k: add(x, k),
    lambda x, y, k: mul(x, k),
    lambda x, y, k: INT.make_constant(k),
    lambda x, y, k: divmod_(x, add(square(y), 1))[k % 2],
]

step = st.tuples(
    st.integers(0, len(BUILDERS) - 1),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(-2, 2),
)


@st.composite
def programs(draw):
    """Inputs and outputs of a random graph, with shared parts and shared constants."""
    inputs = [INT(f"x{i}") for i in range(N_INPUTS)]
    pool = [*inputs, INT.make_constant(0), INT.make_constant(1)]
    for which, i, j, k in draw(st.lists(step, min_size=1, max_size=25)):
        x, y = pool[-1 - i % min(len(pool), 6)], pool[-1 - j % len(pool)]
        pool.append(BUILDERS[which](x, y, k))
    outputs = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    for i, output in enumerate(outputs):
        if output not in inputs:
            output.name = f"y{i}"
    return inputs, outputs


vocabulary = toy_vocabulary()
rules = [
    *vocabulary.equations(
        "x + 0 -> x",
        "x * 1 -> x",
        "x * 0 -> 0",
        "-(-x) -> x",
        "x - x -> 0",
        "x - y -> x + -y",
        "x + -x -> 0",
        "x * x -> square(x)",
        "square(neg(x)) -> square(x)",
        "neg(x * y) -> neg(x) * y",
        "shift(shift(x, 1), 1) -> shift(x, 2)",
        "x * y + x * z -> x * (y + z)",
        "remainder(x, y) -> x - y * quotient(x, y)",
    ),
    constant_folding,
]


@vocabulary.rewrite("shift(shift(x, i), j) -> shift(x, i + j)")
def join_shifts(x, i, j):
    return shift(x, i + j)


rules.append(join_shifts)

small = st.integers(-3, 3)


class Bookkeeper(Feature):
    """Keeps its own record of the nodes of a graph, from what it is told."""

    def on_attach(self, fgraph):
        self.nodes = set(fgraph.apply_nodes)

    def on_import(self, fgraph, node, reason):
        assert node not in self.nodes
        self.nodes.add(node)

    def on_prune(self, fgraph, node, reason):
        self.nodes.remove(node)


@settings(max_examples=300, deadline=None)
@given(programs(), st.tuples(small, small, small), st.permutations(range(len(rules))))
def test_values_and_integrity_survive(program, arguments, order):
    inputs, outputs = program
    fgraph = graph(inputs, *outputs)
    books = Bookkeeper()
    fgraph.attach_feature(books)
    before = values(fgraph, *arguments)
    names = [v.name for v in fgraph.outputs]
    report = Equilibrium([rules[i] for i in order], [merge], on_error="raise").run(fgraph)
    fgraph.check_integrity()
    assert books.nodes == fgraph.apply_nodes
    assert values(fgraph, *arguments) == before
    assert [v.type for v in fgraph.outputs] == [INT] * len(outputs)
    if not report.applied:
        assert [v.name for v in fgraph.outputs] == names


@settings(max_examples=100, deadline=None)
@given(programs())
def test_equilibrium_is_one(program):
    """A second run finds nothing to do, and the same program gives the same graph."""
    inputs, outputs = program
    fgraph, twin = graph(inputs, *outputs), graph(inputs, *outputs)
    first = Equilibrium(rules, [merge], on_error="raise").run(fgraph)
    assert Equilibrium(rules, [merge], on_error="raise").run(fgraph).applied == {}
    second = Equilibrium(rules, [merge], on_error="raise").run(twin)
    assert [show(v) for v in fgraph.outputs] == [show(v) for v in twin.outputs]
    assert first.applied == second.applied


@settings(max_examples=100, deadline=None)
@given(programs(), st.tuples(small, small, small))
def test_merging_leaves_no_two_equal_nodes(program, arguments):
    inputs, outputs = program
    fgraph = graph(inputs, *outputs)
    before = values(fgraph, *arguments)
    n_nodes = len(fgraph.apply_nodes)
    merge(fgraph)
    fgraph.check_integrity()
    keys = [(node.op, *node.inputs) for node in fgraph.apply_nodes]
    assert len(set(keys)) == len(keys) <= n_nodes
    assert values(fgraph, *arguments) == before


@settings(max_examples=100, deadline=None)
@given(programs(), st.tuples(small, small, small), st.data())
def test_any_equal_replacement_keeps_the_graph_whole(program, arguments, data):
    """A rule that answers in odd ways: existing variables, wrappers, parts of itself."""
    inputs, outputs = program
    fgraph = graph(inputs, *outputs)
    before = values(fgraph, *arguments)

    def odd(fgraph, node):
        choice = data.draw(st.integers(0, 12))
        (x, *others) = node.outputs
        if choice == 0:
            return [neg(neg(v)) for v in node.outputs]
        if choice == 1:
            return {x: add(x, 0)}
        if choice == 2 and not others:
            return [node.clone().outputs[0]]
        if choice == 3:
            return [add(v, sub(v, v)) for v in node.outputs]
        return None

    rule = node_rewriter(name="odd")(odd)
    Equilibrium([rule, *rules[:4]], on_error="ignore", max_use_ratio=2).run(fgraph)
    fgraph.check_integrity()
    assert values(fgraph, *arguments) == before
