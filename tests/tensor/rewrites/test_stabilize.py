"""Logarithms and exponentials where naive ones lose digits or overflow."""

import numpy as np
import pytest
import scipy.special
from tests.tensor.rewrites.rewriting import compiled, rewritten, show, values

from theano import grad
from theano import tensor as T

v, u = T.dvector("v"), T.dvector("u")
f, i, b = T.fvector("f"), T.lvector("i"), T.TensorType("uint8", [False])("b")
x = T.dmatrix("x")
SMALL = np.array([1e-20, -1e-17, 1e-3])
LARGE = np.array([1000.0, -1000.0, 0.5])


@pytest.mark.parametrize(
    ("before", "after", "given", "want"),
    [
        (T.log(1 + v), "log1p(v)", SMALL, np.log1p(SMALL)),
        (T.log(v + 1.0), "log1p(v)", SMALL, np.log1p(SMALL)),
        (T.log(1 - v), "log1p(neg(v))", SMALL, np.log1p(-SMALL)),
        (T.log(v + 1 + v), "log1p(add(v, v))", SMALL, np.log1p(2 * SMALL)),
        (T.exp(v) - 1, "expm1(v)", SMALL, np.expm1(SMALL)),
        (-1 + T.exp(v), "expm1(v)", SMALL, np.expm1(SMALL)),
        (T.log(T.exp(v)), "v", LARGE, LARGE),
        (T.log(1 + T.exp(v)), "softplus(v)", LARGE, np.logaddexp(0, LARGE)),
        (T.log(T.nnet.sigmoid(v)), "neg(softplus(neg(v)))", LARGE, -np.logaddexp(0, -LARGE)),
        (T.log(1 - T.nnet.sigmoid(v)), "neg(softplus(v))", LARGE, -np.logaddexp(0, LARGE)),
        (T.log(1 / (1 + T.exp(-v))), "neg(softplus(neg(v)))", LARGE, -np.logaddexp(0, -LARGE)),
        (T.log(T.exp(v).sum()), "LogSumExp{axis=(0,)}(v)", LARGE, 1000.0),
        (T.log(T.exp(v) / 2), "sub(v, 0.693147)", LARGE, LARGE - np.log(2)),
    ],
    ids=str,
)
def test_value_where_it_matters(before, after, given, want):
    fgraph, _ = rewritten([v], [before])
    assert show(fgraph.outputs[0]) == after
    assert fgraph.outputs[0].type == before.type
    np.testing.assert_allclose(values(fgraph, [given])[0], want, rtol=1e-14)
    np.testing.assert_allclose(compiled([v], before, [given]), want, rtol=1e-12)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (T.log(2 + v), "log(add(2, v))"),
        (T.log(v - 1), "log(sub(v, 1))"),
        (T.log(1 + i), "log(add(1, i))"),
        (T.log(np.uint8(1) + b), "log(add(1, b))"),
        (1 - T.exp(v), "sub(1, exp(v))"),
        (T.exp(v) - 2, "sub(exp(v), 2)"),
        (T.log(T.exp(i)), "log(exp(i))"),
        (T.log(T.nnet.sigmoid(b)), "log(sigmoid(b))"),
        (T.log(T.exp(v) * u), "log(mul(exp(v), u))"),
        (T.log(T.exp(v).max()), "log(Max(exp(v)))"),
        (T.log1p(T.exp(v) * 2), "log1p(mul(exp(v), 2))"),
    ],
    ids=str,
)
def test_what_has_no_better_form_stays(before, after):
    fgraph, _ = rewritten([v, u, i, b], [before])
    assert show(fgraph.outputs[0]).replace("Cast{float64}(i)", "i") == after


def test_a_wider_constant_keeps_the_precision_of_the_sum():
    before = T.log(f + T.constant(1.0, dtype="float64"))
    fgraph, _ = rewritten([f], [before])
    assert show(fgraph.outputs[0]) == "log1p(Cast{float64}(f))"
    given = np.array([1e-20, 0.1, 3], "float32")
    np.testing.assert_allclose(values(fgraph, [given])[0], np.log1p(given.astype("float64")))


@pytest.mark.parametrize("axis", [0, 1, (0, 1), -1])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logsumexp(axis, keepdims, dtype):
    z = T.matrix(dtype=dtype)
    before = T.log(T.exp(z).sum(axis=axis, keepdims=keepdims))
    given = np.array([[1e3, 1e3, -1e3], [1.0, 2.0, 3.0]], dtype)
    want = scipy.special.logsumexp(given, axis=axis, keepdims=keepdims)
    fgraph, report = rewritten([z], [before])
    assert any("logsumexp" in name for name in report.applied)
    (got,) = values(fgraph, [given])
    assert (got.dtype, got.shape) == (np.dtype(dtype), want.shape)
    np.testing.assert_allclose(got, want, rtol=1e-6)
    np.testing.assert_allclose(compiled([z], before, [given]), want, rtol=1e-6)


def test_the_gradient_of_a_logsumexp_is_a_softmax():
    cost = T.log(T.exp(x).sum(axis=1)).sum()
    given = np.array([[1e3, 1e3, -1e3], [1.0, 2.0, 3.0]])
    got = compiled([x], grad(cost, x), [given])
    np.testing.assert_allclose(got, scipy.special.softmax(given, 1), rtol=1e-12)


def test_a_sum_that_is_shifted_already_is_left_as_it_is():
    shifted = x - x.max(axis=1, keepdims=True)
    _, report = rewritten([x], [T.log(T.exp(shifted).sum(axis=1, keepdims=True))])
    assert report.applied == {}
    # A shift along another axis does not help.
    _, report = rewritten([x], [T.log(T.exp(shifted).sum(axis=0))])
    assert "fuse_logsumexp" in report.applied


def test_integers_are_summed_in_floats():
    given = np.array([[1000, 1000, -1000], [1, 2, 3]])
    z = T.lmatrix()
    for before in (T.log(T.exp(z).sum(axis=1)), T.log(T.exp(z).sum(axis=1, keepdims=True))[:, 0]):
        fgraph, report = rewritten([z], [before])
        assert any("logsumexp" in name for name in report.applied)
        np.testing.assert_allclose(values(fgraph, [given])[0], scipy.special.logsumexp(given, 1))


def test_sums_in_another_dtype_stay():
    z = T.fmatrix()
    _, report = rewritten([z], [T.log(T.exp(z).sum(axis=1, dtype="float64"))])
    assert not any("logsumexp" in name for name in report.applied)


def written_out(z):
    e = T.exp(z - z.max(axis=1).dimshuffle(0, "x"))
    return e / e.sum(axis=1).dimshuffle(0, "x")


@pytest.mark.parametrize("softmax", [written_out, T.nnet.softmax], ids=lambda f: f.__name__)
def test_the_logarithm_of_a_softmax_is_finite(softmax):
    given = np.array([[1e3, 0.0, -1e3], [0.1, 0.2, 0.3]])
    before = T.log(softmax(x))
    want = scipy.special.log_softmax(given, axis=1)
    fgraph, _ = rewritten([x], [before])
    np.testing.assert_allclose(values(fgraph, [given])[0], want, rtol=1e-14)
    np.testing.assert_allclose(compiled([x], before, [given]), want, rtol=1e-12)


@pytest.mark.parametrize(
    "choose",
    [
        lambda sm: sm[T.arange(2), [1, 2]],
        lambda sm: sm[[1, 0, 1]],
        lambda sm: sm[0, 1],
    ],
    ids=["elements", "rows", "one"],
)
@pytest.mark.parametrize("softmax", [written_out, T.nnet.softmax], ids=lambda f: f.__name__)
def test_the_logarithm_of_chosen_probabilities_is_finite(softmax, choose):
    """And so is what comes back, of which each row adds up to zero."""
    given = np.array([[1e3, 0.0, -1e3], [0.0, 500.0, -500.0]])
    cost = -T.log(choose(softmax(x))).sum()
    want = -choose(T.constant(scipy.special.log_softmax(given, axis=1))).eval().sum()
    outputs = [cost, grad(cost, x)]
    for found, slope in (
        values(rewritten([x], outputs)[0], [given]),
        compiled([x], outputs, [given]),
    ):
        np.testing.assert_allclose(found, want, rtol=1e-12)
        assert np.isfinite(slope).all()
        np.testing.assert_allclose(slope.sum(axis=1), 0, atol=1e-12)


def test_the_gradient_of_chosen_probabilities():
    given = np.array([[1.0, 0.2, -1], [0.0, 0.5, -2]])
    y = np.array([1, 1])
    sm = T.nnet.softmax(x)
    slope = grad(-(T.log(sm[T.arange(2), y]) * [1, 3]).sum(), x)
    fgraph, report = rewritten([x], [slope])
    assert any("cancel" in name for name in report.applied)
    want = (scipy.special.softmax(given, axis=1) - np.eye(3)[y]) * [[1], [3]]
    np.testing.assert_allclose(values(fgraph, [given])[0], want, rtol=1e-12)


def test_the_logarithm_of_other_elements_stays():
    _, report = rewritten([x], [T.log(T.exp(x)[[0, 1]]), T.log((T.exp(x) + 1)[0])])
    assert "log_before_selection" not in report.applied


def test_the_logarithm_of_a_flat_sigmoid_is_finite():
    given = np.array([[1e3], [-1e3], [2.0]])
    p = T.nnet.sigmoid(x).flatten()
    before = T.nnet.binary_crossentropy(p, T.constant([0.0, 1, 1]))
    want = np.logaddexp(0, [1e3, 1e3, -2])
    np.testing.assert_allclose(values(rewritten([x], [before])[0], [given])[0], want)
    np.testing.assert_allclose(compiled([x], before, [given]), want)


def test_rules_can_be_left_out_by_name():
    fgraph, _ = rewritten([v], [T.log(1 + v)], "fuse_log1p")
    assert show(fgraph.outputs[0]) == "log(add(1, v))"
    fgraph, _ = rewritten([v], [T.log(1 + T.exp(v))], "stabilize")
    assert show(fgraph.outputs[0]) == "log(add(1, exp(v)))"


def test_names_of_the_user_survive():
    z = T.log(1 + v)
    z.name = "bits"
    fgraph, _ = rewritten([v, u], [z * u])
    assert [n.name for n in fgraph.outputs[0].owner.inputs] == ["bits", "u"]
