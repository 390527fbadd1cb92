"""Variables: where they come from, how they are copied, and how they are pickled."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import sys

import numpy as np
import pytest
from tests.checks import check_raises
from tests.graph.test_traversal import chain
from tests.rewriting.toys import INT, NARROW, add, divmod_, graph, mul, neg, show, square, values

import theano.tensor as T
from theano import function, shared
from theano.graph import Apply, Constant, FunctionGraph, Op
from theano.graph.pickling import underway
from theano.graph.traversal import ancestors, graph_inputs, is_same_graph, toposort

x, y = INT("x"), INT("y")


def by_python(thing):
    """Pickle with the pickler that is written in Python, which asks for items in advance."""
    file = io.BytesIO()
    pickle._Pickler(file).dump(thing)
    return pickle._Unpickler(io.BytesIO(file.getvalue())).load()


COPIES = {
    **{
        f"pickle {protocol}": lambda thing, p=protocol: pickle.loads(pickle.dumps(thing, p))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "pickle in Python": by_python,
    "deepcopy": copy.deepcopy,
}


@pytest.fixture(params=COPIES.values(), ids=COPIES)
def copied(request):
    return request.param


# What a variable knows of itself.


def test_names():
    assert str(INT("a")) == repr(INT("a")) == "a"
    assert str(INT()) == "<int>"
    assert str(neg(x)) == "Neg.0"
    with check_raises(TypeError, "name of a variable", "3"):
        INT(3)


def test_constants():
    two = INT.make_constant(2, name=None)
    assert two.value == two.data == 2
    assert str(two) == "Constant{2}"
    assert str(INT.make_constant(2, "two")) == "two"
    assert two.equals(INT.make_constant(2))
    assert not two.equals(INT.make_constant(3))
    assert not two.equals(NARROW.make_constant(2))
    assert not two.equals(2)
    assert str(INT.make_constant(10**40)).endswith("...}")
    clone = two.clone()
    assert clone is not two
    assert clone.equals(two)


def test_values_of_a_type():
    assert INT.is_valid_value(3)
    assert not INT.is_valid_value(3.5)
    assert INT.filter_variable(x) is x
    assert INT.filter_variable(3).data == 3
    with check_raises(TypeError, "another type", "narrow", "`x`", "theano.tensor.cast"):
        NARROW.filter_variable(x)


def test_clones_of_variables():
    total = add(x, y)
    total.name, total.tag.note = "total", [1]
    new = total.clone()
    assert new.owner is None
    assert (new.name, new.type, new.source, new.tag.note) == ("total", INT, total.source, [1])
    new.tag.other = 2
    assert not hasattr(total.tag, "other")
    assert repr(new.tag) == "scratchpad{'note': [1], 'other': 2}"
    new.tag.clear()
    assert repr(new.tag) == "scratchpad{}"


# The user's own line.


def test_the_line_that_made_a_variable():
    here = INT("here")  # first
    there = add(here, here)  # second
    for variable, comment in ((here, "# first"), (there, "# second"), (there.owner, "# second")):
        assert variable.source.filename == __file__
        assert variable.source.text.endswith(comment)
        assert str(variable.source) == (
            f"test_variable.py:{variable.source.line} by `{variable.source.text}`"
        )
        assert variable.source.function == "test_the_line_that_made_a_variable"


def test_the_line_is_outside_of_the_package():
    cost = (T.vector("v") ** 2).sum()  # by operators
    assert cost.source.text.endswith("# by operators")
    assert {v.source.filename for v in ancestors([cost]) if v.source} == {__file__}


def test_the_line_is_that_of_the_call_not_of_the_users_op():
    class Mine(Op):
        def make_node(self, x):
            return Apply(self, [x], [INT()])

    z = Mine()(x)  # here it is applied
    assert z.source.text.endswith("# here it is applied")


def test_a_line_whose_text_is_gone():
    scope = {"INT": INT}
    exec(compile("z = INT('z')", "<gone>", "exec"), scope)
    assert str(scope["z"].source) == "<gone>:1"


# Pickling and copying.


def test_leaves(copied):
    one, two = INT("one"), INT.make_constant(2)
    one.tag.note, one.mine = "kept", [1]
    new, constant = copied([one, two])
    assert (new.name, new.type, new.owner, new.index, new.tag.note, new.mine) == (
        "one",
        INT,
        None,
        None,
        "kept",
        [1],
    )
    assert new.source == one.source
    assert constant.equals(two)


def test_graphs(copied):
    negative = neg(x)
    negative.name, negative.tag.note, negative.mine = "negative", "kept", {"a": 1}
    negative.owner.tag.note, negative.owner.mine = "node", "too"
    total = mul(add(negative, 3), y, negative)
    new = copied(total)
    assert show(new) == show(total)
    assert is_same_graph(
        new, total, dict(zip(graph_inputs([new]), graph_inputs([total]), strict=True))
    )
    copy_of_negative = new.owner.inputs[2]
    assert copy_of_negative is not negative
    assert copy_of_negative.name == "negative"
    assert copy_of_negative.tag.note == "kept"
    assert copy_of_negative.mine == {"a": 1}
    assert (copy_of_negative.owner.tag.note, copy_of_negative.owner.mine) == ("node", "too")
    assert copy_of_negative.source == copy_of_negative.owner.source == negative.source
    inputs = [v for v in graph_inputs([new]) if not isinstance(v, Constant)]
    assert values(graph(inputs, new), 2, 5) == [(-2 + 3) * 5 * -2]


def test_identity_is_kept(copied):
    quotient, remainder = divmod_(x, y)
    total = add(quotient, remainder)
    new = copied({"total": total, "remainder": remainder, "x": x, "node": quotient.owner})
    assert new["total"].owner.inputs[1] is new["remainder"]
    assert new["remainder"].owner is new["node"]
    assert new["node"].inputs[0] is new["x"]
    assert [v.index for v in new["node"].outputs] == [0, 1]
    assert all(v.owner is new["node"] for v in new["node"].outputs)


def test_nodes(copied):
    node = add(neg(x), y).owner
    new = copied(node)
    assert show(new.outputs[0]) == show(node.outputs[0])
    assert new.outputs[0].owner is new


def test_attributes_that_refer_back(copied):
    inner = neg(x)
    total = square(inner)
    total.tag.me, inner.tag.ahead, inner.owner.tag.node = total, total, total.owner
    x2 = INT("x2")
    x2.tag.user = add(x2, x2)
    new = copied(total)
    assert new.tag.me is new
    assert new.owner.inputs[0].tag.ahead is new
    assert new.owner.inputs[0].owner.tag.node is new.owner
    new = copied(x2)
    assert new.tag.user.owner.inputs == [new, new]


def test_function_graphs(copied):
    fgraph = FunctionGraph([x, y], [add(neg(x), 3), neg(x), x])
    new = copied(fgraph)
    new.check_integrity()
    assert [show(v) for v in new.outputs] == [show(v) for v in fgraph.outputs]
    assert [v.name for v in new.inputs] == ["x", "y"]
    new.replace(new.outputs[0], new.inputs[1])
    new.check_integrity()
    fgraph.check_integrity()


def test_shallow_copies():
    total = add(x, y)
    assert copy.copy(total) is total
    node = copy.copy(total.owner)
    assert node is not total.owner
    assert node.inputs == [x, y]
    assert show(node.out) == "add(x, y)"


def test_tensors(copied):
    v, w = T.vector("v"), shared(np.ones(3), "w")
    cost = ((v * w) ** 2).sum()
    new_cost, new_v, new_w = copied([cost, v, w])
    assert str(new_cost.type) == str(cost.type)
    assert new_cost.owner.op == cost.owner.op
    f = function([new_v], new_cost, updates=[(new_w, new_w * 2)])
    assert [f([1, 2, 3]), f([1, 2, 3])] == [14, 56]
    assert w.get_value().tolist() == [1, 1, 1]


def test_long_chains(copied):
    n = 5_000
    end = chain(x, n)
    new = copied(end)
    assert sys.getrecursionlimit() < n
    assert len(toposort([new])) == n
    assert graph_inputs([new])[0].name == "x"


def test_very_long_chains():
    end = chain(x, 20_000)
    assert len(toposort([pickle.loads(pickle.dumps(end))])) == 20_000
    fgraph = pickle.loads(pickle.dumps(graph([x], end)))
    assert len(fgraph.apply_nodes) == 20_000


def test_a_chain_that_an_input_of_it_refers_to(copied):
    """Such as a shared variable whose next value is the end of a long chain on it."""
    # The pickler in Python asks for 1,000 items before it writes one; these it may walk deeply.
    n = 30 if copied is by_python else 3_000
    start = INT("start")
    start.tag.next = chain(start, n)
    new = copied(start)
    assert len(toposort([new.tag.next])) == n
    new_end = copied(start.tag.next)
    assert graph_inputs([new_end])[0].tag.next is new_end


def test_what_cannot_be_pickled_leaves_no_trace():
    end = neg(chain(x, 50))
    end.owner.inputs[0].owner.tag.bad = lambda: None
    for _ in range(2):
        with pytest.raises((pickle.PicklingError, AttributeError)):
            pickle.dumps(square(end))
        gc.collect()
        assert not underway.nodes
    del end.owner.inputs[0].owner.tag.bad
    assert show(pickle.loads(pickle.dumps(end))) == show(end)


def test_pickles_are_of_the_size_of_the_graph():
    sizes = [len(pickle.dumps(chain(x, n))) for n in (100, 200, 400)]
    assert sizes[2] - sizes[1] < 2.2 * (sizes[1] - sizes[0])
