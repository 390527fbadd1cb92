"""The text of rules, and what it matches."""

import pytest
from tests.rewriting.toys import (
    INT,
    NARROW,
    add,
    divmod_,
    graph,
    mul,
    neg,
    shift,
    show,
    square,
    sub,
    to_narrow,
    toy_vocabulary,
)

from theano.rewriting import Equilibrium, RewriteDatabase, Vocabulary
from theano.rewriting.pattern import Call, Name, Number, depth, names, parse_pattern, parse_rule

a, b, c, d = (INT(name) for name in "abcd")


def rewritten(output, *texts):
    rules = toy_vocabulary().equations(*texts)
    fgraph = graph([a, b, c, d], output)
    Equilibrium(rules, on_error="raise").run(fgraph)
    fgraph.check_integrity()
    return show(fgraph.outputs[0])


def test_a_rule_is_read_as_python():
    left, right = parse_rule("log(sum(exp(x), axis)) -> logsumexp(x, axis)")
    assert left == Call("log", (Call("sum", (Call("exp", (Name("x"),)), Name("axis"))),))
    assert right == Call("logsumexp", (Name("x"), Name("axis")))
    assert names(left) == ["x", "axis"]
    assert depth(left) == 4


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x + 1", Call("add", (Name("x"), Number(1)))),
        ("x - y", Call("sub", (Name("x"), Name("y")))),
        ("x * -2.5", Call("mul", (Name("x"), Number(-2.5)))),
        ("1 / x", Call("true_div", (Number(1), Name("x")))),
        ("-x ** 2", Call("neg", (Call("pow", (Name("x"), Number(2))),))),
        ("f(x, None, (0, 1))", Call("f", (Name("x"), Number(None), Number((0, 1))))),
    ],
)
def test_operators_are_words(text, tree):
    assert parse_pattern(text) == tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("neg(neg(x))", "one arrow"),
        ("x -> y -> z", "one arrow"),
        ("x -> neg(x)", "an operation on the left side"),
        ("neg( -> x", "an expression"),
        ("x[0] -> x", "calls, + - * / **, names and numbers"),
        ("f(x, axis=1) -> x", "calls, + - * / **, names and numbers"),
        ("x @ y -> x", "calls, + - * / **, names and numbers"),
    ],
)
def test_what_cannot_be_read_says_why(text, expected):
    with pytest.raises(ValueError, match="cannot be read") as caught:
        parse_rule(text)
    assert f"expected: {expected}" in str(caught.value)
    assert "fix:" in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("-(-x) -> x", neg(neg(a)), "a"),
        ("x + 0 -> x", add(a, 0), "a"),
        ("x + 0 -> x", add(0, a), "a"),
        ("x - x -> 0", sub(neg(a), neg(a)), "sub(neg(a), neg(a))"),
        ("square(x) -> x * x", square(add(a, b)), "mul(add(a, b), add(a, b))"),
        ("a - b -> a + -b", sub(neg(a), b), "add(neg(a), neg(b))"),
        ("_ * 0 -> 0", mul(neg(a), 0), "0"),
        ("shift(shift(x, 1), 2) -> shift(x, 3)", shift(shift(a, 1), 2), "shift<3>(a)"),
        ("shift(shift(x, 1), 2) -> shift(x, 3)", shift(shift(a, 2), 1), "shift<1>(shift<2>(a))"),
        ("shift(shift(x, k), k) -> square(x)", shift(shift(a, 2), 2), "square(a)"),
        ("shift(shift(x, k), k) -> square(x)", shift(shift(a, 2), 1), "shift<1>(shift<2>(a))"),
    ],
)
def test_equations(rule, before, after):
    assert rewritten(before, rule) == after


def test_a_repeated_name_means_the_same_variable_or_an_equal_constant():
    assert rewritten(sub(a, a), "x - x -> 0") == "0"
    assert rewritten(sub(a, b), "x - x -> 0") == "sub(a, b)"
    assert rewritten(sub(INT.make_constant(7), INT.make_constant(7)), "x - x -> 0") == "0"
    assert rewritten(sub(INT.make_constant(7), INT.make_constant(8)), "x - x -> 0") == "sub(7, 8)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (add(a, neg(b)), "sub(a, b)"),
        (add(neg(b), a), "sub(a, b)"),
        (add(a, neg(b), c), "add(sub(a, b), c)"),
        (add(add(a, b), neg(c)), "sub(add(a, b), c)"),
        (add(add(a, neg(b)), c), "add(sub(a, b), c)"),
    ],
    ids=str,
)
def test_two_of_many_operands(before, after):
    assert rewritten(before, "x + -y -> x - y") == after


def test_operands_are_found_through_nested_sums():
    rule = "square(x) + shift(y, 1) -> square(add(x, y))"
    before = add(add(square(a), c), shift(b, 1))
    assert rewritten(before, rule) == "add(square(add(a, b)), c)"


def test_a_sum_that_others_need_is_not_taken_apart():
    rules = toy_vocabulary().equations("square(x) + shift(y, 1) -> square(add(x, y))")
    inner = add(square(a), c)
    fgraph = graph([a, b, c], add(inner, shift(b, 1)), inner)
    Equilibrium(rules).run(fgraph)
    assert show(fgraph.outputs[0]) == "add(add(square(a), c), shift<1>(b))"


def test_within_a_pattern_a_name_takes_all_that_is_left():
    rule = "neg(1 + x) -> sub(-1, x)"
    assert rewritten(neg(add(a, 1)), rule) == "sub(-1, a)"
    assert rewritten(neg(add(a, 1, b)), rule) == "sub(-1, add(a, b))"
    assert rewritten(neg(add(add(1, a), b)), rule) == "sub(-1, add(a, b))"


def test_a_name_used_twice_takes_one_operand_only():
    untouched = neg(mul(a, square(a), b))
    assert rewritten(untouched, "neg(x * square(x)) -> x") == "neg(mul(a, square(a), b))"
    assert rewritten(neg(mul(square(a), a)), "neg(x * square(x)) -> x") == "a"


def test_sums_too_long_to_search_are_left_alone():
    rules = toy_vocabulary().equations("neg(x) + neg(y) -> neg(x + y)")
    short = graph([a], add(*[neg(shift(a, i)) for i in range(3)]))
    long = graph([a], add(*[neg(shift(a, i)) for i in range(300)]))
    assert sum(Equilibrium(rules).run(short).applied.values()) == 2
    assert Equilibrium(rules).run(long).applied == {}


def test_a_word_means_one_output():
    q, r = divmod_(a, b)
    assert rewritten(neg(q), "neg(quotient(x, y)) -> x") == "a"
    assert rewritten(neg(r), "neg(quotient(x, y)) -> x") == "neg(divmod(a, b)[1])"
    assert rewritten(r, "remainder(x, y) -> sub(x, y * quotient(x, y))") == (
        "sub(a, mul(b, divmod(a, b)[0]))"
    )


def test_a_result_of_another_type_declines():
    assert rewritten(to_narrow(a), "narrow(x) -> x") == "tonarrow(a)"


def test_a_constructor_may_decline():
    vocabulary = Vocabulary(RewriteDatabase())
    vocabulary.define("neg", neg, build=lambda x: None if x.name == "b" else neg(x))
    vocabulary.define("square", square)
    rules = vocabulary.equations("square(square(x)) -> square(neg(x))")
    for x, after in [(a, "square(neg(a))"), (b, "square(square(b))")]:
        fgraph = graph([a, b], square(square(x)))
        Equilibrium(rules, on_error="raise").run(fgraph)
        assert show(fgraph.outputs[0]) == after


def test_fit_can_mend_the_type():
    class Mending(Vocabulary):
        def fit(self, new, old):
            return to_narrow(new) if old.type == NARROW and new.type == INT else new

    vocabulary = Mending(RewriteDatabase())
    vocabulary.define("narrow", to_narrow)
    vocabulary.define("neg", neg)
    rules = vocabulary.equations("narrow(neg(x)) -> x")
    fgraph = graph([a], to_narrow(neg(a)))
    Equilibrium(rules, on_error="raise").run(fgraph)
    assert show(fgraph.outputs[0]) == "tonarrow(a)"


def test_a_function_gets_names_and_may_decline_a_match():
    vocabulary = toy_vocabulary()
    seen = []

    @vocabulary.rewrite("shift(shift(x, i), j) -> shift(x, i + j)")
    def join_shifts(i, j, x, node, fgraph):
        """Two shifts are one."""
        seen.append((i, j, node.op.by, node in fgraph.apply_nodes))
        return shift(x, i + j) if i + j < 10 else None

    assert join_shifts.name == "join_shifts"
    assert join_shifts.__doc__ == "Two shifts are one."
    small, large = graph([a], shift(shift(a, 2), 3)), graph([a], shift(shift(a, 5), 6))
    for fgraph in (small, large):
        Equilibrium([join_shifts], on_error="raise").run(fgraph)
    assert [show(g.outputs[0]) for g in (small, large)] == ["shift<5>(a)", "shift<6>(shift<5>(a))"]
    assert (2, 3, 3, True) in seen


def test_a_declined_match_is_tried_in_the_other_order():
    vocabulary = toy_vocabulary()
    seen = []

    @vocabulary.rewrite("x + y -> x - -y")
    def subtract_b(x, y):
        seen.append(show(x) + show(y))
        return sub(x, neg(y)) if y.name == "b" else None

    fgraph = graph([a, b, c], add(b, c, a))
    Equilibrium([subtract_b], on_error="raise").run(fgraph)
    assert show(fgraph.outputs[0]) == "add(sub(c, neg(b)), a)"
    assert seen[:3] == ["bc", "ba", "cb"]


def test_numbers_from_a_function_become_constants():
    vocabulary = toy_vocabulary()

    @vocabulary.rewrite("x - x -> 0")
    def nothing_left():
        return 0

    fgraph = graph([a], sub(a, a))
    Equilibrium([nothing_left], on_error="raise").run(fgraph)
    assert show(fgraph.outputs[0]) == "0"


def test_a_parameter_that_the_pattern_lacks_is_an_error():
    with pytest.raises(ValueError, match="has a parameter `y`"):
        toy_vocabulary().rewrite("neg(x) -> x")(lambda x, y: x)


def test_unknown_words_are_errors_when_the_rule_is_made():
    vocabulary = toy_vocabulary()
    with pytest.raises(LookupError, match=r"speaks of `cosh`.*\n.*expected: add, mul, sub"):
        vocabulary.equations("cosh(neg(x)) -> cosh(x)")
    with pytest.raises(LookupError, match="`cosh`"):
        vocabulary.equations("neg(x) -> cosh(x)")
    with pytest.raises(ValueError, match="unknown name `y`"):
        vocabulary.equations("neg(x) -> y")
    with pytest.raises(ValueError, match="already"):
        vocabulary.define("neg", neg)
    vocabulary.define("made_only", build=neg)
    with pytest.raises(LookupError, match="matches no op"):
        vocabulary.equations("made_only(x) -> x")
    vocabulary.define("matched_only", type(neg), type(square))
    with pytest.raises(LookupError, match="no constructor"):
        vocabulary.equations("neg(x) -> matched_only(x)")


def test_rules_with_a_stage_are_registered():
    database = RewriteDatabase()
    vocabulary = toy_vocabulary(database)
    vocabulary.equations("neg(neg(x)) -> x", stage="stabilize", tags=("mine",))
    vocabulary.equations("x + 0 -> x")
    assert list(database) == ["neg(neg(x)) -> x"]
    (stage,) = database.query(including=["mine"])
    assert stage.name == "stabilize"
    assert database.query() == []


@pytest.mark.parametrize(
    "before",
    [
        add(add(square(a), c), shift(b, 1)),
        add(square(a), c, shift(b, 1)),
        neg(add(a, b, 1)),
    ],
    ids=str,
)
def test_what_may_not_be_regrouped_is_left_alone(before):
    class Rigid(Vocabulary):
        def regroups(self, part, whole):
            return False

    def rewritten_with(vocabulary):
        rules = vocabulary.equations(
            "square(x) + shift(y, 1) -> square(x + y)", "neg(1 + x) -> -1 - x"
        )
        fgraph = graph([a, b, c], before)
        return Equilibrium(rules, on_error="raise").run(fgraph).applied

    assert len(rewritten_with(toy_vocabulary())) == 1
    assert rewritten_with(toy_vocabulary(kind=Rigid)) == {}


def test_a_pattern_can_be_held_against_a_variable():
    vocabulary = toy_vocabulary()
    fgraph = graph([a, b, c], sub(neg(add(a, 1)), b))
    output = fgraph.outputs[0]
    x, y, _ = fgraph.inputs
    assert vocabulary.match("-(x + 1) - y", output, fgraph) == {"x": x, "y": y}
    assert vocabulary.match("-(x + 2) - y", output, fgraph) is None
    assert vocabulary.match("x + 1", graph([a, b], add(a, b, 1)).outputs[0], fgraph) is None
    with pytest.raises(ValueError, match="would match anything"):
        vocabulary.match("x", output, fgraph)
