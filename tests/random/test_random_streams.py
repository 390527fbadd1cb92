"""``RandomStreams`` draws the numbers that Theano 1.0.5 drew.

``data/rs.npz`` holds draws of Theano with floatX float32: keys are ``234.<draw>.<shape>.<dtype>.
call<k>``, for k-th calls of one function on a ``RandomStreams(seed=234)`` of its own; arrays over
4096 values are kept as ``.head`` and ``.sha256``. ``data/random_streams.json`` has what it made of
``oracle/random_table.py``.
"""

from __future__ import annotations

import builtins
import copy
import hashlib
import json
import pickle
import re
from typing import Any

import numpy as np
import pytest
from tests.checks import check_raises
from tests.oracle.random_table import DRAWS, INPUTS
from tests.random.test_mrg31k3p import DATA, parse

import theano
from theano import tensor as T
from theano.errors import NullTypeGradError
from theano.options import config
from theano.random import samplers
from theano.random.random_function import copied
from theano.random.random_streams import RandomStreams

RECORDED = dict(np.load(DATA / "rs.npz"))
CASES = json.loads((DATA / "random_streams.json").read_text("utf-8"))
KEY = re.compile(r"234\.(.+)\.(0d|\d+(?:x\d+)*)\.(default|float32|float64)\.call0(?:\..+)?")
GROUPS = list(dict.fromkeys(found.groups() for found in map(KEY.fullmatch, RECORDED) if found))

m, low = T.fmatrix("m"), T.fvector("low")
VALUES = {m: np.arange(24, dtype="float32").reshape(4, 6), low: np.arange(4, dtype="float32")}

RECIPES: dict[str, Any] = {
    "uniform": lambda s, n, **d: s.uniform(size=n, **d),
    "normal": lambda s, n, **d: s.normal(size=n, **d),
    "uniform_low-2_high3": lambda s, n: s.uniform(size=n, low=-2.0, high=3.0),
    "normal_avg1.5_std.25": lambda s, n: s.normal(size=n, avg=1.5, std=0.25),
    "binomial_n1_p.5": lambda s, n: s.binomial(size=n, n=1, p=0.5),
    "binomial_n10_p.3": lambda s, n: s.binomial(size=n, n=10, p=0.3),
    "random_integers_0_9": lambda s, n: s.random_integers(size=n, low=0, high=9),
    "poisson_lam5": lambda s, n: s.poisson(size=n, lam=5),
    "permutation_n10": lambda s, n: s.permutation(size=n, n=10),
    "choice_a10": lambda s, n: s.choice(size=n, a=10),
    "choice_a10_noreplace": lambda s, n: s.choice(size=n, a=10, replace=False),
    "multinomial_n5": lambda s, n: s.multinomial(size=n, n=5, pvals=[0.2, 0.3, 0.5]),
    "shuffle_row_elements": lambda s, n, **d: s.shuffle_row_elements(m),
    "uniform_low_vector": lambda s, n: s.uniform(low=low, high=10.0),
}
MIX = {
    "a_uniform": lambda s: s.uniform((2, 2)),
    "b_normal": lambda s: s.normal((2, 2)),
    "c_binomial": lambda s: s.binomial((2, 2), n=3, p=0.5),
    "d_permutation": lambda s: s.permutation(n=8),
    "e_random_integers": lambda s: s.random_integers((2, 2), low=1, high=6),
}


@pytest.fixture(autouse=True)
def _float32() -> None:
    """As the recordings were made."""
    config.floatX = "float32"


def check_same(value: Any, expected: Any) -> None:
    """Compare dtype, shape and values: exactly, but for what another logarithm may change."""
    assert (value.dtype, value.shape) == (expected.dtype, expected.shape)
    if value.dtype.kind == "f":
        np.testing.assert_array_max_ulp(value, expected, maxulp=2)
    else:
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize("draw", list(RECIPES))
def test_draws_are_theanos(draw: str) -> None:
    groups = [group[1:] for group in GROUPS if group[0] == draw]
    assert groups
    for shape, dtype in groups:
        options = {} if dtype == "default" else {"dtype": dtype}
        sample = RECIPES[draw](RandomStreams(seed=234), parse(shape), **options)
        f = theano.function(list(VALUES), sample, on_unused_input="ignore")
        for call in range(3):
            value, key = f(*VALUES.values()), f"234.{draw}.{shape}.{dtype}.call{call}"
            if key in RECORDED:
                check_same(value, RECORDED[key])
                continue
            check_same(value.ravel()[:64], RECORDED[key + ".head"])
            if draw != "normal" or dtype != "float64":
                digest = hashlib.sha256(value.tobytes()).hexdigest()
                assert digest == str(RECORDED[key + ".sha256"])


def test_each_variable_has_a_generator_of_its_own_and_seed_restarts_all() -> None:
    streams = RandomStreams(seed=234)
    f = theano.function([], [make(streams) for make in MIX.values()])
    first = [f() for _ in range(3)]
    for call, values in enumerate(first):
        for name, value in zip(MIX, values, strict=True):
            check_same(value, RECORDED[f"234.mix.{name}.call{call}"])
    streams.seed(902340)
    for call in range(2):
        for name, value in zip(MIX, f(), strict=True):
            check_same(value, RECORDED[f"234.mix_after_seed902340.{name}.call{call}"])
    streams.seed()
    for value, expected in zip(f(), first[0], strict=True):
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize("text", DRAWS)
def test_sizes_parameters_and_errors_are_theanos(text: str) -> None:
    expected = CASES[text]
    names = {name: T.TensorType(dtype, b)(name) for name, (dtype, b, _) in INPUTS.items()}
    used = [name for name in names if name in text]
    arguments = [np.array(INPUTS[name][2], INPUTS[name][0]) for name in used]

    def run() -> tuple[Any, list[Any]]:
        sample = eval(text, {**names, "s": RandomStreams(77), "T": T, "np": np})
        inputs = [names[name] for name in used]
        f = theano.function(inputs, sample, on_unused_input="ignore")
        return sample.type, [f(*arguments) for _ in range(2)]

    if "raises" in expected:
        with pytest.raises(getattr(builtins, expected["raises"])):
            run()
        return
    kind, values = run()
    assert kind.dtype == expected["dtype"]
    assert list(kind.broadcastable) == expected["broadcastable"]
    for call, value in enumerate(values):
        numbers = expected["values"][call] if value.size else []
        check_same(value, np.array(numbers, kind.dtype).reshape(expected["shape"]))


def test_generators_can_be_read_and_replaced() -> None:
    streams = RandomStreams(234)
    u, n = streams.uniform((2,)), streams.normal((2,))
    assert streams.updates() == streams.state_updates == [u.update, n.update]
    assert u.update[0] is u.rng
    f = theano.function([], [u, n])
    frozen = theano.function([], u, no_default_updates=True)
    np.testing.assert_array_equal(frozen(), frozen())
    np.testing.assert_array_equal(frozen(), f()[0])

    own = np.random.RandomState(7)
    u.rng.set_value(own)
    np.testing.assert_array_equal(f()[0], own.uniform(size=2).astype("float32"))
    streams[u.rng] = np.random.RandomState(8)
    assert type(streams[u.rng]) is np.random.RandomState
    # In place, as Theano's tutorial does it.
    generator = u.rng.get_value(borrow=True)
    generator.seed(89)
    u.rng.set_value(generator, borrow=True)
    expected = np.random.RandomState(89).uniform(size=2).astype("float32")
    np.testing.assert_array_equal(f()[0], expected)

    # A copy says nothing of what the function draws next, nor changes it.
    before = u.rng.get_value()
    drawn = f()[0]
    np.testing.assert_array_equal(before.uniform(size=2).astype("float32"), drawn)
    assert not np.array_equal(f()[0], drawn)


def test_states_move_between_graphs() -> None:
    def graph() -> tuple[RandomStreams, Any]:
        streams = RandomStreams(123)
        return streams, theano.function([], streams.uniform((3,)))

    (streams, f), (others, g) = graph(), graph()
    f()
    assert not np.array_equal(f(), g())
    for (one, _), (other, _) in zip(streams.state_updates, others.state_updates, strict=True):
        other.set_value(one.get_value())
    np.testing.assert_array_equal(f(), g())


def test_a_use_twice_draws_once_and_functions_share_a_generator() -> None:
    u = RandomStreams(5).uniform((3,))
    nearly_zero, f = theano.function([], u + u - 2 * u), theano.function([], u)
    numbers = np.random.RandomState(np.random.RandomState(5).randint(2**30))
    first, second = numbers.uniform(size=(2, 3)).astype("float32")
    np.testing.assert_array_equal(f(), first)
    np.testing.assert_array_equal(nearly_zero(), 0 * second)
    assert not np.array_equal(f(), second)


def test_functions_with_generators_are_copied_and_pickled() -> None:
    u = RandomStreams(5).uniform((3,))
    other = theano.shared(np.random.RandomState(11))
    f = theano.function([], 2 * u)
    f()
    twin, thawed = copy.deepcopy(f), pickle.loads(pickle.dumps(f))
    swapped, sharing = f.copy(swap={u.rng: other}), f.copy()
    # The last shares its generator with the first.
    for of_one in (f, sharing, f):
        expected = of_one()
        np.testing.assert_array_equal(twin(), expected)
        np.testing.assert_array_equal(thawed(), expected)
    own = np.random.RandomState(11).uniform(size=3).astype("float32")
    np.testing.assert_array_equal(swapped(), 2 * own)


def test_a_call_that_fails_leaves_generators_and_parameters_as_they_were() -> None:
    streams = RandomStreams(5)
    w = theano.shared(np.zeros(3, "float32"))
    x, n = T.fvector("x"), T.lscalar("n")
    noise, bad = streams.uniform((3,)), streams.binomial((2,), n=n, p=0.5)
    f = theano.function([x, n], bad, updates=[(w, w + noise * x)])
    f(np.ones(3, "float32"), 1)
    states = [pickle.dumps(r.get_value()) for r, _ in streams.state_updates]
    value = w.get_value()
    with pytest.raises(ValueError, match="n < 0"):
        f(np.ones(3, "float32"), -1)
    with pytest.raises(ValueError, match="mis-match"):
        f(np.ones(2, "float32"), 1)
    assert states == [pickle.dumps(r.get_value()) for r, _ in streams.state_updates]
    np.testing.assert_array_equal(w.get_value(), value)


def test_dropout_in_a_training_step() -> None:
    rng = np.random.default_rng(3)
    streams, w_0 = RandomStreams(5), rng.normal(size=(6, 2)).astype("float32")
    data = rng.uniform(size=(10, 6)).astype("float32")
    rows, w = theano.shared(data), theano.shared(w_0)
    x, i = T.fmatrix("x"), T.lscalar("i")
    mask = streams.binomial(size=x.shape, n=1, p=0.7, dtype=config.floatX)
    cost = T.sum(T.dot(mask * x, w) ** 2)
    step = theano.function(
        [i],
        cost,
        updates=[(w, w - 0.1 * T.grad(cost, w))],
        givens={x: rows[i * 4 : (i + 1) * 4]},
    )
    numbers = np.random.RandomState(np.random.RandomState(5).randint(2**30))
    for batch in range(3):  # the last one is shorter
        part = data[batch * 4 : batch * 4 + 4]
        kept = part * numbers.binomial(1, 0.7, part.shape).astype("float32")
        hidden = kept @ w_0
        np.testing.assert_allclose(step(batch), np.sum(hidden**2), rtol=1e-4)
        w_0 = w_0 - 0.2 * kept.T @ hidden
        np.testing.assert_allclose(w.get_value(), w_0, rtol=1e-3, atol=1e-5)
    # One program, for two sizes: the shape of the batch is known without one.
    (part,) = step.executor.parts
    assert len(part.compilations) == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda s, x: s.uniform((3,), high=x),
        lambda s, x: s.normal((3,), std=x),
        lambda s, x: s.binomial((3,), p=x, dtype="float32"),
        lambda s, x: s.multinomial((3,), pvals=[x, 1 - x], dtype="float32"),
    ],
    ids=["uniform", "normal", "binomial", "multinomial"],
)
def test_there_is_no_gradient_by_parameters(make: Any) -> None:
    x = T.fscalar("x")
    sample = make(RandomStreams(1), x)
    with check_raises(NullTypeGradError, "no differentiable function of its parameters"):
        theano.grad(sample.sum(), x)


def test_earlier_names() -> None:
    # As programs import them.
    from theano.tensor import raw_random, shared_randomstreams  # noqa: PLC0415

    assert T.shared_randomstreams.RandomStreams is RandomStreams
    assert issubclass(RandomStreams, raw_random.RandomStreamsBase)
    assert shared_randomstreams.RandomStateSharedVariable is type(RandomStreams().uniform((2,)).rng)
    with pytest.warns(DeprecationWarning, match="is now called p"):
        RandomStreams(1).binomial((2,), prob=0.5)


def test_integers_are_drawn_as_one_by_one() -> None:
    lows = np.array([0, -7, 5, 0, 3])
    highs = np.array([0, 300, 6, 2**32 - 1, 2**40])
    together, alone = np.random.RandomState(4), np.random.RandomState(4)
    found = samplers.random_integers_helper(together, lows, highs, (50, 5))
    expected = [
        [alone.randint(a, b + 1) for a, b in zip(lows, highs, strict=False)] for _ in range(50)
    ]
    np.testing.assert_array_equal(found, expected)
    check_equal_states(together, alone)


def test_a_copied_generator_is_plain() -> None:
    r = np.random.RandomState(3)
    r.normal()
    one, pickled = copied(r), pickle.dumps(copied(r))
    assert b"theano" not in pickled
    check_equal_states(r, one)
    check_equal_states(r, pickle.loads(pickled))
    one.normal(size=1000)
    check_equal_states(r, copied(r))


def check_equal_states(a: Any, b: Any) -> None:
    assert T.raw_random.random_state_type.values_eq(a, b)
