"""Connectionist temporal classification."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.special
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.gradient import NullTypeGradError, grad
from theano.tensor.nnet.ctc import ConnectionistTemporalClassification, ctc, ctc_available


def collapsed(path):
    """Return the labels that a path of symbols stands for."""
    return [k for k, _ in itertools.groupby(path) if k]


def by_enumeration(activations, labels, length):
    """Return the cost as the definition has it: the sum over all paths."""
    p = scipy.special.softmax(activations[:length].astype("float64"), axis=1)
    wanted = [k for k in labels if k >= 0]
    total = sum(
        np.prod([p[t, k] for t, k in enumerate(path)])
        for path in itertools.product(range(p.shape[1]), repeat=length)
        if collapsed(path) == wanted
    )
    return -np.log(total)


LABELS = np.array([[1, 2, -1], [1, 1, -1], [-1, 2, -1], [-1, -1, -1], [2, 1, 2]], "int32")
LENGTHS = np.array([4, 4, 2, 3, 3], "int32")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_paths(dtype, rng):
    """Of different lengths, with repeated labels, padding anywhere, and no labels at all."""
    x = rng.normal(size=(4, 5, 3)).astype(dtype)
    expected = [by_enumeration(x[:, i], LABELS[i], LENGTHS[i]) for i in range(5)]
    check_op(ctc, [x, LABELS, LENGTHS], np.array(expected))


def test_a_published_case():
    """That of the tutorial of warp-ctc, with the costs and gradients that it gives."""
    x = np.zeros((3, 3, 5), "float32")
    x[:, 1] = np.arange(1, 16).reshape(3, 5)
    x[:, 2] = np.arange(-5, 0) - 5 * np.arange(3)[:, None]
    labels = np.array([[1, -1], [3, 3], [2, 3]], "int32")
    op = ConnectionistTemporalClassification()
    costs, gradients = check_value(
        lambda *v: op.make_node(*v).outputs, [x, labels, np.array([1, 3, 3], "int32")]
    )
    np.testing.assert_allclose(costs, [1.6094379, 7.3557429, 4.9388499], rtol=1e-6)
    np.testing.assert_allclose(gradients[0, 0], [0.2, -0.8, 0.2, 0.2, 0.2], rtol=1e-5)
    last = [-0.02115798, 0.03168492, -0.8810571, 0.2341217, 0.6364086]
    np.testing.assert_allclose(gradients[0, 2], last, rtol=1e-5)
    assert not gradients[1:, 0].any()


def test_long_and_certain_sequences(rng):
    """Probabilities of 1e-300 a step neither underflow nor become NaN."""
    x = np.zeros((400, 2, 4), "float64")
    x[:, 0, 3] = 700
    x[:, 1, 0] = 700
    values = [x, np.array([[1, 2], [3, -1]]), np.array([400, 400])]

    def cost_and_slope(x, labels, lengths):
        cost = ctc(x, labels, lengths)
        return [cost, grad(cost.sum(), x)]

    cost, slope = check_value(cost_and_slope, values, rtol=1e-6)
    assert np.isfinite(slope).all()
    # So many alignments are there: where two labels and their blanks begin, and where one label is.
    ways = np.log([scipy.special.comb(402, 4), 400])
    np.testing.assert_allclose(cost, [400 * 700, 700] - ways)


def test_what_is_impossible_costs_nothing(rng):
    """Fewer steps than labels, than labels with the blank between equal ones, or none at all."""
    x = rng.normal(size=(3, 4, 3))
    labels = np.array([[1, 2, 1], [1, 1, -1], [1, -1, -1], [1, 1, -1]])

    def cost_and_slope(x, labels, lengths):
        cost = ctc(x, labels, lengths)
        return [cost, grad(cost.sum(), x)]

    cost, slope = check_value(cost_and_slope, [x, labels, np.array([2, 2, 0, 3])])
    assert (cost > 0).tolist() == [False, False, False, True]
    assert slope.any(axis=(0, 2)).tolist() == [False, False, False, True]


@pytest.mark.parametrize("shape", [(0, 2, 3), (3, 0, 3)], ids=str)
def test_nothing(shape):
    labels, lengths = np.zeros((shape[1], 2), "int32"), np.zeros(shape[1], "int32")
    check_op(ctc, [np.zeros(shape), labels, lengths], np.zeros(shape[1]))


def test_no_labels_in_the_whole_batch(rng):
    x, lengths = rng.normal(size=(2, 1, 3)), np.array([2])
    cost = -scipy.special.log_softmax(x, axis=2)[:, :, 0].sum(axis=0)
    check_op(ctc, [x, np.zeros((1, 0), "int64"), lengths], cost)


def test_costs_alone(rng):
    x = rng.normal(size=(4, 5, 3))
    op = ConnectionistTemporalClassification(compute_grad=False)
    assert len(op.make_node(x, LABELS, LENGTHS).outputs) == 1
    check_op(lambda x: op(x, LABELS, LENGTHS), [x])


def test_there_is_no_second_derivative():
    x = T.tensor3("x")
    g = grad(ctc(x, LABELS, LENGTHS).sum(), x)
    with pytest.raises(NullTypeGradError, match="second derivative of ctc"):
        grad(g.sum(), x)


def test_it_is_always_available():
    assert ctc_available()


@pytest.mark.parametrize(
    ("wrong", "texts"),
    [
        ({"lengths": LENGTHS + 1}, ("is longer than its activations", "at most 4", "5")),
        ({"labels": LABELS + 1}, ("has a label that is no symbol", "at most 2", "3")),
        ({"lengths": LENGTHS[:4]}, ("batches of different lengths", "5 examples", "5 and 4")),
    ],
    ids=["too long", "no symbol", "no length"],
)
def test_values_that_do_not_fit(wrong, texts):
    values = {"labels": LABELS, "lengths": LENGTHS, **wrong}
    check_op_raises(ctc, [np.zeros((4, 5, 3)), *values.values()], ValueError, *texts)


def test_bad_input():
    x, y, n = T.ftensor3("x"), T.imatrix("y"), T.ivector("n")
    for args in ((T.itensor3("z"), y, n), (x, T.matrix("z"), n), (x, y, T.vector("z"))):
        with check_raises(TypeError, "of another kind", "`z`"):
            ctc(*args)
    for args in ((T.fmatrix("z"), y, n), (x, T.ivector("z"), n), (x, y, T.imatrix("z"))):
        with check_raises(ValueError, "of another rank", "`z`"):
            ctc(*args)
