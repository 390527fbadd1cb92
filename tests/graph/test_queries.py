"""Questions about graphs, answered in the order that the language's own functions give."""

from __future__ import annotations

from collections import deque

import pytest
from tests.rewriting.toys import INT, add, divmod_, mul, neg, sub

from theano.gof import graph as gof_graph
from theano.graph import queries
from theano.graph.view import view_op

a, b, c, d = (INT(name) for name in "abcd")
product = mul(a, b)
y = add(product, c)
z = sub(d, a)


def test_inputs_and_ancestors():
    # In Theano the last output is visited first.
    assert queries.inputs([y, z]) == [d, a, b, c]
    assert queries.inputs([z, y]) == [a, b, c, d]
    assert queries.ancestors([y, z]) == [z, d, a, y, product, b, c]
    assert queries.ancestors([y], blockers=[product]) == [y, product, c]
    assert queries.inputs([y], blockers=[product]) == [c]


def test_what_lies_between():
    assert queries.variables([a], [y, z]) == [z, d, a, y, product, b, c]
    assert queries.orphans([a], [y, z]) == [d, b, c]
    assert queries.ops([a], [y, z]) == {y.owner, z.owner, product.owner}
    assert queries.variables([product], [y]) == [y, product, c]
    assert queries.ops([product], [y]) == {y.owner}
    assert queries.list_of_nodes([a], [y, z]) == [y.owner, z.owner, product.owner]
    quotient, rest = divmod_(a, b)
    assert queries.variables([a], [quotient]) == [quotient, a, b, rest]


def test_dependence():
    assert queries.is_in_ancestors(y.owner, product.owner)
    assert queries.is_in_ancestors(y.owner, y.owner)
    assert not queries.is_in_ancestors(z.owner, y.owner)
    assert queries.view_roots(view_op(view_op(a))) == [a]
    assert queries.view_roots(y) == [y]


def test_connection_patterns():
    class Half(type(divmod_)):
        def connection_pattern(self, node):
            return [[True, False], [False, False]]

    quotient, rest = Half()(neg(a), b)
    assert queries.io_connection_pattern([a, b, c], [quotient, rest, c]) == [
        [True, False, False],
        [False, False, False],
        [False, False, True],
    ]


def test_searches():
    def expand(variable):
        return variable.owner and variable.owner.inputs

    assert queries.stack_search(deque([y]), expand) == [y, product, c, a, b]
    assert queries.stack_search(deque([y]), expand, "dfs") == [y, c, product, b, a]
    found, reached_from = queries.stack_search(deque([y, z]), expand, "bfs", True)
    assert found == [y, z, product, c, d, a, b]
    assert reached_from[a] == [z, product]
    with pytest.raises(ValueError, match="'bfs' or 'dfs'"):
        queries.stack_search(deque([y]), expand, "depth")


@pytest.mark.parametrize(
    ("options", "same_input", "same_orphan"),
    [
        ({}, False, False),
        ({"copy_inputs": False}, True, True),
        ({"copy_orphans": False}, False, True),
        ({"copy_inputs": False, "copy_orphans": True}, True, False),
    ],
    ids=str,
)
def test_clones(options, same_input, same_orphan):
    (new_a,), (new_y,) = queries.clone([a], [y], **options)
    assert new_y is not y
    assert (new_a is a) == same_input
    assert (b in queries.inputs([new_y])) == same_orphan
    assert [v.name for v in queries.inputs([new_y])] == ["a", "b", "c"]


def test_maps_of_clones():
    known = INT("k")
    memo = {c: known}
    copies = queries.clone_get_equiv([a], [y], memo=memo)
    assert copies is memo
    assert copies[y].owner is copies[y.owner]
    assert queries.inputs([copies[y]]) == [copies[a], copies[b], known]


def test_any_order_that_is_asked_for():
    needs = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": None, "e": ["a"]}
    assert queries.general_toposort(["e", "b"], needs.get) == ["d", "b", "c", "a", "e"]
    with pytest.raises(ValueError, match="cycle"):
        queries.general_toposort(["a"], {"a": ["b"], "b": ["a"]}.get)


def test_graphs_as_text():
    shared = neg(product)
    quotient, rest = divmod_(shared, shared)
    outputs = [y, sub(quotient, rest), shared]
    assert queries.as_string([a], outputs) == [
        "Add(*1 -> Mul(a, b), c)",
        "Sub(*2 -> DivMod(*3 -> Neg(*1), *3), *2::1)",
        "*3",
    ]
    assert queries.as_string([product], [y]) == ["Add(Mul.0, c)"]
    assert queries.op_as_string([], z.owner) == "Sub(d, a)"
    assert queries.as_string([], [z], lambda v: v.name * 2, lambda n, xs: "-".join(xs)) == ["dd-aa"]


def test_a_long_chain():
    v = a
    for _ in range(5_000):
        v = neg(v)
    assert queries.inputs([v]) == [a]
    assert len(queries.variables([a], [v])) == 5_001
    assert queries.io_connection_pattern([a], [v]) == [[True]]
    assert queries.is_in_ancestors(v.owner, queries.list_of_nodes([a], [v])[-1])
    assert queries.as_string([], [v])[0].count("Neg") == 5_000
    assert len(queries.general_toposort([v], lambda x: x.owner and x.owner.inputs)) == 5_001
    assert queries.inputs(queries.clone([a], [v], copy_inputs=False)[1]) == [a]


def test_earlier_paths():
    for name in queries.__all__:
        assert getattr(gof_graph, name) is getattr(queries, name)
