"""Functions of earlier versions that programs may import."""

from __future__ import annotations

import itertools

import numpy as np

import theano
import theano.tensor as T
from theano.graph.null_type import disconnected_type
from theano.tensor.nlinalg import _zero_disconnected
from theano.tensor.subtensor import get_canonical_form_slice

BOUNDS = [-8, -5, -1, 0, 1, 4, 5, 8]


def test_canonical_slices():
    start, stop, step, length = T.iscalars("start", "stop", "step", "length")
    forms = [slice(start, stop, step), slice(None, stop, step), slice(start, None, step)]
    found = [get_canonical_form_slice(form, length) for form in forms]
    outputs = [n for s, turn in found for n in (s.start, s.stop, s.step, turn)]
    run = theano.function([start, stop, step, length], outputs, mode=theano.Mode(linker="py"))
    for n, a, b, c in itertools.product([0, 5], BOUNDS, BOUNDS, [-6, -1, 1, 3]):
        x = np.arange(n)
        numbers = iter(map(int, run(a, b, c, n)))
        for wanted in (x[a:b:c], x[:b:c], x[a::c]):
            first, last, size, turn = (next(numbers) for _ in range(4))
            assert 0 <= first <= last <= n
            assert size > 0
            np.testing.assert_array_equal(x[first:last:size][::turn], wanted)


def test_a_canonical_index():
    i = T.lscalar("i")
    place, turn = get_canonical_form_slice(i, 5)
    assert (place.eval({i: -2}), place.eval({i: 3}), turn) == (3, 3, 1)


def test_zeros_in_place_of_disconnected_gradients():
    x, g = T.vector("x"), T.vector("g")
    zeros, same = _zero_disconnected([x, x], [disconnected_type(), g])
    assert same is g
    assert zeros.eval({x: [1.0, 2.0]}).tolist() == [0, 0]
