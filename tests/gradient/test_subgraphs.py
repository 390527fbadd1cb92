"""Backpropagation part by part, and the forms of results."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import HOST, check_raises

import theano.tensor as T
from theano import function, grad, shared, subgraph_grad
from theano.gradient import format_as

x, t = T.dvector("x"), T.dvector("t")


def test_a_network_layer_by_layer(rng):
    w_1 = shared(rng.normal(size=(3, 4)), "w_1")
    w_2 = shared(rng.normal(size=(4, 2)), "w_2")
    h_1 = T.tanh(T.dot(x, w_1))
    cost_2 = T.sqr(T.tanh(T.dot(h_1, w_2)) - t).sum() + w_2.sum() ** 2
    cost_1 = T.sqr(w_1).sum()
    expected = grad(cost_1 + cost_2, [w_2, w_1, x])

    (g_2,), (g_h,) = subgraph_grad([w_2], [h_1], cost=cost_2)
    (g_1,), (g_x,), of_start, of_cost = subgraph_grad(
        [w_1], [x], start={h_1: g_h}, cost=cost_1, details=True
    )
    assert len(of_start) == len(of_cost) == 2
    f = function([x, t], [*expected, g_2, g_1, g_x, of_start[0] + of_cost[0]], mode=HOST)
    a, b, c, *found = f(rng.normal(size=3), rng.normal(size=2))
    for one, other in zip([a, b, c, b], found, strict=True):
        np.testing.assert_allclose(one, other)


def test_details_of_one_source():
    *_, of_start, of_cost = subgraph_grad([x], [], cost=x.sum(), details=True)
    assert of_start is None
    assert len(of_cost) == 1
    *_, of_start, of_cost = subgraph_grad([x], [], start={x * 2: t}, details=True)
    assert len(of_start) == 1
    assert of_cost is None


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([x], [x]), "nothing to differentiate"),
        ((x, [x], {x: x}), "`wrt`"),
        (([x], x, {x: x}), "`end`"),
        (([x], [x], [(x, x)]), "`start`"),
    ],
    ids=["no source", "wrt", "end", "start"],
)
def test_bad_arguments(arguments, text):
    with check_raises(TypeError, "subgraph_grad()", text):
        subgraph_grad(*arguments)


def test_format_as():
    assert format_as(True, False, (1, 2)) == [1, 2]
    assert format_as(False, True, 1) == (1,)
    assert format_as(False, False, [1]) == 1
    assert format_as(False, False, 1) == 1
    with check_raises(ValueError, "both a list and a tuple"):
        format_as(True, True, 1)
    with check_raises(ValueError, "a single value", "2"):
        format_as(False, False, [1, 2])
