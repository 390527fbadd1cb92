"""Shapes of images, filters and results, and borders."""

import itertools

import numpy as np
import pytest
from tests.checks import check_raises

from theano import function
from theano.options import config
from theano.tensor.constructors import iscalar, lscalar, tensor4
from theano.tensor.conversion import constant
from theano.tensor.nnet.convolution.borders import border_mode_to_pad, checked_border_mode
from theano.tensor.nnet.convolution.shapes import (
    assert_conv_shape,
    assert_shape,
    check_conv_gradinputs_shape,
    get_conv_gradinputs_shape,
    get_conv_gradweights_shape,
    get_conv_output_shape,
    get_conv_shape_1axis,
)


def counted(n, k, border, stride, dilation):
    """How many places a filter has along one axis, by trying them all."""
    span = (k - 1) * dilation + 1
    zeros = {"valid": (0, 0), "half": (span // 2,) * 2, "full": (span - 1,) * 2}.get(border, border)
    low, high = zeros if isinstance(zeros, tuple) else (zeros, zeros)
    return len(
        [i for i in range(-low, n + high) if (i + low) % stride == 0 and i + span <= n + high]
    )


BORDERS = ["valid", "half", "full", 2, (0, 3)]


def test_lengths_of_results():
    axes = itertools.product((5, 8), (1, 2, 3), BORDERS, (1, 2, 3), (1, 2))
    for axis in axes:
        assert get_conv_shape_1axis(*axis) == counted(*axis), axis


def test_symbolic_lengths_are_those_of_numbers():
    n, k = lscalar(), lscalar()
    axes = list(itertools.product(BORDERS, (1, 3), (1, 2)))
    lengths = [get_conv_shape_1axis(n, k, *axis) for axis in axes]
    found = function([n, k], lengths)(9, 3)
    assert [int(f) for f in found] == [counted(9, 3, *axis) for axis in axes]


def test_shapes_of_results():
    assert get_conv_output_shape((2, 3, 9, 8), (4, 3, 3, 2), "valid", (1, 2)) == (2, 4, 7, 4)
    assert get_conv_output_shape((2, 3, 9, 8), (4, 3, 3, 2), ((1, 0), 2), (1, 2), (2, 1)) == (
        (2, 4, 6, 6)
    )
    unshared = (4, 7, 7, 3, 3, 2)
    assert get_conv_output_shape((None, 3, 9, 8), unshared, "valid", (1, 1)) == (None, 4, 7, 7)
    assert get_conv_output_shape((2, 3, None, 8), (4, 3, 3, 2), 1, (1, 1)) == (2, 4, None, 9)
    assert get_conv_output_shape((2, 3, 5, 6, 7), (4, 3, 1, 2, 3), "full", (1, 1, 1)) == (
        (2, 4, 5, 7, 9)
    )


@pytest.mark.parametrize("border", ["valid", "full", 2, ((1, 0), 2)], ids=str)
@pytest.mark.parametrize("dilation", [1, 2])
def test_shapes_of_what_gave_a_result(border, dilation):
    images, filters, by = (2, 3, 9, 8), (4, 3, 3, 2), (dilation, dilation)
    result = get_conv_output_shape(images, filters, border, (1, 1), by)
    assert get_conv_gradinputs_shape(filters, result, border, (1, 1), by) == images
    found = get_conv_gradweights_shape(images, result, border, (1, 1), by)
    # With full borders the formula is that of Theano 1.0.5, which is off for a dilation.
    if not (border == "full" and dilation > 1):
        assert found == filters


def test_shapes_that_cannot_be_told():
    images, filters, result = (2, 4, 9, 8), (6, 2, 3, 2), (2, 6, 4, 7)
    assert get_conv_gradinputs_shape(filters, result, "valid", (2, 1), num_groups=2) == (
        (2, 4, None, 8)
    )
    assert get_conv_gradweights_shape(images, result, "half", (1, 1)) == (6, 4, None, None)
    assert get_conv_gradweights_shape(images, result, "valid", (2, 1)) == (6, 4, None, 2)
    unshared = get_conv_gradweights_shape(
        images, (2, 6, 7, 7), "valid", (1, 1), num_groups=2, unshared=True
    )
    assert unshared == (3, 7, 7, 4, 3, 2)


def test_whether_shapes_fit():
    fits = check_conv_gradinputs_shape
    assert fits((2, 3, 9, 8), (4, 3, 3, 2), (2, 4, 7, 7), "valid", (1, 1))
    assert not fits((2, 3, 9, 8), (4, 3, 3, 2), (2, 4, 7, 8), "valid", (1, 1))
    assert fits((2, 3, None, 8), (4, 3, 3, 2), (2, 4, 99, 7), "valid", (1, 1))
    assert fits((2, 3, iscalar(), 8), (4, 3, 3, 2), (2, 4, 99, 7), "valid", (1, 1))
    assert fits((2, 3, constant(9), 8), (4, 3, 3, 2), (2, 4, 7, 7), "valid", (1, 1), (1, 1))
    assert not fits((2, 3, 9), (4, 3, 3, 2), (2, 4, 7, 7), "valid", (1, 1))
    assert not fits((2, 3, 9, 8), (4, 3, 3, 2), (2, 4, 7, 7), "valid", (1, 1), (1, 1, 1))


def test_borders():
    assert border_mode_to_pad("valid", 2, (3, 4)) == ((0, 0), (0, 0))
    assert border_mode_to_pad("half", 2, (3, 4)) == ((1, 1), (2, 2))
    assert border_mode_to_pad("full", 3, (3, 4, 1)) == ((2, 2), (3, 3), (0, 0))
    assert border_mode_to_pad((1, (2, 0)), 2, (3, 4)) == ((1, 1), (2, 0))
    assert checked_border_mode(np.int64(2), 2) == (2, 2)
    assert checked_border_mode((0, (0, 0)), 2) == "valid"
    assert checked_border_mode(("full", "full"), 2) == "full"
    assert checked_border_mode(("full", "valid"), 2) == ("full", 0)


@pytest.mark.parametrize("mode", ["same", (1,), (1, -1), (1, (1, 2, 3)), 1.0], ids=str)
def test_borders_that_are_none(mode):
    with check_raises(ValueError, "invalid border_mode", "got:"):
        border_mode_to_pad(mode, 2, (3, 3))


def test_negative_borders():
    with check_raises(ValueError, "border_mode must be >= 0"):
        get_conv_shape_1axis(5, 3, (-1, 2), 1)


def test_lengths_of_shapes_are_checked():
    assert assert_conv_shape((0, 2, 3, 4)) == (0, 2, 3, 4)
    with check_raises(ValueError, "dim[0]: -1 < 0"):
        assert_conv_shape((-1, 2, 3, 4))
    with check_raises(ValueError, "dim[2]: 0 <= 0"):
        assert_conv_shape((1, 2, 0, 4))
    n, m = lscalar(), lscalar()
    f = function([n, m], list(assert_conv_shape((n, 1, m, 3))[::2]))
    assert [int(v) for v in f(0, 1)] == [0, 1]
    with check_raises(AssertionError, "dim[0] < 0"):
        f(-1, 1)
    with check_raises(AssertionError, "dim[2] <= 0"):
        f(1, 0)


def test_a_shape_that_is_expected(monkeypatch):
    x = tensor4()
    assert assert_shape(x, (None, 2, 3, 4)) is x
    monkeypatch.setattr(config.conv, "assert_shape", True)
    assert assert_shape(x, None) is x
    assert assert_shape(x, (None,) * 4) is x
    f = function([x], assert_shape(x, (None, 2, 3, 4), "wrong shape"))
    f(np.zeros((7, 2, 3, 4), x.dtype))
    with check_raises(AssertionError, "wrong shape"):
        f(np.zeros((7, 2, 4, 4), x.dtype))
