"""``MonitorMode``: functions that are called around each node."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import function
from theano.compile import MonitorMode, detect_nan

x = T.dvector("x")


def test_the_values_before_and_after_each_node():
    seen = []

    def before(i, node, fn):
        assert [cell[0] for cell in fn.outputs] == [None]
        seen.append((i, str(node.op), [cell[0].copy() for cell in fn.inputs]))

    def after(i, node, fn):
        seen.append((i, str(node.op), fn.outputs[0][0].copy()))

    f = function([x], T.log(x) * x, mode=MonitorMode(before, after, optimizer="None"))
    np.testing.assert_allclose(f([1.0, np.e]), [0, np.e])
    (i, log, inputs), (i_after, _, result), (j, mul, _), (j_after, _, product) = seen
    assert (i, i_after, j, j_after) == (0, 0, 1, 1)
    assert (log, mul) == ("Elemwise{log,no_inplace}", "Elemwise{mul,no_inplace}")
    np.testing.assert_array_equal(inputs, [[1, np.e]])
    np.testing.assert_array_equal(result, [0, 1])
    np.testing.assert_allclose(product, [0, np.e])


def test_a_function_may_change_values():
    def double(i, node, fn):
        fn.outputs[0][0] = fn.outputs[0][0] * 2

    assert function([x], x + 1, mode=MonitorMode(post_func=double))([1.0]) == [4]


def test_nodes_of_a_loop_have_one_number_for_all_steps():
    numbers = []
    steps, _ = theano.scan(lambda a: T.exp(a), sequences=x)
    mode = MonitorMode(pre_func=lambda i, node, fn: numbers.append((i, str(node.op))))
    f = function([x], steps, mode=mode)
    f([1.0, 2.0, 3.0])
    inner = [i for i, op in numbers if op.startswith("Elemwise{exp")]
    assert len(inner) == 3
    assert len(set(inner)) == 1
    assert inner[0] == max(i for i, _ in numbers)


def test_what_the_functions_compute_is_not_monitored():
    calls = []
    g = function([x], x * 3, mode="FAST_COMPILE")

    def look(i, node, fn):
        calls.append(g(fn.inputs[0][0]))

    function([x], x + 1, mode=MonitorMode(look, look))([1.0])
    np.testing.assert_array_equal(calls, [[3], [3]])


def test_detect_nan(capsys):
    f = function([x], T.log(x) * x, mode=MonitorMode(post_func=detect_nan).excluding("stabilize"))
    f([1.0])
    assert capsys.readouterr().out == ""
    with np.errstate(all="ignore"):
        f([0.0])
    out = capsys.readouterr().out
    assert out.count("*** NaN detected ***") == 1
    assert "Elemwise{mul" in out
    assert "test_monitormode.py:" in out
    assert "Outputs: [array([nan])]" in out


def test_options_stay_with_copies():
    mode = MonitorMode(post_func=detect_nan)
    for changed in (mode.including("a"), mode.excluding("b"), mode.clone(optimizer="merge")):
        assert isinstance(changed, MonitorMode)
        assert changed.post_func is detect_nan
        assert changed.on_host
    assert changed.optimizer == "merge"


def test_an_error_of_the_users_function_names_the_node():
    def wrong(i, node, fn):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as caught:
        function([x], x + 1, mode=MonitorMode(wrong))([1.0])
    assert "Elemwise{add" in caught.value.__notes__[0]
