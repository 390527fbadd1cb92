"""``DebugMode``: each check finds what it is for, and nothing where all is well."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import function
from theano.compile import DebugMode, get_mode
from theano.compile.debugmode import (
    BadDestroyMap,
    BadOptimization,
    BadThunkOutput,
    BadViewMap,
    DebugModeError,
    InvalidValueError,
    StochasticOrder,
)
from theano.graph import Apply, Op
from theano.rewriting import Equilibrium, node_rewriter

a, b = T.dvector("a"), T.dvector("b")
MODE = DebugMode(stability_patience=1, optimizer="None")


class Made(Op):
    """An op of two vectors that does what it is told."""

    def __init__(self, n_outputs=1, **maps):
        self.n_outputs = n_outputs
        vars(self).update(maps)

    def make_node(self, a, b):
        return Apply(self, [a, b], [a.type() for _ in range(self.n_outputs)])

    def perform(self, node, inputs, output_storage):
        for cell, value in zip(output_storage, self.compute(*inputs), strict=True):
            cell[0] = value


class Sum(Made):
    """A sum, with an error in one of its two ways."""

    offset = 0.0

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] + inputs[1]

    def lower(self, ctx, a, b):
        return a + b + np.float64(self.offset)


def made(compute, n_outputs=1, **maps):
    return Made(n_outputs, compute=compute, **maps)


def call(outputs, mode=MODE):
    return function([a, b], outputs, mode=mode, on_unused_input="ignore")([1.0, 2, 3], [4.0, 5, 6])


def test_all_is_well():
    weights = theano.shared(np.array([0.5, 0.25, 2.0]), "weights")
    steps, _ = theano.scan(lambda x, w: T.tanh(x * w), sequences=a, non_sequences=weights)
    cost = T.nnet.softmax(steps).max() + (a[::2] / (b[:-1] + 1)).sum() + Sum()(a, b).sum()
    f = function(
        [a, b],
        cost,
        updates=[(weights, weights - T.grad(cost, weights))],
        mode=DebugMode(stability_patience=2),
    )
    g = function([a, b], cost, givens={weights: np.array([0.5, 0.25, 2.0])}, mode="FAST_COMPILE")
    arguments = [1.0, 2, 3], [4.0, 5, 6]
    expected = g(*arguments)
    np.testing.assert_allclose(f(*arguments), expected)
    assert np.all(weights.get_value() != [0.5, 0.25, 2.0])


def test_lower_against_perform():
    op = Sum(offset=0.5)
    with pytest.raises(BadThunkOutput) as caught:
        call(op(a, b) * 2)
    error = caught.value
    assert error.r.owner.op is op
    assert error.offending_op() is op
    assert (error.thunk1, error.thunk2) == ("perform", "lower")
    np.testing.assert_array_equal(error.val2 - error.val1, [0.5] * 3)
    assert "largest difference: 0.5" in str(error)
    assert "test_debugmode.py:" in str(error)
    only_one = DebugMode(stability_patience=1, optimizer="None", check_py_code=False)
    np.testing.assert_array_equal(call(op(a, b) * 2, only_one), [11, 15, 19])
    only_one = DebugMode(stability_patience=1, optimizer="None", check_c_code=False)
    np.testing.assert_array_equal(call(op(a, b) * 2, only_one), [10, 14, 18])


def test_inside_of_a_loop():
    op = Sum(offset=1.0)
    steps, _ = theano.scan(lambda x, y: op(x + y, y)[0], sequences=a, non_sequences=b)
    with pytest.raises(BadThunkOutput) as caught:
        call(steps)
    assert caught.value.r.owner.op is op


def add_in_place(x, y):
    x += y
    return [x]


def add_in_place_of_both(x, y):
    x += y
    y -= 1
    return [x]


def test_a_changed_input_must_be_declared():
    with pytest.raises(BadDestroyMap, match=r"changes input 0.*destroy_map") as caught:
        call(made(add_in_place)(a, b))
    assert caught.value.idx == 0
    np.testing.assert_array_equal(caught.value.old_val, [1, 2, 3])
    declared = made(add_in_place, destroy_map={0: [0]})
    np.testing.assert_array_equal(call(declared(a, b) + a), [6, 9, 12])
    with pytest.raises(BadDestroyMap, match="changes input 1"):
        call(made(add_in_place_of_both, destroy_map={0: [0]})(a, b))


@pytest.mark.parametrize("view", [lambda x, y: [y], lambda x, y: [y[1:]]], ids=["itself", "part"])
def test_a_view_must_be_declared(view):
    with pytest.raises(BadViewMap, match=r"output 0 of .* lies in the memory of inputs \[1\]"):
        call(made(view)(a, b))
    call(made(view, view_map={0: [1]})(a, b))


def overlapping(x, y):
    both = x * 1
    return [both[:-1], both[1:]]


def test_outputs_in_one_memory():
    first, second = made(overlapping, n_outputs=2)(a, b)
    with pytest.raises(BadViewMap, match=r"memory of outputs \[1\]") as caught:
        call(first * 2 + second)
    assert (caught.value.output_idx, caught.value.out_alias_idx) == (0, [1])
    call([first, second])
    call(first * 2)
    views = made(lambda x, y: [x[:-1], x[1:]], n_outputs=2, view_map={0: [0], 1: [0]})(a, b)
    call(views[0] * 2 + views[1])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.ones(3, "float32"), "of dtype float32 and shape"),
        (np.ones((1, 3)), r"shape \(1, 3\)"),
        ([1.0, 2.0], "no value of"),
        (np.array([np.inf]), "check_isfinite"),
    ],
    ids=["dtype", "rank", "kind", "finite"],
)
def test_results_are_of_their_type(value, text):
    with pytest.raises(InvalidValueError, match=f"(?s)that is not valid: .*{text}") as caught:
        call(made(lambda x, y: [value])(a, b))
    assert caught.value.v is not None


def test_results_have_the_shapes_that_are_inferred():
    op = Sum()
    op.infer_shape = lambda node, shapes: [(shapes[0][0] + 1,)]
    with pytest.raises(InvalidValueError, match=r"infer_shape says \(4,\), its shape is \(3,\)"):
        call(op(a, b))


def test_finite_values_are_asked_for_unless_told_otherwise():
    f = function([a], T.log(a), mode=MODE)
    for wrong in ([-1.0], [np.nan], [np.inf]):
        with np.errstate(all="ignore"), pytest.raises(InvalidValueError):
            f(wrong)
    mode = DebugMode(check_isfinite=False, stability_patience=1)
    with np.errstate(all="ignore"):
        assert np.isnan(function([a], T.log(a), mode=mode)([-1.0]))


class Rules:
    """An optimizer of one rule."""

    def __init__(self, rule):
        self.rule = rule

    def optimize(self, fgraph):
        Equilibrium([self.rule], on_error="raise").run(fgraph)


def of_add(replacement):
    rule = node_rewriter([T.add], name="my_rule")(replacement)
    return Rules(rule)


def test_a_rewrite_that_changes_a_value_is_named():
    wrong = of_add(lambda fgraph, node: [T.sub(*node.inputs)])
    with pytest.raises(BadOptimization, match=r"(?s)^the rewrite my_rule changed") as caught:
        call(T.exp(a + b), DebugMode(optimizer=wrong, stability_patience=1))
    error = caught.value
    assert error.reason == "my_rule"
    np.testing.assert_array_equal(error.old_r_val, [5, 7, 9])
    np.testing.assert_array_equal(error.new_r_val, [-3, -3, -3])


def test_a_rewrite_that_brings_in_an_error_is_named():
    wrong = of_add(lambda fgraph, node: [T.mul(node.inputs[0], T.join(0, *node.inputs))])
    with pytest.raises(ValueError, match=r"(?s)the rewrite my_rule put"):
        call(a + b, DebugMode(optimizer=wrong, stability_patience=1))


def test_a_rewrite_may_make_finite_what_was_not():
    f = function([a], T.log(T.sum(T.exp(a))), mode=DebugMode(stability_patience=1))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(f([1000.0, 1000.0]), 1000 + np.log(2))


def test_rewrites_that_depend_on_chance():
    calls = []

    def sometimes(fgraph, node):
        calls.append(node)
        return [T.sub(node.inputs[0], -node.inputs[1])] if len(calls) % 2 else None

    with pytest.raises(StochasticOrder, match=r"(?s)two different graphs.*fix"):
        function([a, b], a + b, mode=DebugMode(optimizer=of_add(sometimes), stability_patience=2))


def test_names_and_flags():
    assert get_mode("DEBUG_MODE") is get_mode("DEBUG_MODE")
    flags = {"DebugMode.patience": 3, "DebugMode.check_finite": False}
    with theano.change_flags(flags):
        mode = get_mode("DebugMode")
    assert (mode.stability_patience, mode.check_isfinite, mode.check_py_code) == (3, False, True)
    assert mode.including("a").stability_patience == 3
    assert issubclass(BadViewMap, DebugModeError)
    with pytest.raises(ValueError, match=r"(?s)run nothing.*fix"):
        DebugMode(check_c_code=False, check_py_code=False)
