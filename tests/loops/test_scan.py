"""``scan`` against the same loops in NumPy, compiled and step by step."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano.compile.compiled_part import HostFallbackWarning
from theano.loops import Loop, until

RNG = np.random.RandomState(0)
MODES = [None, theano.Mode(linker="py"), theano.Mode(optimizer=None)]
MODE_IDS = ["compiled", "py", "not rewritten"]

x, y = T.dvector("x"), T.dvector("y")
m = T.dmatrix("m")
n = T.lscalar("n")
ZERO = T.zeros(())


def sums(values, start=0.0):
    return start + np.cumsum(values)


def fibonacci(count):
    values = [1.0, 2.0]
    while len(values) < count + 2:
        values.append(values[-1] + values[-2])
    return np.array(values[2:])


def far_taps(start, count):
    values = list(start)
    for _ in range(count):
        values.append(values[-1] - 2 * values[-3])
    return np.array(values[len(start) :])


V = RNG.uniform(-1, 1, 6)
M = RNG.uniform(-1, 1, (4, 3))

CASES = {
    "a state": ([x], theano.scan(lambda a, s: s + a, x, ZERO)[0], [V], sums(V)),
    "no sequence": (
        [n],
        theano.scan(lambda s: s * 2, None, T.ones(()), n_steps=n)[0],
        [4],
        2.0 ** np.arange(1, 5),
    ),
    "no state": ([x], theano.scan(lambda a: a * a, x)[0], [V], V * V),
    "nothing but others": (
        [x, n],
        theano.scan(lambda a: a + 1, None, None, x, n_steps=n)[0],
        [V, 3],
        np.tile(V + 1, (3, 1)),
    ),
    "no step": (
        [n],
        theano.scan(lambda s: s * 2, None, T.ones(3), n_steps=n)[0],
        [0],
        np.zeros((0, 3)),
    ),
    "one step": ([x], theano.scan(lambda a, s: s + a, x, ZERO, n_steps=1)[0], [V], V[:1]),
    "fewer steps": ([x], theano.scan(lambda a, s: s + a, x, ZERO, n_steps=2)[0], [V], sums(V)[:2]),
    "more steps than elements": (
        [x, n],
        theano.scan(lambda a, s: s + a, x, ZERO, n_steps=n)[0],
        [V, 99],
        sums(V),
    ),
    "two lengths": ([x, y], theano.scan(lambda a, b: a * b, [x, y])[0], [V, V[:4]], V[:4] ** 2),
    "backwards": (
        [x],
        theano.scan(lambda a, s: s + a, x, ZERO, go_backwards=True)[0],
        [V],
        sums(V[::-1]),
    ),
    "taps of a sequence": (
        [x],
        theano.scan(lambda a, b: a + 10 * b, {"input": x, "taps": [-1, 1]})[0],
        [V],
        V[:-2] + 10 * V[2:],
    ),
    "taps ahead": (
        [x],
        theano.scan(lambda a, b: a + 10 * b, {"input": x, "taps": [1, 2]})[0],
        [V],
        V[1:-1] + 10 * V[2:],
    ),
    "taps behind": (
        [x],
        theano.scan(lambda a, b: a + 10 * b, {"input": x, "taps": [-2, -3]})[0],
        [V],
        V[1:4] + 10 * V[:3],
    ),
    "taps backwards": (
        [x],
        theano.scan(lambda a, b: a + 10 * b, {"input": x, "taps": [-1, 1]}, go_backwards=True)[0],
        [V],
        (V[:-2] + 10 * V[2:])[::-1],
    ),
    "taps of one of two": (
        [x, y],
        theano.scan(lambda a, b, c: a + 10 * b + 100 * c, [{"input": x, "taps": [-1, 1]}, y])[0],
        [V, V],
        V[:4] + 10 * V[2:] + 100 * V[:4],
    ),
    "two states back": (
        [x],
        theano.scan(lambda a, b: a + b, None, {"initial": x, "taps": [-2, -1]}, n_steps=5)[0],
        [[1, 2]],
        fibonacci(5),
    ),
    "three states back": (
        [x],
        theano.scan(lambda a, b: a - 2 * b, None, {"initial": x, "taps": [-1, -3]}, n_steps=4)[0],
        [V],
        far_taps(V[:3], 4),
    ),
    "a mix of outputs": (
        [n],
        T.stack(theano.scan(lambda s: (s * 2, s + 1), None, [None, T.ones(())], n_steps=n)[0]),
        [3],
        [[2, 4, 6], [2, 3, 4]],
    ),
    "rows": ([m], theano.scan(lambda row: row.sum(), m)[0], [M], M.sum(1)),
    "what is outside": (
        [m, x],
        theano.scan(lambda row: T.dot(row, T.exp(x)), m)[0],
        [M, V[:3]],
        M @ np.exp(V[:3]),
    ),
    "in one another": (
        [m],
        theano.scan(lambda row: theano.scan(lambda a, s: s + a, row, ZERO)[0], m)[0],
        [M],
        M.cumsum(1),
    ),
    "integers": (
        [n],
        theano.scan(lambda s: s + 2, None, T.constant(np.int32(0)), n_steps=n)[0],
        [4],
        np.arange(2, 10, 2, dtype="int32"),
    ),
    "stops": (
        [n],
        theano.scan(lambda s: (s + 1, until(s > 3)), None, ZERO, n_steps=n)[0],
        [99],
        [1, 2, 3, 4, 5],
    ),
    "does not stop": (
        [n],
        theano.scan(lambda s: (s + 1, until(s > 3)), None, ZERO, n_steps=n)[0],
        [2],
        [1, 2],
    ),
    "the last only": ([x], theano.scan(lambda a, s: s + a, x, ZERO)[0][-1], [V], V.sum()),
    "the last of the last": (
        [m],
        theano.scan(lambda a, s: s + a, m, T.zeros(3))[0][-1, 1:],
        [M],
        M.sum(0)[1:],
    ),
    "the last before a stop": (
        [n],
        theano.scan(lambda s: (s + 1, until(s > 3)), None, ZERO, n_steps=n)[0][-1],
        [99],
        5,
    ),
    "reduce": ([x], theano.reduce(lambda a, s: s - 2 * a, x, ZERO)[0], [V], -2 * V.sum()),
    "foldr": ([x], theano.foldr(lambda a, s: a - 2 * s, x, ZERO)[0], [[0, 1, 2, 3]], -18),
    "foldl": ([x], theano.foldl(lambda a, s: a - 2 * s, x, ZERO)[0], [[0, 1, 2, 3]], 3),
    "map": ([x, y], theano.map(lambda a, b: a * b.sum(), x, y)[0], [V, V], V * V.sum()),
    "ifelse in a step": (
        [x],
        theano.scan(lambda a, s: theano.ifelse.ifelse(a > 0, s + a, s), x, ZERO)[0],
        [V],
        sums(np.maximum(V, 0)),
    ),
    "positions": (
        [x],
        theano.scan(lambda i, v: v[i] * 2, T.arange(x.shape[0]), None, x)[0],
        [V],
        V * 2,
    ),
    "sizes from outside": (
        [n],
        theano.scan(
            lambda s, k: s + T.arange(k).sum(), None, T.constant(np.int64(0)), n, n_steps=3
        )[0],
        [4],
        [6, 12, 18],
    ),
}


@pytest.mark.parametrize("mode", MODES, ids=MODE_IDS)
def test_values(mode):
    inputs = [x, y, m, n]
    for name, (given, output, values, expected) in CASES.items():
        assert set(given) <= set(inputs)
        f = theano.function(given, output, mode=mode)
        found = f(*values)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12, err_msg=name)
        assert found.shape == np.shape(expected), name
        assert found.dtype == output.type.dtype, name


def test_types_and_static_shapes():
    outputs, updates = theano.scan(lambda a, s: (s + a, a), m, [T.zeros(3), None])
    assert [v.type for v in outputs] == [T.dmatrix, T.dmatrix]
    assert not updates
    f = theano.function([m], [*(v.shape for v in outputs), outputs[0].shape[0]])
    assert not any(isinstance(node.op, Loop) for node in f.maker.fgraph.apply_nodes)
    assert [list(np.ravel(v)) for v in f(M)] == [[4, 3], [4, 3], [4]]
    assert isinstance(theano.scan(lambda a: a, x, return_list=True)[0], list)


def test_updates_of_shared_variables():
    w, total = theano.shared(1.0, "w"), theano.shared(0.0, "total")
    outputs, updates = theano.scan(lambda a: (w * a, {w: w + 1, total: total + w}), sequences=x)
    f = theano.function([x], outputs, updates=updates)
    np.testing.assert_allclose(f([1, 1, 1]), [1, 2, 3])
    assert (w.get_value(), total.get_value()) == (4, 6)
    nothing, updates = theano.scan(lambda: [(w, w * 2)], n_steps=3)
    assert nothing is None
    theano.function([], [], updates=updates)()
    assert w.get_value() == 32


@pytest.mark.parametrize("mode", MODES[:2], ids=MODE_IDS[:2])
def test_random_draws_in_a_step_are_those_of_calls_in_a_row(mode):
    def stream():
        return theano.sandbox.rng_mrg.MRG_RandomStreams(7)

    inside, outside = stream(), stream()
    draws, updates = theano.scan(lambda: inside.uniform((3,)), n_steps=4)
    looped = theano.function([], draws, updates=updates, mode=mode)
    single = theano.function([], outside.uniform((3,)), mode=mode)
    for _ in range(2):
        np.testing.assert_array_equal(looped(), [single() for _ in range(4)])


def test_a_draw_that_is_passed_in_is_one_draw():
    stream = theano.tensor.shared_randomstreams.RandomStreams(5)
    draw = stream.uniform((2,))
    repeated, updates = theano.scan(lambda a: a, non_sequences=draw, n_steps=3)
    f = theano.function([], [draw, repeated], updates=updates)
    for _ in range(2):
        one, three = f()
        np.testing.assert_array_equal(three, [one] * 3)


def test_number_of_steps_without_stacks_is_no_new_compilation():
    last = theano.scan(lambda s: s * 2, None, T.ones(()), n_steps=n)[0][-1]
    f = theano.function([n], last)
    assert [float(f(k)) for k in (1, 5, 9)] == [2, 32, 512]
    assert len(f.compilations) == 1
    with pytest.raises(IndexError, match="last element"):
        f(0)


def test_an_op_of_the_user_in_a_step():
    @theano.as_op([T.dscalar, T.dscalar], [T.dscalar])
    def hypotenuse(a, b):
        return np.asarray(np.hypot(a, b))

    found = theano.scan(lambda a, s: hypotenuse(a, s), x, ZERO)[0]
    f = theano.function([x], found)
    np.testing.assert_allclose(f(V), np.sqrt(np.cumsum(V**2)))


def test_checks_on_the_device_reach_the_caller():
    table = T.dvector("table")
    picked = theano.scan(lambda i, s: s + table[i], T.cast(x, "int64"), ZERO)[0]
    looked_up = theano.scan(lambda i: table[i], T.cast(x, "int64"))[0]
    f = theano.function([x, table], [picked, looked_up])
    np.testing.assert_allclose(f([0, 2], V)[0], [V[0], V[0] + V[2]])
    with pytest.raises(IndexError):
        f([0, 6, 1], V)


def test_pickled_and_copied():
    total = theano.scan(lambda a, s: s + a * theano.shared(2.0), x, ZERO)[0]
    f = theano.function([x], total)
    for g in (pickle.loads(pickle.dumps(f)), f.copy()):
        np.testing.assert_allclose(g(V), 2 * sums(V))


def test_checkpoints():
    step = lambda a, s: T.tanh(a + s)  # noqa: E731
    plain, _ = theano.scan(step, m, T.zeros(3))
    sparse, _ = theano.scan_checkpoints(step, m, T.zeros(3), save_every_N=4)
    gradients = [theano.grad(v[-1].sum(), m) for v in (plain, sparse)]
    f = theano.function([m], [plain, sparse, *gradients])
    for length in (8, 10):
        full, kept, wanted, found = f(RNG.uniform(-1, 1, (length, 3)))
        np.testing.assert_allclose(kept, full[[*range(3, length - 1, 4), length - 1]])
        np.testing.assert_allclose(found, wanted)
    with pytest.raises(RuntimeError, match="taps"):
        theano.scan_checkpoints(step, m, {"initial": m, "taps": [-2]})


def test_test_values():
    with theano.change_flags(compute_test_value="raise"):
        given = T.dvector()
        given.tag.test_value = V
        total, _ = theano.scan(lambda a, s: s + a, given, T.zeros(()))
        np.testing.assert_allclose(total.tag.test_value, sums(V))
        gradient = theano.grad(total.sum(), given)
        np.testing.assert_allclose(gradient.tag.test_value, np.arange(6, 0, -1))


def test_a_size_that_depends_on_a_state_is_warned_of():
    n = T.lscalar("n")
    total, _ = theano.scan(lambda i: i + T.arange(i).sum(), None, n, n_steps=3)
    with pytest.warns(HostFallbackWarning, match=r"runs for\{.*on the host.*a size in its step"):
        f = theano.function([n], total[-1])
    assert f(3) == 231
