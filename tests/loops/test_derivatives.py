"""Gradients and R-ops of loops against finite differences, and of loops in loops."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op

import theano
import theano.tensor as T
from theano.loops import Loop, until

RNG = np.random.RandomState(1)


def values(*shape):
    return RNG.uniform(-1, 1, shape)


ZERO = T.zeros(())
IN_ORDER = T.constant(np.int64(0))

CASES = {
    "a state": (lambda x: theano.scan(lambda a, s: s * 0.5 + a**2, x, ZERO)[0], [values(4)]),
    "a network": (
        lambda x, h, w: theano.scan(lambda a, h, w: T.tanh(a + T.dot(h, w)), x, h, w)[0],
        [values(4, 2, 3), values(2, 3), values(3, 3)],
    ),
    "its last state": (
        lambda x, h, w, b: theano.scan(lambda a, h: T.tanh(T.dot(a, w) + T.dot(h, w) + b), x, h)[0][
            -1
        ],
        [values(4, 2, 3), values(2, 3), values(3, 3), values(3)],
    ),
    "without a batch": (
        lambda x, h, w: theano.scan(lambda a, h: T.tanh(a + T.dot(h, T.exp(w))), x, h)[0],
        [values(4, 3), values(3), values(3, 3)],
    ),
    "an output of the state": (
        lambda x, h, w: theano.scan(
            lambda a, h: [T.tanh(a + h), T.dot(h, w).sum(axis=1)], x, [h, None]
        )[0][1],
        [values(3, 2, 3), values(2, 3), values(3, 4)],
    ),
    "one output of another": (
        lambda x: sum(theano.scan(lambda a, s: (s * a, s * a + a**2), x, [T.ones(()), None])[0]),
        [values(4)],
    ),
    "two states back": (
        lambda i: theano.scan(
            lambda a, b: a * b, None, {"initial": i, "taps": [-2, -1]}, n_steps=4
        )[0],
        [values(2) + 1.5],
    ),
    "taps of a sequence": (
        lambda x: theano.scan(lambda a, b: a * b, {"input": x, "taps": [-1, 1]})[0],
        [values(6)],
    ),
    "backwards": (
        lambda x: theano.scan(lambda a, s: s * 0.5 + a**2, x, ZERO, go_backwards=True)[0],
        [values(4)],
    ),
    "fewer steps than elements": (
        lambda x: theano.scan(lambda a, s: s * 0.5 + a**2, x, ZERO, n_steps=2)[0],
        [values(4)],
    ),
    "stops": (
        lambda x: theano.scan(
            lambda a, s, i: ([s * 0.5 + a**2, i + 1], until(i >= 2)), x, [ZERO, IN_ORDER]
        )[0][0],
        [values(5)],
    ),
    "stops, the last": (
        lambda x: theano.scan(
            lambda a, s, i: ([s * 0.5 + a**2, i + 1], until(i >= 2)), x, [ZERO, IN_ORDER]
        )[0][0][-1],
        [values(5)],
    ),
    "no state": (
        lambda x, w: theano.map(lambda a, w: T.dot(T.tanh(a), w), x, w)[0],
        [values(4, 3), values(3, 2)],
    ),
    "a loop in a loop": (
        lambda m: theano.scan(
            lambda row: theano.scan(lambda a, s: s * 0.5 + a**2, row, ZERO)[0], m
        )[0],
        [values(3, 4)],
    ),
    "second derivative": (
        lambda x: theano.grad(
            (theano.scan(lambda a, s: s * 0.5 * s + a**3, x, T.ones(()))[0] ** 2).sum(), x
        ),
        [values(4)],
    ),
    "gradient in a step": (
        lambda x, w: theano.scan(lambda a, w: theano.grad(T.sin(a * w), w), x, None, w)[0],
        [values(4), values()],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name):
    op, given = CASES[name]
    check_op(op, given, skip=["infer_shape"] if "stops" in name else [])


def test_truncated_gradient():
    w = theano.shared(4.0)
    last = theano.scan(lambda s: s * w, None, w, n_steps=6, truncate_gradient=2)[0][-1]
    # Of w**7, the last two factors.
    assert theano.function([], theano.grad(last, w))() == 2 * 4.0**6
    x = T.dvector()
    total = theano.scan(lambda a, s: s + a**2, x, ZERO, truncate_gradient=2)[0][-1]
    gradient = theano.function([x], theano.grad(total, x))
    np.testing.assert_allclose(gradient([1, 2, 3, 4]), [0, 0, 6, 8])
    np.testing.assert_allclose(gradient([5]), [10])


def test_gradient_of_a_loop_that_stops_early():
    x = T.dvector()
    outputs = theano.scan(lambda a, s: (s + a**2, until(a > 1)), x, ZERO)[0]
    f = theano.function([x], [theano.grad(outputs[-1], x), theano.grad(outputs.sum(), x)])
    np.testing.assert_allclose(f([0.5, 2, 0.5]), [[1, 4, 0], [2, 4, 0]])
    np.testing.assert_allclose(f([0.5, 0.5, 0.5]), [[1, 1, 1], [3, 2, 1]])


def test_integer_states_and_conditions_have_no_gradient():
    x = T.dvector()
    (total, count), _ = theano.scan(
        lambda a, s, i: (s + a * i, i + 1), x, [ZERO, T.constant(np.int64(1))]
    )
    np.testing.assert_allclose(
        theano.function([x], theano.grad(total[-1], x))([5, 6, 7]), [1, 2, 3]
    )
    with pytest.raises(theano.gradient.DisconnectedInputError):
        theano.grad(T.cast(count, "float64").sum() * 0 + count.shape[0], x)


def test_jacobian_and_hessian():
    x = T.dvector()
    outputs = theano.scan(lambda a, s: s + a**3, x, ZERO)[0]
    v = np.array([1.0, 2.0])
    jacobian = theano.function([x], theano.gradient.jacobian(outputs, x))(v)
    np.testing.assert_allclose(jacobian, [[3, 0], [3, 12]])
    hessian = theano.function([x], theano.gradient.hessian(outputs[-1], x))(v)
    np.testing.assert_allclose(hessian, [[6, 0], [0, 12]])


def test_the_gradient_of_the_last_element_starts_the_backward_loop():
    x = T.dvector()
    outputs = theano.scan(lambda a, s: (s + a**2, until(a > 1)), x, ZERO)[0]
    f = theano.function([x], theano.grad(outputs[-1], x))
    np.testing.assert_allclose(f([0.5, 2, 0.5]), [1, 4, 0])
    np.testing.assert_allclose(f([0.5, 0.5, 0.5]), [1, 1, 1])
    # Where the loop stopped is no size of the program.
    assert len(f.compilations) == 1


@pytest.mark.parametrize("is_used", [True, False], ids=["its value too", "its length alone"])
def test_pieces_as_long_as_the_state_are_cut_in_the_program(is_used):
    x, h, w = T.tensor3(), T.matrix(), T.matrix()
    arrays = values(5, 2, 8), values(2, 4), values(4, 8)

    def gradients(length):
        def step(a, h, w):
            n, gates = length(h), a + (T.dot(h, w) if is_used else w[0])
            return T.nnet.sigmoid(gates[:, :n]) * T.tanh(gates[:, n:])

        hs, _ = theano.scan(step, x, h, w)
        return theano.function([x, h, w], T.grad(T.sqr(hs).sum(), [x, w]))

    of_the_state = gradients(lambda h: h.shape[1])
    expected = gradients(lambda _h: 4)(*arrays)
    for found, known in zip(of_the_state(*arrays), expected, strict=True):
        np.testing.assert_allclose(found, known, rtol=1e-12)
    # Kept by the loop, the lengths would be data, and the backward loop would run on the host.
    assert of_the_state.executor.only_part


def test_lengths_of_an_integer_state():
    x, i = T.matrix(), T.lvector()
    (_, ys), _ = theano.scan(lambda a, i: (i + 1, T.tanh(a[: i.shape[0]])), x, [i, None])
    f = theano.function([x, i], T.grad(ys.sum(), x))
    a = values(3, 4)
    expected = np.concatenate([1 - np.tanh(a[:, :2]) ** 2, np.zeros((3, 2))], axis=1)
    np.testing.assert_allclose(f(a, np.array([0, 1])), expected, rtol=1e-6)


@pytest.mark.parametrize("truncate", [-1, 2, 0])
def test_the_last_output_is_differentiated_once(truncate):
    x, h, u, v, i = T.tensor3(), T.matrix(), T.matrix(), T.matrix(), T.lvector()
    inputs, arrays = [x, h, u, v, i], [values(4, 2, 3), values(2, 3), values(3, 3), values(3, 2)]

    def step(a, k, s):
        new = T.tanh(a + T.dot(s, u))
        return new, T.dot(new, v) * a.sum() * k, T.dot(a, v), s * a

    outputs, _ = theano.scan(step, [x, i], [h, None, None, None], truncate_gradient=truncate)
    results = []
    # The same element by a number that is not known, so that it is not seen to be the last.
    for place in (-1, 3 + 0 * i[0]):
        for last in (outputs[1:], outputs[1:2]):
            cost = sum(T.sqr(z[place]).sum() for z in last)
            results += theano.grad(cost, inputs[:-1], disconnected_inputs="ignore")
    found = theano.function(inputs, results, on_unused_input="ignore")(*arrays, np.arange(4))
    for got, wanted in zip(found[:8], found[8:], strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)


def test_the_gradient_of_what_no_state_is_in_goes_through_no_step_before():
    x, h, v = T.tensor3(), T.matrix(), T.matrix()
    (_, ys), _ = theano.scan(lambda a, s: (s + a, T.dot(a, v)), x, [h, None])
    f = theano.function([x, h, v], theano.grad(ys[-1].sum(), [x, v]))
    loops = [node.op for node in f.maker.fgraph.apply_nodes if isinstance(node.op, Loop)]
    assert not any(op.is_reverse or op.n_states for op in loops)
    a, m = values(4, 2, 3), values(3, 2)
    g_x, g_v = f(a, a[0], m)
    np.testing.assert_allclose(g_x, [*np.zeros((3, 2, 3)), np.ones((2, 2)) @ m.T])
    np.testing.assert_allclose(g_v, a[-1].T @ np.ones((2, 2)))


def test_the_gradient_of_a_last_output_needs_a_step():
    x, h, n = T.matrix(), T.vector(), T.lscalar()
    (_, ys), _ = theano.scan(lambda a, s: (s + a, (s + a) * a), x, [h, None], n_steps=n)
    f = theano.function([x, h, n], theano.grad(ys[-1].sum(), [x, h]), on_unused_input="ignore")
    g_x, g_h = f(np.ones((3, 2)), np.ones(2), 2)
    np.testing.assert_allclose(g_x, [[1, 1], [4, 4], [0, 0]])
    np.testing.assert_allclose(g_h, [1, 1])
    with pytest.raises(IndexError):
        f(np.ones((3, 2)), np.ones(2), 0)
