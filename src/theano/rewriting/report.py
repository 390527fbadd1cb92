"""What a run of the rules did, and how it complains about a rule that is wrong."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from theano.errors import usage_error

if TYPE_CHECKING:
    from theano.graph.apply import Apply

OnError = Literal["warn", "raise", "ignore"]


class RewriteWarning(UserWarning):
    """A rewrite rule is wrong; the graph was left as it was at that place."""


class RewriteError(RuntimeError):
    """A rewrite rule is wrong, and it was asked that this be an error."""


@dataclass
class RuleStatistics:
    """How one rule fared.

    Attributes
    ----------
    tried, applied, failed : int
        How many times it was asked, changed the graph, and was wrong.
    seconds : float
        Time spent in it, replacements included.
    """

    tried: int = 0
    applied: int = 0
    failed: int = 0
    seconds: float = 0.0


@dataclass
class StageStatistics:
    """One stage of a run: its name, its time in seconds, and the size of the graph."""

    name: str
    seconds: float
    nodes_before: int
    nodes_after: int


@dataclass
class Report:
    """What the rules did to one graph.

    Attributes
    ----------
    rules : dict of str to RuleStatistics
        By the name of the rule, in the order in which they were first asked.
    stages : list of StageStatistics
        In the order in which they ran.
    """

    rules: dict[str, RuleStatistics] = field(default_factory=dict)
    stages: list[StageStatistics] = field(default_factory=list)

    def of(self, rule: str) -> RuleStatistics:
        """Return the statistics of the rule of that name, new ones where it was never asked."""
        if rule not in self.rules:
            self.rules[rule] = RuleStatistics()
        return self.rules[rule]

    @property
    def applied(self) -> dict[str, int]:
        """How many times each rule changed the graph, for those that did."""
        return {name: s.applied for name, s in self.rules.items() if s.applied}

    @property
    def seconds(self) -> float:
        """The time of the whole run, in seconds."""
        return sum(stage.seconds for stage in self.stages)

    def __str__(self) -> str:
        lines = [
            f"{s.name}: {s.nodes_before} -> {s.nodes_after} nodes in {s.seconds * 1e3:.1f} ms"
            for s in self.stages
        ]
        slowest_first = sorted(self.rules.items(), key=lambda item: -item[1].seconds)
        if slowest_first:
            lines.append("  applied    tried   failed       ms  rule")
        lines += [
            f"  {s.applied:7d}  {s.tried:7d}  {s.failed:7d}  {s.seconds * 1e3:7.2f}  {name}"
            for name, s in slowest_first
        ]
        return "\n".join(lines)


def check_on_error(on_error: str) -> None:
    """Raise ValueError unless ``on_error`` is one of the known ways to treat a wrong rule."""
    if on_error not in get_args(OnError):
        raise usage_error(
            ValueError,
            "the rewriter was told to treat errors of rules in an unknown way",
            expected=" or ".join(map(repr, get_args(OnError))),
            got=on_error,
        )


def complain(
    on_error: OnError,
    rules: list[str],
    what: str,
    *,
    node: Apply | None = None,
    cause: Exception | None = None,
) -> None:
    """Say that ``rules`` are wrong: a warning, an exception or nothing, as ``on_error`` says.

    Raises
    ------
    RewriteError
        With ``on_error="raise"``; ``cause`` is chained to it.
    """
    if on_error == "ignore":
        return
    named = " and ".join(f"`{name}`" for name in rules)
    rule = "rule" if len(rules) == 1 else "rules"
    error = usage_error(
        RewriteError,
        f"The rewrite {rule} {named} {what}",
        got=_describe(node, cause),
        fix=f"correct the {rule}, or leave it out: mode.excluding({', '.join(map(repr, rules))})",
    )
    if on_error == "raise":
        raise error from cause
    warnings.warn(RewriteWarning(str(error)), stacklevel=2)


def _describe(node: Apply | None, cause: Exception | None) -> str | None:
    parts = []
    if cause is not None:
        text = str(cause).splitlines() or [""]
        parts.append(f"{type(cause).__name__}: {text[0]}")
    if node is not None:
        created = f" created at {node.source}" if node.source is not None else ""
        parts.append(f"at the node {node.op}{created}")
    return ", ".join(parts) or None
