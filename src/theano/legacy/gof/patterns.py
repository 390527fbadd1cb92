"""``PatternSub``: a rule written as two nested tuples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Constant, Variable
from theano.legacy.gof.local_rules import LocalOptimizer

__all__ = ["PatternSub"]


class PatternSub(LocalOptimizer):
    """Replaces what matches one pattern by what another one describes.

    A pattern is a tuple of an op and patterns, a name (the same thing wherever it comes again), a
    number, a constant, or a dict ``{"pattern": pattern, "constraint": function}``, where the
    function says of a variable whether it will do.

    Parameters
    ----------
    in_pattern, out_pattern : pattern
        What is looked for, an op at its top, and what takes its place.
    allow_multiple_clients : bool
        Whether what is inside of the pattern may be used elsewhere too.
    skip_identities_fn : callable, optional
        Returns what to look at in place of a variable that does not match.
    name : str, optional
    tracks : list, optional
        Ops, nodes of which lead to those that are to be replaced, by ``get_nodes``.
    get_nodes : callable, optional
        From a node of ``tracks`` to the nodes that may match.
    values_eq_approx : callable, optional
        How two values of the result are compared while debugging.

    Raises
    ------
    TypeError
        ``in_pattern`` is no pattern with an op at its top.
    """

    def __init__(
        self,
        in_pattern: Any,
        out_pattern: Any,
        allow_multiple_clients: bool = False,
        skip_identities_fn: Callable[[Variable], Variable | None] | None = None,
        name: str | None = None,
        pdb: bool = False,
        tracks: Any = (),
        get_nodes: Callable[[Apply], Any] | None = None,
        values_eq_approx: Any = None,
    ) -> None:
        top = in_pattern["pattern"] if isinstance(in_pattern, dict) else in_pattern
        if not isinstance(top, (list, tuple)):
            raise usage_error(
                TypeError,
                "PatternSub looks for something that has no op at its top",
                expected="a tuple of an op and patterns, or a dict with such a `pattern`",
                got=in_pattern,
            )
        self.in_pattern = in_pattern
        self.out_pattern = out_pattern
        self.op = top[0]
        self.allow_multiple_clients = allow_multiple_clients
        self.skip_identities_fn = skip_identities_fn
        self.name = name
        self._tracks = list(tracks)
        self.get_nodes = get_nodes
        self.values_eq_approx = values_eq_approx

    def op_key(self) -> Any:
        """Return the op at the top of what it looks for."""
        return self.op

    def tracks(self) -> list[Any]:
        """Return the ops that it is asked about."""
        return self._tracks or [self.op]

    def transform(self, node: Apply, get_nodes: bool = True) -> Any:
        """Return the replacement of the node's output, or False."""
        if get_nodes and self.get_nodes is not None:
            for other in self.get_nodes(node):
                if other != "output":
                    found = self.transform(other, get_nodes=False)
                    if found:
                        return dict(zip(other.outputs, found, strict=True))
            return False
        if node.op != self.op or len(node.outputs) != 1:
            return False
        bound = self.match(self.in_pattern, node.outputs[0], {}, True)
        if bound is None:
            return False
        new = self.build(self.out_pattern, bound)
        if self.values_eq_approx is not None:
            new.tag.values_eq_approx = self.values_eq_approx
        return [new]

    def match(
        self, pattern: Any, variable: Variable, bound: dict[str, Any], shared: bool
    ) -> dict[str, Any] | None:
        """Return ``bound`` with the names of ``pattern`` in ``variable``; None if it differs.

        ``shared`` says whether others may use the variable.
        """
        found = self._match(pattern, variable, bound, shared)
        if found is None and self.skip_identities_fn is not None:
            other = self.skip_identities_fn(variable)
            if other is not None:
                return self.match(pattern, other, bound, shared)
        return found

    def _match(
        self, pattern: Any, variable: Variable, bound: dict[str, Any], shared: bool
    ) -> dict[str, Any] | None:
        if isinstance(pattern, dict):
            shared = pattern.get("allow_multiple_clients", shared)
            found = self._match(pattern["pattern"], variable, bound, shared)
            return found if found is not None and pattern["constraint"](variable) else None
        if isinstance(pattern, (list, tuple)):
            node = variable.owner
            if node is None or node.op != pattern[0] or len(node.inputs) != len(pattern) - 1:
                return None
            if not shared and len(variable.clients) > 1:
                return None
            answer: dict[str, Any] | None = bound
            for part, inner in zip(pattern[1:], node.inputs, strict=True):
                if answer is None:
                    break
                answer = self.match(part, inner, answer, self.allow_multiple_clients)
            return answer
        if isinstance(pattern, str):
            known = bound.get(pattern)
            if known is None:
                return {**bound, pattern: variable}
            same = known is variable or (isinstance(known, Constant) and known.equals(variable))
            return bound if same else None
        if not isinstance(variable, Constant):
            return None
        if isinstance(pattern, Constant):
            return bound if pattern.equals(variable) else None
        if isinstance(pattern, (int, float)):
            return bound if np.all(np.asarray(variable.data) == pattern) else None
        raise usage_error(
            TypeError,
            "PatternSub was given something that is no pattern",
            expected="tuples, names, numbers, constants and dicts",
            got=pattern,
        )

    def build(self, pattern: Any, bound: dict[str, Any]) -> Any:
        """Return what ``pattern`` describes, its names being those in ``bound``."""
        if isinstance(pattern, (list, tuple)):
            return pattern[0](*(self.build(part, bound) for part in pattern[1:]))
        if isinstance(pattern, str):
            return bound[pattern]
        return pattern if isinstance(pattern, (int, float)) else pattern.clone()

    def __str__(self) -> str:
        return self.name or f"{_text(self.in_pattern)} -> {_text(self.out_pattern)}"


def _text(pattern: Any) -> str:
    if isinstance(pattern, (list, tuple)):
        return f"{pattern[0]}({', '.join(map(_text, pattern[1:]))})"
    if isinstance(pattern, dict):
        return f"{_text(pattern['pattern'])} subject to {pattern.get('constraint', 'nothing')}"
    return str(pattern)
