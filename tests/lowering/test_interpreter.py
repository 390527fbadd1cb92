"""The interpreter: graphs run node by node on the host."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano.lowering import Interpreter

x, v = T.dscalar("x"), T.dvector("v")


class Fails(theano.Op):
    __props__ = ()

    def make_node(self, value):
        return theano.Apply(self, [value], [value.type()])

    def perform(self, node, inputs, output_storage):
        raise KeyError("lost")


def run(inputs, outputs, *arrays):
    return Interpreter(inputs, outputs)(*arrays)


def test_results_come_in_order():
    a, b, c = run([x, v], [v * x, T.constant(3.0), v], np.array(2.0), np.arange(3.0))
    assert (a.tolist(), float(b), c.tolist()) == ([0, 2, 4], 3, [0, 1, 2])
    assert run([x], [], np.array(1.0)) == ()


def test_a_node_runs_once():
    runs = []

    class Count(Fails):
        def perform(self, node, inputs, output_storage):
            runs.append(1)
            output_storage[0][0] = inputs[0] + 1

    once = Count()(v)
    (result,) = run([v], [once * once], np.zeros(2))
    np.testing.assert_array_equal(result, [1, 1])
    assert len(runs) == 1


def test_arguments_are_not_changed():
    value = np.arange(3.0)
    run([v], [(v * 2)[::-1], T.sqr(v)], value)
    np.testing.assert_array_equal(value, [0, 1, 2])


def test_an_error_names_its_node():
    with pytest.raises(KeyError, match="lost") as info:
        run([v], [Fails()(v)], np.zeros(2))
    assert any("in Fails" in n and "test_interpreter.py" in n for n in info.value.__notes__)


def test_the_number_of_arguments():
    with pytest.raises(ValueError, match="shorter"):
        run([x, v], [v * x], np.array(1.0))


def test_a_long_chain():
    e = x
    for _ in range(20_000):
        e = -e
    assert run([x], [e], np.array(1.0))[0] == 1
