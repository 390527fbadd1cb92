"""Patches of images as rows, and back, against direct loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano
import theano.tensor as T
from theano.graph.op import perform_node
from theano.tensor.nnet.neighbours import (
    Images2Neibs,
    Images2NeibsGrad,
    images2neibs,
    neibs2images,
)

images, matrix = T.dtensor4("images"), T.dmatrix("neibs")

# Shape of the images, of a patch, step, mode.
CASES = [
    ((2, 2, 4, 6), (2, 3), None, "valid"),
    ((1, 2, 5, 7), (3, 3), (1, 2), "valid"),
    ((1, 1, 6, 5), (2, 1), (4, 2), "valid"),
    ((2, 1, 5, 7), (2, 3), None, "ignore_borders"),
    ((2, 1, 5, 8), (2, 3), (3, 1), "ignore_borders"),
    ((1, 1, 4, 4), (5, 2), None, "ignore_borders"),
    ((1, 2, 6, 4), (3, 2), (1, 2), "half"),
    ((1, 2, 3, 4), (2, 3), (1, 1), "full"),
    ((2, 2, 5, 4), (3, 1), (2, 1), "wrap_centered"),
    ((1, 1, 3, 4), (3, 3), (1, 1), "wrap_centered"),
    ((0, 1, 4, 4), (2, 2), None, "valid"),
]


def starts(length, size, step):
    """Where patches start, as long as they end inside."""
    return [k for k in range(0, length, step) if k + size <= length]


def by_hand(x, size, step, mode):
    """The patches, one after another."""
    step = size if step is None else step
    height, width = x.shape[2:]
    before = {"half": lambda n: n // 2, "full": lambda n: n - 1, "wrap_centered": lambda n: n // 2}
    around = [(0, 0), (0, 0), *((before.get(mode, lambda _: 0)(n),) * 2 for n in size)]
    padded = np.pad(x, around, mode="wrap" if mode == "wrap_centered" else "constant")
    rows, columns = (starts(n, *k) for n, *k in zip(padded.shape[2:], size, step, strict=True))
    if mode == "wrap_centered":
        rows, columns = range(0, height, step[0]), range(0, width, step[1])
    patches = [
        image[i : i + size[0], j : j + size[1]].ravel()
        for image in padded.reshape(-1, *padded.shape[2:])
        for i in rows
        for j in columns
    ]
    return np.array(patches).reshape(-1, size[0] * size[1])


@pytest.mark.parametrize(("shape", "size", "step", "mode"), CASES, ids=str)
def test_images2neibs(shape, size, step, mode, rng):
    x = rng.normal(size=shape)
    expected = by_hand(x, size, step, mode)
    check_op(lambda x: images2neibs(x, size, step, mode), [x], expected)


@pytest.mark.parametrize(("shape", "size", "step", "mode"), CASES[1:-1], ids=str)
def test_the_gradient_of_images2neibs(shape, size, step, mode, rng):
    g = rng.normal(size=by_hand(np.zeros(shape), size, step, mode).shape)
    check_op(lambda x, g: Images2NeibsGrad(mode)(x, g, size, step), [np.ones(shape), g])


@st.composite
def fitting(draw):
    mode = draw(st.sampled_from(["valid", "half", "full", "ignore_borders", "wrap_centered"]))
    size, step, lengths = [], [], []
    for _ in range(2):
        s, by, count = (draw(st.integers(1, 4)) for _ in range(3))
        size.append(2 * (s // 2) + 1 if mode == "wrap_centered" else s)
        step.append(by)
        if mode in ("wrap_centered", "ignore_borders"):
            lengths.append(size[-1] + draw(st.integers(0, 4)))
        else:
            # The shortest image of at least a patch that some number of patches brings to its end.
            margin = {"half": s // 2, "full": s - 1}.get(mode, 0)
            ends = [n for n in range(s, 12) if (n + 2 * margin - s) % by == 0]
            lengths.append(ends[min(count - 1, len(ends) - 1)])
    return (
        (draw(st.integers(0, 2)), draw(st.integers(1, 2)), *lengths),
        tuple(size),
        tuple(step),
        mode,
    )


@given(fitting())
@settings(max_examples=60, deadline=None)
def test_any_patches_by_perform(case):
    shape, size, step, mode = case
    x = np.arange(float(np.prod(shape))).reshape(shape)
    node = Images2Neibs(mode).make_node(images, size, step)
    (got,) = perform_node(node, [x, np.array(size), np.array(step)])
    expected = by_hand(x, size, step, mode)
    np.testing.assert_array_equal(got, expected)
    # A place gets as many times its number as there are patches with it.
    node = Images2NeibsGrad(mode).make_node(images, matrix, size, step)
    (back,) = perform_node(node, [x, expected, np.array(size), np.array(step)])
    ones = by_hand(np.ones(shape), size, step, mode)
    (times,) = perform_node(node, [x, ones, np.array(size), np.array(step)])
    np.testing.assert_array_equal(back, times * x)
    assert times.sum() == ones.sum()


@given(fitting())
@settings(max_examples=8, deadline=None)
def test_any_patches_compiled(case):
    shape, size, step, mode = case
    x = np.arange(float(np.prod(shape))).reshape(shape)
    got = theano.function([images], images2neibs(images, size, step, mode))(x)
    np.testing.assert_array_equal(got, by_hand(x, size, step, mode))


@pytest.mark.parametrize(
    ("mode", "shape"), [("valid", (2, 1, 4, 6)), ("ignore_borders", (2, 3, 5, 8))], ids=str
)
def test_neibs2images(mode, shape, rng):
    x = rng.normal(size=shape)
    expected = x.copy()
    expected[:, :, 4:] = expected[..., 6:] = 0
    neibs = by_hand(x, (2, 3), None, mode)
    check_op(lambda n: neibs2images(n, (2, 3), shape, mode), [neibs], expected)


def test_symbolic_sizes(rng):
    size, shape = T.ivector(), T.lvector()
    neibs = images2neibs(images, size)
    f = theano.function(
        [images, size], [neibs, neibs.shape, neibs2images(neibs, size, images.shape)]
    )
    g = theano.function([matrix, size, shape], neibs2images(matrix, size, shape))
    x = rng.normal(size=(2, 2, 4, 6))
    for patch in ((2, 2), (4, 3)):
        patches, lengths, again = f(x, patch)
        np.testing.assert_array_equal(patches, by_hand(x, patch, None, "valid"))
        assert tuple(lengths) == patches.shape
        np.testing.assert_array_equal(again, x)
        np.testing.assert_array_equal(g(patches, patch, x.shape), x)


def test_dtypes():
    value = np.arange(8, dtype="int16").reshape(1, 1, 2, 4)
    expected = np.array([[0, 1, 4, 5], [2, 3, 6, 7]], "int16")
    check_value(lambda x: images2neibs(x, (2, 2)), [value], expected)
    n = T.itensor4()
    g = T.grad(images2neibs(n, (1, 1)).astype("float64").sum(), n)
    assert not g.eval({n: np.ones((1, 1, 2, 2), "int32")}).any()


def test_the_old_path():
    from theano.sandbox import neighbours  # noqa: PLC0415  a module of the table

    assert neighbours.images2neibs is images2neibs
    assert neighbours.neibs2images is neibs2images
    assert neighbours.Images2Neibs is Images2Neibs


def test_bad_input(rng):
    with check_raises(NotImplementedError, "'wrapped'", "wrap_centered"):
        images2neibs(images, (2, 2), mode="wrapped")
    with check_raises(TypeError, "rank 4"):
        images2neibs(matrix, (2, 2))
    with check_raises(TypeError, "neib_shape is no vector of integers"):
        images2neibs(images, 2)
    with check_raises(TypeError, "neib_step is no vector of integers"):
        images2neibs(images, (2, 2), (1.0, 1.0))
    with check_raises(TypeError, "the images' dtype"):
        Images2NeibsGrad()(images, T.fmatrix(), (2, 2))
    with check_raises(NotImplementedError, "lie side by side", "'half'"):
        neibs2images(matrix, (2, 2), (1, 1, 4, 4), mode="half")
    x = rng.normal(size=(1, 1, 4, 4))
    for size, step, mode, exception, text in (
        ((3, 2), None, "valid", TypeError, "do not fit along axis 2 in mode 'valid'"),
        ((2, 5), (1, 1), "half", TypeError, "do not fit along axis 3"),
        ((3, 3), (2, 2), "full", TypeError, "steps of 2"),
        ((2, 1), None, "wrap_centered", TypeError, "of odd length"),
        ((5, 1), None, "wrap_centered", TypeError, "an image of length 4"),
        ((2, 0), (1, 1), "valid", ValueError, "neib_shape is not positive"),
        ((2, 2), (0, 1), "valid", ValueError, "neib_step is not positive"),
        ((2, 2, 2), (1, 1), "valid", TypeError, "another length"),
    ):
        sizes = [np.array(size), np.array(size if step is None else step)]
        op = Images2Neibs(mode)
        check_op_raises(lambda x, a, b, op=op: op(x, a, b), [x, *sizes], exception, text)
    with pytest.raises(ValueError, match="reshape"):
        neibs2images(matrix, (2, 2), (1, 1, 6, 4)).eval({matrix: np.zeros((4, 4))})
