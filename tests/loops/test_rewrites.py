"""What leaves a loop, what loops become one, and what they no longer keep."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano.graph.traversal import ancestors
from theano.loops import Loop
from theano.tensor.ops.linear import Dot

RNG = np.random.RandomState(3)
NOT_REWRITTEN = theano.Mode(optimizer=None)

x, h, w, u, v = (T.dtensor3("x"), *T.dmatrices("h", "w", "u", "v"))
b = T.dvector("b")
VALUES = {
    x: RNG.uniform(-1, 1, (5, 2, 3)),
    h: RNG.uniform(-1, 1, (2, 3)),
    w: RNG.uniform(-1, 1, (3, 3)),
    u: RNG.uniform(-1, 1, (3, 3)),
    v: RNG.uniform(-1, 1, (3, 4)),
    b: RNG.uniform(-1, 1, 3),
}


def compiled(outputs, inputs=(x, h, w, u, v, b)):
    """Compile, hold the values against those of the graph as it is, and return the nodes."""
    f = theano.function(inputs, outputs, on_unused_input="ignore")
    g = theano.function(inputs, outputs, on_unused_input="ignore", mode=NOT_REWRITTEN)
    values = [VALUES[i] for i in inputs]
    for found, expected in zip(f(*values), g(*values), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    return f.maker.fgraph.toposort()


def loops_of(nodes):
    return [node for node in nodes if isinstance(node.op, Loop)]


def n_products(node):
    """Return how many products of matrices there are in the step of a loop."""
    return sum(isinstance(inner.op, Dot) for inner in node.op.graph.apply_nodes)


def network(a, s):
    return T.tanh(T.dot(a, w) + T.dot(s, u) + b)


def test_what_does_not_depend_on_the_state_is_computed_before_all_steps():
    (before, loop) = loops_of(compiled([theano.scan(network, x, h)[0]]))
    assert (before.op.n_states, n_products(before)) == (0, 1)
    assert (loop.op.n_states, n_products(loop)) == (1, 1)


def test_what_no_step_needs_is_computed_after_all_steps():
    outputs = theano.scan(lambda a, s: [T.tanh(a + s), T.dot(T.tanh(a + s), v)], x, [h, None])[0]
    loop, after = loops_of(compiled([outputs[1]]))
    assert (loop.op.n_states, n_products(loop)) == (1, 0)
    assert (after.op.n_states, n_products(after)) == (0, 1)


def test_what_stays_the_same_is_computed_once():
    outputs = theano.scan(lambda s, w, u: T.dot(s, T.dot(w, u)), None, h, [w, u], n_steps=3)[0]
    (loop,) = loops_of(compiled([outputs]))
    assert n_products(loop) == 1
    assert len(loop.op.parts(loop.inputs).others) == 1


def test_gradients_of_weights_are_one_product_after_the_loop():
    last = theano.scan(network, x, h)[0][-1]
    loops = loops_of(compiled([last, *theano.grad(last.sum(), [w, u, b])]))
    backward = loops[-1]
    assert backward.op.is_reverse
    # What is left is the product that carries the gradient from step to step.
    assert (backward.op.n_states, n_products(backward)) == (1, 1)
    forward = [loop for loop in loops if loop.op.n_states and not loop.op.is_reverse]
    assert len(forward) == 1


def test_outer_products_and_vectors_are_added_up_after_the_loop():
    row = T.dmatrix("row")
    VALUES[row] = VALUES[x][:, 0]
    last = theano.scan(lambda a, s: T.tanh(T.dot(a, w) + T.dot(s, u) + b), row, b)[0][-1]
    nodes = compiled([last, *theano.grad(last.sum(), [w, u, b])], (row, w, u, b))
    backward = loops_of(nodes)[-1]
    assert backward.op.is_reverse
    assert [s.type.ndim for s in backward.op.parts(backward.inputs).states] == [1]


def inner_loops(node):
    return [inner for inner in node.op.graph.toposort() if isinstance(inner.op, Loop)]


def test_loops_in_loops_run_once_and_what_they_add_up_leaves_both():
    y = T.dtensor4("y")
    VALUES[y] = RNG.uniform(-1, 1, (4, 5, 2, 3))

    def sentence(words, s):
        return T.tanh(T.dot(theano.scan(network, words, s)[0][-1], u))

    last = theano.scan(sentence, y, h)[0][-1]
    nodes = compiled([last, *theano.grad(last.sum(), [w, u, b])], (y, h, w, u, b))
    running = [node for node in loops_of(nodes) if node.op.n_states]
    assert [node.op.is_reverse for node in running] == [False, True]
    for node in running:
        (inner,) = inner_loops(node)
        assert (inner.op.n_states, n_products(inner), n_products(node)) == (1, 1, 1)


def test_a_loop_that_stops_by_itself_adds_up_as_it_goes():
    def step(s):
        new = T.tanh(T.dot(s, w) + b)
        return new, theano.scan_module.until(abs(new - s).max() < 1e-2)

    last = theano.scan(step, outputs_info=h, n_steps=1000)[0][-1]
    nodes = compiled([last, *theano.grad(last.sum(), [w, b])], (h, w, b))
    forward, backward = loops_of(nodes)
    # Not as a product over a thousand steps, of which most are not made.
    assert backward.op.n_stacks == 0
    # What the state became is carried back from the step after: it is kept once.
    assert forward.op.n_stacks == 1
    assert backward.op.n_sequences == 1


def test_equal_loops_and_states_become_one():
    one = theano.scan(network, x, h)[0]
    other = theano.scan(lambda a, s: network(a, s), x, h)[0]
    two, _ = theano.scan(lambda a, s, t: [network(a, s), network(a, t)], x, [h, h])
    (_, loop) = loops_of(compiled([one, other, *two]))
    assert (loop.op.n_states, loop.op.n_stacks) == (1, 1)
    # Different loops over the same steps are run as one.
    last = theano.scan(lambda a, s: s + a, x, h)[0]
    loops = loops_of(compiled([one, last]))
    assert [node.op.n_states for node in loops] == [0, 2]


def test_the_last_state_needs_no_stack():
    (_, loop) = loops_of(compiled([theano.scan(network, x, h)[0][-1]]))
    assert loop.op.n_stacks == 0
    outputs = theano.scan(lambda a, s, t: [s + a, t * a], x, [h, h])[0]
    (loop,) = loops_of(compiled([outputs[0]]))
    assert (loop.op.n_states, loop.op.n_stacks) == (1, 1)


def test_a_draw_in_a_step_stays_in_it():
    stream = theano.sandbox.rng_mrg.MRG_RandomStreams(3)
    outputs, updates = theano.scan(lambda s: s + stream.uniform((2, 3)), None, h, n_steps=3)
    f = theano.function([h], outputs, updates=updates)
    (loop,) = loops_of(f.maker.fgraph.toposort())
    assert loop.op.n_states == 2
    assert len(np.unique(np.diff(f(VALUES[h]), axis=0))) == 12


def test_loops_that_need_one_another_stay_apart():
    first = theano.scan(lambda a, s: s + a, x, h)[0]
    second = theano.scan(lambda a, s: s * a, first, h)[0]
    assert len(loops_of(compiled([first, second]))) == 2


def test_stacks_of_what_is_there_outside_need_no_loop():
    assert not loops_of(compiled([theano.scan(lambda s: T.dot(s, w), None, None, h, n_steps=3)[0]]))
    assert not loops_of(compiled([theano.scan(lambda a: a, x, n_steps=2)[0]]))


def test_states_that_start_alike_are_told_apart():
    def step(a, s, t):
        return [T.tanh(T.dot(s, u) + t), s + a]

    one, two = (theano.scan(step, x, [h, h])[0] for _ in range(2))
    (loop,) = loops_of(compiled([*one, *two]))
    assert (loop.op.n_states, n_products(loop)) == (2, 1)


def test_the_last_output_needs_no_stack_and_is_computed_once():
    def step(a, s):
        new = T.tanh(T.dot(s, u) + a)
        return new, T.dot(new, v), s * a, T.dot(a, w)

    hs, ys, olds, xs = theano.scan(step, x, [h, None, None, None])[0]
    (loop,) = loops_of(compiled([hs[-1], ys[-1], xs[-1]]))
    assert (loop.op.n_states, loop.op.n_stacks, n_products(loop)) == (1, 0, 1)
    # What is computed of what the state was is a state that no step reads.
    (loop,) = loops_of(compiled([olds[-1], olds[-1, 0], ys[-1]]))
    assert (loop.op.n_states, loop.op.n_stacks, n_products(loop)) == (2, 0, 1)
    # Of a loop without states, only the last step is made.
    (loop,) = loops_of(compiled([theano.map(lambda a: T.dot(a, w), x)[0][-1]]))
    (leaf,) = (v for v in ancestors(loop.inputs[:1]) if v.name == "x")
    assert loop.inputs[0].eval({leaf: VALUES[x]}) == 1


def reads_of_ends(outputs):
    """Ends of outputs, as a program may read them."""
    hs, ys, olds, xs = outputs
    return {
        "states": [hs[-2:]],
        "outputs": [ys[-3:], xs[-2:]],
        "one of several": [hs[-3], olds[-1:]],
        "parts": [ys[-3:-1], olds[-4::2, 0], xs[-2, :, 1]],
        "beside a whole": [hs, ys[-2:], olds[-2:]],
        "the last of all": [z[-1] for z in outputs],
    }


END_CASES = tuple(reads_of_ends([T.dtensor3() for _ in range(4)]))


@pytest.mark.parametrize("case", END_CASES)
def test_ends_of_loops_of_any_length(case):
    n, backwards = T.lscalar(), case in ("outputs", "parts")

    def step(a, s):
        new = T.tanh(T.dot(s, u) + a)
        return new, T.dot(new, v), s * a, T.dot(a, w)

    outputs, _ = theano.scan(step, x, [h, None, None, None], n_steps=n, go_backwards=backwards)
    results = reads_of_ends(outputs)[case]
    inputs = [x, h, w, u, v, n]
    rewritten, by_numpy, as_it_is = (
        theano.function(inputs, results, mode=mode, on_unused_input="ignore")
        for mode in (None, theano.Mode(linker="py"), theano.Mode(optimizer=None, linker="py"))
    )
    if case != "beside a whole":
        running = [node for node in loops_of(rewritten.maker.fgraph.toposort()) if node.op.n_states]
        assert all(node.op.n_stacks == 0 for node in running)
    values = [VALUES[i] for i in inputs[:-1]]
    for length in range(6):
        try:
            expected = as_it_is(*values, length)
        except IndexError:
            for f in (rewritten, by_numpy):
                with pytest.raises(IndexError):
                    f(*values, length)
            continue
        for f in (rewritten, by_numpy):
            for got, wanted in zip(f(*values, length), expected, strict=True):
                np.testing.assert_allclose(got, wanted, rtol=1e-10, strict=True)


def test_ends_do_not_need_the_number_of_steps():
    n = T.lscalar()
    (hs, ys), _ = theano.scan(lambda s: (T.tanh(s + b), s * b), None, [h, None], n_steps=n)
    f = theano.function([h, b, n], [hs[-2:], ys[-1]])
    for length in (2, 3, 50):
        states, last = f(VALUES[h], VALUES[b], length)
    np.testing.assert_allclose(states[1], np.tanh(states[0] + VALUES[b]))
    np.testing.assert_allclose(last, states[0] * VALUES[b])
    assert len(f.compilations) == 1


def test_the_end_of_what_must_be_there_anyway_stays():
    hs, _ = theano.scan(network, x, h)
    (_, loop) = loops_of(compiled([hs, hs[-2:]]))
    assert (loop.op.n_states, loop.op.n_stacks) == (1, 1)
    # More than all there are.
    (_, loop) = loops_of(compiled([theano.scan(network, x, h, n_steps=3)[0][-2:]]))
    assert loop.op.n_stacks == 0
    hs, _ = theano.scan(lambda s: T.tanh(s + b), None, h, n_steps=2)
    (loop,) = loops_of(compiled([hs[-3:]]))
    assert loop.op.n_stacks == 1


def test_the_ends_of_two_taps_start_the_next_loop():
    start = T.dtensor3("start")
    VALUES[start] = VALUES[x][:2]

    def run(initial):
        given = {"initial": initial, "taps": [-2, -1]}
        return theano.scan(lambda a, s, t: T.tanh(a + s - t), x, given)[0][-2:]

    loops = loops_of(compiled([run(run(start))], (x, start)))
    assert [node.op.n_stacks for node in loops] == [0, 0]


def test_the_last_output_of_a_loop_that_stops_by_itself():
    def step(a, s):
        new = T.tanh(s + a)
        return (new, T.dot(s, v), new * a), theano.scan_module.until(new.max() > 0.8)

    hs, ys, zs = theano.scan(step, x, [h, None, None])[0]
    (loop,) = loops_of(compiled([hs[-1], ys[-1], zs[-1, 0]]))
    assert loop.op.n_stacks == 0
    (loop,) = loops_of(compiled([hs[-1], ys[-1], ys[-2:]]))
    assert loop.op.n_stacks == 1
    cost = ys[-1].sum() + T.sqr(zs[-1]).sum()
    f = theano.function([x, h, v], [cost, *theano.grad(cost, [x, h, v])])
    g = theano.function([x, h, v], [cost, *theano.grad(cost, [x, h, v])], mode=NOT_REWRITTEN)
    for scale in (1, 10):
        values = [VALUES[x] * scale, VALUES[h], VALUES[v]]
        for got, wanted in zip(f(*values), g(*values), strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-10)


def test_the_backward_loop_does_not_read_what_the_states_became_for_their_end():
    hs, _ = theano.scan(lambda a, s: T.tanh(a * s), x, h)
    forward, backward = loops_of(compiled([hs[-2:], *theano.grad(hs[-1].sum(), [x, h])]))
    # What the states were is kept; the others are the ring, and the place in it.
    assert (forward.op.n_states, forward.op.n_stacks) == (3, 1)
    assert backward.op.is_reverse


def test_loops_in_loops_keep_ends():
    def outer(a, s):
        (hs, ys), _ = theano.scan(
            lambda t: (T.tanh(t + a), T.dot(t, w)), None, [s, None], n_steps=4
        )
        return hs[-1] + hs[-2], ys[-2:].sum(axis=0), hs.sum(axis=0)

    one, two, three = theano.scan(outer, x, [h, None, None])[0]
    nodes = compiled([one, two])
    (inner,) = inner_loops(next(node for node in loops_of(nodes) if node.op.n_states))
    assert inner.op.n_stacks == 0
    compiled([one[-1], two[-1], three[-1], *theano.grad((two[-1] * three[-1]).sum(), [x, h, w])])


def test_ops_that_run_on_the_host_are_not_asked_for_shapes():
    @theano.compile.ops.as_op([T.dmatrix], [T.dmatrix])
    def inverse(m):
        return np.linalg.inv(m)

    ys, _ = theano.map(lambda a: inverse(T.dot(a.T, a) + T.eye(3)), x)
    f = theano.function([x], [ys[-1], ys[-2:]], mode=theano.Mode(linker="py"))
    last, two = f(VALUES[x])
    a = VALUES[x][-1]
    np.testing.assert_allclose(last, np.linalg.inv(a.T @ a + np.eye(3)))
    np.testing.assert_allclose(two[-1], last)
