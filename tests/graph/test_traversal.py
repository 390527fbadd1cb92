"""Walks and copies: orders, cycles, replacements, and chains beyond Python's recursion limit."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checks import check_raises
from tests.rewriting.toys import (
    INT,
    NARROW,
    add,
    divmod_,
    graph,
    mul,
    neg,
    show,
    square,
    sub,
    to_narrow,
    values,
)

from theano.errors import MissingInputError
from theano.graph import Constant
from theano.graph.traversal import (
    ancestors,
    check_inputs_given,
    clone,
    clone_get_equiv,
    clone_replace,
    graph_inputs,
    io_toposort,
    is_same_graph,
    missing_inputs,
    rebuild,
    toposort,
    variables_between,
)

LONG = 100_000
x, y, z = INT("x"), INT("y"), INT("z")


def chain(start, n=LONG):
    for _ in range(n):
        start = neg(start)
    return start


@st.composite
def graphs(draw):
    """Return the inputs and some outputs of a random graph."""
    inputs = [INT(f"x{k}") for k in range(draw(st.integers(1, 3)))]
    variables = [*inputs, INT.make_constant(2)]
    for _ in range(draw(st.integers(0, 12))):
        op = draw(st.sampled_from([add, sub, neg, square, divmod_]))
        n = 1 if op in (neg, square) else 2
        operands = [draw(st.sampled_from(variables)) for _ in range(n)]
        variables += op(*operands, return_list=True)
    return inputs, draw(st.lists(st.sampled_from(variables), min_size=1, max_size=3))


@given(graphs())
def test_nodes_come_after_those_that_they_need(drawn):
    inputs, outputs = drawn
    order = toposort(outputs)
    done = set()
    for node in order:
        assert all(v.owner is None or v.owner in done for v in node.inputs)
        done.add(node)
    assert len(done) == len(order)
    assert done == {v.owner for v in ancestors(outputs) if v.owner is not None}
    assert order == toposort(outputs)
    assert order == io_toposort(inputs, outputs)


@given(graphs())
def test_copies_are_of_the_same_form_and_share_nothing(drawn):
    inputs, outputs = drawn
    new_inputs, new_outputs = clone(inputs, outputs)
    assert not set(ancestors(outputs)) & set(ancestors(new_outputs))
    assert list(map(show, new_outputs)) == list(map(show, outputs))
    givens = dict(zip(new_inputs, inputs, strict=True))
    for old, new in zip(outputs, new_outputs, strict=True):
        assert is_same_graph(new, old, givens)
        assert new.type == old.type
        assert new.source == old.source
    numbers = [3, -1, 2][: len(inputs)]
    if not any(v.owner is not None and v.owner.op is divmod_ for v in ancestors(outputs)):
        assert values(graph(inputs, *outputs), *numbers) == values(
            graph(new_inputs, *new_outputs), *numbers
        )


@given(graphs())
def test_replacing_nothing_changes_nothing(drawn):
    _, outputs = drawn
    assert rebuild(outputs, {})[0] == outputs
    copies = clone_replace(outputs)
    assert list(map(show, copies)) == list(map(show, outputs))
    assert not {id(v.owner) for v in copies if v.owner} & {id(v.owner) for v in outputs}


def test_the_order_is_depth_first_from_the_left():
    a, b = neg(x), square(y)
    c = add(a, b)
    d = mul(c, a)
    assert [str(n.op) for n in toposort([d])] == [
        str(n.op) for n in (a.owner, b.owner, c.owner, d.owner)
    ]
    assert toposort([b, d])[0] is b.owner
    assert toposort([d, d]) == toposort([d])


def test_blockers():
    a = neg(x)
    b = square(a)
    assert toposort([b], {a}) == [b.owner]
    assert toposort([b], [b]) == []
    assert list(ancestors([b], {a})) == [b, a]
    assert graph_inputs([b], {a}) == [a]
    assert graph_inputs([b]) == [x]


def test_one_output_of_several_may_be_a_blocker():
    quotient, remainder = divmod_(x, y)
    total = add(quotient, remainder)
    assert toposort([total], {quotient}) == [quotient.owner, total.owner]


def test_inputs_and_constants():
    total = add(x, 3, mul(y, x))
    leaves = graph_inputs([total])
    assert leaves[0] is x
    assert isinstance(leaves[1], Constant)
    assert leaves[2] is y
    assert len(leaves) == 3
    assert missing_inputs([x], [total]) == [y]
    check_inputs_given([x, y], [total])
    with check_raises(
        MissingInputError, "was not given a value", "`y`", "test_traversal.py", "givens"
    ):
        check_inputs_given([x], [total])


def test_variables_between():
    quotient, remainder = divmod_(x, y)
    total = add(quotient, z)
    between = variables_between([x, y], [total])
    assert set(between) == {x, y, z, quotient, remainder, total}


def test_cycles():
    a = neg(x)
    b = square(a)
    a.owner.inputs[0] = b
    for outputs in ([b], [a], [neg(b)]):
        with pytest.raises(ValueError, match="cycle through"):
            toposort(outputs)
    c = add(x, x)
    c.owner.inputs[1] = c
    with pytest.raises(ValueError, match="cycle through"):
        toposort([c])


def test_clone_replace():
    total = mul(add(x, y), z)
    total.name = "total"
    new = clone_replace(total, {x: y})
    assert show(new) == "mul(add(y, y), z)"
    assert new.name == "total"
    assert show(total) == "mul(add(x, y), z)"
    assert show(clone_replace(total, [(x, neg(x))])) == "mul(add(neg(x), y), z)"
    assert show(clone_replace(total, {total.owner.inputs[0]: y})) == "mul(y, z)"
    assert clone_replace(total, {total: x}) is x
    first, second = clone_replace([total, x], {x: z})
    assert show(first) == "mul(add(z, y), z)"
    assert second is z
    # Two variables that change places.
    assert show(clone_replace(total, {x: y, y: x})) == "mul(add(y, x), z)"


def test_only_what_depends_on_a_replacement_is_made_anew():
    kept, changed = neg(y), neg(x)
    (new,), _ = rebuild([add(kept, changed)], {x: z})
    assert new.owner.inputs[0] is kept
    assert new.owner.inputs[1] is not changed


def test_replacements_of_another_type():
    narrow = NARROW("narrow")
    with check_raises(TypeError, "another type", "int", "`narrow`", "cast"):
        clone_replace(neg(x), {x: narrow})
    assert show(clone_replace(neg(x), {x: narrow}, strict=False)) == "neg(narrow)"
    assert clone_replace(to_narrow(x), {x: y}).type == NARROW
    # What is not used need not fit.
    assert show(clone_replace(neg(x), {y: narrow})) == "neg(x)"


def test_clone_replace_shares_inputs_unless_told_otherwise():
    three = INT.make_constant(3)
    total = add(mul(x, y), three)
    total.tag.note = "kept"
    shared = clone_replace(total)
    assert graph_inputs([shared]) == [x, y, three]
    assert (shared.tag.note, clone_replace(x)) == ("kept", x)
    inner = neg(y)
    assert clone_replace(total.owner.inputs[0], {x: inner}).owner.inputs[0] is inner
    own = clone_replace([total, y], {x: inner}, share_inputs=False)
    assert show(own[0]) == "add(mul(neg(y), y), 3)"
    assert graph_inputs(own)[0] is own[1]
    assert not {x, y, three, inner}.intersection(ancestors(own))
    with pytest.warns(UserWarning, match="share_inputs"):
        assert clone_replace(x, copy_inputs=False) is not x


def test_clone_replace_of_what_is_no_variable():
    assert clone_replace(None) == []
    assert clone_replace((x, y), ((x, z),)) == [z, y]
    with check_raises(TypeError, "copies variables", "3"):
        clone_replace(3)
    with check_raises(TypeError, "replaces variables", "3"):
        clone_replace(x, {3: x})
    with check_raises(ValueError, "a dict, or a list or tuple of pairs", "xz"):
        clone_replace(x, "xz")


def test_replacing_all_outputs_of_a_node():
    quotient, remainder = divmod_(x, y)
    new = clone_replace([quotient, remainder], {x: z})
    assert new[0].owner is new[1].owner
    assert [v.index for v in new] == [0, 1]


def test_rebuild_tells_what_became_of_what():
    total = add(neg(x), y)
    total.owner.tag.note = "kept"
    (new,), memo = rebuild([total], {x: z}, copy_all=True, on_leaf=lambda v: v.clone())
    assert memo[total] is new
    assert memo[x] is z
    assert memo[y] is not y
    assert new.owner.tag.note == "kept"
    assert new.source == total.source


def test_clone_get_equiv_without_copies():
    total = add(x, 3)
    memo = clone_get_equiv([x], [total], copy_inputs=False, copy_orphans=False)
    assert memo[x] is x
    assert memo[total] is not total
    assert memo[total].owner.inputs[1] is total.owner.inputs[1]


def test_is_same_graph():
    assert is_same_graph(add(x, neg(y)), add(x, neg(y)))
    assert is_same_graph(x, x)
    assert not is_same_graph(x, y)
    assert is_same_graph(neg(x), neg(y), {x: y})
    assert is_same_graph(neg(x), neg(y), {y: x})
    assert not is_same_graph(add(x, y), add(y, x))
    assert not is_same_graph(add(x, y), add(x, y, y))
    assert not is_same_graph(neg(x), x)
    assert is_same_graph(add(x, 3), add(x, 3))
    assert not is_same_graph(add(x, 3), add(x, 4))
    assert not is_same_graph(add(x, 3), add(x, y))
    assert not is_same_graph(add(x, y), add(x, 3))
    first, second = divmod_(x, y)
    assert is_same_graph(first, divmod_(x, y)[0])
    assert not is_same_graph(first, divmod_(x, y)[1])
    assert not is_same_graph(first, second)


def test_is_same_graph_of_many_shared_paths():
    a, b = x, x
    for _ in range(60):
        a, b = add(a, a), add(b, b)
    assert is_same_graph(a, b)


def test_long_chains():
    assert sys.getrecursionlimit() < LONG
    end = chain(x)
    assert len(toposort([end])) == LONG
    assert sum(1 for _ in ancestors([end])) == LONG + 1
    (new_x,), (new_end,) = clone([x], [end])
    assert is_same_graph(new_end, end, {new_x: x})
    assert graph_inputs([new_end]) == [new_x]
