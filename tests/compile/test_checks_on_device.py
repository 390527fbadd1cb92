"""What a program checks on its device: errors come out, and updates are all applied or none."""

from __future__ import annotations

import numpy as np
import pytest

import theano.tensor as T
from theano import change_flags, function, grad, shared

iv, i, x = T.lvector("iv"), T.lscalar("i"), T.dvector("x")
TABLE = np.arange(12.0).reshape(4, 3)


def test_an_index_that_the_device_computes():
    f = function([x], x[T.argmax(x) + 2])
    assert f([5.0, 1, 7, 2, 3]) == 3
    with pytest.raises(IndexError, match=r"from -3 to 2 along axis 0\n.*4 at test_checks_on_dev"):
        f([5.0, 1, 7])
    assert f([7.0, 1, 3]) == 3
    assert len(f.compilations) == 2


def test_no_update_is_applied():
    table, count = shared(TABLE), shared(0)
    cost = (table[iv] ** 2).sum()
    f = function([iv], cost, updates=[(table, table - grad(cost, table)), (count, count + 1)])
    before = table.get_value()
    for bad in ([0, 4], [-5]):
        with pytest.raises(IndexError, match=str(bad[-1])):
            f(bad)
        np.testing.assert_array_equal(table.get_value(), before)
        assert count.get_value() == 0
    f([0, -1])
    expected = before.copy()
    expected[[0, -1]] -= 2 * before[[0, -1]]
    np.testing.assert_array_equal(table.get_value(), expected)
    assert count.get_value() == 1


def test_all_updates_are_applied_where_one_writes_in_place():
    """To keep the old table would mean to copy it at every call."""
    table, count = shared(TABLE), shared(0)
    f = function([iv], updates=[(table, T.inc_subtensor(table[iv], 1.0)), (count, count + 1)])
    f([1])
    held = table.container.storage[0]
    with pytest.raises(IndexError):
        f([2, 4])
    assert held.is_deleted()
    assert count.get_value() == 2
    assert np.isfinite(table.get_value()).all()
    np.testing.assert_array_equal(table.get_value()[[0, 1, 3]], TABLE[[0, 1, 3]] + [[0], [1], [0]])


def test_values_that_nothing_is_donated_for():
    source, target, count = shared(np.arange(4.0)), shared(np.zeros(2)), shared(np.zeros(1))
    f = function([iv], updates=[(target, source[iv]), (count, T.ones((2,)) * count[0] + 1)])
    f([0, 3])
    np.testing.assert_array_equal(target.get_value(), [0, 3])
    with pytest.raises(IndexError):
        f([0, 9])
    np.testing.assert_array_equal(target.get_value(), [0, 3])
    np.testing.assert_array_equal(count.get_value(), [1, 1])
    f([2, 2, 2])
    np.testing.assert_array_equal(target.get_value(), [2, 2, 2])


def test_an_index_from_an_argument_is_checked_before_the_launch():
    table = shared(TABLE)
    f = function([i], table[i].sum(), updates=[(table, T.set_subtensor(table[i], 0.0))])
    assert f(1) == TABLE[1].sum()
    before = table.get_value()
    with pytest.raises(IndexError, match="from -4 to 3"):
        f(4)
    np.testing.assert_array_equal(table.get_value(), before)


def test_a_check_in_an_earlier_program():
    table = shared(TABLE)
    k = T.argmax(table[iv].sum(axis=1))
    f = function([iv], [T.arange(k), table[iv]], updates=[(table, table + 1)])
    assert f([0, 1, 2])[0].tolist() == [0, 1]
    with pytest.raises(IndexError):
        f([0, 7])
    np.testing.assert_array_equal(table.get_value(), TABLE + 1)


def test_the_first_of_several_errors():
    f = function([x, iv], [x[iv], T.arange(6).reshape((2, 3))[T.argmax(x)]])
    with pytest.raises(IndexError):
        f([0.0, 1, 9], [0, 1])
    with pytest.raises(IndexError, match="5"):
        f([9.0, 1, 0], [0, 5])
    assert f([9.0, 1], [0])[1].tolist() == [0, 1, 2]


def test_checks_can_be_left_out():
    with change_flags(device_checks=False):
        f = function([x], x[T.argmax(x) + 1])
        assert f([5.0, 1]) == 1
        assert np.shape(f([1.0, 5])) == ()
        table = shared(TABLE)
        g = function([i], table[i].sum())
        with pytest.raises(IndexError):
            g(4)
