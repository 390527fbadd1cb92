"""The generator and its distributions against recorded draws and against direct stepping.

``data/mrg.npz`` and ``data/mrg_extra.npz`` hold what Theano 1.0.5 (compiled C code, floatX float32)
drew. Keys are ``[<seed>.]<draw>.<shape>.<dtype>.call<k>``, for k-th calls of one function; arrays
over 4096 values are kept as ``.head`` (the first 64), ``.sum`` (in float64) and ``.sha256``.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from theano.random import distributions
from theano.random import mrg31k3p as mrg

DATA = Path(__file__).parents[1] / "data"
RECORDED = dict(np.load(DATA / "mrg.npz"))
EXTRA = dict(np.load(DATA / "mrg_extra.npz"))

SEEDS: dict[str, Any] = {
    "12345": 12345,
    "42": 42,
    "six": [12345, 23456, 34567, 45678, 56789, 67890],
}
PVALS3 = np.array([[0.1, 0.2, 0.7], [0.25, 0.25, 0.5], [1, 0, 0], [0.3, 0.3, 0.4]], "float32")
PVALS5 = np.tile(np.array([[0.05, 0.1, 0.15, 0.2, 0.5]], "float32"), (64, 1))
# In these recordings floatX is float32, so that Python numbers are float32 before any other dtype.
FLOATX = np.float32

Draw = Callable[[], np.ndarray]
Shape = tuple[int, ...]


class Streams:
    """Hands out sub-streams as ``MRG_RandomStreams`` does: one jump of 2**134 after each draw."""

    def __init__(self, seed: Any) -> None:
        self.state = mrg.seed_state(seed)

    def take(self, n_streams: int) -> Callable[[int, Any], np.ndarray]:
        states = mrg.substreams(self.state, n_streams)
        self.state = mrg.next_stream(self.state)

        def uniforms(n: int, dtype: Any) -> np.ndarray:
            nonlocal states
            states, integers = mrg.draw(states, n)
            return mrg.to_uniform(integers, dtype)

        return uniforms


def size_of(shape: Shape) -> int:
    return int(np.prod(shape, dtype=int))


def uniform(
    streams: Streams,
    shape: Shape,
    dtype: str,
    *,
    low: float = 0.0,
    high: float = 1.0,
    n_streams: int | None = None,
) -> Draw:
    uniforms = streams.take(n_streams or mrg.guess_n_streams(shape))

    def call() -> np.ndarray:
        u = uniforms(size_of(shape), dtype).reshape(shape)
        return distributions.uniform(u, FLOATX(low), FLOATX(high))

    return call


def binomial(
    streams: Streams, shape: Shape, dtype: str, *, p: Any, n_streams: int | None = None
) -> Draw:
    uniforms = streams.take(n_streams or mrg.guess_n_streams(shape))
    return lambda: distributions.binomial(uniforms(size_of(shape), FLOATX).reshape(shape), p, dtype)


def normal(
    streams: Streams,
    shape: Shape,
    dtype: str,
    *,
    avg: float = 0.0,
    std: float = 1.0,
    n_streams: int = mrg.MAX_STREAMS,
) -> Draw:
    uniforms = streams.take(n_streams)
    n = distributions.n_normal_uniforms(size_of(shape))
    return lambda: distributions.normal(uniforms(n, dtype), shape, FLOATX(avg), FLOATX(std))


def truncated_normal(
    streams: Streams, shape: Shape, dtype: str, *, avg: float = 0.0, std: float = 1.0
) -> Draw:
    first, again = streams.take(mrg.MAX_STREAMS), streams.take(mrg.MAX_STREAMS)
    n = distributions.n_normal_uniforms(size_of(shape))

    def call() -> np.ndarray:
        u = first(n, dtype)
        u_again = again(distributions.n_rejected(u), dtype)
        return distributions.truncated_normal(u, u_again, shape, avg, std, std_dtype=FLOATX)

    return call


def multinomial(
    streams: Streams, shape: Shape, dtype: str, *, n: int, pvals: np.ndarray | None = None
) -> Draw:
    p = {(4, 3): PVALS3, (64, 5): PVALS5}[shape] if pvals is None else pvals
    uniforms = streams.take(mrg.MAX_STREAMS)
    return lambda: distributions.multinomial(uniforms(len(p) * n, FLOATX), p, n, dtype)


def choice(
    streams: Streams, shape: Shape, dtype: str, *, size: int, p: np.ndarray = PVALS5
) -> Draw:
    uniforms = streams.take(mrg.MAX_STREAMS)
    return lambda: distributions.choice(uniforms(len(p) * size, FLOATX), p, size, dtype)


RECIPES: dict[str, tuple[Callable[..., Draw], dict[str, Any]]] = {
    "uniform": (uniform, {}),
    "uniform_low-2_high3": (uniform, {"low": -2.0, "high": 3.0}),
    "uniform_symbolic": (uniform, {"n_streams": mrg.MAX_STREAMS}),
    "uniform_nstreams7": (uniform, {"n_streams": 7}),
    "binomial_p.5": (binomial, {"p": 0.5}),
    "binomial_p.8": (binomial, {"p": 0.8}),
    "binomial_symbolic_p.5": (binomial, {"p": 0.5, "n_streams": mrg.MAX_STREAMS}),
    "normal": (normal, {}),
    "normal_avg1.5_std.25": (normal, {"avg": 1.5, "std": 0.25}),
    "truncated_normal": (truncated_normal, {}),
    "multinomial_n1": (multinomial, {"n": 1}),
    "multinomial_n10": (multinomial, {"n": 10}),
    "choice_noreplace_size2": (choice, {"size": 2}),
    "multinomial_wo_replacement_n2": (choice, {"size": 2}),
}
EXTRA_RECIPES: dict[str, tuple[Callable[..., Draw], dict[str, Any]]] = {
    "uniform": (uniform, {}),
    "uniform_low-2_high3": (uniform, {"low": -2.0, "high": 3.0}),
    "uniform_low-.3_high.7": (uniform, {"low": -0.3, "high": 0.7}),
    "normal": (normal, {}),
    "normal_nstreams3": (normal, {"n_streams": 3}),
    "truncated_normal_avg1_std2": (truncated_normal, {"avg": 1.0, "std": 2.0}),
    "choice_size7": (choice, {"size": 7, "p": EXTRA["pvals"]}),
    "choice_size6_double": (choice, {"size": 6, "p": EXTRA["pvals"].astype("float64")}),
    "choice_size1": (choice, {"size": 1, "p": EXTRA["pvals"]}),
    "multinomial_n20": (multinomial, {"n": 20, "pvals": EXTRA["pvals"]}),
    "multinomial_n30_low": (multinomial, {"n": 30, "pvals": EXTRA["pvals_low"]}),
    "binomial_vector": (binomial, {"p": np.array([0.2, 0.5, 0.9])}),
}
MIX: dict[str, tuple[Callable[..., Draw], Shape, dict[str, Any]]] = {
    "a_uniform": (uniform, (3, 4), {}),
    "b_binomial": (binomial, (3, 4), {"p": FLOATX(0.3)}),
    "c_normal": (normal, (3, 4), {}),
    "d_uniform": (uniform, (20000,), {}),
}

KEY = re.compile(r"(.+)\.(0d|\d+(?:x\d+)*)\.(float16|float32|float64|int64)\.call(\d)(\..+)?")


def groups(recorded: dict[str, np.ndarray]) -> list[tuple[str, str, str]]:
    """Every (draw, shape, dtype) of a file whose keys have that form, in order."""
    matches = (KEY.fullmatch(key) for key in recorded)
    return list(dict.fromkeys((m[1], m[2], m[3]) for m in matches if m))


def parse(shape: str) -> Shape:
    return () if shape == "0d" else tuple(int(length) for length in shape.split("x"))


def check_recorded(
    recorded: dict[str, np.ndarray], key: str, value: np.ndarray, *, exact: bool
) -> None:
    """Compare one call with what is recorded of it; ``exact=False`` allows for another libm."""
    if key in recorded:
        compare(value, recorded[key], exact=exact)
        return
    head = recorded[key + ".head"]
    compare(value.ravel()[: head.size], head, exact=exact)
    if exact:
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        assert digest == str(recorded[key + ".sha256"])
    # A sample that came out differently, not merely rounded otherwise, moves the sum further.
    tolerance = value.size * np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0
    assert abs(value.sum(dtype="float64") - recorded[key + ".sum"]) <= tolerance


def compare(value: np.ndarray, expected: np.ndarray, *, exact: bool) -> None:
    assert value.dtype == expected.dtype
    assert value.shape == expected.shape
    if exact:
        np.testing.assert_array_equal(value, expected)
    else:
        tolerance = 2 * np.finfo(value.dtype).eps
        np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance)


def is_exact(draw: str) -> bool:
    return "normal" not in draw


@pytest.mark.parametrize(("name", "shape", "dtype"), groups(RECORDED))
def test_recorded_draws(name: str, shape: str, dtype: str) -> None:
    seed, draw_name = name.split(".", 1)
    recipe, parameters = RECIPES[draw_name]
    draw = recipe(Streams(SEEDS[seed]), parse(shape), dtype, **parameters)
    for call in range(3):
        key = f"{name}.{shape}.{dtype}.call{call}"
        check_recorded(RECORDED, key, draw(), exact=is_exact(draw_name))


@pytest.mark.parametrize(("name", "shape", "dtype"), groups(EXTRA))
def test_recorded_corners(name: str, shape: str, dtype: str) -> None:
    recipe, parameters = EXTRA_RECIPES[name]
    draw = recipe(Streams(12345), parse(shape), dtype, **parameters)
    # Products and sums in float64 are rounded twice here and once there.
    exact = is_exact(name) and name != "uniform_low-.3_high.7"
    for call in range(2):
        check_recorded(EXTRA, f"{name}.{shape}.{dtype}.call{call}", draw(), exact=exact)


@pytest.mark.parametrize("seed", SEEDS)
def test_recorded_draws_that_share_a_stream(seed: str) -> None:
    for label, source, calls in (("mix", SEEDS[seed], 3), ("mix_after_seed99", 99, 2)):
        streams = Streams(source)
        draws = {}
        for name, (recipe, shape, parameters) in MIX.items():
            if label == "mix":
                rows = RECORDED[f"{seed}.mix.{name}.state0"]
                np.testing.assert_array_equal(mrg.substreams(streams.state, len(rows)), rows)
            draws[name] = recipe(streams, shape, "float32", **parameters)
        for call, (name, draw) in itertools.product(range(calls), draws.items()):
            key = f"{seed}.{label}.{name}.call{call}"
            check_recorded(RECORDED, key, draw(), exact=is_exact(name))
        if label == "mix":
            final = RECORDED[f"{seed}.mix.rstate_after_4_draws"]
            np.testing.assert_array_equal(streams.state, final)


def test_every_recorded_key_is_checked() -> None:
    of_mix = re.compile(r"(12345|42|six)\.(seed|mix(_after_seed99)?\..+)")
    left = [key for key in RECORDED if not (KEY.fullmatch(key) or of_mix.fullmatch(key))]
    assert left == []
    assert len(groups(RECORDED)) == 3 * 37
    for name, seed in SEEDS.items():
        np.testing.assert_array_equal(np.ravel(seed), RECORDED[f"{name}.seed"])


def stepped(state: np.ndarray, n: int) -> Iterator[tuple[list[int], int]]:
    """State and number after each of n steps, straight from the recurrences in Python integers."""
    x, y = [int(v) for v in state[:3]], [int(v) for v in state[3:]]
    for _ in range(n):
        x = [(2**22 * x[1] + (2**7 + 1) * x[2]) % mrg.M1, x[0], x[1]]
        y = [(2**15 * y[0] + (2**15 + 1) * y[2]) % mrg.M2, y[0], y[1]]
        yield x + y, (x[0] - y[0]) % mrg.M1 or mrg.M1


def half(modulus: int) -> st.SearchStrategy[list[int]]:
    values = st.one_of(st.integers(0, modulus - 1), st.sampled_from([0, 1, modulus - 1]))
    return st.lists(values, min_size=3, max_size=3).filter(any)


states = st.builds(lambda x, y: np.array(x + y, dtype=np.int32), half(mrg.M1), half(mrg.M2))


@given(states, st.integers(1, 9), st.integers(0, 60))
def test_draw_takes_one_number_from_each_stream_in_turn(
    state: np.ndarray, n_streams: int, n: int
) -> None:
    start = mrg.substreams(state, n_streams)
    before = start.copy()
    end, integers = mrg.draw(start, n)
    np.testing.assert_array_equal(start, before)
    assert integers.dtype == end.dtype == np.int32
    assert integers.shape == (n,)
    for stream in range(n_streams):
        mine = integers[stream::n_streams]
        steps = list(stepped(start[stream], len(mine)))
        assert mine.tolist() == [number for _, number in steps]
        assert end[stream].tolist() == (steps[-1][0] if steps else start[stream].tolist())


@given(states, st.integers(1, 9), st.integers(0, 8), st.integers(0, 60))
def test_drawing_whole_turns_first_changes_nothing(
    state: np.ndarray, n_streams: int, turns: int, rest: int
) -> None:
    start = mrg.substreams(state, n_streams)
    middle, first = mrg.draw(start, turns * n_streams)
    end, second = mrg.draw(middle, rest)
    end_at_once, at_once = mrg.draw(start, turns * n_streams + rest)
    np.testing.assert_array_equal(np.concatenate([first, second]), at_once)
    np.testing.assert_array_equal(end, end_at_once)


def test_draws_longer_than_a_block_continue_the_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    start = mrg.substreams(mrg.seed_state(7), 5)
    whole = mrg.draw(start, 1003)
    monkeypatch.setattr(mrg, "BLOCK_ELEMENTS", 64)
    in_blocks = mrg.draw(start, 1003)
    np.testing.assert_array_equal(whole[1], in_blocks[1])
    np.testing.assert_array_equal(whole[0], in_blocks[0])


def test_step_advances_every_stream_once() -> None:
    start = mrg.substreams(mrg.seed_state(7), 5)
    end, integers = mrg.step(start)
    for row, new_row, number in zip(start, end, integers, strict=True):
        assert list(stepped(row, 1)) == [(new_row.tolist(), number)]


def test_equal_components_give_the_largest_number_not_zero() -> None:
    newest_y = 129 * pow(2**15, -1, mrg.M2) % mrg.M2
    start = np.array([[0, 0, 1, newest_y, 0, 0]], dtype=np.int32)
    end, integers = mrg.draw(start, 1)
    assert end[0, 0] == end[0, 3] == 129
    assert integers.tolist() == [mrg.M1]


@pytest.mark.parametrize("log2_steps", range(9))
@pytest.mark.parametrize("seed", SEEDS)
def test_jumps_agree_with_stepping(seed: str, log2_steps: int) -> None:
    state = mrg.seed_state(SEEDS[seed])
    *_, (expected, _) = stepped(state, 2**log2_steps)
    for component, modulus in enumerate((mrg.M1, mrg.M2)):
        part = slice(3 * component, 3 * component + 3)
        matrix = mrg.transition_power(component, log2_steps).astype(object)
        jumped = matrix @ state[part].astype(object) % modulus
        assert jumped.tolist() == expected[part]


@pytest.mark.parametrize(("component", "modulus"), [(0, mrg.M1), (1, mrg.M2)])
def test_stream_jump_is_2_to_the_62_substream_jumps(component: int, modulus: int) -> None:
    power = mrg.transition_power(component, 72).astype(object)
    for _ in range(134 - 72):
        power = power @ power % modulus
    np.testing.assert_array_equal(power, mrg.transition_power(component, 134).astype(object))


@given(states, st.integers(1, 40))
@settings(deadline=None)
def test_substreams_are_repeated_jumps(state: np.ndarray, n: int) -> None:
    rows = mrg.substreams(state, n)
    assert rows.shape == (n, 6)
    assert rows.dtype == np.int32
    np.testing.assert_array_equal(rows[0], state)
    for previous, row in itertools.pairwise(rows):
        np.testing.assert_array_equal(mrg.substreams(previous, 2)[1], row)


def test_substreams_need_a_positive_count() -> None:
    with pytest.raises(ValueError, match=r"at least 1\n.*got: +0"):
        mrg.substreams(mrg.seed_state(1), 0)


@pytest.mark.parametrize(
    "seed", [1, True, np.int64(1), [1] * 6, (1,) * 6, np.ones(6, int)], ids=repr
)
def test_seed_fills_the_state(seed: Any) -> None:
    state = mrg.seed_state(seed)
    assert state.dtype == np.int32
    assert state.tolist() == [1] * 6


@pytest.mark.parametrize(
    "seed", [mrg.M2 - 1, [mrg.M1 - 1, 0, 0, 0, 0, mrg.M2 - 1], [0, 0, 1, 1, 0, 0]], ids=repr
)
def test_seed_at_the_ends_of_its_range(seed: Any) -> None:
    expected = [seed] * 6 if isinstance(seed, int) else seed
    assert mrg.seed_state(seed).tolist() == expected


@pytest.mark.parametrize("seed", [0, -1, mrg.M2, mrg.M1, 2**40], ids=repr)
def test_integer_seed_out_of_range(seed: int) -> None:
    with pytest.raises(ValueError, match=rf"0 < seed < M2 = {mrg.M2}\n.*got: +{seed}\n"):
        mrg.seed_state(seed)


@pytest.mark.parametrize(
    ("seed", "which", "modulus"),
    [
        ([0, 0, 0, 1, 1, 1], "first", mrg.M1),
        ([1, 1, 1, 0, 0, 0], "last", mrg.M2),
        ([1, mrg.M1, 1, 1, 1, 1], "first", mrg.M1),
        ([1, 1, 1, 1, mrg.M2, 1], "last", mrg.M2),
        ([-1, 1, 1, 1, 1, 1], "first", mrg.M1),
        ([1, 1, 1, 1, 1, -1], "last", mrg.M2),
    ],
)
def test_six_seeds_out_of_range(seed: list[int], which: str, modulus: int) -> None:
    with pytest.raises(
        ValueError, match=rf"the {which} 3 values .* less than {modulus}, not all 0"
    ):
        mrg.seed_state(seed)


@pytest.mark.parametrize(
    "seed",
    [None, 1.5, "abc", "abcdef", [1, 2, 3], [1.5, 1, 1, 1, 1, 1], np.ones((6, 2), int)],
    ids=repr,
)
def test_seed_of_the_wrong_type(seed: Any) -> None:
    with pytest.raises(TypeError, match="1 integer or 6 integers"):
        mrg.seed_state(seed)


# As Theano 1.0.5 guesses.
@pytest.mark.parametrize(
    ("size", "n_streams"),
    [
        ((), 1),
        ((1,), 1),
        ((6,), 6),
        ((7,), 1),
        ((13,), 2),
        ((3, 4), 2),
        ([2, 3, 4], 4),
        ((92159,), 15359),
        ((92160,), 15360),
        ((300, 400), 15360),
        ((0, 3), 0),
        ((True, 5), 5),
        ((np.int64(5), 4), 15360),
        (5, 15360),
        (np.array([3, 4]), 15360),
        ((object, 3), 15360),
    ],
    ids=repr,
)
def test_guess_of_the_number_of_streams(size: Any, n_streams: int) -> None:
    assert mrg.guess_n_streams(size) == n_streams


def test_guess_warns_only_when_asked_and_at_a_loss() -> None:
    assert mrg.guess_n_streams((3, 4), warn=True) == 2
    with pytest.warns(UserWarning, match="15360"):
        mrg.guess_n_streams(object(), warn=True)


@pytest.mark.parametrize(
    "state",
    [
        np.ones((3, 6), "int64"),
        np.ones(6, "int32"),
        np.ones((3, 5), "int32"),
        np.ones((0, 6), "int32"),
    ],
    ids=lambda state: f"{state.dtype}{state.shape}",
)
def test_draw_from_no_state(state: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"int32 array of shape \(n_streams, 6\)"):
        mrg.draw(state, 3)


@pytest.mark.parametrize("n", [-1, mrg.M1 + 1])
def test_draw_of_an_impossible_count(n: int) -> None:
    with pytest.raises(ValueError, match=rf"between 0 and 2\*\*31 - 1.*\n.*got: +{n}"):
        mrg.draw(mrg.substreams(mrg.seed_state(1), 2), n)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_uniform_numbers_stay_strictly_between_0_and_1(dtype: str) -> None:
    ends = mrg.to_uniform(np.array([1, 0x7FFF, 0x8000, mrg.M1], dtype=np.int32), dtype)
    assert ends.dtype == dtype
    assert (ends > 0).all()
    assert (ends < 1).all()


def test_uniform_numbers_of_another_type() -> None:
    with pytest.raises(TypeError, match=r"float16, float32 or float64\n.*got: +int64"):
        mrg.to_uniform(np.ones(3, dtype=np.int32), "int64")


def test_truncated_normal_data_has_rejections() -> None:
    u = Streams(12345).take(mrg.MAX_STREAMS)(distributions.n_normal_uniforms(41 * 49), "float32")
    assert distributions.n_rejected(u) > 50


def test_truncated_samples_stay_within_two_standard_deviations_of_the_uncut_normal() -> None:
    samples = truncated_normal(Streams(3), (9999,), "float64", std=distributions.TRUNCATED_STD)()
    assert 1.9 < np.abs(samples).max() <= 2.000001


def test_truncated_std_is_that_of_the_cut_normal() -> None:
    expected = scipy.stats.truncnorm.std(-2, 2)
    np.testing.assert_allclose(distributions.TRUNCATED_STD, expected, rtol=1e-12)


def test_choice_never_repeats_and_follows_the_chances() -> None:
    p = np.tile(np.array([[0.1, 0.6, 0.3, 0.0]]), (4000, 1))
    picks = choice(Streams(3), (), "int64", size=3, p=p)()
    assert (np.sort(picks, axis=1) == [0, 1, 2]).all()
    first = np.bincount(picks[:, 0], minlength=4) / len(p)
    np.testing.assert_allclose(first, p[0], atol=0.03)
    # Given 1 first, 0 and 2 are left with chances 1/4 and 3/4.
    second = picks[picks[:, 0] == 1, 1]
    assert (second == 0).mean() == pytest.approx(0.25, abs=0.03)


def test_choice_where_nothing_is_left_to_choose_is_minus_one() -> None:
    u = np.array([0.5, 0.5], dtype=np.float32)
    np.testing.assert_array_equal(distributions.choice(u, [[0.2, 0.1]], 2), [[-1, -1]])
    np.testing.assert_array_equal(distributions.choice(u, [[1, 0]], 2), [[0, -1]])


def test_multinomial_of_no_trials_counts_nothing() -> None:
    counts = distributions.multinomial(np.zeros(0, dtype=np.float32), PVALS3, 0)
    np.testing.assert_array_equal(counts, np.zeros((4, 3)))


def test_choice_of_too_many() -> None:
    with pytest.raises(ValueError, match=r"size at most 2.*\n.*got: +size 3"):
        distributions.choice(np.full(3, 0.5), [[0.5, 0.5]], 3)


@pytest.mark.parametrize(
    "sample",
    [
        lambda u: distributions.normal(u, (2, 2)),
        lambda u: distributions.truncated_normal(u, u, (2, 2)),
        lambda u: distributions.truncated_normal(u[:2], u, (2,)),
        lambda u: distributions.multinomial(u, [[0.5, 0.5]], 2),
        lambda u: distributions.choice(u, [[0.5, 0.5]], 2),
    ],
)
def test_wrong_number_of_uniform_numbers(sample: Callable[[np.ndarray], np.ndarray]) -> None:
    with pytest.raises(
        ValueError, match=r"wrong number of uniform numbers(.|\n)*got: +shape \(3,\)"
    ):
        sample(np.full(3, 0.5))
