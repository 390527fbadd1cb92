"""Matching of a pattern against a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from theano.graph.apply import Apply
from theano.graph.function_graph import FunctionGraph
from theano.graph.op import Op
from theano.graph.variable import Constant, Variable
from theano.rewriting.pattern import ANYTHING, Call, Name, Number, Pattern, subpatterns
from theano.rewriting.rule import Tracked, is_tracked

MAX_FLATTENED = 8
"""As far as nested sums are looked at as one: any two of n operands are n (n - 1) ways to match."""
MAX_OPERANDS = 32
"""A node with more is not matched in any order, for the same reason."""

Bound = dict[str, Any]


class Symbol:
    """A word of patterns: what it matches, and how it is built; see ``Vocabulary.define``."""

    def __init__(
        self,
        name: str,
        ops: Sequence[Tracked],
        operands: Callable[[Apply], Sequence[Any] | None],
        build: Callable[..., Any] | None,
        commutative: bool,
        associative: bool,
        output: int,
    ) -> None:
        self.name = name
        self.ops = tuple(ops)
        self.operands = operands
        self.build = build
        self.commutative = commutative
        self.associative = associative
        self.output = output

    def accepts(self, op: Op) -> bool:
        """Whether a node of ``op`` may be what the symbol means."""
        return any(is_tracked(op, tracked) for tracked in self.ops)

    def operands_of(self, variable: object) -> Sequence[Any] | None:
        """Return what the symbol is applied to in ``variable``; None if it is something else."""
        if not isinstance(variable, Variable) or variable.index != self.output:
            return None
        node = variable.owner
        return self.operands(node) if node is not None and self.accepts(node.op) else None

    def make(self, *arguments: Any) -> Any:
        """Apply the symbol."""
        if self.build is None:
            raise LookupError(f"`{self.name}` has no constructor: define it with build=")
        return self.build(*arguments)


class Words(Protocol):
    """What matching needs of a vocabulary."""

    def __getitem__(self, name: str, /) -> Symbol:
        """Return the meaning of a name."""

    def is_number(self, variable: Variable, value: object, /) -> bool:
        """Whether ``variable`` is a constant that holds ``value``."""

    def regroups(self, part: Variable, whole: Variable, /) -> bool:
        """Whether ``part`` of the operands of ``whole`` is computed as ``whole`` is."""


@dataclass(frozen=True, slots=True)
class Match:
    """One way in which a pattern matches.

    Attributes
    ----------
    bound : dict
        From names to variables, or to parameters of ops.
    rest : tuple
        Operands of the outermost operation, an associative one, that the pattern leaves over.
    """

    bound: Bound
    rest: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class _Remainder:
    """Several operands that one name stands for, put together only once all else matches."""

    symbol: Symbol
    operands: tuple[Variable, ...]
    whole: Variable


def matches(
    words: Words, pattern: Call, variable: Variable, fgraph: FunctionGraph
) -> Iterator[Match]:
    """Yield the ways in which ``pattern`` matches what computes ``variable``."""
    matcher = _Matcher(words, fgraph)
    symbol = words[pattern.symbol]
    for operands in matcher.operand_lists(symbol, variable):
        for bound, rest in matcher.match_operands(symbol, pattern.arguments, operands, {}):
            if rest and not symbol.associative:
                continue
            settled = matcher.settle(bound)
            if settled is not None:
                yield Match(settled, rest)


class _Matcher:
    def __init__(self, words: Words, fgraph: FunctionGraph) -> None:
        self.words = words
        self.fgraph = fgraph

    def settle(self, bound: Bound) -> Bound | None:
        """Return ``bound`` with variables for what was left together; None if that cannot be."""
        settled = {}
        for name, value in bound.items():
            settled[name] = value
            if isinstance(value, _Remainder):
                settled[name] = value.symbol.make(*value.operands)
                if not self.words.regroups(settled[name], value.whole):
                    return None
        return settled

    def match(self, pattern: Pattern, value: Any, bound: Bound) -> Iterator[Bound]:
        """Yield ``bound``, extended, for each way in which ``pattern`` matches ``value``."""
        if isinstance(pattern, Name):
            if pattern.name == ANYTHING:
                yield bound
            elif pattern.name not in bound:
                yield {**bound, pattern.name: value}
            elif _same(bound[pattern.name], value):
                yield bound
        elif isinstance(pattern, Number):
            if isinstance(value, Variable):
                if self.words.is_number(value, pattern.value):
                    yield bound
            elif value == pattern.value:
                yield bound
        else:
            yield from self.match_call(pattern, value, bound)

    def match_call(self, pattern: Call, value: Any, bound: Bound) -> Iterator[Bound]:
        symbol = self.words[pattern.symbol]
        for operands in self.operand_lists(symbol, value):
            for found, rest in self.match_operands(symbol, pattern.arguments, operands, bound):
                if not rest:
                    yield found
                    continue
                name = _absorbing_name(pattern, bound) if symbol.associative else None
                if name is not None:
                    yield {**found, name: _Remainder(symbol, (found[name], *rest), value)}

    def match_operands(
        self,
        symbol: Symbol,
        patterns: Sequence[Pattern],
        operands: Sequence[Any],
        bound: Bound,
    ) -> Iterator[tuple[Bound, tuple[Any, ...]]]:
        """Yield the bindings and the operands left over, for each way to match ``patterns``."""
        if len(operands) < len(patterns):
            return
        if not symbol.commutative:
            if len(operands) == len(patterns):
                yield from ((found, ()) for found in self._in_order(patterns, operands, bound))
            return
        if len(operands) > MAX_OPERANDS:
            return
        # The most telling patterns first: what cannot match is then found out early.
        patterns = sorted(patterns, key=lambda p: (isinstance(p, Name), not isinstance(p, Number)))
        yield from self._in_any_order(patterns, tuple(operands), bound)

    def _in_order(
        self, patterns: Sequence[Pattern], operands: Sequence[Any], bound: Bound
    ) -> Iterator[Bound]:
        if not patterns:
            yield bound
            return
        for found in self.match(patterns[0], operands[0], bound):
            yield from self._in_order(patterns[1:], operands[1:], found)

    def _in_any_order(
        self, patterns: Sequence[Pattern], operands: tuple[Any, ...], bound: Bound
    ) -> Iterator[tuple[Bound, tuple[Any, ...]]]:
        if not patterns:
            yield bound, operands
            return
        for i, operand in enumerate(operands):
            others = operands[:i] + operands[i + 1 :]
            for found in self.match(patterns[0], operand, bound):
                yield from self._in_any_order(patterns[1:], others, found)

    def operand_lists(self, symbol: Symbol, value: object) -> Iterator[Sequence[Any]]:
        """Yield the operands as they are, then those of nested operations of the same kind."""
        operands = symbol.operands_of(value)
        if operands is None:
            return
        yield operands
        if symbol.associative:
            flat = self._flatten(symbol, value, operands)
            if len(flat) > len(operands):
                yield flat

    def _flatten(self, symbol: Symbol, whole: Any, operands: Sequence[Any]) -> list[Any]:
        flat = list(operands)
        i = 0
        while i < len(flat):
            inner = symbol.operands_of(flat[i]) if self._opens(flat[i], whole) else None
            if inner is None or len(flat) - 1 + len(inner) > MAX_FLATTENED:
                i += 1
            else:
                flat[i : i + 1] = inner
        return flat

    def _opens(self, part: Any, whole: Variable) -> bool:
        """Whether ``part`` can be taken apart, and nobody else would still need it."""
        return (
            isinstance(part, Variable)
            and len(self.fgraph.clients.get(part, ())) == 1
            and self.words.regroups(part, whole)
        )


def _absorbing_name(pattern: Call, bound: Bound) -> str | None:
    """Return the name in a sum, free and used only once, that can stand for several operands."""
    everywhere = [p for p in subpatterns(pattern) if isinstance(p, Name)]
    for p in reversed(pattern.arguments):
        if not isinstance(p, Name) or p.name == ANYTHING or p.name in bound:
            continue
        if everywhere.count(p) == 1:
            return p.name
    return None


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, Variable) or isinstance(b, Variable):
        return isinstance(a, Constant) and a.equals(b)
    if isinstance(a, _Remainder) or isinstance(b, _Remainder):
        return False
    return bool(a == b)
