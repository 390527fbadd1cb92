"""Where rules are kept, and how they are chosen."""

import pytest
from tests.rewriting.toys import INT, Neg, graph, neg

from theano.rewriting import (
    CANONICALIZE,
    SPECIALIZE,
    STABILIZE,
    STAGES,
    GraphRewriter,
    Query,
    RewriteDatabase,
    graph_rewriter,
    node_rewriter,
    optdb,
    rewrite_graph,
)


def rule(name):
    return node_rewriter([Neg], name=name)(lambda fgraph, node: None)


@pytest.fixture
def database():
    database = RewriteDatabase()
    database.register("one", rule("one"), "fast_run")
    database.register("two", rule("two"), "fast_run", "fast_compile", stage=STABILIZE)
    database.register("three", rule("three"), "mine", stage=[CANONICALIZE, SPECIALIZE])
    database.register(
        "whole", graph_rewriter(name="whole")(lambda fgraph: None), "fast_run", stage=STAGES
    )
    return database


def chosen(database, *args, **options):
    return {
        stage.name: [r.name for r in (*stage.node_rules, *stage.graph_rules)]
        for stage in database.query(*args, **options)
    }


def test_the_default_query_is_fast_run(database):
    assert chosen(database) == {
        "canonicalize": ["one", "whole"],
        "stabilize": ["two", "whole"],
        "specialize": ["whole"],
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query(), {"one", "two", "whole"}),
        (Query().including("mine"), {"one", "two", "three", "whole"}),
        (Query().including("three"), {"one", "two", "three", "whole"}),
        (Query().excluding("two"), {"one", "whole"}),
        (Query().excluding("stabilize", "canonicalize"), {"whole"}),
        (Query().requiring("fast_compile"), {"two"}),
        (Query(include=frozenset({"fast_compile"})), {"two"}),
        (Query(include=frozenset({"mine"})).excluding("specialize"), {"three"}),
        (Query().excluding(*STAGES), set()),
        (Query(include=frozenset({"stabilize"})), {"two", "whole"}),
        (Query(include=frozenset()), set()),
    ],
)
def test_queries(database, query, names):
    found = chosen(database, query)
    assert {name for rules in found.values() for name in rules} == names


def test_excluding_a_stage_leaves_the_other_stages_of_a_rule(database):
    assert chosen(database, Query().including("mine").excluding("canonicalize")) == {
        "stabilize": ["two", "whole"],
        "specialize": ["three", "whole"],
    }


def test_keywords_add_to_a_query(database):
    query = Query(include=frozenset({"mine"}))
    assert chosen(database, query, including=["two"], excluding=["whole"]) == {
        "canonicalize": ["three"],
        "stabilize": ["two"],
        "specialize": ["three"],
    }


def test_queries_are_values():
    query = Query().including("a").excluding("b")
    assert query == Query().excluding("b").including("a")
    assert len({query, Query().including("a").excluding("b")}) == 1
    assert Query() == Query(include=frozenset({"fast_run"}))


def test_tags_can_be_changed(database):
    database.add_tags("three", "fast_run")
    database.remove_tags("one", "fast_run")
    assert chosen(database)["canonicalize"] == ["three", "whole"]


def test_the_name_of_the_function_is_a_tag_too():
    database = RewriteDatabase()
    database.register("registered_name", rule("own_name"), "fast_run")
    assert chosen(database, Query().excluding("own_name")) == {}
    assert chosen(database, Query().excluding("registered_name")) == {}


def test_rules_are_found_and_removed_by_name(database):
    assert database["one"].name == "one"
    assert "one" in database
    assert list(database) == ["one", "two", "three", "whole"]
    database.remove("one")
    assert "one" not in database
    assert len(database) == 3
    for act in (database.remove, database.__getitem__, database.add_tags):
        with pytest.raises(KeyError, match="no rewrite rule of the name 'one'"):
            act("one")


def test_names_are_unique(database):
    with pytest.raises(ValueError, match=r"two rewrite rules were registered as `one`.\n"):
        database.register("one", rule("other"))


def test_only_rules_are_registered(database):
    with pytest.raises(TypeError, match=r"decorate the function with node_rewriter"):
        database.register("function", lambda node: None)


def test_stages(database):
    with pytest.raises(KeyError, match="no stage 'polish', only canonicalize"):
        database.register("late", rule("late"), stage="polish")
    database.add_stage("polish", after="stabilize")
    database.register("late", rule("late"), "fast_run", stage="polish")
    assert list(chosen(database)) == ["canonicalize", "stabilize", "polish", "specialize"]
    with pytest.raises(ValueError, match="already"):
        database.add_stage("polish", after="specialize")
    with pytest.raises(KeyError, match="no stage 'nowhere'"):
        database.add_stage("other", after="nowhere")


def test_decorators_register_where_a_stage_is_given():
    database = RewriteDatabase()

    @node_rewriter([Neg], stage=STABILIZE, tags=("mine",), database=database)
    def mine(fgraph, node):
        """Says nothing."""

    @node_rewriter([Neg], database=database)
    def unregistered(fgraph, node):
        return None

    @graph_rewriter(stage=STABILIZE, tags=("mine",), name="other", database=database)
    def whole(fgraph):
        """Does nothing."""

    assert list(database) == ["mine", "other"]
    assert database["mine"] is mine
    assert (mine.__doc__, whole.__doc__) == ("Says nothing.", "Does nothing.")
    assert repr(mine) == "<NodeRewriter mine>"
    assert mine(None, None) is None


def test_the_engine_registers_its_own_rules():
    for tag in ("fast_run", "fast_compile"):
        found = chosen(optdb, Query(include=frozenset({tag})))
        assert [stage for stage in found if stage in STAGES] == list(STAGES)
        assert all({"constant_folding", "merge"} <= set(found[stage]) for stage in STAGES)


def test_positions_are_stages_of_their_own():
    database = RewriteDatabase()
    database.add_stage("after the first", after=CANONICALIZE)
    assert database.stage_at(1.5) == STABILIZE
    assert database.stage_at(1.2) == database.stage_at(1.2) == "position 1.2"
    assert database.stage_at(7) == "position 7"
    assert database.stages == [
        *(CANONICALIZE, "after the first", "position 1.2", STABILIZE, SPECIALIZE, "position 7")
    ]


def test_extra_rules_run_at_their_positions():
    calls = []
    database = RewriteDatabase()
    once = [
        GraphRewriter(name, lambda fgraph, name=name: calls.append(name), once=True)
        for name in ("last", "first", "also last")
    ]
    query = Query().registering((once[0], 3), (once[1], 0.5), (once[2], 3))
    x = INT("x")
    rewrite_graph(graph([x], neg(x)), query, database=database)
    assert calls == ["first", "last", "also last"]
