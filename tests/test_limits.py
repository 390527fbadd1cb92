"""Long, wide and tangled graphs: no recursion error, and time that grows with the graph alone."""

from __future__ import annotations

import copy
import gc
import pickle
import time

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano.graph import FunctionGraph
from theano.graph.traversal import ancestors, is_same_graph, toposort
from theano.rewriting import rewrite_graph

LONG = 100_000
WIDE = 10_000
ON_HOST = theano.Mode(linker="py")


@pytest.fixture(autouse=True)
def _without_collector():
    """Python's collector would take half of the time, now and then."""
    gc.disable()
    yield
    gc.enable()
    gc.collect()


def seconds(task, n):
    """Processor time of ``task(n)``, which no other process lengthens."""
    start = time.process_time()
    task(n)
    return time.process_time() - start


def assert_linear(task, n):
    """Four times the size must not take ten times as long, where squares would take sixteen."""
    assert seconds(task, 4 * n) < 10 * min(seconds(task, n) for _ in range(3))


@pytest.fixture(scope="module")
def x():
    return T.dscalar("x")


@pytest.fixture(scope="module")
def chain(x):
    y = x
    for _ in range(LONG):
        y = T.sin(y)
    return y


def at_half(variables, x):
    """The values of variables that depend on ``x`` at 0.5, node by node; ``sin`` of numbers."""
    return theano.function([x], variables, mode=ON_HOST)(0.5)


def sines(n):
    value = np.float64(0.5)
    for _ in range(n):
        value = np.sin(value)
    return value


def test_a_long_chain_is_cloned_and_compared(chain, x):
    z = T.dscalar("z")
    other = theano.clone(chain, {x: z})
    assert len(toposort([other])) == LONG
    assert set(ancestors([other])).isdisjoint(ancestors([chain]))
    assert is_same_graph(chain, other, givens={z: x})
    assert not is_same_graph(chain, other)


def test_a_long_chain_is_printed(chain):
    lines = theano.printing.debugprint(chain, file="str").splitlines()
    assert len(lines) == LONG + 1
    assert max(map(len, lines)) < 200
    assert "(100000) x" in lines[-1]
    assert str(chain) == repr(chain)
    assert len(str(chain)) < 200


def test_a_long_chain_is_pickled(chain):
    other = pickle.loads(pickle.dumps(chain))
    assert is_same_graph(chain, other, givens=dict(zip(*map(leaves, (other, chain)), strict=True)))


def test_a_long_chain_is_deep_copied(chain):
    other = copy.deepcopy(chain)
    assert is_same_graph(chain, other, givens=dict(zip(*map(leaves, (other, chain)), strict=True)))


def leaves(variable):
    return [v for v in ancestors([variable]) if v.owner is None]


def test_a_long_chain_is_differentiated(chain, x):
    g = theano.grad(chain, x)
    assert len(toposort([g])) >= 2 * LONG


def test_a_long_chain_is_rewritten_and_run(chain, x):
    f = theano.function([x], chain, mode=ON_HOST)
    assert len(f.maker.fgraph.apply_nodes) == LONG
    assert f(0.5) == sines(LONG)


def test_the_derivatives_of_a_chain(x):
    y = x
    for _ in range(1000):
        y = T.sin(y)
    slope, along = theano.grad(y, x), theano.gradient.Rop(y, x, T.ones_like(x))
    expected = np.prod([np.cos(sines(n)) for n in range(1000)])
    np.testing.assert_allclose(at_half([slope, along], x), [expected] * 2, rtol=1e-12)


def test_rules_take_a_long_chain_away(x):
    def run(n):
        y = x
        for _ in range(n):
            y = -y
        fgraph = FunctionGraph([x], [y])
        rewrite_graph(fgraph, on_error="raise")
        assert not fgraph.apply_nodes

    assert_linear(run, 1000)


def test_a_long_function_is_pickled_and_copied(x):
    y = x
    for _ in range(LONG // 20):
        y = T.sin(y)
    f = theano.function([x], y, mode=ON_HOST)
    for other in (pickle.loads(pickle.dumps(f)), copy.copy(f), copy.deepcopy(f)):
        assert other(0.5) == f(0.5)


def test_a_chain_that_xla_takes_in_seconds(x):
    y = x
    for _ in range(400):
        y = T.sin(y)
    f = theano.function([x], [y, theano.grad(y, x)])
    value, slope = f(0.5)
    expected = np.prod([np.cos(sines(n)) for n in range(400)])
    np.testing.assert_allclose([value, slope], [sines(400), expected], rtol=1e-10)


def ladder(x, n):
    """A graph of 2 n nodes with 2**n paths."""
    y = x
    for _ in range(n):
        y = T.tanh(y) + y
    return y


def test_a_ladder_of_diamonds_takes_linear_time(x):
    def run(n):
        y = ladder(x, n)
        nodes = theano.grad(y, x), theano.gradient.Rop(y, x, T.ones_like(x))
        fgraph = FunctionGraph([x], nodes)
        rewrite_graph(fgraph, on_error="raise")
        fgraph.check_integrity()
        assert is_same_graph(y, ladder(x, n))
        text = theano.printing.debugprint(fgraph, file="str")
        assert text.count("\n") < 40 * n
        assert is_same_graph(*pickle.loads(pickle.dumps([y, theano.clone(y)])))
        copy.deepcopy(y)

    assert_linear(run, 150)


def test_a_ladder_of_diamonds_is_compiled(x):
    y = ladder(x, 60)
    slope = theano.grad(y, x)
    by_xla = theano.function([x], [y, slope])(0.5)
    np.testing.assert_allclose(by_xla, at_half([y, slope], x), rtol=1e-10)


def test_a_balanced_tree():
    inputs = [T.dscalar(f"x{i}") for i in range(2**12)]
    level = inputs
    while len(level) > 1:
        level = [a * b for a, b in zip(level[::2], level[1::2], strict=True)]
    (y,) = level
    slope = theano.grad(y, inputs[0])
    f = theano.function(inputs, [y, slope], mode=ON_HOST)
    values = np.ones(2**12)
    values[1], values[-1] = 3, 5
    assert [float(v) for v in f(*values)] == [15, 15]


def test_a_join_of_many(rng):
    v = T.dvector("v")

    def run(n):
        joined = T.concatenate([v[i : i + 1] for i in range(n)])
        stacked = T.stack([v[i] for i in range(n)])
        loss = (joined[::-1] * stacked).sum()
        return theano.function([v], [joined, stacked, theano.grad(loss, v)], mode=ON_HOST)

    values = rng.normal(size=WIDE // 10)
    joined, stacked, slope = run(WIDE // 10)(values)
    assert (joined == values).all()
    assert (stacked == values).all()
    np.testing.assert_allclose(slope, 2 * values[::-1])
    assert_linear(run, WIDE // 80)


def test_a_node_of_many_inputs(rng):
    """All of them filled, so that a rule has something to say about each."""
    v = T.dvector("v")

    def run(n):
        xs = [T.dscalar(f"x{i}") for i in range(n)]
        total = T.add(v, *[T.fill(v, x) for x in xs])
        fgraph = FunctionGraph([v, *xs], [total])
        rewrite_graph(fgraph, on_error="raise")
        assert not any(str(node.op) == "Elemwise{second}" for node in fgraph.apply_nodes)
        return theano.function([v, *xs], total, mode=ON_HOST)

    values = rng.normal(size=WIDE)
    np.testing.assert_allclose(run(WIDE)([1.0, 2.0], *values), values.sum() + [1, 2])
    assert_linear(run, 500)


def test_a_variable_with_many_clients():
    v = T.dvector("v")

    def run(n):
        total = T.add(*[T.sin(v * i) for i in range(n)])
        slope = theano.grad(total.sum(), v)
        other = theano.clone(v)
        replaced = theano.clone(total, {v: -other})
        f = theano.function([v], [total, slope], mode=ON_HOST)
        fgraph = FunctionGraph([other], [replaced])
        fgraph.replace(fgraph.inputs[0], -fgraph.inputs[0])
        return f

    f = run(WIDE // 10)
    n = np.arange(WIDE // 10)
    total, slope = f([0.5])
    np.testing.assert_allclose(total, [np.sin(0.5 * n).sum()], rtol=1e-8)
    np.testing.assert_allclose(slope, [(n * np.cos(0.5 * n)).sum()], rtol=1e-8)
    assert_linear(run, WIDE // 80)


def test_many_shared_variables():
    def run(n):
        states = [theano.shared(float(i)) for i in range(n)]
        f = theano.function([], states[-1], updates=[(s, s + 1) for s in states], mode=ON_HOST)
        f()
        f()
        return [s.get_value() for s in states]

    assert run(5000) == [i + 2 for i in range(5000)]
    assert_linear(run, 400)
