"""``NanGuardMode``: what it finds, where it says it is, and what it leaves alone."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import config, function
from theano.compile import FAST_RUN, get_mode
from theano.compile.nanguardmode import NanGuardMode, contains_inf, contains_nan, flatten
from theano.random.random_streams import RandomStreams

x = T.dvector("x")
FINITE, NAN, INF = np.array([1.0, 2.0]), np.array([1.0, np.nan]), np.array([1.0, np.inf])
BIG = np.array([1.0, -1e11])


@pytest.fixture(scope="module")
def ratio():
    y = T.dvector("y")
    weights = theano.shared(np.array([1.0, 1.0]), "weights")
    logarithm = T.log(y * 1.0)
    return function(
        [x, y], x / y + logarithm, updates=[(weights, weights + x)], mode=NanGuardMode()
    ), weights


@pytest.mark.parametrize(
    ("value", "text"),
    [(NAN, "NaN detected"), (INF, "Inf detected"), (BIG, "Big value detected")],
    ids=["nan", "inf", "big"],
)
def test_an_input_is_named(ratio, value, text):
    f, _ = ratio
    with pytest.raises(AssertionError, match=rf"(?s){text}.*an input of the function.*x: .*shape"):
        f(value, FINITE)


def test_the_node_its_line_and_its_values_are_named(ratio):
    f, weights = ratio
    before = weights.get_value()
    with pytest.raises(AssertionError) as caught:
        f(FINITE, np.array([1.0, -1.0]))
    text = str(caught.value)
    assert text.startswith("NaN detected: NanGuardMode found this in the output of a node")
    assert "Elemwise{log" in text
    assert "test_nanguardmode.py:" in text
    assert "`logarithm = T.log(y * 1.0)`" in text
    assert "value [ 1. -1.]" in text
    assert "value [ 0. nan]" in text
    np.testing.assert_array_equal(weights.get_value(), before)
    f(FINITE, FINITE)
    np.testing.assert_array_equal(weights.get_value(), before + FINITE)


def test_what_is_an_error_can_be_chosen():
    mode = NanGuardMode(nan_is_error=False, inf_is_error=True, big_is_error=False)
    f = function([x], x * 2, mode=mode.including("mine"))
    f(NAN)
    f(BIG)
    with pytest.raises(AssertionError, match=r"^Inf detected: "):
        f(INF)
    with pytest.raises(ValueError, match=r"(?s)look for nothing.*fix"):
        NanGuardMode(nan_is_error=False, inf_is_error=False, big_is_error=False)


def test_inside_of_a_loop():
    steps, _ = theano.scan(lambda a: T.log(a - 1), sequences=x)
    f = function([x], steps, mode="NanGuardMode")
    with pytest.raises(AssertionError, match=r"(?s)NaN detected.*Elemwise\{log.*T\.log\(a - 1\)"):
        f(np.array([3.0, 0.5]))


def test_no_alarm_without_floating_numbers():
    i = T.lvector("i")
    draw = RandomStreams(3).uniform((2,))
    f = function([i], [i * 10**12, i > 0, draw], mode=NanGuardMode())
    for _ in range(2):
        assert f([1, -(10**12)])[0][0] == 10**12


def test_a_variable_can_be_passed_over():
    logarithm = T.log(x)
    logarithm.tag.nan_guard_mode_check = False
    function([x], logarithm, mode=NanGuardMode(optimizer=None))(np.array([-1.0]))


def test_the_action_may_be_to_warn(monkeypatch):
    messages = []
    monkeypatch.setattr(logging.getLogger("theano.compile.nanguardmode"), "error", messages.append)
    f = function([x], x + 1, mode=NanGuardMode(big_is_error=False))
    with theano.change_flags({"NanGuardMode.action": "warn"}):
        np.testing.assert_array_equal(f(INF), INF + 1)
    assert len(messages) == 2
    assert "Inf detected" in messages[0]


def test_flags_make_the_mode():
    with theano.change_flags({"mode": "NanGuardMode", "NanGuardMode.big_is_error": False}):
        mode = get_mode()
    assert isinstance(mode, NanGuardMode)
    assert (mode.nan_is_error, mode.inf_is_error, mode.big_is_error) == (True, True, False)
    assert mode.on_host
    assert mode.query == FAST_RUN.query
    assert config.mode != "NanGuardMode"


def test_helpers():
    values = [NAN, INF, FINITE, np.array([1 + np.inf * 1j]), np.arange(3), np.zeros(0), None]
    assert [contains_nan(v) for v in values] == [True, *[False] * 2, True, *[False] * 3]
    assert [contains_inf(v) for v in values] == [False, True, False, True, *[False] * 3]
    assert not contains_nan(np.random.RandomState(1))
    assert contains_inf(np.float16("inf"))
    assert flatten([1, (2, [3]), {4: 5}.values()]) == [1, 2, 3, 5]
