"""``Vocabulary``: what the names in patterns mean. The layer of the ops fills one in."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from theano.errors import usage_error
from theano.graph.apply import Apply
from theano.graph.function_graph import FunctionGraph
from theano.graph.op import Op
from theano.graph.variable import Constant, Variable
from theano.rewriting.database import DEFAULT_TAGS, RewriteDatabase, optdb
from theano.rewriting.matching import Match, Symbol, matches
from theano.rewriting.pattern import (
    Call,
    Name,
    Number,
    Pattern,
    depth,
    names,
    parse_pattern,
    parse_rule,
)
from theano.rewriting.rule import NodeRewriter, Replacement, Tracked

CONTEXT = ("fgraph", "node")
"""Parameters that a rule's function may have besides the variables of its pattern."""


def _all_inputs(node: Apply) -> Sequence[Variable]:
    return node.inputs


class Vocabulary:
    """The symbols that patterns are made of, and the rules that are written with them.

    A layer of ops makes a subclass that says what a number in a pattern is (``is_number``), how a
    number becomes a variable (``number``), how the result of a rule is given the type of what it
    replaces (``fit``), and when sums may be regrouped (``regroups``).

    Parameters
    ----------
    database : RewriteDatabase
        Where rules with a stage are registered.
    """

    def __init__(self, database: RewriteDatabase = optdb) -> None:
        self.database = database
        self._symbols: dict[str, Symbol] = {}

    def is_number(self, variable: Variable, value: object) -> bool:
        """Whether ``variable`` is a constant that holds ``value``."""
        return isinstance(variable, Constant) and bool(variable.data == value)

    def number(self, value: object, like: Variable) -> Variable | None:
        """Return ``value`` as a variable that can stand for ``like``; None where that cannot be."""
        return like.type.make_constant(value)

    def fit(self, new: Variable, old: Variable) -> Variable | None:
        """Return ``new`` with the type of ``old``, or None where it cannot stand for it."""
        return new if new.type == old.type else old.type.convert_variable(new)

    def regroups(self, part: Variable, whole: Variable) -> bool:
        """Whether ``part``, made of some operands of ``whole``, is computed just as ``whole`` is.

        Otherwise a sum is not regrouped there: bytes added to bytes may overflow where bytes
        added to floats do not.
        """
        return part.type == whole.type

    def define(
        self,
        name: str,
        *ops: Tracked,
        operands: Callable[[Apply], Sequence[Any] | None] = _all_inputs,
        build: Callable[..., Any] | None = None,
        commutative: bool = False,
        associative: bool = False,
        output: int = 0,
    ) -> None:
        """Give ``name`` a meaning.

        Parameters
        ----------
        name : str
            As it stands in patterns; ``+ - * / **`` and unary ``-`` are the names add, sub, mul,
            true_div, pow and neg.
        *ops : Op classes or Op instances
            What it matches. None for a symbol that only right sides use.
        operands : callable, optional
            From a node to what the arguments of the pattern are held against: variables, or
            parameters of the op (an axis); None where the node is not what is meant. By default
            the inputs. Here is the place to look through what does not matter, such as a
            dimshuffle that only broadcasts.
        build : callable, optional
            Makes the variable on right sides, or returns None where that cannot be: the rule then
            declines. By default the op itself, where ``ops`` is one op.
        commutative : bool
            Arguments match in any order.
        associative : bool
            The op takes any number of operands and can be regrouped. In a commutative and
            associative symbol, ``a + b`` matches any two operands of a sum; within a larger
            pattern a plain name takes all that are left.
        output : int
            Which output of the op is meant.

        Raises
        ------
        ValueError
            The name has a meaning already.
        """
        if name in self._symbols:
            raise ValueError(f"the vocabulary has a meaning for {name!r} already")
        if build is None and len(ops) == 1 and isinstance(ops[0], Op):
            build = ops[0]
        self._symbols[name] = Symbol(name, ops, operands, build, commutative, associative, output)

    def __getitem__(self, name: str) -> Symbol:
        if name not in self._symbols:
            raise usage_error(
                LookupError,
                f"a rewrite rule speaks of `{name}`, which its vocabulary does not have",
                expected=", ".join(self._symbols) or "nothing: the vocabulary is empty",
                fix=f"vocabulary.define({name!r}, ...)",
            )
        return self._symbols[name]

    def __contains__(self, name: str) -> bool:
        return name in self._symbols

    def match(self, text: str, variable: Variable, fgraph: FunctionGraph) -> dict[str, Any] | None:
        """Return what the names of a pattern stand for in ``variable``; None where it differs."""
        pattern = parse_pattern(text)
        if not isinstance(pattern, Call):
            raise ValueError(f"`{text}` would match anything")
        found = next(matches(self, pattern, variable, fgraph), None)
        return None if found is None or found.rest else found.bound

    def build(self, pattern: Pattern, bound: dict[str, Any]) -> Any:
        """Return what a right side says, with ``bound`` for its names; None where it declines."""
        if isinstance(pattern, Name):
            return bound[pattern.name]
        if isinstance(pattern, Number):
            return pattern.value
        arguments = [self.build(argument, bound) for argument in pattern.arguments]
        if any(
            a is None and not isinstance(p, Number)
            for p, a in zip(pattern.arguments, arguments, strict=True)
        ):
            return None
        return self[pattern.symbol].make(*arguments)

    def rewrite(
        self,
        text: str,
        *,
        stage: str | Sequence[str] | None = None,
        tags: Iterable[str] = DEFAULT_TAGS,
        name: str | None = None,
    ) -> Callable[[Callable[..., Any]], NodeRewriter]:
        """Make a rule of an equation and a function that carries it out.

        The function gets the variables of the left side by their names (those it has
        parameters for, and ``fgraph`` and ``node`` if it wants them). It returns a variable, a
        number, or None to decline; the match is then tried in other orders. The right side is
        for the reader.

        Parameters
        ----------
        text : str
            The equation, ``left -> right``.
        stage : str or sequence of str, optional
            When the rule runs. Without a stage it is made but not registered.
        tags : iterable of str
            What queries find it by.
        name : str, optional
            By default that of the function.

        Raises
        ------
        ValueError
            The text cannot be read, or the function has a parameter that it does not name.
        LookupError
            The left side has a symbol without a meaning.
        """
        left, _ = parse_rule(text)

        def decorate(function: Callable[..., Any]) -> NodeRewriter:
            wanted = list(inspect.signature(function).parameters)
            known = names(left)
            unknown = [n for n in wanted if n not in known and n not in CONTEXT]
            if unknown:
                raise usage_error(
                    ValueError,
                    f"the function of the rewrite rule `{text}` has a parameter `{unknown[0]}`",
                    expected=f"some of {', '.join([*known, *CONTEXT])}",
                )

            def carry_out(match: Match, fgraph: FunctionGraph, node: Apply) -> Any:
                values = {**match.bound, "fgraph": fgraph, "node": node}
                return function(**{n: values[n] for n in wanted})

            carry_out.__doc__ = function.__doc__
            return self._register(name or function.__name__, left, carry_out, stage, tags)

        return decorate

    def equations(
        self,
        *texts: str,
        stage: str | Sequence[str] | None = None,
        tags: Iterable[str] = DEFAULT_TAGS,
    ) -> list[NodeRewriter]:
        """Make rules of equations whose right sides say all: ``"neg(neg(x)) -> x"``.

        Each rule is named by its text. Where the result does not fit the type of what it is to
        replace, and cannot be made to, the rule declines.

        Raises
        ------
        ValueError
            A text cannot be read, or has a name on its right side that the left one lacks.
        LookupError
            A symbol has no meaning, or cannot be built.
        """
        return [self._equation(text, stage, tags) for text in texts]

    def _equation(
        self, text: str, stage: str | Sequence[str] | None, tags: Iterable[str]
    ) -> NodeRewriter:
        left, right = parse_rule(text)
        unbound = [n for n in names(right) if n not in names(left)]
        if unbound:
            raise ValueError(f"the right side of `{text}` has an unknown name `{unbound[0]}`")
        for symbol in _symbols_of(right):
            if self[symbol].build is None:
                raise LookupError(f"`{symbol}` in `{text}` has no constructor: define(..., build=)")

        def carry_out(match: Match, fgraph: FunctionGraph, node: Apply) -> Any:
            return self.build(right, match.bound)

        return self._register(text, left, carry_out, stage, tags)

    def _register(
        self,
        name: str,
        left: Call,
        carry_out: Callable[[Match, FunctionGraph, Apply], Any],
        stage: str | Sequence[str] | None,
        tags: Iterable[str],
    ) -> NodeRewriter:
        for symbol in _symbols_of(left):
            if not self[symbol].ops:
                raise LookupError(f"`{symbol}` on the left side of `{name}` matches no op")

        def apply(fgraph: FunctionGraph, node: Apply) -> Replacement:
            old = node.outputs[self[left.symbol].output]
            for match in matches(self, left, old, fgraph):
                new = carry_out(match, fgraph, node)
                if new is None or new is False:
                    continue
                if not isinstance(new, Variable):
                    new = self.number(new, old)
                if match.rest and new is not None:
                    if not self.regroups(new, old):
                        continue
                    new = self[left.symbol].make(new, *match.rest)
                fitting = None if new is None else self.fit(new, old)
                if fitting is not None:
                    return {old: fitting}
            return None

        apply.__doc__ = carry_out.__doc__ or f"``{name}``"
        rule = NodeRewriter(name, apply, self[left.symbol].ops, depth(left))
        if stage is not None:
            self.database.register(name, rule, *tags, stage=stage)
        return rule


def _symbols_of(pattern: Pattern) -> list[str]:
    if not isinstance(pattern, Call):
        return []
    inner = [symbol for argument in pattern.arguments for symbol in _symbols_of(argument)]
    return [pattern.symbol, *inner]
