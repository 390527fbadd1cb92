"""Ops and their applications."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.checks import check_raises
from tests.rewriting.toys import INT, Shift, add, divmod_, neg, show

from theano.graph import Apply, Op
from theano.graph.null_type import DisconnectedType, NullType
from theano.graph.op import is_disconnected, is_null, perform_node

x, y = INT("x"), INT("y")


@dataclass(frozen=True)
class Frozen(Op):
    by: int

    def make_node(self, x):
        return Apply(self, [x], [INT()])


class Plain(Op):
    """An op without properties that could tell two instances apart."""

    def make_node(self, x):
        return Apply(self, [x], [INT()])


def test_ops_of_equal_properties_are_equal():
    assert Shift(2) == Shift(2)
    assert hash(Shift(2)) == hash(Shift(2))
    assert Shift(2) != Shift(3)
    assert Shift(2) != neg
    assert Frozen(2) == Frozen(2)
    assert hash(Frozen(2)) == hash(Frozen(2))
    assert Frozen(2) != Frozen(3)
    assert Plain() != Plain()
    one = Plain()
    assert {one: 1}[one] == 1


def test_how_ops_are_printed():
    assert str(Shift(2)) == "Shift{by=2}"
    assert str(neg) == repr(neg) == "Neg"
    assert str(Plain()) == "Plain"
    assert str(neg(x)) == "Neg.0"
    assert str(neg(x).owner) == "Neg(x)"
    assert repr(neg(x).owner) == "<Apply Neg>"


def test_calls():
    assert show(add(x, y)) == "add(x, y)"
    assert add(x, y, name="total").name == "total"
    assert isinstance(divmod_(x, y), list)
    assert [show(v) for v in neg(x, return_list=True)] == ["neg(x)"]

    class First(type(divmod_)):
        default_output = 0

    node = First()(x, y).owner
    assert First()(x, y).index == 0
    assert node.out is node.outputs[0]
    assert [v.index for v in First()(x, y, return_list=True)] == [0]


def test_what_an_op_lacks():
    class Bare(Op):
        pass

    node = neg(x).owner
    for method, arguments in (
        ("make_node", (x,)),
        ("perform", (node, [], [])),
        ("lower", (None,)),
        ("infer_shape", (node, [])),
        ("grad", ([], [])),
        ("L_op", ([], [], [])),
        ("R_op", ([], [])),
    ):
        named = "grad" if method == "L_op" else method
        with pytest.raises(NotImplementedError, match=rf"Bare has no {named}\(\)"):
            getattr(Bare(), method)(*arguments)
    assert not Bare().lowers(node)
    assert Bare().connection_pattern(divmod_(x, y)[0].owner) == [[True, True], [True, True]]
    assert Bare().do_constant_folding(node)


def test_perform_node():
    assert perform_node(divmod_(x, y)[0].owner, [7, 2]) == [3, 1]


def test_apply():
    node = divmod_(x, y)[0].owner
    assert (node.nin, node.nout) == (2, 2)
    assert node.get_parents() == [x, y]
    assert [v.index for v in node.outputs] == [0, 1]
    assert node.outputs[0].get_parents() == [node]
    assert x.get_parents() == []
    with check_raises(AttributeError, "2 outputs and no default one"):
        node.default_output()
    assert not node.constant_inputs()
    assert neg(3).owner.constant_inputs()


def test_bad_applications():
    with check_raises(TypeError, "no variable as input 1", "Add", "3 (int)", "as_tensor_variable"):
        Apply(add, [x, 3], [INT()])
    with check_raises(TypeError, "no variable as output 0"):
        Apply(add, [x], ["z"])
    with check_raises(ValueError, "output 0", "already belongs to another node"):
        Apply(add, [x], [neg(x)])


def test_clones_of_nodes():
    node = add(x, y).owner
    node.outputs[0].name = "total"
    node.tag.note = 1
    copy = node.clone()
    assert copy.inputs == [x, y]
    assert copy.inputs is not node.inputs
    assert copy.out is not node.out
    assert (copy.out.name, copy.tag.note, copy.source) == ("total", 1, node.source)
    assert node.clone_with_new_inputs([y, x]).inputs == [y, x]
    with pytest.raises(ValueError, match="zip"):
        node.clone_with_new_inputs([x])


def test_marks_of_gradients():
    assert is_disconnected(DisconnectedType()())
    assert is_null(NullType("why")())
    assert not is_disconnected(None)
    assert not is_null(x)
    assert DisconnectedType() == DisconnectedType()
    assert DisconnectedType() != NullType()
    assert NullType("a") == NullType("b")
    for kind in (DisconnectedType(), NullType("it jumps")):
        assert not kind.is_valid_value(0)
        with check_raises(TypeError, "has no value"):
            kind.filter(0)
    assert {str(DisconnectedType()), str(NullType())} == {"DisconnectedType", "NullType"}
