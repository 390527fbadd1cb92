"""Programs: what is known while tracing, what the results are, and how errors name their node."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from jax import numpy as jnp

import theano
import theano.tensor as T
from theano.errors import NeedsPerform
from theano.lowering import Context, Interpreter, Program
from theano.lowering.program import STATIC_SIZE

x, v, m = T.dscalar("x"), T.dvector("v"), T.dmatrix("m")


class Spy(theano.Op):
    """The identity, which notes what it is lowered with."""

    __props__ = ()

    def __init__(self, result=None):
        self.seen = []
        self.result = result

    def make_node(self, value):
        value = T.as_tensor_variable(value)
        return theano.Apply(self, [value], [value.type()])

    def perform(self, node, inputs, output_storage):
        self.seen.append("perform")
        output_storage[0][0] = inputs[0]

    def lower(self, ctx, value):
        self.seen.append("lower")
        return value if self.result is None else self.result


class Counter(Spy):
    """An op whose result has as many elements as its input says."""

    def static_inputs(self, node):
        return (0,)

    def make_node(self, n):
        return theano.Apply(self, [T.as_tensor_variable(n)], [T.dvector()])

    def lower(self, ctx, n):
        return jnp.ones(int(ctx.static(0)), "float64")


def program(inputs, outputs):
    return Program(inputs, outputs)


def run(inputs, outputs, *arrays):
    """Return the results of the traced and compiled program."""
    return [np.asarray(r) for r in jax.jit(program(inputs, outputs))(*arrays)]


def test_results_come_in_order():
    a, b, c = run([x, v], [v * x, x, v], 2.0, np.arange(3.0))
    assert (a.tolist(), float(b), c.tolist()) == ([0, 2, 4], 2, [0, 1, 2])


def test_constants_and_nothing():
    (a,) = run([], [T.constant([1.0, 2.0])])
    np.testing.assert_array_equal(a, [1, 2])
    assert run([], []) == []


def test_what_depends_on_shapes_alone_is_static():
    spy = Spy()
    traced = program([m], [spy(m.shape[0] * 2) + 1])
    jaxpr = jax.make_jaxpr(traced)(np.zeros((3, 4)))
    assert spy.seen == ["perform"]
    assert jaxpr.eqns == []
    assert jax.jit(traced)(np.zeros((3, 4)))[0] == 7


def test_what_depends_on_values_is_lowered():
    spy = Spy()
    run([v], [spy(v)], np.zeros(2))
    assert spy.seen == ["lower"]


def test_large_constants_stay_on_the_device():
    small, large = Spy(), Spy()
    run([], [small(np.zeros(STATIC_SIZE)), large(np.zeros(STATIC_SIZE + 1))])
    assert (small.seen, large.seen) == (["perform"], ["lower"])


def test_a_size_that_is_known():
    (a,) = run([m], [Counter()(m.shape[1])], np.zeros((3, 4)))
    assert a.shape == (4,)


def test_a_size_that_is_not_known():
    n = T.lscalar("n")
    with pytest.raises(NeedsPerform, match=r"Counter.*input 0 \(n\), at test_program.py"):
        run([n], [Counter()(n)], 3)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (jnp.zeros(2, "float32"), "float32 of 1 dimensions.*float64 of 1"),
        (jnp.zeros((2, 2)), "float64 of 2 dimensions.*float64 of 1"),
        ((jnp.zeros(2), jnp.zeros(2)), "2 results, not 1"),
    ],
    ids=["dtype", "rank", "number"],
)
def test_a_lowering_that_breaks_its_promise(result, text):
    with pytest.raises(TypeError, match=text):
        run([v], [Spy(result)(v)], np.zeros(2))


def test_errors_name_the_node_and_the_line():
    with pytest.raises(ValueError, match="mis-match") as info:
        run([v, m], [v + m[0]], np.zeros(2), np.zeros((2, 3)))
    assert any("test_program.py" in note for note in info.value.__notes__)


def test_promotion_is_strict():
    class Sloppy(Spy):
        def lower(self, ctx, value):
            return value + jnp.ones((), "float32")

    with pytest.raises(Exception, match="dtype promotion") as info:
        run([v], [Sloppy()(v)], np.zeros(2))
    assert any("Sloppy" in note for note in info.value.__notes__)


def test_no_result_is_an_argument_itself():
    traced = program([v], [v, v])
    array = jnp.zeros(3)
    first, second = jax.jit(traced)(array)
    pointers = {a.unsafe_buffer_pointer() for a in (array, first, second)}
    assert len(pointers) == 3


def test_the_context():
    node = (v + 1).owner
    ctx = Context(node, [np.arange(2), jnp.zeros(2)])
    np.testing.assert_array_equal(ctx.static(0), [0, 1])
    with pytest.raises(NeedsPerform, match="input 1"):
        ctx.static(1)


def test_it_agrees_with_the_interpreter(rng):
    graph = [m, v], [T.dot(m, v), T.exp(m).sum(axis=0) * v, m.T[1:]]
    arrays = rng.normal(size=(3, 3)), rng.normal(size=3)
    for a, b in zip(jax.jit(program(*graph))(*arrays), Interpreter(*graph)(*arrays), strict=True):
        np.testing.assert_allclose(np.asarray(a), b, rtol=1e-12)


def test_dtypes_are_those_of_the_graph():
    i, f = T.iscalar(), T.fscalar()
    outputs = [i * 2, f * 2, i * f, T.cast(f, "int8"), i > 1, i / i]
    results = run([i, f], outputs, np.int32(3), np.float32(2))
    assert [str(r.dtype) for r in results] == [o.type.dtype for o in outputs]
