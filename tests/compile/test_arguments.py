"""Casts of large arguments, which go into memory that is used again."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import theano.tensor as T
from theano import In, function, shared
from theano.compile.arguments import LARGE, ArgumentFilter
from theano.runtime.devices import ALIGNMENT

x = T.fmatrix("x")
LENGTH = LARGE // 8


def argument_filter(**options):
    return ArgumentFilter(In(x, **{"allow_downcast": True, **options}))


def test_what_fits_is_passed_on():
    value = np.ones((2, LENGTH), "float32")
    assert argument_filter()(value) is value


@pytest.mark.parametrize("dtype", ["float64", "int64", "int8", "bool", ">f8"])
def test_a_cast_is_that_of_numpy_and_aligned(dtype, rng):
    value = rng.normal(scale=50, size=(9, LENGTH)).astype(dtype)
    array = argument_filter()(value)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, value.astype("float32"))
    if np.dtype(dtype).isnative:
        assert array.ctypes.data % ALIGNMENT == 0


def test_memory_is_used_again_when_it_was_given_back():
    check, value = argument_filter(), np.ones((2, LENGTH))
    first = check(value)
    assert not np.shares_memory(check(value), first)
    check.release(first, value)
    assert check(value) is first
    check.release(first, value)
    assert check(np.ones((3, LENGTH))).shape == (3, LENGTH)


def test_the_callers_memory_is_never_kept():
    check, value = argument_filter(), np.ones((2, LENGTH), "float32")
    check.release(check(value), value)
    check(np.zeros((2, LENGTH)))
    assert value.all()


@pytest.mark.parametrize("options", [{"allow_downcast": False}, {"strict": True}], ids=str)
def test_large_values_are_checked_as_small_ones_are(options):
    with pytest.raises(TypeError):
        argument_filter(**options)(np.ones((2, LENGTH)))


def test_a_narrower_dtype_needs_no_leave():
    check = argument_filter(allow_downcast=None)
    assert check(np.ones((9, LENGTH), "int8")).dtype == np.float32
    with pytest.raises(TypeError, match="losing precision"):
        check(np.ones((9, LENGTH), "int32"))


def test_results_are_not_that_memory():
    f = function([x], [x, x * 2], allow_input_downcast=True)
    same, double = f(np.ones((2, LENGTH)))
    f(np.zeros((2, LENGTH)))
    assert same.min() == 1
    assert double.min() == 2


def test_updates_have_read_their_arguments_when_the_call_returns():
    s = shared(np.zeros((2, LENGTH), "float32"))
    f = function([x], updates=[(s, s + x)], allow_input_downcast=True)
    batch = np.empty((2, LENGTH))
    for i in range(50):
        batch[:] = i
        f(batch)
        batch[:] = -1
    np.testing.assert_array_equal(s.get_value(), np.full((2, LENGTH), sum(range(50))))


def test_threads_do_not_share_it():
    f = function([x], x.sum(), allow_input_downcast=True)
    f(np.zeros((2, LENGTH)))
    wrong = []

    def work(i):
        for _ in range(100):
            if f(np.full((2, LENGTH), float(i))) != 2 * LENGTH * i:
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
