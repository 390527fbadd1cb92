"""What cancels in products and quotients, and the probabilities that hide in them."""

import numpy as np
import pytest
import scipy.special
from tests.tensor.rewrites.rewriting import compiled, rewritten, show, values

from theano import grad
from theano import tensor as T
from theano.graph import FunctionGraph

x, y = T.dmatrix("x"), T.dmatrix("y")
f, i = T.fmatrix("f"), T.lmatrix("i")
row, col = T.drow("row"), T.dcol("col")
INPUTS = [x, y, f, i, row, col]


def arguments(rng):
    return [
        np.asarray(rng.uniform(1, 3, size=(1 if v is row else 2, 1 if v is col else 3)), v.dtype)
        for v in INPUTS
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (x / y * y, "x"),
        (y * (x / y), "x"),
        (x * y / y, "x"),
        (-(x / y) * y, "neg(x)"),
        ((x / y) / (x / y), "second(true_div(x, y), 1)"),
        (x / (x / y), "y"),
        (x * row / row, "x"),
        (row * (x / y) * y, "mul(row, x)"),
        (T.true_div(x, y) * T.sqrt(y), "mul(true_div(x, y), sqrt(y))"),
        (T.inv(y) * x * y, "x"),
        (i * i / i, "true_div(mul(i, i), i)"),
    ],
    ids=str,
)
def test_equal_factors_cancel(before, after, rng):
    fgraph, _ = rewritten(INPUTS, [before])
    assert show(fgraph.outputs[0]) == after
    given = arguments(rng)
    (want,) = values(FunctionGraph(INPUTS, [before]), given)
    (got,) = values(fgraph, given)
    np.testing.assert_allclose(got, want, rtol=1e-12)
    assert fgraph.outputs[0].type == before.type


def test_quotients_that_underflow_cancel():
    tiny = np.full((2, 3), 1e-320)
    (got,) = values(rewritten([x, y], [x / (y * y) * y * y])[0], [np.ones((2, 3)), tiny])
    assert (got == 1).all()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((x / y + 2) * y, "add(x, mul(2, y))"),
        ((2 - x / y) * y, "sub(mul(2, y), x)"),
        (row * (x / (2 * y) + 3) * y, "add(true_div(mul(x, row), 2), mul(3, row, y))"),
        ((x + 2) * y, "mul(add(x, 2), y)"),
        ((x / y + 2) * row, "mul(add(true_div(x, y), 2), row)"),
        ((f / T.cast(y, "float32") + 2.0) * y, None),
    ],
    ids=str,
)
def test_a_sum_is_multiplied_out_where_a_term_cancels(before, after, rng):
    fgraph, _ = rewritten(INPUTS, [before])
    given = arguments(rng)
    (want,) = values(FunctionGraph(INPUTS, [before]), given)
    (got,) = values(fgraph, given)
    np.testing.assert_allclose(got, want, rtol=1e-6)
    assert fgraph.outputs[0].type == before.type
    if after is not None:
        assert show(fgraph.outputs[0]) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1 / (1 + T.exp(-x)), "sigmoid(x)"),
        (1 / (T.exp(x) + 1), "sigmoid(neg(x))"),
        (T.inv(1 + T.exp(x)), "sigmoid(neg(x))"),
        (T.exp(x) / (1 + T.exp(x)), "sigmoid(x)"),
        (y * T.exp(x) / (1 + T.exp(x)), "mul(y, sigmoid(x))"),
        (y / (1 + T.exp(x)) * T.exp(x), "mul(y, sigmoid(x))"),
        (y / (1 + T.exp(x)), "mul(y, sigmoid(neg(x)))"),
        (T.exp(x) / (2 + T.exp(x)), "true_div(exp(x), add(2, exp(x)))"),
        (T.exp(y) * T.nnet.sigmoid(-x), "mul(exp(y), sigmoid(neg(x)))"),
        (T.exp(-x) * T.nnet.sigmoid(x), "sigmoid(neg(x))"),
    ],
    ids=str,
)
def test_logistic_functions_written_out(before, after, rng):
    fgraph, _ = rewritten(INPUTS, [before])
    if "mul(y" in after:
        assert show(fgraph.outputs[0]) in (after, after.replace("mul(y, ", "mul(")[:-1] + ", y)")
    else:
        assert show(fgraph.outputs[0]) == after
    given = arguments(rng)
    (want,) = values(FunctionGraph(INPUTS, [before]), given)
    (got,) = values(fgraph, given)
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_softmax_written_out(axis, rng):
    e = T.exp(x)
    before = e / e.sum(axis=axis, keepdims=True)
    large = np.array([[1e3, 0, -1e3], [1e3, 1e3, 1e3]])
    fgraph, report = rewritten([x], [before])
    assert "find_probabilities" in report.applied
    np.testing.assert_allclose(values(fgraph, [large])[0], scipy.special.softmax(large, axis))
    np.testing.assert_allclose(compiled([x], before, [large]), scipy.special.softmax(large, axis))


def test_a_softmax_of_rows_is_the_op():
    e = T.exp(x)
    fgraph, _ = rewritten([x], [e / e.sum(axis=1).dimshuffle(0, "x")])
    assert show(fgraph.outputs[0]) == "Softmax(x)"


@pytest.mark.parametrize(
    "before",
    [
        T.exp(x) / T.exp(x).sum(axis=1).dimshuffle("x", 0)[:, :3],
        T.exp(x) / T.exp(y).sum(axis=1, keepdims=True),
        T.exp(x - x.max(axis=1, keepdims=True))
        / T.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True),
    ],
    ids=["other axis", "other exponent", "shifted already"],
)
def test_what_is_no_softmax_or_safe_already_stays(before):
    _, report = rewritten([x, y], [before])
    assert "find_probabilities" not in report.applied


LOGITS = np.array(
    [[0.1, -0.2, 0.3], [1000.0, 0.0, -1000.0], [-2000.0, 2000.0, 0.0], [1e4, 1e4, -1e4]]
)
TARGETS = np.array([[0.2, 0.3, 0.5], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.5, 0.25, 0.25]])


def written_out(z):
    e = T.exp(z - z.max(axis=1).dimshuffle(0, "x"))
    return e / e.sum(axis=1).dimshuffle(0, "x")


def naive(z):
    e = T.exp(z)
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("softmax", [written_out, naive, T.nnet.softmax], ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_survives_extreme_logits(softmax, dtype):
    """Cost and gradient of a classifier are those of the exact formula at any magnitude."""
    z, t = T.matrix(dtype=dtype), T.matrix(dtype=dtype)
    cost = T.nnet.categorical_crossentropy(softmax(z), t).mean()
    want_cost = (TARGETS * (scipy.special.logsumexp(LOGITS, 1)[:, None] - LOGITS)).sum(1).mean()
    want = (scipy.special.softmax(LOGITS, 1) - TARGETS) / len(LOGITS)
    given = [LOGITS.astype(dtype), TARGETS.astype(dtype)]
    tolerance = (
        {"rtol": 2e-6, "atol": 1e-7} if dtype == "float32" else {"rtol": 1e-12, "atol": 1e-15}
    )
    fgraph, _ = rewritten([z, t], [cost, grad(cost, z)])
    for got_cost, got in (
        values(fgraph, given),
        compiled([z, t], [cost, grad(cost, z)], given),
    ):
        np.testing.assert_allclose(got_cost, want_cost, rtol=tolerance["rtol"])
        np.testing.assert_allclose(got, want, **tolerance)


@pytest.mark.parametrize("softmax", [written_out, naive, T.nnet.softmax], ids=lambda f: f.__name__)
def test_training_on_class_numbers_survives_extreme_logits(softmax):
    z, t = T.dmatrix(), T.lvector()
    classes = np.array([2, 2, 0, 0])
    cost = T.nnet.categorical_crossentropy(softmax(z), t).mean()
    log_p = scipy.special.log_softmax(LOGITS, 1)
    want_cost = -log_p[np.arange(4), classes].mean()
    want = (np.exp(log_p) - np.eye(3)[classes]) / 4
    for got_cost, got in (
        values(rewritten([z, t], [cost, grad(cost, z)])[0], [LOGITS, classes]),
        compiled([z, t], [cost, grad(cost, z)], [LOGITS, classes]),
    ):
        np.testing.assert_allclose(got_cost, want_cost, rtol=1e-12)
        np.testing.assert_allclose(got, want, atol=1e-15)


def test_negative_classes_count_from_the_end_and_missing_ones_are_not_a_number():
    z, t = T.dmatrix(), T.lvector()
    cost = T.nnet.categorical_crossentropy(T.nnet.softmax(z), t)
    rows = rewritten([z, t], [cost, grad(cost.sum(), z)])[0]
    want_cost, want = values(rows, [LOGITS, np.array([2, 1, 0, 0])])
    got_cost, got = values(rows, [LOGITS, np.array([-1, -2, 3, -4])])
    np.testing.assert_array_equal(got_cost, [*want_cost[:2], np.nan, np.nan])
    np.testing.assert_array_equal(got[:2], want[:2])
    assert np.isnan(got[2:]).all()


@pytest.mark.parametrize(
    ("divisor", "after"),
    [
        (lambda c: T.switch(c, y, 1), "mul(x, Cast{float64}(gt(x, 0)))"),
        (lambda c: T.switch(c, -y, 1), "neg(mul(x, Cast{float64}(gt(x, 0))))"),
        (lambda c: T.switch(c, y, 2), None),
        (lambda c: T.switch(T.gt(y, 0), y, 1), None),
    ],
    ids=["guarded", "negative", "another number", "another condition"],
)
def test_a_guarded_divisor_cancels_where_the_rest_is_zero(divisor, after, rng):
    c = T.gt(x, 0)
    before = x * y * T.cast(c, "float64") / divisor(c)
    fgraph, report = rewritten(INPUTS, [before])
    given = arguments(rng)
    given[0][0] *= -1
    (want,) = values(FunctionGraph(INPUTS, [before]), given)
    np.testing.assert_allclose(values(fgraph, given)[0], want, rtol=1e-12)
    assert ("cancel_factors" in report.applied) is (after is not None)
    if after is not None:
        assert show(fgraph.outputs[0]) == after


@pytest.mark.parametrize(
    "sigmoid", [T.nnet.sigmoid, lambda z: 1 / (1 + T.exp(-z))], ids=["op", "written out"]
)
def test_logistic_regression_survives_extreme_logits(sigmoid):
    z, t = T.dvector(), T.dvector()
    logits = np.array([0.3, 1000.0, -1000.0, 1000.0, -1000.0, 40.0])
    targets = np.array([0.5, 0.0, 1.0, 1.0, 0.0, 1.0])
    cost = T.nnet.binary_crossentropy(sigmoid(z), t).sum()
    want_cost = (np.logaddexp(0, logits) - targets * logits).sum()
    want = scipy.special.expit(logits) - targets
    for got_cost, got in (
        values(rewritten([z, t], [cost, grad(cost, z)])[0], [logits, targets]),
        compiled([z, t], [cost, grad(cost, z)], [logits, targets]),
    ):
        np.testing.assert_allclose(got_cost, want_cost, rtol=1e-12)
        np.testing.assert_allclose(got, want, atol=1e-15)


def test_a_sum_over_zero_is_not_distributed():
    x = T.dvector("x")
    fgraph, _ = rewritten([x], [T.exp((1 / x - T.exp(1 / x)) * (x / 0))])
    np.testing.assert_array_equal(values(fgraph, [np.array([0.5, 2.0])])[0], [0, 0])
