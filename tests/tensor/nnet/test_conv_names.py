"""Functions and classes that are made of convolutions, among them those of earlier versions."""

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano
from theano.errors import NotScalarConstantError
from theano.gradient import grad
from theano.options import config
from theano.tensor.constructors import lscalar, tensor3, tensor4, tensor5
from theano.tensor.nnet import separable_conv2d
from theano.tensor.nnet.convolution import conv3d2d, conv_op, corr, reference
from theano.tensor.nnet.convolution.ops import AbstractConv2d, AbstractConv3d
from theano.tensor.nnet.convolution.separable import causal_conv1d, separable_conv3d
from theano.tensor.nnet.convolution.upsampling import (
    bilinear_kernel_1D,
    bilinear_kernel_2D,
    bilinear_upsampling,
    frac_bilinear_upsampling,
)
from theano.tensor.signal import conv as signal_conv


def drawn(*shapes):
    """Random arrays."""
    rng = np.random.default_rng(5)
    return [rng.normal(size=shape) for shape in shapes]


def each(x, w, mode="valid"):
    """Every image with every filter, summed over channels, with SciPy."""
    return np.stack(
        [
            [
                sum(scipy.signal.convolve(a, b, mode, "direct") for a, b in zip(i, f, strict=True))
                for f in w
            ]
            for i in x
        ]
    )


def test_separable_convolutions():
    x, deep, flat = drawn((2, 3, 5, 5), (6, 1, 2, 3), (4, 6, 1, 1))
    first = np.concatenate(
        [each(x[:, c : c + 1], deep[2 * c : 2 * c + 2]) for c in range(3)], axis=1
    )
    expected = np.einsum("nc,bcij->bnij", flat[:, :, 0, 0], first)
    check_value(lambda *a: separable_conv2d(*a, num_channels=3), [x, deep, flat], expected)
    check_value(
        lambda x, d, f: separable_conv3d(
            x.dimshuffle(0, 1, "x", 2, 3),
            d.dimshuffle(0, 1, "x", 2, 3),
            f.dimshuffle(0, 1, "x", 2, 3),
            num_channels=3,
            input_shape=(2, 3, 1, 5, 5),
            depthwise_filter_shape=(6, 1, 1, 2, 3),
        ),
        [x, deep, flat],
        expected[:, :, None],
    )


@pytest.mark.parametrize("dilation", [1, 2])
def test_nothing_depends_on_what_comes_later(dilation):
    x, w = drawn((2, 3, 7), (4, 3, 2))
    spread = np.zeros((4, 3, dilation + 1))
    spread[:, :, ::dilation] = w
    check_op(
        lambda x, w: causal_conv1d(x, w, (4, None, 2), (2, 3, None), filter_dilation=dilation),
        [x, w],
        each(x, spread, "full")[:, :, :7],
    )


def test_causal_convolutions_have_three_dimensions():
    with check_raises(ValueError, "Input should be 3D"):
        causal_conv1d(tensor4(), tensor3(), (1, 2, 3))
    with check_raises(ValueError, "filter_shape"):
        causal_conv1d(tensor3(), tensor3(), (1, 2))


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_kernels(ratio):
    rising = [*range(1, ratio + 1), *range(ratio - 1, 0, -1)]
    check_value(
        lambda: bilinear_kernel_1D(ratio, normalize=False).astype("float64"), [], np.array(rising)
    )
    check_value(
        lambda: bilinear_kernel_2D((ratio, 2)).astype("float64"),
        [],
        np.outer(rising, [0.5, 1, 0.5]) / ratio,
    )


def enlarged(x, *ratios):
    """Interpolation between pixels, and copies of the last ones beyond them."""
    grid = [
        (np.arange(n * ratio) - (ratio - 1) // 2) / ratio
        for n, ratio in zip(x.shape[2:], ratios, strict=True)
    ]
    points = np.meshgrid(*grid, indexing="ij")
    flat = [scipy.ndimage.map_coordinates(a, points, order=1, mode="nearest") for i in x for a in i]
    return np.reshape(flat, (*x.shape[:2], *points[0].shape))


def test_upsampling():
    (x,) = drawn((2, 3, 4, 5))
    x = x.astype(config.floatX)
    check_value(
        lambda x: [
            bilinear_upsampling(x, 1),
            bilinear_upsampling(x, 3),
            bilinear_upsampling(x, 2, None, 2, 3, use_1D_kernel=False),
            frac_bilinear_upsampling(x, (3, 1)),
            frac_bilinear_upsampling(x, ((4, 2), (6, 2))),
            bilinear_upsampling(x, frac_ratio=(3, 2), use_1D_kernel=False),
        ],
        [x],
        [
            x,
            enlarged(x, 3, 3),
            enlarged(x, 2, 2),
            enlarged(x, 3, 3),
            enlarged(x, 2, 3),
            enlarged(x, 3, 3)[:, :, ::2, ::2],
        ],
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "No ratio"),
        ({"ratio": 2, "frac_ratio": (3, 2)}, "together"),
        ({"frac_ratio": (3, 2)}, "use_1D_kernel=False"),
        ({"frac_ratio": [3, 2], "use_1D_kernel": False}, "must be a tuple"),
    ],
    ids=["none", "both", "fraction", "list"],
)
def test_ratios_that_are_refused(given, text):
    with check_raises(ValueError, text):
        bilinear_upsampling(tensor4(), **given)


@pytest.mark.parametrize("ndim", [2, 3])
def test_cross_correlations(ndim):
    shapes = [(2, 4, 4, 5, 3), (3, 2, 2, 2, 2)]
    x, w = drawn(*(shape[: ndim + 2] for shape in shapes))
    w = np.concatenate([w, -w[:1]])
    border = (1, 0, 1)[:ndim]
    names = ("CorrMM", "CorrMM_gradWeights", "CorrMM_gradInputs")
    names = names if ndim == 2 else [n.replace("Corr", "Corr3d") for n in names]
    forward, of_filters, of_images = (getattr(corr, n)(border, num_groups=2) for n in names)
    geometry = forward.geometry(w.shape[2:])
    z = reference.convolve(x, w, geometry)
    check_value(
        lambda x, w, z: [
            forward(x, w),
            of_filters(x, z),
            of_images(w, z),
            of_images(w, z, x.shape[2:]),
            *grad(forward(x, w).sum(), [x, w]),
        ],
        [x, w, z],
        [
            z,
            reference.gradient_of_filters(x, z, w.shape[2:], geometry),
            *[reference.gradient_of_images(w, z, x.shape[2:], geometry)] * 2,
            reference.gradient_of_images(w, np.ones_like(z), x.shape[2:], geometry),
            reference.gradient_of_filters(x, np.ones_like(z), w.shape[2:], geometry),
        ],
    )


def test_lengths_that_cross_correlations_cannot_tell():
    for op in (corr.CorrMM_gradWeights("half"), corr.CorrMM_gradInputs(subsample=(2, 1))):
        with check_raises(ValueError, "needs the shape"):
            op(tensor4(), tensor4())


@pytest.mark.parametrize("mode", ["valid", "full"])
def test_the_first_convolution(mode):
    x, w = drawn((2, 3, 5, 6), (4, 3, 2, 3))

    def convolved(x, w):
        with pytest.warns(UserWarning, match="deprecated"):
            return conv_op.conv2d(x, w, (2, 3, None, 6), (4, None, 2, 3), mode, (2, 1))

    check_op(convolved, [x, w], each(x, w, mode)[:, :, ::2])
    check_op_raises(convolved, [x[:1], w], ValueError, "other shapes than it was built for")


@pytest.mark.parametrize("top_aligned", [True, False])
def test_zeros_between_pixels(top_aligned):
    x, w = drawn((2, 1, 3, 3), (2, 1, 2, 2))
    images, filters = np.zeros((2, 1, 6, 6)), np.zeros((2, 1, 4, 4))
    images[:, :, ::2, ::2] = x
    filters[:, :, 0 if top_aligned else 1 :: 2, 0 if top_aligned else 1 :: 2] = w
    op = conv_op.ConvOp(
        (3, 3),
        (2, 2),
        output_mode="full",
        imshp_logical=(1, 6, 6),
        kshp_logical=(4, 4),
        kshp_logical_top_aligned=top_aligned,
    )
    check_value(op, [x, w], each(images, filters, "full"))


@pytest.mark.parametrize(
    ("arguments", "exception", "text"),
    [
        ({"output_mode": "half"}, ValueError, "not implemented"),
        ({"imshp": (1, 2, 3, 4)}, ValueError, "len(imshp)"),
        ({"kshp": (1, 2, 3)}, ValueError, "len(kshp)"),
        ({"dx": 1.5}, TypeError, "integer strides"),
        ({"imshp": (1, 3, 3), "kshp": (4, 4)}, ValueError, "impossible output shape"),
    ],
    ids=["mode", "images", "filters", "strides", "too large"],
)
def test_what_the_first_convolution_refuses(arguments, exception, text):
    with check_raises(exception, text):
        conv_op.ConvOp(**arguments)


@pytest.mark.filterwarnings("ignore:theano.tensor.nnet.conv.conv2d is deprecated")
def test_what_its_function_refuses():
    x = tensor4(dtype="float32")
    with check_raises(AssertionError, "numbers of channels"):
        conv_op.conv2d(x, x, (1, 2, 5, 5), (1, 3, 2, 2))
    with check_raises(NotScalarConstantError, "image_shape"):
        conv_op.conv2d(x, x, (lscalar(), 2, 5, 5))
    with check_raises(NotImplementedError, "one dtype"):
        conv_op.conv2d(x, tensor4(dtype="float64"))


@pytest.mark.parametrize("lists", [(), ("x",), ("w",), ("x", "w")], ids=str)
def test_images_without_channels(lists):
    x, w = drawn((2, 4, 5), (3, 2, 3))
    expected = each(x[:, None], w[:, None], "full")
    expected = expected if "x" in lists else expected[0]
    expected = expected if "w" in lists else expected[..., 0, :, :]
    x, w = x if "x" in lists else x[0], w if "w" in lists else w[0]
    known = {"image_shape": x.shape, "filter_shape": w.shape}
    check_value(
        lambda x, w: signal_conv.conv2d(x, w, border_mode="full", **known), [x, w], expected
    )


def test_images_with_channels_are_refused():
    with check_raises(AssertionError, "2 or 3 dimensions", "nnet.conv2d"):
        signal_conv.conv2d(tensor4(), tensor3())


@pytest.mark.parametrize("mode", ["valid", "half", "full", ("full", "valid", "valid")], ids=str)
def test_films(mode):
    x, w = drawn((2, 3, 2, 4, 5), (3, 3, 2, 1, 3))
    order = (0, 2, 1, 3, 4)
    geometry = AbstractConv3d(border_mode=mode).geometry((3, 1, 3))
    expected = reference.convolve(x.transpose(order), w.transpose(order), geometry)
    check_value(
        lambda x, w: conv3d2d.conv3d(x, w, (2, 3, 2, 4, 5), (None, 3, 2, 1, 3), mode),
        [x, w],
        expected.transpose(order),
    )


def test_films_with_other_borders_for_rows_than_for_columns():
    with check_raises(NotImplementedError, "bordermodes must match"):
        conv3d2d.conv3d(tensor5(), tensor5(), border_mode=("valid", "full", "valid"))


def test_where_names_were_before():
    nnet = theano.tensor.nnet
    assert nnet.abstract_conv.AbstractConv2d is AbstractConv2d
    assert nnet.abstract_conv.conv2d is nnet.abstract_conv2d
    assert nnet.conv.ConvOp is nnet.ConvOp is conv_op.ConvOp
    assert nnet.conv3d2d.conv3d is conv3d2d.conv3d
    assert nnet.corr.CorrMM is corr.CorrMM
    assert nnet.corr3d.Corr3dMM is corr.Corr3dMM
    assert nnet.opt.CorrMM is corr.CorrMM
    with check_raises(AttributeError, "local_conv2d_cpu", "leave it out"):
        _ = nnet.opt.local_conv2d_cpu


def test_what_the_first_convolution_tells_of_itself():
    shape = conv_op.ConvOp.getOutputShape
    assert shape((7, 6), (3, 2), (2, 3), "valid") == (3, 2)
    assert shape((7, None), (3, 2), (2, 3), "full") == (5, None)
    assert conv_op.ConvOp.has_all_shape((1, 5, 5), (3, 3), 2, 4)
    assert not conv_op.ConvOp.has_all_shape((1, None, 5), (3, 3), 2, 4)
    assert not conv_op.ConvOp.has_all_shape((1, 5, 5), (3, 3), None, 4)
