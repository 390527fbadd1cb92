"""Reading what a function is to compute: shared variables, updates and givens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from theano.errors import usage_error
from theano.graph import Constant, Variable
from theano.graph.traversal import rebuild
from theano.shared_variable import SharedVariable
from theano.tensor.conversion import as_tensor_variable


def pairs_of(updates: Any, what: str) -> list[tuple[Any, Any]]:
    """Return a mapping, or a sequence of pairs, as a list of pairs.

    Raises
    ------
    TypeError, ValueError
        It is neither.
    """
    if updates is None:
        return []
    if isinstance(updates, Mapping):
        return list(updates.items())
    pairs = []
    for pair in updates:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise usage_error(
                ValueError, f"`{what}` must be a dict or a list of pairs", expected="(old, new)",
                got=pair,
            )
        pairs.append((pair[0], pair[1]))
    return pairs


def as_variable(x: Any) -> Variable:
    """Return ``x`` as a variable; values become constants."""
    return x if isinstance(x, Variable) else as_tensor_variable(x)


def check_update(target: Any, new: Any) -> Variable:
    """Return the new value of a shared variable as a variable of its type.

    Raises
    ------
    TypeError
        The target is no shared variable, or the types differ.
    """
    if not isinstance(target, SharedVariable):
        raise usage_error(
            TypeError,
            "only a shared variable can be updated",
            expected="a variable made by theano.shared",
            got=target,
        )
    new = as_variable(new)
    converted = new if new.type == target.type else target.type.convert_variable(new)
    if converted is None:
        fix = f"convert it: theano.tensor.cast(new, '{getattr(target.type, 'dtype', '')}')"
        if getattr(new.type, "dtype", None) == getattr(target.type, "dtype", None):
            fix = "make the ranks and the broadcastable patterns agree, for example with dimshuffle"
        raise usage_error(
            TypeError,
            "An update must have the same type as the original shared variable",
            expected=target,
            got=new,
            fix=fix,
        )
    return converted


class Collector:
    """Copies graphs into one whose inputs are plain variables, and notes what they use.

    Attributes
    ----------
    shared_inputs : dict
        From each shared variable that was met to the input that stands for it.
    updates : dict
        From shared variables to their new values, in the order given; default updates after them.
    """

    def __init__(
        self, inputs: Sequence[Variable], givens: Any, rebuild_strict: bool = True
    ) -> None:
        self.shared_inputs: dict[SharedVariable, Variable] = {}
        self.memo: dict[Variable, Variable] = {v: v.clone() for v in inputs}
        for old, new in pairs_of(givens, "givens"):
            self._check_given(old, inputs)
            new = as_variable(new)
            if new.type != old.type:
                converted = old.type.convert_variable(new)
                if converted is None and rebuild_strict:
                    raise usage_error(
                        TypeError,
                        "a variable in `givens` is replaced by one of another type",
                        expected=old,
                        got=new,
                        fix="convert it, for example with theano.tensor.cast",
                    )
                new = new if converted is None else converted
            self.memo[old] = self.copy([new])[0]

    def _check_given(self, old: Any, inputs: Sequence[Variable]) -> None:
        if not isinstance(old, Variable):
            raise usage_error(TypeError, "`givens` replaces variables", got=old)
        if old in inputs:
            raise usage_error(
                RuntimeError,
                "a variable is both an input and replaced in `givens`",
                got=old,
                fix="leave it out of one of the two",
            )

    def _leaf(self, variable: Variable) -> Variable:
        if not isinstance(variable, SharedVariable):
            return variable
        if variable not in self.shared_inputs:
            stand_in = variable.type.make_variable(variable.name)
            stand_in.source = variable.source
            self.shared_inputs[variable] = stand_in
        return self.shared_inputs[variable]

    def copy(self, outputs: Sequence[Variable]) -> list[Variable]:
        """Return ``outputs`` with givens and shared variables replaced."""
        copies, memo = rebuild(outputs, self.memo, copy_all=True, on_leaf=self._leaf)
        self.memo.update({k: v for k, v in memo.items() if not isinstance(k, Constant)})
        return copies

    def collect_updates(
        self, updates: Any, no_default_updates: bool | Iterable[Any]
    ) -> dict[SharedVariable, Variable]:
        """Return the copied updates: those given, then default ones of all that is used.

        Raises
        ------
        ValueError
            A shared variable is updated twice.
        """
        collected: dict[SharedVariable, Variable] = {}
        for target, new in pairs_of(updates, "updates"):
            if target in collected:
                raise usage_error(
                    ValueError,
                    "a shared variable is updated twice in one function",
                    got=target,
                    fix="merge the two updates into one expression",
                )
            new = check_update(target, new)
            collected[target] = self.copy([new])[0]
            self._leaf(target)
        if no_default_updates is True:
            return collected
        excluded = set() if no_default_updates is False else set(no_default_updates)  # type: ignore[arg-type]
        todo = True
        while todo:
            todo = False
            for target in list(self.shared_inputs):
                new = target.default_update
                if new is not None and target not in collected and target not in excluded:
                    collected[target] = self.copy([check_update(target, new)])[0]
                    todo = True
        return collected
