"""Graphs that change: who uses what, replacements, pruning, and features that watch."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.checks import check_raises
from tests.graph.test_traversal import chain, graphs
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
    to_narrow,
    values,
)

from theano.errors import InconsistencyError, MissingInputError
from theano.graph import Feature, FunctionGraph
from theano.graph.traversal import ancestors

x, y, z = INT("x"), INT("y"), INT("z")


def shown(fgraph):
    return [show(v) for v in fgraph.outputs]


class Recorder(Feature):
    """Writes down what it is told."""

    def __init__(self):
        self.events = []

    def on_attach(self, fgraph):
        self.events.append("attach")

    def on_detach(self, fgraph):
        self.events.append("detach")

    def on_import(self, fgraph, node, reason):
        assert node in fgraph.apply_nodes
        self.events.append(f"import {node.op} ({reason})")

    def on_prune(self, fgraph, node, reason):
        assert node not in fgraph.apply_nodes
        self.events.append(f"prune {node.op} ({reason})")

    def on_change_input(self, fgraph, node, i, old, new, reason=None):
        where = node if isinstance(node, str) else node.op
        self.events.append(f"{where}[{i}]: {show(old)} -> {show(new)} ({reason})")


def test_the_callers_graph_is_left_alone():
    total = add(x, neg(y))
    fgraph = FunctionGraph([x, y], [total])
    assert not {x, y, total} & fgraph.variables
    assert fgraph.equivalents[total] is fgraph.outputs[0]
    fgraph.replace(fgraph.outputs[0].owner.inputs[1], fgraph.inputs[0])
    assert shown(fgraph) == ["add(x, x)"]
    assert show(total) == "add(x, neg(y))"
    own = FunctionGraph([x, y], [total], clone=False)
    assert own.outputs == [total]


def test_what_is_recorded():
    negative = neg(x)
    fgraph = FunctionGraph([x, y], [add(negative, negative), negative], clone=False)
    plus = fgraph.outputs[0].owner
    assert list(fgraph.clients[negative]) == [(plus, 0), (plus, 1), ("output", 1)]
    assert fgraph.clients[y] == {}
    assert fgraph.apply_nodes == {plus, negative.owner}
    assert fgraph.variables == {x, y, negative, plus.out}
    fgraph.check_integrity()
    assert str(fgraph) == "[Add(*1 -> Neg(x), *1), *1]"
    assert fgraph.clients(negative) == negative.clients == [(plus, 0), (plus, 1), ("output", 1)]
    assert plus.fgraph is negative.fgraph is fgraph
    fgraph.replace(fgraph.outputs[0], y)
    with check_raises(AttributeError, "is not part of a FunctionGraph"):
        plus.fgraph  # noqa: B018 - it raises


class Before:
    """Not a Feature, but it has one of the methods: additions come after negations."""

    def orderings(self, fgraph):
        nodes = sorted(fgraph.apply_nodes, key=str)
        return {nodes[0]: nodes[1:]}


def test_what_features_say():
    fgraph = graph([x, y], add(x, y), neg(x))
    assert [str(node.op) for node in fgraph.toposort()] == ["Add", "Neg"]
    before = Before()
    fgraph.attach_feature(before)
    assert [str(node.op) for node in fgraph.toposort()] == ["Neg", "Add"]
    assert list(fgraph.collect_callbacks("orderings")) == [before]
    fgraph.execute_callbacks("no_feature_has_this")
    fgraph.remove_feature(before)
    assert [str(node.op) for node in fgraph.toposort()] == ["Add", "Neg"]


def test_inputs_may_be_outputs():
    fgraph = graph([x], x, x)
    assert fgraph.outputs == fgraph.inputs * 2
    fgraph.check_integrity()


def test_bad_graphs():
    with check_raises(MissingInputError, "was not given a value", "`y`", "test_function_graph.py"):
        graph([x], add(x, y))
    with check_raises(MissingInputError, "`y`"):
        graph([x], y)
    with check_raises(ValueError, "computed by a node", "without an owner"):
        FunctionGraph([neg(x)], [neg(x)], clone=False)


@given(graphs())
def test_a_new_graph_is_whole(drawn):
    inputs, outputs = drawn
    fgraph = graph(inputs, *outputs)
    fgraph.check_integrity()
    assert shown(fgraph) == list(map(show, outputs))
    copy, equivalents = fgraph.clone_get_equiv()
    copy.check_integrity()
    assert shown(copy) == shown(fgraph)
    assert not copy.variables & fgraph.variables
    assert set(equivalents) == fgraph.variables


def in_order(fgraph):
    """Return all variables of a graph in an order that is the same for every run."""
    around = [v for node in fgraph.toposort() for v in (*node.inputs, *node.outputs)]
    variables = list(dict.fromkeys([*fgraph.inputs, *around, *fgraph.outputs]))
    assert set(variables) == fgraph.variables
    return variables


@settings(max_examples=200)
@given(graphs(), st.data())
def test_replacements_keep_a_graph_whole(drawn, data):
    """Random replacements: by something new, by a function of the old, by another variable."""
    inputs, outputs = drawn
    fgraph = graph(inputs, *outputs)
    for _ in range(data.draw(st.integers(1, 6))):
        variables = in_order(fgraph)
        old = data.draw(st.sampled_from(variables))
        others = [v for v in variables if old not in set(ancestors([v]))]
        kind = data.draw(st.integers(0, 2))
        if kind == 0:
            new = add(data.draw(st.sampled_from(fgraph.inputs)), 1)
        elif kind == 1 or not others:
            new = neg(old)
        else:
            new = data.draw(st.sampled_from(others))
        used = len(fgraph.clients[old])
        fgraph.replace(old, new)
        fgraph.check_integrity()
        if used and new is not old:
            users = [node for node, _ in fgraph.clients.get(old, ())]
            assert users == [new.owner] * (new.owner is not None and old in new.owner.inputs)
    nodes = {v.owner for v in ancestors(fgraph.outputs) if v.owner is not None}
    assert fgraph.apply_nodes == nodes


def test_replace_everywhere():
    negative = neg(x)
    fgraph = FunctionGraph([x, y], [add(negative, negative), negative], clone=False)
    fgraph.replace(negative, mul(x, y))
    assert shown(fgraph) == ["add(mul(x, y), mul(x, y))", "mul(x, y)"]
    assert negative not in fgraph.variables
    fgraph.check_integrity()


def test_replace_by_a_function_of_the_old():
    fgraph = FunctionGraph([x], [square(x)], clone=False)
    fgraph.replace(x, neg(x))
    assert shown(fgraph) == ["square(neg(x))"]
    fgraph.replace(fgraph.outputs[0], neg(fgraph.outputs[0]))
    assert shown(fgraph) == ["neg(square(neg(x)))"]
    fgraph.check_integrity()


def test_names_go_over():
    old = neg(x)
    old.name = "old"
    fgraph = FunctionGraph([x], [old], clone=False)
    fgraph.replace(old, square(x))
    assert fgraph.outputs[0].name == "old"
    new = add(x, x)
    new.name = "new"
    fgraph.replace(fgraph.outputs[0], new)
    assert fgraph.outputs[0].name == "new"


def test_replacements_that_are_refused():
    fgraph = FunctionGraph([x], [neg(square(x))], clone=False)
    before = shown(fgraph)
    inner = fgraph.outputs[0].owner.inputs[0]
    with check_raises(InconsistencyError, "my rule", "would change the type", "int became narrow"):
        fgraph.replace(inner, to_narrow(x), reason="my rule")
    with check_raises(MissingInputError, "`y`"):
        fgraph.replace(inner, neg(y))
    with check_raises(MissingInputError, "`y`"):
        fgraph.change_input(fgraph.outputs[0].owner, 0, neg(y))
    assert shown(fgraph) == before
    fgraph.check_integrity()


def test_replacing_what_is_not_used_does_nothing():
    fgraph = FunctionGraph([x, y], [neg(x)], clone=False)
    fgraph.replace(y, x)
    fgraph.replace(z, x)
    assert shown(fgraph) == ["neg(x)"]


def test_replace_all():
    negative, squared = neg(x), square(x)
    fgraph = FunctionGraph([x, y], [add(negative, squared)], clone=False)
    fgraph.replace_all([(negative, y), (squared, INT.make_constant(3))], reason="both")
    assert shown(fgraph) == ["add(y, 3)"]
    assert values(fgraph, 1, 2) == [5]


def test_nodes_that_nobody_needs_leave():
    quotient, remainder = divmod_(neg(x), square(y))
    fgraph = FunctionGraph([x, y], [add(quotient, 1), remainder], clone=False)
    fgraph.replace(quotient, x)
    assert quotient.owner in fgraph.apply_nodes
    fgraph.replace(remainder, y)
    assert shown(fgraph) == ["add(x, 1)", "y"]
    assert len(fgraph.apply_nodes) == 1
    assert {v.name for v in fgraph.variables if v.name} == {"x", "y"}
    fgraph.check_integrity()


def test_inputs_and_their_types_stay():
    fgraph = FunctionGraph([x, y], [add(x, y)], clone=False)
    fgraph.replace(fgraph.outputs[0], x)
    assert y in fgraph.variables
    assert fgraph.inputs == [x, y]


def test_features_hear_of_everything():
    recorder = Recorder()
    inner = neg(x)
    fgraph = FunctionGraph([x, y], [add(inner, y)], features=[recorder], clone=False)
    plus = fgraph.outputs[0].owner
    assert recorder.events == ["attach", f"import {neg} (init)", f"import {add} (init)"]
    recorder.events.clear()
    fgraph.attach_feature(recorder)
    fgraph.replace(inner, square(y), reason="rule")
    fgraph.replace(plus.out, y, reason="end")
    fgraph.remove_feature(recorder)
    fgraph.replace(y, x)
    assert recorder.events == [
        f"import {square} (rule)",
        f"{add}[0]: neg(x) -> square(y) (rule)",
        f"prune {neg} (rule)",
        "output[0]: add(square(y), y) -> y (end)",
        f"prune {add} (end)",
        f"prune {square} (end)",
        "detach",
    ]


@pytest.mark.parametrize(
    "damage",
    [
        lambda g: g.apply_nodes.clear(),
        lambda g: g.variables.discard(g.inputs[0]),
        lambda g: g.clients[g.inputs[0]].clear(),
        lambda g: g.outputs.append(g.inputs[0]),
    ],
)
def test_damage_is_noticed(damage):
    fgraph = graph([x], neg(x))
    damage(fgraph)
    with pytest.raises(InconsistencyError):
        fgraph.check_integrity()


def test_cycles_are_noticed():
    fgraph = FunctionGraph([x], [neg(square(x))], clone=False)
    inner = fgraph.outputs[0].owner.inputs[0]
    fgraph.replace(x, fgraph.outputs[0])
    with pytest.raises(ValueError, match="cycle"):
        fgraph.toposort()
    with pytest.raises(ValueError, match="cycle"):
        fgraph.check_integrity()
    assert inner.owner in fgraph.apply_nodes


def test_a_type_that_can_be_converted():
    narrow = NARROW("narrow")
    narrow.type.convert_variable = lambda v: to_narrow(v)
    try:
        fgraph = FunctionGraph([x, narrow], [neg(narrow)], clone=False)
        fgraph.replace(narrow, square(x))
    finally:
        del narrow.type.convert_variable
    assert shown(fgraph) == ["neg(tonarrow(square(x)))"]


def test_one_variable_among_many_users():
    """Each replacement takes the time of its own users, not of all."""
    users = [neg(x) for _ in range(20_000)]
    fgraph = FunctionGraph([x, y], users, clone=False)
    for output in users:
        fgraph.replace(output, y)
    assert fgraph.clients[x] == {}
    assert not fgraph.apply_nodes


def test_long_chains_are_read_and_pruned():
    end = chain(x)
    fgraph = FunctionGraph([x], [end], clone=False)
    assert len(fgraph.apply_nodes) == 100_000
    fgraph.replace(end, x)
    assert not fgraph.apply_nodes
    fgraph.check_integrity()
