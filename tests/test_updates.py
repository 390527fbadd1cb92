"""Ordered updates of shared variables."""

from __future__ import annotations

import copy
import pickle

import pytest

import theano
from theano.updates import OrderedUpdates

a, b = theano.shared(1.0, "a"), theano.shared(2.0, "b")


def test_they_are_a_mapping_in_order_and_can_be_added():
    assert theano.OrderedUpdates is OrderedUpdates
    first = OrderedUpdates([(b, b * 2)])
    first[a] = a + 1
    assert list(first) == [b, a]
    both = OrderedUpdates({a: 3.0}) + {b: a}
    assert type(both) is OrderedUpdates
    assert list(both.items()) == [(a, 3.0), (b, a)]
    assert {b: a} + OrderedUpdates({a: 3.0}) == both
    theano.function([], updates=both)()
    assert (a.get_value(), b.get_value()) == (3.0, 1.0)


def test_copies():
    updates = OrderedUpdates({a: a + 1})
    assert type(copy.copy(updates)) is OrderedUpdates
    assert list(copy.copy(updates)) == [a]
    assert [v.name for v in pickle.loads(pickle.dumps(updates))] == ["a"]


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda u: u.__setitem__(3, 4), TypeError, r"got: +3 of [\s\S]*theano\.shared"),
        (lambda u: u.update({a + 1: 4}), TypeError, "keeps no value"),
        (lambda u: OrderedUpdates(a=1), TypeError, "keeps no value"),
        (lambda u: u.update({a: 4}), KeyError, "two updates of a"),
        (lambda u: u + {a: 4}, KeyError, "two updates of a"),
        (lambda u: u + 5, TypeError, "not iterable"),
    ],
)
def test_errors(change, error, text):
    updates = OrderedUpdates({a: a + 1})
    with pytest.raises(error, match=text):
        change(updates)
    assert len(updates) == 1
