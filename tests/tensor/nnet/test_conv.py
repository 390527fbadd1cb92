"""Convolutions and their gradients: every way of moving filters, against plain loops."""

import itertools
from dataclasses import replace

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.checks import check_op, check_op_raises, check_raises, check_value

from theano import function
from theano.gradient import grad
from theano.options import config
from theano.tensor.constructors import tensor4, tensor5
from theano.tensor.nnet import conv2d, conv2d_transpose, conv3d
from theano.tensor.nnet.convolution import lowering, reference
from theano.tensor.nnet.convolution.functions import (
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    conv3d_grad_wrt_inputs,
    conv3d_grad_wrt_weights,
)
from theano.tensor.nnet.convolution.geometry import Geometry
from theano.tensor.nnet.convolution.ops import (
    AbstractConv,
    AbstractConv2d,
    AbstractConv2d_gradInputs,
    AbstractConv2d_gradWeights,
    AbstractConv3d,
)
from theano.tensor.type import TensorType


def looped(x, w, geometry):
    """The definition, one product at a time."""
    ndim = geometry.ndim
    elements, lengths = w.shape[-ndim:], x.shape[2:]
    places = tuple(
        (n + sum(p) - (k - 1) * d - 1) // s + 1
        for n, p, k, d, s in zip(
            lengths, geometry.padding, elements, geometry.dilation, geometry.strides, strict=True
        )
    )
    z = np.zeros((x.shape[0], w.shape[0], *places))
    channels, filters = x.shape[1] // geometry.groups, w.shape[0] // geometry.groups
    for n, place, c, element in itertools.product(
        range(w.shape[0]), np.ndindex(*places), range(channels), np.ndindex(*elements)
    ):
        seen = tuple(
            i * s + e * d - before
            for i, s, e, d, (before, _) in zip(
                place, geometry.strides, element, geometry.dilation, geometry.padding, strict=True
            )
        )
        if not all(0 <= i < n for i, n in zip(seen, lengths, strict=True)):
            continue
        if geometry.flip:
            element = tuple(k - 1 - e for k, e in zip(elements, element, strict=True))
        number = w[(n, *place, c, *element)] if geometry.unshared else w[(n, c, *element)]
        z[(slice(None), n, *place)] += number * x[(slice(None), n // filters * channels + c, *seen)]
    return z


@st.composite
def problems(draw, max_ndim=3):
    """Shapes of images and filters that fit, and how filters move."""
    ndim = draw(st.integers(2, max_ndim))
    small = st.integers(1, 3)
    elements = draw(st.tuples(*[small] * ndim))
    geometry = Geometry(
        padding=draw(st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * ndim)),
        strides=draw(st.tuples(*[small] * ndim)),
        dilation=draw(st.tuples(*[small] * ndim)),
        groups=draw(small),
        flip=draw(st.booleans()),
        unshared=ndim == 2 and draw(st.booleans()),
    )
    lengths = tuple(
        max(1, span - sum(pad)) + extra
        for span, pad, extra in zip(
            geometry.spans(elements),
            geometry.padding,
            draw(st.tuples(*[st.integers(0, 4)] * ndim)),
            strict=True,
        )
    )
    channels, filters = draw(st.integers(1, 2)), draw(st.integers(1, 2)) * geometry.groups
    places = geometry.result_lengths(lengths, elements) if geometry.unshared else ()
    images = (draw(small), channels * geometry.groups, *lengths)
    return images, (filters, *places, channels, *elements), geometry


def drawn(*shapes, dtype="float64"):
    """Random arrays."""
    rng = np.random.default_rng(3)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


@settings(max_examples=80, deadline=None)
@given(problems())
def test_the_reference_is_the_definition(problem):
    images, filters, geometry = problem
    x, w = drawn(images, filters)
    z = reference.convolve(x, w, geometry)
    np.testing.assert_allclose(z, looped(x, w, geometry), rtol=1e-9, atol=1e-12)
    # It is linear in both, so the gradients are its adjoints.
    (g_z,) = drawn(z.shape)
    elements = filters[-geometry.ndim :]
    g_w = reference.gradient_of_filters(x, g_z, elements, geometry)
    g_x = reference.gradient_of_images(w, g_z, images[2:], geometry)
    assert g_w.shape == filters
    assert g_x.shape == images
    for found in ((g_w * w).sum(), (g_x * x).sum()):
        np.testing.assert_allclose(found, (g_z * z).sum(), rtol=1e-8, atol=1e-8)


CASES = {
    "plain": ((2, 3, 5, 6), (4, 3, 3, 2), Geometry(((0, 0), (0, 0)), (1, 1), (1, 1))),
    "moved": ((2, 2, 7, 6), (3, 2, 3, 2), Geometry(((1, 2), (0, 3)), (2, 3), (1, 2), flip=False)),
    "groups": ((2, 4, 6, 5), (6, 2, 2, 3), Geometry(((1, 1), (2, 2)), (2, 1), (2, 1), groups=2)),
    "depthwise": ((2, 3, 5, 5), (3, 1, 3, 3), Geometry(((1, 1), (1, 1)), (1, 1), (1, 1), groups=3)),
    "far border": ((1, 2, 3, 4), (2, 2, 2, 2), Geometry(((3, 4), (2, 0)), (2, 2), (1, 1))),
    "covered": ((3, 2, 5, 4), (3, 2, 2, 4), Geometry(((1, 0), (0, 0)), (2, 2), (1, 1))),
    "all covered": ((3, 2, 2, 3), (3, 2, 2, 3), Geometry(((0, 0), (0, 0)), (1, 1), (1, 1))),
    "pointwise": ((2, 3, 4, 4), (5, 3, 1, 1), Geometry(((0, 0), (0, 0)), (2, 2), (1, 1))),
    "three": (
        (2, 2, 4, 5, 3),
        (4, 1, 2, 3, 3),
        Geometry(((1, 1), (0, 0), (2, 2)), (1, 2, 1), (2, 1, 1), groups=2),
    ),
}


def every_way(name, x, w, g_z):
    """What all ways of computing give for a case, by what they compute."""
    geometry = CASES[name][2]

    def by(ways, compute, *arguments):
        shared = (way for way in ways if way != "unshared")
        return {way: compute(*arguments, geometry, way) for way in shared}

    return {
        "result": by(lowering.CONVOLVE, lowering.convolve, x, w),
        "filters": by(
            lowering.GRADIENT_OF_FILTERS, lowering.gradient_of_filters, x, g_z, w.shape[2:]
        ),
        "images": by(lowering.GRADIENT_OF_IMAGES, lowering.gradient_of_images, w, g_z, x.shape[2:]),
    }


def test_every_way_of_computing_agrees_with_the_reference():
    problems = {
        name: drawn(images, filters, geometry.result_shape(images, filters))
        for name, (images, filters, geometry) in CASES.items()
    }
    compiled = (
        jax.jit(lambda problems: {name: every_way(name, *p) for name, p in problems.items()})
        .lower(problems)
        .compile({"xla_backend_optimization_level": 0})
    )
    for name, found in compiled(problems).items():
        x, w, g_z = problems[name]
        geometry = CASES[name][2]
        expected = {
            "result": reference.convolve(x, w, geometry),
            "filters": reference.gradient_of_filters(x, g_z, w.shape[2:], geometry),
            "images": reference.gradient_of_images(w, g_z, x.shape[2:], geometry),
        }
        for what, ways in found.items():
            for way, value in ways.items():
                np.testing.assert_allclose(
                    value, expected[what], rtol=1e-9, atol=1e-10, err_msg=f"{name} {what} {way}"
                )


MODES = [
    {},
    {"border_mode": "full", "filter_flip": False},
    {"border_mode": "half", "subsample": (2, 1)},
    {"border_mode": 1, "filter_dilation": (2, 1)},
    {"border_mode": ((1, 2), 0), "subsample": (2, 2), "num_groups": 2},
    {"border_mode": (0, 2), "input_shape": (2, None, 5, 5), "filter_shape": (None, 2, 2, 3)},
]


@pytest.mark.parametrize("mode", MODES, ids=lambda m: "-".join(m) or "plain")
def test_conv2d(mode):
    groups = mode.get("num_groups", 1)
    x, w = drawn((2, 2, 5, 5), (2, 2 // groups, 2, 3))
    geometry = conv2d(x, w, **mode).owner.op.geometry((2, 3))
    check_op(lambda x, w: conv2d(x, w, **mode), [x, w], looped(x, w, geometry))


def test_unshared_filters():
    mode = {"border_mode": (1, 0), "subsample": (2, 1), "num_groups": 2, "unshared": True}
    x, w = drawn((2, 2, 4, 4), (2, 3, 3, 1, 2, 2))
    geometry = AbstractConv2d(**mode).geometry((2, 2))
    check_op(lambda x, w: conv2d(x, w, **mode), [x, w], looped(x, w, geometry))


def test_conv3d():
    mode = {"border_mode": (1, 0, 1), "subsample": (1, 2, 1), "filter_dilation": (1, 1, 2)}
    x, w = drawn((1, 2, 3, 4, 3), (2, 2, 2, 2, 2))
    geometry = AbstractConv3d(**mode).geometry((2, 2, 2))
    check_op(lambda x, w: conv3d(x, w, **mode), [x, w], looped(x, w, geometry))


def test_the_gradient_of_images_as_an_op():
    mode = {"border_mode": (1, 0), "subsample": (2, 1), "filter_dilation": (1, 2)}
    w, g_z = drawn((2, 2, 2, 2), (2, 2, 3, 3))
    geometry = AbstractConv2d(**mode).geometry((2, 2))
    expected = reference.gradient_of_images(w, g_z, (5, 5), geometry)
    check_op(lambda w, g: AbstractConv2d_gradInputs(**mode)(w, g, [5, 5]), [w, g_z], expected)


def test_the_gradient_of_filters_as_an_op():
    mode = {"border_mode": "half", "subsample": (2, 1), "num_groups": 2, "filter_flip": False}
    x, g_z = drawn((2, 2, 5, 5), (2, 4, 3, 5))
    geometry = AbstractConv2d(**mode).geometry((3, 3))
    expected = reference.gradient_of_filters(x, g_z, (3, 3), geometry)
    check_op(lambda x, g: AbstractConv2d_gradWeights(**mode)(x, g, [3, 3]), [x, g_z], expected)


def test_gradients_as_functions():
    x, w = drawn((2, 3, 6, 7), (4, 3, 3, 2))
    (g_z,) = drawn((2, 4, 2, 3))
    rows, columns = TensorType("int64", [])(), TensorType("int64", [])()
    x_, w_, g_ = tensor4(dtype="float64"), tensor4(dtype="float64"), tensor4(dtype="float64")
    shared = {"border_mode": (0, 0), "subsample": (2, 2)}
    z = conv2d(x_, w_, **shared)
    known = grad(None, [x_, w_], known_grads={z: g_})
    found = [
        conv2d_grad_wrt_inputs(g_, w_, (None, None, rows, columns), **shared),
        conv2d_grad_wrt_weights(x_, g_, (4, None, 3, 2), **shared),
        conv2d_transpose(g_, w_, (2, 3, 6, columns), input_dilation=(2, 2)),
    ]
    given = [x_, w_, g_, rows, columns]
    values = function(given, known + found, on_unused_input="ignore")(x, w, g_z, 6, 7)
    for value, of in zip(values[2:], (0, 1, 0), strict=True):
        np.testing.assert_allclose(value, values[of], rtol=1e-12)


def test_gradients_in_three_dimensions_as_functions():
    x, w = drawn((2, 2, 3, 4, 3), (3, 2, 2, 2, 2))
    (g_z,) = drawn((2, 3, 2, 3, 2))
    geometry = AbstractConv3d().geometry((2, 2, 2))
    check_value(
        lambda x, w, g: [
            conv3d_grad_wrt_inputs(g, w, (None, None, 3, 4, 3)),
            conv3d_grad_wrt_weights(x, g, (None, None, 2, 2, 2)),
        ],
        [x, w, g_z],
        [
            reference.gradient_of_images(w, g_z, (3, 4, 3), geometry),
            reference.gradient_of_filters(x, g_z, (2, 2, 2), geometry),
        ],
    )


@pytest.mark.parametrize(
    ("of_images", "of_filters", "of_result"),
    [
        ("float32", "float32", "float32"),
        ("float16", "float16", "float16"),
        ("float32", "float64", "float64"),
        ("float16", "float32", "float32"),
        ("int8", "float32", "float32"),
        ("int32", "int8", "int32"),
        ("complex64", "float32", "complex64"),
    ],
)
def test_dtypes(of_images, of_filters, of_result):
    x, w = drawn((1, 2, 4, 4), (2, 2, 2, 2))
    x, w = (5 * x).astype(of_images), (5 * w).astype(of_filters)
    z = conv2d(*(TensorType(v.dtype.name, [False] * 4)() for v in (x, w)))
    assert z.type.dtype == of_result
    geometry = AbstractConv2d().geometry((2, 2))
    check_value(
        conv2d,
        [x, w],
        reference.convolve(x.astype(of_result), w.astype(of_result), geometry),
    )


def test_gradients_have_the_dtypes_of_their_inputs():
    x, w = tensor4(dtype="float32"), tensor4(dtype="float64")
    g_x, g_w = grad(conv2d(x, w).sum(), [x, w])
    assert (g_x.type.dtype, g_w.type.dtype) == ("float32", "float64")


def test_lengths_of_one_are_known():
    x = TensorType("float32", [True, False, False, False])()
    w = TensorType("float32", [True, True, False, False])()
    assert conv2d(x, w).type.broadcastable == (True, True, False, False)
    g_x, g_w = grad(conv2d(x, w).sum(), [x, w])
    assert g_x.type.broadcastable == x.type.broadcastable
    assert g_w.type.broadcastable == w.type.broadcastable


@pytest.mark.parametrize(
    ("images", "filters"),
    [((0, 2, 4, 4), (3, 2, 2, 2)), ((2, 0, 4, 4), (3, 0, 2, 2)), ((2, 2, 4, 4), (0, 2, 2, 2))],
    ids=str,
)
def test_nothing_to_add_up(images, filters):
    x, w = drawn(images, filters)
    check_op(conv2d, [x, w], np.zeros((images[0], filters[0], 3, 3)), wrt=[0, 1])


def test_filters_without_elements():
    x, w = drawn((1, 2, 3, 4), (2, 2, 0, 2))
    check_value(conv2d, [x, w], np.zeros((1, 2, 4, 3)))


@pytest.mark.parametrize(
    ("images", "filters", "mode", "text"),
    [
        ((2, 3, 5, 5), (4, 2, 3, 3), {}, "as many channels"),
        ((2, 3, 2, 5), (4, 3, 3, 3), {}, "impossible output shape"),
        ((2, 3, 5, 5), (4, 1, 3, 3), {"num_groups": 2}, "2 groups"),
    ],
    ids=["channels", "too small", "groups"],
)
def test_shapes_that_do_not_fit(images, filters, mode, text):
    check_op_raises(
        lambda x, w: conv2d(x, w, **mode), drawn(images, filters), ValueError, text, "got:"
    )


def test_unshared_filters_for_other_places():
    x, w = drawn((1, 2, 4, 4), (2, 3, 2, 2, 2, 2))
    check_op_raises(
        lambda x, w: conv2d(x, w, unshared=True), [x, w], ValueError, "filters for (3, 3) places"
    )


def test_gradients_of_lengths_that_do_not_fit():
    w, g_z = drawn((2, 2, 3, 3), (1, 2, 4, 4))
    check_op_raises(
        lambda w, g: AbstractConv2d_gradInputs()(w, g, [9, 9]), [w, g_z], ValueError, "(9, 9)"
    )
    check_op_raises(
        lambda x, g: AbstractConv2d_gradWeights()(x, g, [2, 1]), [g_z, g_z], ValueError, "(2, 1)"
    )


def test_given_shapes_are_checked_on_demand():
    x, w = drawn((2, 2, 4, 4), (3, 2, 2, 2))

    def wrong(x, w):
        return conv2d(x, w, input_shape=(2, 2, 5, 4), filter_shape=(None, 2, 2, 2))

    check_value(wrong, [x, w], reference.convolve(x, w, AbstractConv2d().geometry((2, 2))))
    before = config.conv.assert_shape
    try:
        config.conv.assert_shape = True
        check_op_raises(wrong, [x, w], AssertionError, "another shape than imshp")
    finally:
        config.conv.assert_shape = before


X, W = tensor4("x"), tensor4("w")


@pytest.mark.parametrize(
    ("build", "exception", "texts"),
    [
        (lambda: conv2d(X.sum(0), W), TypeError, ["img must be 4D tensor"]),
        (lambda: conv2d(X, W.sum(0)), TypeError, ["kern must be 4D tensor"]),
        (lambda: conv2d(X, W, unshared=True), TypeError, ["kern must be 6D tensor"]),
        (lambda: conv2d(X, W, border_mode="same"), ValueError, ["invalid border_mode", "half"]),
        (lambda: conv2d(X, W, border_mode=-1), ValueError, ["non-negative"]),
        (lambda: conv2d(X, W, border_mode=(1,)), ValueError, ["tuple of 2"]),
        (lambda: conv2d(X, W, border_mode=((1, 2, 3), 1)), ValueError, ["pairs"]),
        (lambda: conv2d(X, W, border_mode=1.5), ValueError, ["1.5"]),
        (lambda: conv2d(X, W, subsample=(1,)), ValueError, ["subsample", "2 elements"]),
        (lambda: conv2d(X, W, subsample=2), TypeError, ["subsample"]),
        (lambda: conv2d(X, W, filter_dilation=(0, 1)), ValueError, ["filter_dilation"]),
        (lambda: conv2d(X, W, num_groups=0), ValueError, ["num_groups"]),
        (lambda: conv2d(X, W, input_shape=(1, 2, 3)), ValueError, ["imshp", "4 entries"]),
        (lambda: conv2d(X, W, filter_shape=(1, 2, X.shape[0], 3)), ValueError, ["constant"]),
        (lambda: conv2d(X, W, filter_shape=X.shape), ValueError, ["tuple or list of 4"]),
        (lambda: conv2d_transpose(X, W, X.shape), ValueError, ["4 entries"]),
        (lambda: conv2d(X, W, imshp_logical=(1, 2, 3)), ValueError, ["imshp_logical"]),
        (lambda: conv2d_transpose(X, W, (None, None, None, 3)), ValueError, ["input_shape[2]"]),
        (lambda: conv2d_transpose(X, W, (X.shape[0], None, 3, 3)), ValueError, ["[0]"]),
        (lambda: conv2d_transpose(X, W, (3, 3)), ValueError, ["4 entries"]),
        (lambda: conv3d(tensor5(), tensor5(), border_mode=((1, 2), 0, 0)), NotImplementedError, []),
        (lambda: AbstractConv(4), ValueError, ["2 or 3"]),
        (lambda: AbstractConv(3, unshared=True), NotImplementedError, ["unshared"]),
    ],
    ids=lambda value: "",
)
def test_what_is_refused(build, exception, texts):
    with check_raises(exception, *texts):
        build()


def test_arguments_of_earlier_versions():
    with pytest.warns(UserWarning, match="image_shape"):
        z = conv2d(X, W, image_shape=(2, None, 5, 5))
    assert z.owner.op.imshp == (2, None, 5, 5)
    with pytest.warns(UserWarning, match="ignores version"):
        conv2d(X, W, version=3)
    with (
        pytest.warns(UserWarning, match="image_shape"),
        check_raises(ValueError, "at the same time"),
    ):
        conv2d(X, W, image_shape=(2, 2, 5, 5), input_shape=(2, 2, 5, 5))


def test_equal_convolutions_are_equal():
    assert AbstractConv2d(border_mode=(0, 0)) == AbstractConv2d(border_mode="valid")
    assert AbstractConv2d(border_mode=((1, 1), 2)) == AbstractConv2d(border_mode=(1, 2))
    assert AbstractConv2d(subsample=(2, 1)) != AbstractConv2d()
    assert "border_mode='full'" in str(AbstractConv2d(border_mode="full"))
    assert AbstractConv2d().flops([(2, 3, 5, 5), (4, 3, 3, 3)], [(2, 4, 3, 3)]) == 2 * 27 * 72


@pytest.mark.parametrize(
    ("what", "images", "filters", "dtype", "way"),
    [
        ("convolve", (128, 1, 28, 28), (32, 1, 3, 3), "float32", "direct"),
        ("convolve", (128, 32, 15, 15), (64, 32, 3, 3), "float32", "xla"),
        ("convolve", (32, 256, 28, 28), (64, 256, 1, 1), "float32", "shifted"),
        ("convolve", (50, 300, 56, 1), (100, 300, 4, 1), "float32", "xla"),
        ("filters", (128, 1, 32, 32), (32, 1, 3, 3), "float32", "batched"),
        ("filters", (128, 64, 7, 7), (128, 64, 3, 3), "float32", "xla"),
        ("filters", (128, 32, 15, 15), (64, 32, 3, 3), "float32", "xla"),
        ("filters", (32, 64, 56, 56), (64, 64, 3, 3), "float32", "xla"),
        ("filters", (32, 64, 56, 56), (64, 64, 3, 3), "float64", "shifted"),
        ("convolve", (128, 32, 15, 15), (64, 32, 3, 3), "float64", "shifted"),
        ("convolve", (16, 3, 224, 224), (64, 3, 11, 11), "float64", "batched"),
        ("images", (128, 1, 28, 28), (32, 1, 3, 3), "float32", "gemm"),
        ("images", (128, 64, 6, 6), (128, 64, 3, 3), "float32", "gemm"),
        ("images", (500, 20, 12, 12), (50, 20, 5, 5), "float32", "shifted"),
        ("images", (64, 64, 12, 12), (64, 64, 5, 5), "float32", "xla"),
        ("images", (32, 64, 56, 56), (64, 64, 3, 3), "float32", "xla"),
        ("images", (32, 64, 56, 56), (64, 64, 3, 3), "float64", "gemm"),
    ],
    ids=str,
)
def test_which_way_is_chosen(what, images, filters, dtype, way):
    geometry = Geometry(((0, 0), (0, 0)), (1, 1), (1, 1))
    assert lowering.choose(what, "cpu", dtype, images, filters, geometry) == way
    assert lowering.choose(what, "other", dtype, images, filters, geometry) == "xla"


def test_which_way_is_chosen_for_groups():
    geometry = Geometry(((1, 1), (1, 1)), (1, 1), (1, 1), 8)
    shapes = (32, 128, 28, 28), (128, 16, 3, 3)
    chosen = [
        lowering.choose(what, "cpu", "float32", *shapes, geometry)
        for what in ("convolve", "filters", "images")
    ]
    assert chosen == ["xla", "shifted", "gemm"]


def test_which_way_is_chosen_in_three_dimensions():
    geometry = Geometry(((1, 1),) * 3, (1, 1, 1), (1, 1, 1))
    shapes = (8, 16, 16, 28, 28), (32, 16, 3, 3, 3)
    for what in ("convolve", "filters", "images"):
        assert lowering.choose(what, "cpu", "float32", *shapes, geometry) == "shifted"


def test_what_is_covered_is_folded():
    geometry = CASES["covered"][2]
    assert geometry.covered((5, 4), (2, 4)) == (3,)
    assert replace(geometry, padding=((0, 0), (1, 0))).covered((5, 4), (2, 4)) == ()
    assert geometry.covered((1, 1), (1, 1)) == ()
