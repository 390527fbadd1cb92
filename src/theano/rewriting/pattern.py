"""Patterns: the text of an algebraic rule as a tree.

``log(sum(exp(x), axis)) -> logsumexp(x, axis)`` is read with Python's own grammar. A name that is
called, and an operator, is a symbol of the vocabulary; any other name is a variable of the rule;
numbers, None and tuples of them stand for themselves.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from theano.errors import usage_error

ANYTHING = "_"

BINARY_SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "true_div",
    ast.Pow: "pow",
}


@dataclass(frozen=True, slots=True)
class Name:
    """Whatever stands there; the same thing wherever the name comes again, unless it is "_"."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Number:
    """A constant of this value, or a parameter of an op equal to it."""

    value: object

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Call:
    """A symbol of the vocabulary applied to patterns."""

    symbol: str
    arguments: tuple[Pattern, ...]

    def __str__(self) -> str:
        return f"{self.symbol}({', '.join(map(str, self.arguments))})"


Pattern = Name | Number | Call


def parse_rule(text: str) -> tuple[Call, Pattern]:
    """Read ``left -> right``.

    Raises
    ------
    ValueError
        There is not one arrow, a side cannot be read, or the left side is a mere name.
    """
    sides = text.split("->")
    if len(sides) != 2:
        raise _unreadable(text, "one arrow: `left -> right`")
    left, right = (parse_pattern(side) for side in sides)
    if not isinstance(left, Call):
        raise _unreadable(text, "an operation on the left side")
    return left, right


@cache
def parse_pattern(text: str) -> Pattern:
    """Read one side of a rule.

    Raises
    ------
    ValueError
        It is no expression, or uses more of Python than calls, operators, names and numbers.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise _unreadable(text, "an expression") from error
    return _read(tree, text)


def _read(tree: ast.expr, text: str) -> Pattern:
    match tree:
        case ast.Name(id=name):
            return Name(name)
        case ast.Call(func=ast.Name(id=symbol), args=arguments, keywords=[]):
            return Call(symbol, tuple(_read(argument, text) for argument in arguments))
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in BINARY_SYMBOLS:
            return Call(BINARY_SYMBOLS[type(operator)], (_read(left, text), _read(right, text)))
    try:
        return Number(ast.literal_eval(tree))
    except ValueError:
        pass
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return Call("neg", (_read(tree.operand, text),))
    raise _unreadable(ast.unparse(tree), "calls, + - * / **, names and numbers")


def subpatterns(pattern: Pattern) -> Iterator[Pattern]:
    """Yield ``pattern`` and all that it is made of."""
    yield pattern
    if isinstance(pattern, Call):
        for argument in pattern.arguments:
            yield from subpatterns(argument)


def names(pattern: Pattern) -> list[str]:
    """Return the variables of ``pattern``, in the order in which they stand there."""
    found = [p.name for p in subpatterns(pattern) if isinstance(p, Name)]
    return list(dict.fromkeys(name for name in found if name != ANYTHING))


def depth(pattern: Pattern) -> int:
    """Return how many levels ``pattern`` has; a name or a number is one."""
    if not isinstance(pattern, Call):
        return 1
    return 1 + max((depth(argument) for argument in pattern.arguments), default=0)


def _unreadable(text: str, expected: str) -> ValueError:
    return usage_error(
        ValueError,
        f"the rewrite rule `{text.strip()}` cannot be read",
        expected=expected,
        fix="write it like `log(sum(exp(x), axis)) -> logsumexp(x, axis)`",
    )
