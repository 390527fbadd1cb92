"""Shared variables: their types, values, copies and pickles."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import theano.tensor as T
from theano import config, shared
from theano.graph import Variable
from theano.graph.generic_type import Generic
from theano.shared_variable import Container, SharedVariable, shared_constructor
from theano.tensor.sharedvar import ScalarSharedVariable, TensorSharedVariable


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1, "int64"),
        (1.0, "float64"),
        (True, "bool"),
        (1j, "complex128"),
        (np.float32(1), "float32"),
        (np.int8(1), "int8"),
        (np.bool_(True), "bool"),
    ],
)
def test_numbers(value, dtype):
    s = shared(value)
    assert isinstance(s, ScalarSharedVariable)
    assert (s.type.dtype, s.type.ndim) == (dtype, 0)
    result = s.get_value()
    assert type(result) is np.ndarray
    assert result == value


@pytest.mark.parametrize(
    "value",
    [np.zeros((2, 1), "float32"), np.array(3), np.zeros(0), np.ones((1, 1, 1), "int16")],
    ids=lambda a: str(a.shape),
)
def test_arrays(value):
    s = shared(value, "s")
    assert isinstance(s, TensorSharedVariable)
    assert s.type.dtype == value.dtype
    assert s.type.broadcastable == (False,) * value.ndim
    assert s.name == "s"
    np.testing.assert_array_equal(s.get_value(), value)


def test_a_pattern_can_be_declared():
    s = shared(np.zeros((1, 2)), broadcastable=(True, False))
    assert s.type.broadcastable == (True, False)
    with pytest.raises(TypeError, match="broadcastable dimension"):
        s.set_value(np.zeros((2, 2)))
    with pytest.raises(TypeError, match="broadcastable dimension"):
        shared(np.zeros((2, 2)), broadcastable=(True, False))


def test_arguments_that_no_kind_takes():
    with pytest.raises(TypeError, match=r"(?s)no kind of shared variable.*expected.*got.*asarray"):
        shared([1, 2], borrow=True)


def test_symbolic_values_and_unknown_options():
    with pytest.raises(TypeError, match=r"(?s)symbolic value.*`x`.*get_value"):
        shared(T.dscalar("x"))
    with pytest.raises(TypeError, match="bogus"):
        shared(np.zeros(2), bogus=3)


def test_values_are_copied_both_ways():
    value = np.zeros(3)
    s = shared(value, borrow=True)
    value[0] = 1
    assert s.get_value()[0] == 0
    s.set_value(value, borrow=True)
    value[0] = 2
    assert s.get_value()[0] == 1
    got = s.get_value(borrow=True)
    assert got.flags.writeable
    got[0] = 3
    assert s.get_value()[0] == 1


def test_setting():
    config.floatX = "float32"
    s = shared(np.zeros(2, "float32"), "s")
    s.set_value([1, 2])
    s.set_value(np.int8([3, 4]))
    assert s.get_value().dtype == "float32"
    s.set_value(np.ones(5, "float32"))
    assert s.get_value().shape == (5,)
    n = shared(np.float32(0))
    n.set_value(0.1)
    assert n.get_value() == np.float32(0.1)
    n.set_value(1)
    assert n.get_value() == 1


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (np.zeros(2), TypeError),
        (np.zeros((2, 2), "float32"), TypeError),
        ("abc", ValueError),
        (None, TypeError),
    ],
    ids=["dtype", "rank", "text", "None"],
)
def test_wrong_values_leave_the_old_one(value, error):
    s = shared(np.ones(2, "float32"), "weights")
    with pytest.raises(error, match="expected") as info:
        s.set_value(value)
    assert "while setting the value of weights" in info.value.__notes__
    np.testing.assert_array_equal(s.get_value(), [1, 1])


def test_strict_and_allow_downcast_hold_for_later_values():
    strict = shared(np.zeros(2, "float32"), strict=True)
    strict.set_value(np.ones(2, "float32"))
    for wrong in ([1.0, 2.0], np.int8([1, 2]), np.ones(2)):
        with pytest.raises(TypeError, match="strict"):
            strict.set_value(wrong)
    lenient = shared(np.zeros(2, "float32"), allow_downcast=True)
    lenient.set_value(np.ones(2))
    assert lenient.get_value().dtype == "float32"
    number = shared(np.float32(0), strict=True)
    with pytest.raises(TypeError, match="strict"):
        number.set_value(1.0)


def test_zero():
    s = shared(np.ones((2, 2), "int8"))
    s.zero()
    np.testing.assert_array_equal(s.get_value(), np.zeros((2, 2)))
    assert s.get_value().dtype == "int8"


def test_an_attribute_of_earlier_versions():
    s = shared(1.0, "s")
    for use in (lambda: s.value, lambda: setattr(s, "value", 3)):
        with pytest.raises(AttributeError, match=r"(?s)no attribute `value`.*`s`.*set_value"):
            use()


def test_made_without_a_constructor():
    s = SharedVariable("s", T.fvector, [1, 2], False)
    t = TensorSharedVariable(type=T.fvector, value=np.ones(2, "float32"), name="t", strict=True)
    near = TensorSharedVariable("near", T.fvector, None, None, container=s.container)
    s.set_value([3, 4])
    assert (s.name, t.name, near.name) == ("s", "t", "near")
    assert near.get_value().tolist() == [3, 4]
    assert near.get_value().dtype == "float32"
    with pytest.raises(ValueError, match="expected"):
        SharedVariable("s", T.fvector, "abc", False)
    with pytest.raises(TypeError, match="expected"):
        t.set_value([1])
    with pytest.raises(TypeError, match="value as well as a container"):
        SharedVariable("s", T.fvector, [1, 2], False, container=s.container)


class TestContainer:
    def test_it_holds_a_value_of_the_type(self):
        storage = [None]
        container = Container(T.dvector("v"), storage)
        assert container.value is None
        container.value = [1, 2]
        assert storage[0] is container.storage[0]
        assert container.data.tolist() == [1, 2]
        assert (container.name, container.type, container.readonly) == ("v", T.dvector, False)
        assert Container(T.dvector, [None], name="w").name == "w"

    def test_it_can_be_read_only(self):
        container = Container(T.dvector("v"), [np.ones(2)], readonly=True)
        with pytest.raises(TypeError, match="value of v was set, which is only to be read"):
            container.value = [1, 2]
        assert pickle.loads(pickle.dumps(container)).readonly

    @pytest.mark.parametrize("storage", [None, [], np.ones(2), 3], ids=str)
    def test_its_storage_is_a_list(self, storage):
        with pytest.raises(TypeError, match=r"(?s)no storage.*\[value\]"):
            Container(T.dvector, storage)

    def test_it_can_be_changed_in_place_of_the_variable(self):
        s = shared(np.ones(2), "s")
        s.container.value = [3, 4]
        assert s.get_value().tolist() == [3, 4]
        s.container.storage[0] = np.zeros(3)
        assert s.get_value().tolist() == [0, 0, 0]
        assert s.sum().eval() == 0


def test_copies():
    s = shared(np.ones(2), "s")
    s.default_update = s + 1
    near, clone, deep = copy.copy(s), s.clone(), copy.deepcopy(s)
    s.set_value(np.zeros(2))
    assert [c.get_value()[0] for c in (near, clone, deep)] == [0, 0, 1]
    assert near is not s
    assert clone is not s
    for c in (near, clone, deep):
        assert isinstance(c, TensorSharedVariable)
        assert c.name == "s"
    assert near.default_update is s.default_update
    assert not hasattr(clone, "default_update")
    assert isinstance(deep.default_update, Variable)
    assert deep.default_update.owner.inputs[0] is deep
    near.name = "near"
    assert s.name == "s"


def test_pickle():
    s = shared(np.ones(2, "float32"), "s", allow_downcast=True)
    s.default_update = s * 2
    t = pickle.loads(pickle.dumps(s))
    assert type(t) is TensorSharedVariable
    assert (t.name, t.type) == ("s", s.type)
    t.set_value(np.zeros(2))
    assert s.get_value()[0] == 1
    assert t.default_update.owner.inputs[0] is t
    assert t.default_update.eval().dtype == "float32"


def test_a_graph_and_its_variable_stay_together():
    s = shared(2.0)
    t, e = pickle.loads(pickle.dumps((s, s * 3)))
    t.set_value(5.0)
    assert e.eval() == 15


def test_it_is_a_variable_of_the_language():
    s = shared(np.arange(4.0), "s")
    assert isinstance(s, SharedVariable)
    assert str(s) == "s"
    assert (s[1:] * 2).sum().eval() == 12
    with pytest.raises(TypeError, match="truth value"):
        bool(s > 1)


def test_constructors_of_other_kinds():
    class Degrees:
        def __init__(self, value):
            self.value = value

    def constructor(value, name=None, strict=False, allow_downcast=None):
        if not isinstance(value, Degrees):
            raise TypeError
        return shared(np.deg2rad(value.value), name)

    shared_constructor(constructor)
    assert shared.constructors[-1] is constructor
    try:
        assert shared(Degrees(180.0)).get_value() == np.pi
        assert shared(2.0).get_value() == 2
    finally:
        shared_constructor(constructor, remove=True)
    assert isinstance(shared(Degrees(180.0)).type, Generic)
