"""Comparisons of uniform numbers with a bound, against the numbers themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.checks import check_op

import theano
from theano import tensor as T
from theano.random import masks, mrg31k3p
from theano.random.masks import Below
from theano.random.mrg import MRG_RandomStreams
from theano.random.ops import Uniform

START = mrg31k3p.substreams(mrg31k3p.seed_state(12345), 100)


def ops_of(function: Any) -> list[type]:
    return [type(node.op) for node in function.maker.fgraph.toposort()]


@pytest.mark.parametrize("dtype", masks.ORDERED)
@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 0.999, 1.0])
def test_bound(p: float, dtype: str) -> None:
    """The integer bound splits the integers exactly where the uniform numbers are split."""
    bound = masks.least_integer(p, dtype)
    near = np.clip(np.arange(bound - 40000, bound + 40000), 1, mrg31k3p.M1)
    below = mrg31k3p.to_uniform(near, dtype) < np.asarray(p, dtype)
    np.testing.assert_array_equal(near < bound, below)


SHAPES = [(7,), (20, 5), (3, 501), (100, 48), (100, 49), (0, 4), ()]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_below(shape: tuple[int, ...]) -> None:
    """From part of a turn to more turns than words hold."""
    end, integers = mrg31k3p.draw(START, int(np.prod(shape, dtype=int)))
    size = np.array(shape, dtype="int64")
    for dtype in ("float32", "float16"):
        below = mrg31k3p.to_uniform(integers, dtype).reshape(shape) < np.asarray(0.3, dtype)
        p = np.asarray(0.3, dtype)
        below_op = Below(Uniform(dtype, len(shape)))
        check_op(lambda r, op=below_op, p=p: op(r, size, p), [START.T.copy()], [end.T, below])


def test_a_bound_that_is_not_constant() -> None:
    p = T.fscalar("p")
    f = theano.function([p], MRG_RandomStreams(7).binomial((50, 40), p=p))
    plain = theano.function([], MRG_RandomStreams(7).uniform((50, 40)))
    assert Below in ops_of(f)
    for value in (0.1, 0.9):
        np.testing.assert_array_equal(f(np.float32(value)), plain() < np.float32(value))


def test_masks_need_no_numbers() -> None:
    mask = MRG_RandomStreams(7).binomial((50, 40), p=0.25, dtype="float32")
    f = theano.function([], mask)
    without = theano.function([], mask, mode=theano.Mode().excluding("compare_without_numbers"))
    assert ops_of(f).count(Below) == 1
    assert Uniform not in ops_of(f)
    assert Uniform in ops_of(without)
    (state,) = f.get_shared()
    start = state.get_value()
    first, end = f(), state.get_value()
    state.set_value(start)
    np.testing.assert_array_equal(without(), first)
    np.testing.assert_array_equal(state.get_value(), end)


def test_numbers_that_are_read_otherwise_are_drawn_once() -> None:
    u = MRG_RandomStreams(7).uniform((50, 40), dtype="float32")
    f = theano.function([], [u, u < np.float32(0.5)])
    assert Below not in ops_of(f)
    numbers, mask = f()
    np.testing.assert_array_equal(mask, numbers < 0.5)


def test_a_bound_for_each_element_is_compared_with_numbers() -> None:
    p = np.linspace(0, 1, 40).astype("float32")
    f = theano.function([], MRG_RandomStreams(7).binomial((50, 40), p=p))
    assert Uniform in ops_of(f)
    assert not f()[:, 0].any()
    assert f()[:, -1].all()
