"""``MRG_RandomStreams`` in compiled functions against recorded draws, and against ``perform``.

``data/mrg.npz`` and ``data/mrg_extra.npz`` hold what Theano 1.0.5 drew with floatX float32; see
``test_mrg31k3p``, whose keys and comparisons are used here.
"""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value
from tests.random.test_mrg31k3p import (
    EXTRA,
    PVALS3,
    PVALS5,
    RECORDED,
    SEEDS,
    check_recorded,
    groups,
    parse,
)

import theano
from theano import tensor as T
from theano.errors import NullTypeGradError
from theano.options import config
from theano.random import compiled, distributions, mrg31k3p
from theano.random.mrg import MRG_RandomStreams
from theano.random.ops import Choice, Multinomial, Repair, Uniform
from theano.sandbox import multinomial as sandbox_multinomial

HOST = theano.Mode(linker="py")
Draw = Callable[[Any, tuple[int, ...], str], Any]


@pytest.fixture(autouse=True)
def _float32() -> None:
    """As the recordings were made."""
    config.floatX = "float32"


class Inputs:
    """What symbolic sizes and chances come from."""

    images, small = T.fmatrix("images"), T.fmatrix("small")
    pvals3, pvals5 = T.fmatrix("pvals3"), T.fmatrix("pvals5")
    variables = (images, small, pvals3, pvals5)
    values = (np.zeros((128, 784), "float32"), np.zeros((3, 4), "float32"), PVALS3, PVALS5)

    @classmethod
    def like(cls, shape: tuple[int, ...]) -> Any:
        return cls.images.shape if shape == (128, 784) else cls.small.shape

    @classmethod
    def chances(cls, shape: tuple[int, ...]) -> Any:
        return cls.pvals3 if shape == (4, 3) else cls.pvals5


def without_replacement(s: Any, **kwargs: Any) -> Any:
    with pytest.warns(DeprecationWarning, match="choice"):
        return s.multinomial_wo_replacement(**kwargs)


DRAWS: dict[str, Draw] = {
    "uniform": lambda s, n, d: s.uniform(n, dtype=d),
    "uniform_low-2_high3": lambda s, n, d: s.uniform(n, low=-2.0, high=3.0, dtype=d),
    "uniform_symbolic": lambda s, n, d: s.uniform(Inputs.like(n), dtype=d),
    "uniform_nstreams7": lambda s, n, d: s.uniform(n, nstreams=7, dtype=d),
    "binomial_p.5": lambda s, n, d: s.binomial(n, p=0.5, dtype=d),
    "binomial_p.8": lambda s, n, d: s.binomial(n, p=0.8, dtype=d),
    "binomial_symbolic_p.5": lambda s, n, d: s.binomial(Inputs.like(n), p=0.5, dtype=d),
    "normal": lambda s, n, d: s.normal(n, dtype=d),
    "normal_avg1.5_std.25": lambda s, n, d: s.normal(n, avg=1.5, std=0.25, dtype=d),
    "truncated_normal": lambda s, n, d: s.truncated_normal(n, dtype=d),
    "multinomial_n1": lambda s, n, d: s.multinomial(n=1, pvals=Inputs.chances(n), dtype=d),
    "multinomial_n10": lambda s, n, d: s.multinomial(n=10, pvals=Inputs.chances(n), dtype=d),
    "choice_noreplace_size2": lambda s, n, d: s.choice(
        size=2, p=Inputs.chances(n), replace=False, dtype=d
    ),
    "multinomial_wo_replacement_n2": lambda s, n, d: without_replacement(
        s, n=2, pvals=Inputs.chances(n), dtype=d
    ),
}
PVALS, PVALS_LOW = EXTRA["pvals"], EXTRA["pvals_low"]
EXTRA_DRAWS: dict[str, Draw] = {
    "uniform": DRAWS["uniform"],
    "uniform_low-2_high3": DRAWS["uniform_low-2_high3"],
    "uniform_low-.3_high.7": lambda s, n, d: s.uniform(n, low=-0.3, high=0.7, dtype=d),
    "normal": DRAWS["normal"],
    "normal_nstreams3": lambda s, n, d: s.normal(n, nstreams=3, dtype=d),
    "truncated_normal_avg1_std2": lambda s, n, d: s.truncated_normal(n, avg=1.0, std=2.0, dtype=d),
    "choice_size7": lambda s, n, d: s.choice(size=7, p=PVALS, replace=False, dtype=d),
    "choice_size6_double": lambda s, n, d: s.choice(
        size=6, p=PVALS.astype("float64"), replace=False, dtype=d
    ),
    "choice_size1": lambda s, n, d: s.choice(size=1, p=PVALS, replace=False, dtype=d),
    "multinomial_n20": lambda s, n, d: s.multinomial(n=20, pvals=PVALS, dtype=d),
    "multinomial_n30_low": lambda s, n, d: s.multinomial(n=30, pvals=PVALS_LOW, dtype=d),
    "binomial_vector": lambda s, n, d: s.binomial(n, p=np.array([0.2, 0.5, 0.9]), dtype=d),
}


def is_exact(name: str) -> bool:
    """Whether the recorded bits are met.

    Normal numbers depend on the libm that Theano was with; products and sums in float64 were
    rounded once there.
    """
    return "normal" not in name and name != "uniform_low-.3_high.7"


def test_recorded_draws() -> None:
    names = [g for g in groups(RECORDED) if g[0].startswith("12345.")]
    streams = [MRG_RandomStreams() for _ in names]
    outputs = [
        DRAWS[name.removeprefix("12345.")](s, parse(shape), dtype)
        for s, (name, shape, dtype) in zip(streams, names, strict=True)
    ]
    f = theano.function(list(Inputs.variables), outputs)
    for seed in SEEDS:
        if seed != "12345":
            for s in streams:
                s.seed(SEEDS[seed])
        for call in range(3):
            for (name, shape, dtype), value in zip(names, f(*Inputs.values), strict=True):
                name = name.replace("12345", seed)
                key = f"{name}.{shape}.{dtype}.call{call}"
                check_recorded(RECORDED, key, value, exact=is_exact(name))
    assert len(f.compilations) == 1


def test_recorded_corners() -> None:
    names = groups(EXTRA)
    f = theano.function(
        [],
        [EXTRA_DRAWS[n](MRG_RandomStreams(), parse(shape), dtype) for n, shape, dtype in names],
    )
    for call in range(2):
        for (name, shape, dtype), value in zip(names, f(), strict=True):
            key = f"{name}.{shape}.{dtype}.call{call}"
            check_recorded(EXTRA, key, value, exact=is_exact(name))


@pytest.mark.parametrize("seed", SEEDS)
def test_recorded_draws_that_share_a_stream(seed: str) -> None:
    s = MRG_RandomStreams(SEEDS[seed])
    draws = {
        "a_uniform": s.uniform((3, 4), dtype="float32"),
        "b_binomial": s.binomial((3, 4), p=0.3, dtype="float32"),
        "c_normal": s.normal((3, 4), dtype="float32"),
        "d_uniform": s.uniform((20000,), dtype="float32"),
    }
    for name, (node_rstate, *_) in zip(draws, s.state_updates, strict=True):
        expected = RECORDED[f"{seed}.mix.{name}.state0"]
        np.testing.assert_array_equal(node_rstate.get_value()[:8], expected)
    np.testing.assert_array_equal(s.rstate, RECORDED[f"{seed}.mix.rstate_after_4_draws"])
    f = theano.function([], draws)
    for label, calls in (("mix", 3), ("mix_after_seed99", 2)):
        if label != "mix":
            s.seed(99)
        for call in range(calls):
            for name, value in f().items():
                key = f"{seed}.{label}.{name}.call{call}"
                check_recorded(RECORDED, key, value, exact=is_exact(name))


def state_after(s: Any) -> list[np.ndarray]:
    return [update[0].get_value() for update in s.state_updates]


def test_compiled_functions_agree_with_perform() -> None:
    """Samples and all states, call after call, for every distribution in its dtypes."""
    x = T.matrix("x")
    chances = T.matrix("chances")

    def draws(s: Any) -> Iterator[Any]:
        for dtype in ("float16", "float32", "float64"):
            yield s.uniform((5, 3), dtype=dtype)
            yield s.uniform(x.shape, low=-1.5, high=x, dtype=dtype)
            yield s.normal((7,), avg=2.0, std=x.sum(), dtype=dtype)
            yield s.truncated_normal((50, 7), dtype=dtype)
        yield s.truncated_normal(x.shape, nstreams=2, ndim=2)
        yield s.normal(x.shape[0], nstreams=1)
        yield s.binomial(x.shape, p=x)
        yield s.binomial((1, 4), p=x[:1, :4], dtype="int8")
        yield s.uniform((2000,), nstreams=1)
        yield s.multinomial(n=3, pvals=chances, dtype="auto")
        yield s.choice(size=2, p=chances, replace=False, dtype="int32")

    values = np.linspace(0, 1, 20, dtype="float32").reshape(4, 5), PVALS[:9]
    by_mode = []
    for mode in (None, HOST):
        s = MRG_RandomStreams(77)
        f = theano.function([x, chances], list(draws(s)), mode=mode)
        by_mode.append([(f(*values), state_after(s)) for _ in range(2)])
    for (samples, ends), (expected, expected_ends) in zip(*by_mode, strict=True):
        for end, expected_end in zip(ends, expected_ends, strict=True):
            np.testing.assert_array_equal(end, expected_end)
        for k, (one, other) in enumerate(zip(samples, expected, strict=True)):
            assert one.dtype == other.dtype
            assert one.shape == other.shape
            eps = np.finfo(one.dtype).eps if one.dtype.kind == "f" else 0
            np.testing.assert_allclose(one, other, rtol=2 * eps, atol=2 * eps, err_msg=f"draw {k}")


CORNERS = [
    (1, ()),
    (1, (1,)),
    (7, (0,)),
    (7, (0, 3)),
    (7, (6,)),
    (7, (7,)),
    (7, (8,)),
    (7, (2, 7)),
    (3, (3 * compiled.MAX_TURNS,)),
    (3, (3 * compiled.MAX_TURNS + 1,)),
    (2, (2 * compiled.MAX_TURNS * 3 - 1,)),
]


@pytest.mark.parametrize(("n_streams", "shape"), CORNERS)
def test_sizes_and_numbers_of_streams(n_streams: int, shape: tuple[int, ...]) -> None:
    start = mrg31k3p.substreams(mrg31k3p.seed_state(5), n_streams)
    end, integers = mrg31k3p.draw(start, int(np.prod(shape, dtype=int)))
    u = mrg31k3p.to_uniform(integers, "float32").reshape(shape)
    size = np.array(shape, dtype="int64")
    check_op(lambda r: Uniform("float32", len(shape))(r, size), [start.T.copy()], [end.T, u])


def test_every_state_gives_the_integers_of_the_reference() -> None:
    """All residues, not only those that seeds lead to: extremes, and equal components."""
    edge = [[0, 0, 1, 129 * pow(2**15, -1, mrg31k3p.M2) % mrg31k3p.M2, 0, 0]]
    tops = [mrg31k3p.M1 - 1] * 3 + [mrg31k3p.M2 - 1] * 3
    for a, b in itertools.product((0, 1), repeat=2):
        edge.append([t if keep else 1 for t, keep in zip(tops, [a, 1, b] * 2, strict=True)])
    rng = np.random.default_rng(3)
    state = np.concatenate(
        [np.array(edge), rng.integers(0, np.array(tops) + 1, size=(500, 6))]
    ).astype("int32")
    n = 20 * len(state) - 3
    end, integers = mrg31k3p.draw(state, n)
    assert integers[0] == mrg31k3p.M1
    f = theano.function([r := T.imatrix()], Uniform("float64", 1)(r, np.array([n])))
    new, u = f(state.T)
    np.testing.assert_array_equal(new.T, end)
    # float64 holds the integers exactly.
    np.testing.assert_array_equal(u * 2.0**31, integers)


def test_a_size_given_at_run_time() -> None:
    n = T.lscalar("n")
    s = MRG_RandomStreams(3)
    f = theano.function([n], s.uniform((n, 2), nstreams=4))
    got = [f(k) for k in (3, 0, 5)]
    numbers = mrg31k3p.substreams(mrg31k3p.seed_state(3), 4)
    for k, value in zip((3, 0, 5), got, strict=True):
        numbers, integers = mrg31k3p.draw(numbers, 2 * k)
        np.testing.assert_array_equal(value, mrg31k3p.to_uniform(integers, "float32").reshape(k, 2))


def test_types() -> None:
    s = MRG_RandomStreams()
    x, d = T.fmatrix(), T.dvector()
    assert s.uniform((3, 1)).type == T.TensorType("float32", (False, True))
    assert s.uniform(x.shape).type == T.fmatrix
    assert s.uniform(()).type == T.fscalar
    assert s.uniform((2,), low=np.float64(0)).dtype == "float64"
    assert s.uniform((2,), low=d).dtype == "float64"
    assert s.uniform((2,), high=3).dtype == "float32"
    assert s.binomial((3, 1)).type == T.TensorType("int64", (False, True))
    assert s.binomial(x.shape, p=d[0], dtype="int8").type == T.bmatrix
    assert s.normal(4).type == s.normal([4]).type == s.normal(T.lscalar()).type == T.fvector
    assert s.normal((2,), dtype="float64").dtype == "float64"
    assert s.normal(T.lvector(), ndim=3).ndim == 3
    # -2 log(u) has a factor of type floatX.
    assert s.normal((2,), dtype="float16").dtype == "float32"
    assert s.multinomial(pvals=x).type == T.lmatrix
    assert s.multinomial(pvals=x, dtype="auto").type == T.fmatrix
    assert s.choice(p=x, replace=False, dtype="int32").type == T.imatrix
    assert s.choice(p=x, replace=False, dtype="auto").type == T.lmatrix
    for column in (s.multinomial(pvals=T.fcol()), s.choice(p=T.fcol(), replace=False)):
        assert column.broadcastable == (False, True)
    config.floatX = "float64"
    assert s.uniform((2,)).dtype == s.normal((2,)).dtype == "float64"


def test_each_call_draws_anew_and_no_default_updates_repeats() -> None:
    s = MRG_RandomStreams(11)
    u = s.uniform((4,))
    f = theano.function([], u)
    g = theano.function([], u, no_default_updates=True)
    h = theano.function([], u, no_default_updates=[u.rstate])
    first = f()
    repeated = g()
    assert not np.array_equal(first, repeated)
    np.testing.assert_array_equal(repeated, g())
    np.testing.assert_array_equal(repeated, h())
    np.testing.assert_array_equal(repeated, f())


def test_explicit_updates_equal_default_ones() -> None:
    s, same = MRG_RandomStreams(11), MRG_RandomStreams(11)
    u, v = s.uniform((4,)), same.uniform((4,))
    assert u.update == (u.rstate, s.updates()[0][1])
    f = theano.function([], u, updates=[u.update])
    g = theano.function([], v)
    for _ in range(3):
        np.testing.assert_array_equal(f(), g())


def test_two_functions_share_a_stream() -> None:
    s, same = MRG_RandomStreams(11), MRG_RandomStreams(11)
    u = s.uniform((4,))
    f, g = theano.function([], u), theano.function([], 2 * u)
    whole = theano.function([], same.uniform((4,)))
    np.testing.assert_array_equal(f(), whole())
    np.testing.assert_array_equal(g(), 2 * whole())
    np.testing.assert_array_equal(f(), whole())


def test_one_draw_used_twice_is_one_draw() -> None:
    u = MRG_RandomStreams(11).uniform((4,))
    v = MRG_RandomStreams(11).uniform((4,))
    one, other, difference, equal = theano.function([], [u, u + 1, u - u, v])()
    np.testing.assert_array_equal(other, one + 1)
    assert not difference.any()
    np.testing.assert_array_equal(equal, one)


def test_a_factor_is_not_merged_into_the_conversion() -> None:
    """The integers times (2**-31 times 5) would be rounded otherwise in almost half the cases."""
    u = MRG_RandomStreams(2).uniform((20000,), dtype="float32")
    v = MRG_RandomStreams(2).uniform((20000,), dtype="float32")
    five_times, plain = theano.function([], u * 5)(), theano.function([], v)()
    np.testing.assert_array_equal(five_times, plain * np.float32(5))


def test_dropout_masks_are_the_same_in_a_gradient() -> None:
    x, w = T.fmatrix(), theano.shared(np.ones((6, 2), "float32"))
    mask = MRG_RandomStreams(4).binomial(x.shape, p=0.5, dtype="float32")
    cost = T.dot(x * mask, w).sum()
    f = theano.function([x], [mask, *theano.grad(cost, [x, w])])
    got, g_x, g_w = f(np.ones((5, 6), "float32"))
    np.testing.assert_array_equal(g_x, 2 * got)
    np.testing.assert_array_equal(g_w, np.tile(got.sum(0)[:, None], 2))
    assert 0 < got.sum() < got.size


def test_seed() -> None:
    s = MRG_RandomStreams(31)
    u, v = s.uniform((4,), nstreams=3), s.normal((2, 3))
    f = theano.function([], [u, v])
    first = f()
    s.seed(8)
    other = f()
    s.seed()
    again = f()
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])
    made_with_8 = MRG_RandomStreams(8)
    g = theano.function([], [made_with_8.uniform((4,), nstreams=3), made_with_8.normal((2, 3))])
    for one, same in zip(other, g(), strict=True):
        np.testing.assert_array_equal(one, same)
    # What is made after seed() goes on behind the streams that it has set.
    np.testing.assert_array_equal(s.rstate, stream_after(31, 2))


def stream_after(seed: int, n_draws: int) -> np.ndarray:
    state = mrg31k3p.seed_state(seed)
    for _ in range(n_draws):
        state = mrg31k3p.next_stream(state)
    return state


def test_state_updates_tell_what_was_asked_for() -> None:
    s = MRG_RandomStreams()
    x = T.fmatrix()
    s.uniform((30, 2))
    s.binomial(x.shape, nstreams=5)
    s.normal((3,))
    s.truncated_normal((3,))
    sizes = [len(update[0].get_value()) for update in s.state_updates]
    assert sizes == [10, 5, 15360, 15360, 15360]
    assert [update[3] for update in s.updates()] == [None, 5, None, None, None]
    assert s.state_updates[0][2] == (30, 2)
    assert all(update[0].default_update is not None for update in s.state_updates)
    assert all(update[0].tag.is_rng for update in s.state_updates)
    assert s.updates() is not s.state_updates


def test_substreams_of_the_object() -> None:
    s = MRG_RandomStreams(6)
    start = s.rstate.copy()
    assert start.dtype == np.int32
    rows = s.get_substream_rstates(3, "float32", inc_rstate=False)
    np.testing.assert_array_equal(rows, mrg31k3p.substreams(start, 3))
    np.testing.assert_array_equal(s.rstate, start)
    s.get_substream_rstates(3, "float32")
    np.testing.assert_array_equal(s.rstate, mrg31k3p.next_stream(start))
    s.set_rstate(6)
    np.testing.assert_array_equal(s.rstate, start)
    assert s.n_streams((3, 4)) == 2
    assert s.n_streams(T.lvector()) == 15360


def test_states_are_rows_outside_and_columns_inside() -> None:
    s = MRG_RandomStreams(6)
    u = s.uniform((10,), nstreams=4)
    states = mrg31k3p.substreams(mrg31k3p.seed_state(6), 4)
    np.testing.assert_array_equal(u.rstate.get_value(), states)
    f = theano.function([], u)
    first = f()
    assert u.rstate.get_value(return_internal_type=True).shape == (6, 4)
    value = u.rstate.get_value()
    np.testing.assert_array_equal(value, mrg31k3p.draw(states, 10)[0])
    value[:] = 0
    assert u.rstate.get_value().all()
    u.rstate.set_value(states)
    np.testing.assert_array_equal(f(), first)
    for duplicate in (pickle.loads(pickle.dumps(u.rstate)), copy.deepcopy(u.rstate.container)):
        container = getattr(duplicate, "container", duplicate)
        np.testing.assert_array_equal(container.value, u.rstate.get_value())
    f()
    assert not np.array_equal(container.value, u.rstate.get_value())


def test_states_are_copied_from_one_program_to_another() -> None:
    """The way that the documentation of streams gives to go on with another graph's numbers."""
    made = [MRG_RandomStreams(6), MRG_RandomStreams(99)]
    f, g = (theano.function([], [s.uniform((4,)), s.normal((4,))]) for s in made)
    f()
    for old, new in zip(*[s.state_updates for s in made], strict=True):
        new[0].set_value(old[0].get_value())
    for one, other in zip(f(), g(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_bad_states() -> None:
    u = MRG_RandomStreams(6).uniform((4,))
    for bad in (np.zeros((6, 4), "int32"), np.zeros((0, 6), "int32")):
        with check_raises(ValueError, "(n_streams, 6)"):
            u.rstate.set_value(bad)
    with pytest.raises(TypeError):
        u.rstate.set_value(np.zeros((4, 6)))


def test_parameters_have_no_gradient() -> None:
    a, m = T.fscalar("a"), T.fmatrix("m")
    s = MRG_RandomStreams()
    samples = [
        s.uniform((3,), low=a),
        s.uniform((3,), high=a),
        s.binomial((3,), p=a, dtype="float32"),
        s.normal((3,), avg=a),
        s.normal((3,), std=a),
        s.truncated_normal((3,), avg=a),
        s.truncated_normal((3,), std=a),
        s.multinomial(pvals=m, dtype="float32"),
        s.choice(p=m, replace=False, dtype="float32"),
    ]
    for sample in samples:
        with pytest.raises(NullTypeGradError, match="no differentiable function of the parameters"):
            theano.grad(sample.sum(), m if sample.ndim == 2 else a)
    with pytest.raises(NullTypeGradError):
        theano.grad(s.multinomial(pvals=[[a, 1 - a]], dtype="float32")[0, 0], a)
    # The gradient with respect to what a sample is multiplied by is not affected.
    b = T.fscalar("b")
    g = theano.grad(b * samples[0].sum(), b)
    assert theano.function([a, b], g, on_unused_input="ignore")(0.5, 2.0) > 0


def test_sizes_that_cannot_be() -> None:
    state = mrg31k3p.substreams(mrg31k3p.seed_state(5), 2).T.copy()
    for size in ([-1], [2**31], [2**20, 2**20, 2**40]):
        check_op_raises(
            lambda r, size=size: Uniform("float32", len(size))(r, np.array(size)),
            [state],
            ValueError,
            "at most 2**31 - 1 numbers",
        )


def test_multinomial_and_choice_check_their_uniform_numbers() -> None:
    u = np.full(5, 0.5, "float32")
    check_op_raises(
        lambda p, u: Choice("int64")(p, u, 2), [PVALS5[:2], u], ValueError, "number of uniform"
    )
    check_op_raises(
        lambda p, u: Choice("int64")(p, u, 6), [PVALS5[:2], u], ValueError, "size at most 5"
    )


def test_multinomial_and_choice_by_rows() -> None:
    rng = np.random.default_rng(9)
    for dtype in ("float32", "float64"):
        p = rng.dirichlet(np.ones(9), size=30).astype(dtype)
        u = rng.uniform(size=300).astype("float32")
        check_op(lambda p, u: Multinomial("int64")(p, u, 10), [p, u], atol=0)
        got = check_op(lambda p, u: Choice("int64")(p, u[:270], 9), [p, u], atol=0)
        assert all(len(set(row[row >= 0])) == (row >= 0).sum() for row in got[0])
    nothing = [np.zeros((0, 3)), np.zeros(0, "float32")]
    check_op(lambda p, u: Multinomial("int64")(p, u, 2), nothing)
    check_op(lambda p, u: Choice("int64")(p, u, 2), nothing)
    check_op(lambda p, u: Multinomial("int64")(p, u, 1), [[[0, 1], [1, 0]], [0.5, 0.5]])


def test_rows_by_the_earlier_names() -> None:
    p, u = np.array([[0.25, 0.75], [0.5, 0.5]], "float32"), np.array([0.2, 0.7, 0.3, 0.6])
    counts, places = sandbox_multinomial.MultinomialFromUniform, Choice
    assert sandbox_multinomial.ChoiceFromUniform is places
    check_value(lambda p, u: counts("auto")(p, u, 2), [p, u], np.float32([[1, 1], [0, 2]]))
    check_value(lambda p, u: counts("int8")(p, u[:2]), [p, u], np.int8([[1, 0], [0, 1]]))
    check_op(lambda p, u: places("auto", replace=True)(p, u, 2), [p, u], [[[0, 1], [1, 1]]])
    check_op(lambda p, u: places(odtype="auto")(p, u, 2), [p, u], [[[0, 1], [1, 0]]])
    with check_raises(NotImplementedError, "a matrix of chances"):
        counts("auto")(u, u)


def test_integer_chances_choose() -> None:
    p = np.eye(3, dtype="int64")
    u = np.full(3, 0.5, "float32")
    check_op(lambda p, u: Choice("int64")(p, u, 1), [p, u], expected=[np.arange(3)[:, None]])


@pytest.mark.parametrize("kind", ["none", "all", "some", "empty"])
def test_repair(kind: str) -> None:
    """Draws of which no sample, every sample, some or nothing has to be mended."""
    u = {
        "none": np.linspace(0.2, 0.9, 10),
        # Radii above 2 at angles where both cosine and sine are large: 45 degrees.
        "all": np.array([1e-6, 1e-5, 1e-6, 0.125, 0.375, 0.625]),
        "some": np.random.default_rng(5).uniform(size=400),
        "empty": np.zeros(0),
    }[kind]
    start = mrg31k3p.substreams(mrg31k3p.seed_state(5), 3).T.copy()
    for dtype in ("float16", "float32", "float64"):
        _, _, n_rejected = check_op(
            Repair(), [np.maximum(u.astype(dtype), np.finfo(dtype).tiny), start]
        )
        if kind != "some":
            assert n_rejected == {"none": 0, "all": 6, "empty": 0}[kind]


def test_truncated_normal_is_bounded() -> None:
    x = theano.function([], MRG_RandomStreams(1).truncated_normal((500, 100), avg=3.0, std=2.0))()
    assert np.abs(x - 3).max() <= 2 * 2 / distributions.TRUNCATED_STD
    assert abs(x.mean() - 3) < 0.03
    assert abs(x.std() - 2) < 0.03


SEED_ERRORS = [
    (0, ValueError),
    (mrg31k3p.M2, ValueError),
    ([0, 0, 0, 1, 1, 1], ValueError),
    ([1, 1, 1, 0, 0, 0], ValueError),
    ([mrg31k3p.M1, 1, 1, 1, 1, 1], ValueError),
    ([1, 1, 1, mrg31k3p.M2, 1, 1], ValueError),
    (None, TypeError),
    (1.5, TypeError),
    ([1, 2, 3], TypeError),
]


@pytest.mark.parametrize(("seed", "error"), SEED_ERRORS, ids=repr)
def test_bad_seeds(seed: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="seed"):
        MRG_RandomStreams(seed)
    if seed is not None:
        with pytest.raises(error, match="seed"):
            MRG_RandomStreams(1).seed(seed)


M = T.fmatrix()
V = T.lvector()
S = MRG_RandomStreams()
ERRORS: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    ("size list", lambda: S.uniform([3, 4]), TypeError, "a tuple of lengths"),
    ("size int", lambda: S.uniform(3), TypeError, "a tuple of lengths"),
    ("size none", lambda: S.binomial(), TypeError, "a tuple of lengths"),
    ("size scalar", lambda: S.uniform(T.lscalar()), TypeError, "a tuple of lengths"),
    ("size matrix", lambda: S.uniform(T.lmatrix()), TypeError, "a tuple of lengths"),
    ("size of floats", lambda: S.uniform((3.0,)), TypeError, "integers or integer scalars"),
    ("size float vector", lambda: S.uniform(T.fvector(), ndim=1), TypeError, "integer"),
    ("size zero", lambda: S.uniform((3, 0)), ValueError, "at least 1"),
    ("size negative", lambda: S.binomial((-3,)), ValueError, "at least 1"),
    ("size unknown", lambda: S.uniform(V), ValueError, "ndim=2"),
    ("size against ndim", lambda: S.uniform((3, 4), ndim=1), ValueError, "1 lengths"),
    ("bounds larger", lambda: S.uniform((3,), low=M), NotImplementedError, "size of the bounds"),
    ("argument", lambda: S.uniform((3,), lo=1), TypeError, "does not know.*\n.*lo"),
    ("dtype", lambda: S.uniform((3,), dtype="int32"), TypeError, "cast the result"),
    ("streams", lambda: S.uniform((3,), nstreams=0), AssertionError, "at least 1"),
    ("streams float", lambda: S.uniform((3,), nstreams=2.0), TypeError, "an integer"),
    ("trials", lambda: S.binomial((3,), n=2), NotImplementedError, "n=1"),
    ("binomial argument", lambda: S.binomial((3,), q=1), TypeError, "q"),
    ("normal float", lambda: S.normal((3.0,)), ValueError, "no shape"),
    ("normal zero", lambda: S.normal(0), ValueError, "at least 1"),
    ("normal matrix", lambda: S.normal(T.lmatrix()), ValueError, "no shape"),
    ("normal str", lambda: S.normal("3"), ValueError, "no shape"),
    ("normal none", lambda: S.normal(None), ValueError, "no shape"),
    ("normal unknown", lambda: S.normal(V), ValueError, "ndim=2"),
    ("normal argument", lambda: S.truncated_normal((3,), loc=1), TypeError, "loc"),
    ("pvals missing", lambda: S.multinomial(), TypeError, "pvals"),
    ("pvals size", lambda: S.multinomial((3,), pvals=M), ValueError, "size"),
    ("pvals ndim", lambda: S.multinomial(pvals=M, ndim=2), ValueError, "ndim"),
    ("pvals vector", lambda: S.multinomial(pvals=T.fvector()), NotImplementedError, "a matrix"),
    ("replace", lambda: S.choice(p=M), NotImplementedError, "replace=False"),
    ("replace first", lambda: S.choice(a=3), NotImplementedError, "replace=False"),
    ("choice a", lambda: S.choice(a=3, p=M, replace=False), TypeError, "index it"),
    ("choice p", lambda: S.choice(replace=False), TypeError, "p, a matrix"),
    ("choice ndim", lambda: S.choice(p=M, ndim=2, replace=False), ValueError, "ndim"),
    ("choice p 1-d", lambda: S.choice(p=V, replace=False), NotImplementedError, "a matrix"),
]


@pytest.mark.parametrize(
    ("call", "error", "text"), [e[1:] for e in ERRORS], ids=[e[0] for e in ERRORS]
)
def test_errors(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_target_is_accepted_and_a_failed_draw_leaves_the_stream() -> None:
    s = MRG_RandomStreams(5)
    before = s.rstate.copy()
    with pytest.raises(NotImplementedError):
        s.binomial((3,), n=2)
    with pytest.raises(ValueError, match="ndim"):
        s.uniform(V)
    np.testing.assert_array_equal(s.rstate, before)
    s.uniform((3,), target="gpu0")
    assert len(s.state_updates) == 1


def test_the_import_path_of_old_programs() -> None:
    from theano.sandbox.rng_mrg import MRG_RandomStreams as Old  # noqa: PLC0415  what is tested

    assert Old is MRG_RandomStreams


def test_numbers_of_states_that_the_user_holds() -> None:
    states = mrg31k3p.substreams(mrg31k3p.seed_state(12345), 3)
    rows = theano.shared(states)
    new, numbers = Uniform.new(rows, None, "float32", (4,))
    f = theano.function([], numbers, updates=[(rows, new)])
    for _ in range(2):
        states, integers = mrg31k3p.draw(states, 4)
        np.testing.assert_array_equal(f(), mrg31k3p.to_uniform(integers, "float32"))
        np.testing.assert_array_equal(rows.get_value(), states)
    assert Uniform.new(rows, 2, "float32", T.lvector())[1].ndim == 2
    with check_raises(ValueError, "ndim=2"):
        Uniform.new(rows, None, "float32", T.lvector())


def test_normal_numbers_are_of_the_dtype_that_is_asked_for() -> None:
    for dtype in ("float32", "float64"):
        for draw in (MRG_RandomStreams(5).normal, MRG_RandomStreams(5).truncated_normal):
            assert draw((4,), dtype=dtype).type.dtype == dtype


def test_draws_have_test_values():
    """Those of states have one column for each stream, as nodes are given them."""
    with theano.change_flags(compute_test_value="raise"):
        u = MRG_RandomStreams(1).uniform((30, 2))
        chosen = MRG_RandomStreams(1).choice(size=2, p=T.constant([[0.2, 0.5, 0.3]]), replace=False)
    np.testing.assert_array_equal(u.tag.test_value, theano.function([], u, mode=HOST)())
    assert chosen.tag.test_value.shape == (1, 2)
