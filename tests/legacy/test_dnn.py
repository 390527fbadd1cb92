"""The functions that called cuDNN, held against those of ``theano.tensor.nnet``."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from tests.checks import check_op, check_raises, check_value

import theano.tensor as T
from theano import function, grad
from theano.legacy import dnn
from theano.tensor.nnet import abstract_conv, bn
from theano.tensor.signal.pool import pool_2d, pool_3d

SIZES = {2: ((2, 3, 6, 5), (4, 3, 3, 2)), 3: ((2, 2, 4, 4, 3), (3, 2, 2, 2, 2))}
CONV = {
    2: (dnn.dnn_conv, dnn.dnn_gradweight, dnn.dnn_gradinput, abstract_conv.conv2d),
    3: (dnn.dnn_conv3d, dnn.dnn_gradweight3d, dnn.dnn_gradinput3d, abstract_conv.conv3d),
}


@pytest.mark.parametrize("conv_mode", ["conv", "cross"])
@pytest.mark.parametrize(("n", "border_mode", "step"), [(2, "half", 2), (2, (1, 0), 1), (3, 1, 1)])
def test_convolutions_and_their_gradients(n, border_mode, step, conv_mode, rng):
    """By function and by op, with shapes of images that are symbolic or not."""
    conv, gradweight, gradinput, reference = CONV[n]
    img_shape, kern_shape = SIZES[n]
    x, w = rng.normal(size=img_shape), rng.normal(size=kern_shape)
    how = {"border_mode": border_mode, "subsample": (step,) * n}
    desc = dnn.GpuDnnConvDesc(**how, conv_mode=conv_mode)

    def several(x, w):
        z = reference(x, w, filter_flip=conv_mode == "conv", **how)
        g = T.ones_like(z) * 0.5 + z
        d = desc(x.shape, w.shape)
        how["conv_mode"] = conv_mode
        g_w = gradweight(x, g, w.shape, **how)
        g_x = gradinput(w, g, img_shape, **how)
        return [
            z - conv(x, w, **how),
            z - dnn.GpuDnnConv()(x, w, z, d),
            g_w - grad(None, w, known_grads={z: g}),
            g_x - grad(None, x, known_grads={z: g}),
            g_w - dnn.GpuDnnConvGradW()(x, g, w, d),
            g_x - dnn.GpuDnnConvGradI()(w, g, x, d),
        ]

    kinds = [T.TensorType("float64", [False] * v.ndim)() for v in (x, w)]
    for difference in function(kinds, several(*kinds))(x, w):
        np.testing.assert_allclose(difference, 0, atol=1e-12)


def test_scaled_and_added(rng):
    """As ``alpha`` and ``beta`` say; what says how cuDNN computes has no effect."""
    x, w, out = rng.normal(size=(1, 1, 3, 3)), rng.normal(size=(2, 1, 2, 2)), np.ones((1, 2, 2, 2))
    desc = dnn.GpuDnnConvDesc("valid", (1, 1), "cross", "float32")()

    def both(x, w, out):
        z = dnn.dnn_conv(x, w, "valid", (1, 1), "cross", algo="small", precision="float32")
        return [z, dnn.GpuDnnConv(algo="none", inplace=True)(x, w, out, desc, 2.0, 3.0)]

    z, scaled = check_value(both, [x, w, out])
    np.testing.assert_allclose(scaled, 2 * z + 3)


def test_pooling(rng):
    x, volume = rng.normal(size=(2, 2, 5, 6)), rng.normal(size=(1, 2, 4, 4, 4))

    def differences(x, volume):
        two = {"ignore_border": True, "stride": (2, 2), "pad": (1, 0)}
        steps = (two["stride"], two["pad"])
        pairs = [
            (dnn.dnn_pool(x, (2, 3)), pool_2d(x, (2, 3), ignore_border=True, stride=(1, 1))),
            (dnn.dnn_pool(volume, (2, 2, 2), (2, 2, 2)), pool_3d(volume, (2, 2, 2), True)),
        ]
        for old, new in (
            ("sum", "sum"),
            ("average", "average_inc_pad"),
            ("average_exc_pad", "average_exc_pad"),
            ("max_deterministic", "max"),
        ):
            pairs.append((dnn.dnn_pool(x, (2, 3), steps[0], old, steps[1]), (2, 3), new))
            pairs[-1] = (pairs[-1][0], pool_2d(x, (2, 3), mode=new, **two))
        pairs.append(
            (dnn.GpuDnnPool("sum")(x, (2, 3), *steps), pool_2d(x, (2, 3), mode="sum", **two))
        )
        desc = dnn.GpuDnnPoolDesc((2, 3), steps[0], "sum", steps[1])()
        pairs.append((dnn.GpuDnnPool()(x, desc), pairs[-1][1]))
        return [one - other for one, other in pairs]

    for difference in check_value(differences, [x, volume]):
        assert difference.size
        assert not difference.any()


@pytest.mark.parametrize(("mode", "axes"), [("channel", 1), ("instance", (1, 2, 3))])
def test_softmax(mode, axes, rng):
    x, dy = rng.normal(size=(2, 2, 3, 4, 2))
    sm = scipy.special.softmax(x, axis=axes)
    check_op(dnn.GpuDnnSoftmax("accurate", mode), [x], sm)
    check_op(dnn.GpuDnnSoftmax("bc01", "log", mode), [x], np.log(sm))
    named = dnn.GpuDnnSoftmax("log", tensor_format="bc01", mode=mode)
    assert (named.algo, named.mode) == ("log", mode)

    def gradients(x, dy):
        by_op = []
        for algo in ("fast", "log"):
            z = dnn.GpuDnnSoftmax(algo, mode)(x)
            by_op.append(dnn.GpuDnnSoftmaxGrad(algo, mode)(dy, z) - grad((z * dy).sum(), x))
        return by_op

    for difference in check_value(gradients, [x, dy]):
        np.testing.assert_allclose(difference, 0, atol=1e-12)


def test_batch_normalization(rng):
    x, small = rng.normal(size=(3, 2, 2, 2)), rng.uniform(1, 2, size=(4, 1, 2, 1, 1))
    kind = T.TensorType("float64", [True, False, True, True])

    def differences(x, *small):
        given = (x, *small[:2])
        train = dnn.dnn_batch_normalization_train(
            *given, "spatial", running_mean=small[2], running_var=small[3]
        )
        other = bn.batch_normalization_train(
            *given, "spatial", running_mean=small[2], running_var=small[3]
        )
        test = dnn.dnn_batch_normalization_test(x, *small, "spatial")
        pairs = [*zip(train, other, strict=True)]
        pairs.append((test, bn.batch_normalization_test(x, *small, "spatial")))
        return [one - other for one, other in pairs]

    for difference in check_value(differences, [x, *small], types=[None] + [kind] * 4):
        assert not difference.any()


def test_it_can_always_be_used():
    assert dnn.dnn_available()
    assert dnn.dnn_present()
    assert dnn.version() > 5000


def test_bad_input():
    x, w = T.tensor4("x"), T.tensor4("w")
    with check_raises(ValueError, "'conv' or 'cross'", "'both'"):
        dnn.dnn_conv(x, w, conv_mode="both")
    with check_raises(ValueError, "algo 'fast', 'accurate' or 'log'", "quick"):
        dnn.GpuDnnSoftmax("quick", "channel")
    for given, named in ((("b01c", "fast", "channel"), {}), (("fast",), {"way": "channel"})):
        with check_raises(ValueError, "algo 'fast'"):
            dnn.GpuDnnSoftmax(*given, **named)
    with check_raises(ValueError, "4 dimensions"):
        dnn.GpuDnnSoftmax("fast", "channel")(T.matrix())
