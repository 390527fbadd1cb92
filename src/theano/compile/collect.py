"""Reading what a function is to compute: shared variables, updates and givens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from theano.errors import usage_error
from theano.graph import Constant, Type, Variable
from theano.graph.traversal import ancestors, rebuild
from theano.shared_variable import SharedVariable, shared
from theano.tensor.type import TensorType


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
                ValueError,
                f"`{what}` must be a dict or a list of pairs",
                expected="(old, new)",
                got=pair,
            )
        pairs.append((pair[0], pair[1]))
    return pairs


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
    if not isinstance(new, Variable):
        return target.type.filter_variable(new)
    if new.type != target.type:
        # A value known to have length 1 somewhere is no exception: with it a (10, 10) parameter
        # would become a (1, 1) one unnoticed.
        fix = f"convert it: theano.tensor.cast(new, '{getattr(target.type, 'dtype', '')}')"
        if getattr(new.type, "dtype", None) == getattr(target.type, "dtype", None):
            fix = (
                "make the ranks and the broadcastable patterns agree, with dimshuffle or "
                "theano.tensor.unbroadcast(new, axis)"
            )
        raise usage_error(
            TypeError,
            "An update must have the same type as the original shared variable",
            expected=target,
            got=new,
            fix=fix,
        )
    return new


def given_value(kind: Type, value: Any) -> Variable:
    """Return a value in ``givens`` as a variable: a number as a constant, an array as shared.

    Rewrites can use a constant, so that a branch that a number switches off costs nothing; but XLA
    takes long over large ones.

    Raises
    ------
    TypeError
        It does not fit the type.
    """
    if not isinstance(kind, TensorType) or kind.ndim == 0:
        return kind.filter_variable(value)
    variable: Variable = shared(kind.filter(value), broadcastable=kind.broadcastable)
    return variable


class Collector:
    """Copies graphs into one whose inputs are plain variables, and notes what they use.

    Parameters
    ----------
    inputs : sequence of Variable
    givens : dict or list of pairs
    rebuild_strict : bool
        See ``theano.function``.
    stand_in : callable
        Makes the input that stands for one of ``inputs``, or for a shared variable.

    Attributes
    ----------
    shared : list of SharedVariable
        Those that were met, one for each container.
    stand_ins : list of Variable
        The inputs that stand for them.
    """

    def __init__(
        self,
        inputs: Sequence[Variable],
        givens: Any,
        rebuild_strict: bool = True,
        stand_in: Callable[[Variable], Variable] = Variable.clone,
    ) -> None:
        self.shared: list[SharedVariable] = []
        self.stand_ins: list[Variable] = []
        self._places: dict[int, int] = {}
        # What `givens` replaces by a variable of another type, which matters where it is used.
        self._mismatched: dict[Variable, Variable] = {}
        self._stand_in = stand_in
        self.memo: dict[Variable, Variable] = {v: stand_in(v) for v in inputs}
        for old, new in pairs_of(givens, "givens"):
            self._check_given(old, inputs)
            if not isinstance(new, Variable):
                new = given_value(old.type, new)
            if new.type != old.type:
                converted = old.type.convert_variable(new)
                if converted is None and rebuild_strict:
                    self._mismatched[old] = new
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
        if old in self.memo:
            raise usage_error(
                ValueError,
                "a variable is replaced in `givens` after it was itself used there, in a "
                "replacement or as a key",
                got=old,
                fix="list its own replacement first: later ones then use it",
            )

    def place_of(self, variable: SharedVariable) -> int:
        """Return the position of a shared variable in ``shared``, where it is put if need be.

        Copies of a variable on the same container are one.
        """
        key = id(variable.container.storage)
        if key not in self._places:
            self._places[key] = len(self.shared)
            self.shared.append(variable)
            self.stand_ins.append(self._stand_in(variable))
        return self._places[key]

    def _leaf(self, variable: Variable) -> Variable:
        if not isinstance(variable, SharedVariable):
            return variable
        return self.stand_ins[self.place_of(variable)]

    def copy(self, outputs: Sequence[Variable]) -> list[Variable]:
        """Return ``outputs`` with givens and shared variables replaced.

        Raises
        ------
        TypeError
            They use a variable that is given by one of another type.
        """
        used = ancestors(outputs, self.memo) if self._mismatched else ()
        for variable in used:
            if variable in self._mismatched:
                raise usage_error(
                    TypeError,
                    "a variable in `givens` is replaced by one of another type",
                    expected=variable,
                    got=self._mismatched[variable],
                    fix="convert it, for example with theano.tensor.cast",
                )
        copies, memo = rebuild(outputs, self.memo, copy_all=True, on_leaf=self._leaf)
        self.memo.update({k: v for k, v in memo.items() if not isinstance(k, Constant)})
        return copies

    def collect_updates(
        self, updates: Any, no_default_updates: bool | Iterable[Any]
    ) -> dict[int, Variable]:
        """Return the copied updates: those given, then default ones of all that is used.

        Returns
        -------
        dict
            From positions in ``shared`` to new values.

        Raises
        ------
        ValueError
            A shared variable is updated twice.
        TypeError
            ``no_default_updates`` is neither a bool nor a list, or an update has the wrong type.
        """
        listed = isinstance(no_default_updates, Iterable)
        if not isinstance(no_default_updates, bool) and (
            not listed or isinstance(no_default_updates, (str, Variable))
        ):
            raise usage_error(
                TypeError,
                "no_default_updates must be a bool or a list of shared variables",
                got=no_default_updates,
            )
        given: dict[int, Variable] = {}
        for target, new in pairs_of(updates, "updates"):
            new = check_update(target, new)
            if self.place_of(target) in given:
                raise usage_error(
                    ValueError,
                    "a shared variable is updated twice in one function",
                    got=target,
                    fix="merge the two updates into one expression",
                )
            given[self.place_of(target)] = new
        collected = dict(zip(given, self.copy(list(given.values())), strict=True))
        if no_default_updates is True:
            return collected
        excluded = set() if no_default_updates is False else set(no_default_updates)  # type: ignore[arg-type]
        # An update may bring in further shared variables, so the list grows under the loop.
        for target in self.shared:
            new = getattr(target, "default_update", None)
            place = self.place_of(target)
            if new is not None and place not in collected and target not in excluded:
                collected[place] = self.copy([check_update(target, new)])[0]
        return collected


def rebuild_collect_shared(
    outputs: Any,
    inputs: Sequence[Variable] | None = None,
    replace: Any = None,
    updates: Any = None,
    rebuild_strict: bool = True,
    copy_inputs_over: bool = True,
    no_default_updates: bool | Iterable[Any] = False,
) -> tuple[list[Variable], Any, list[Any]]:
    """Return graphs with some variables replaced, and what they use: a step of ``function``.

    Parameters
    ----------
    outputs : Variable, Out, or list of such
    inputs : list of Variable, optional
    replace, updates, rebuild_strict, no_default_updates :
        As ``givens`` and so on of ``theano.function``.
    copy_inputs_over : bool
        Use the very inputs and shared variables, not clones of them.

    Returns
    -------
    inputs : list of Variable
    outputs : Variable, Out, or list of such
    others : list
        A dict from old to new variables, a dict from shared variables to their new values, the
        latter as a list of pairs, and a list of the shared variables.
    """
    collector = Collector(
        inputs or [], replace, rebuild_strict, same if copy_inputs_over else copied
    )
    several = isinstance(outputs, (list, tuple))
    outs = list(outputs) if several else [] if outputs is None else [outputs]
    copies = collector.copy([getattr(out, "variable", out) for out in outs])
    new_values = collector.collect_updates(updates, no_default_updates)
    results = [
        copy if isinstance(out, Variable) else type(out)(copy, borrow=out.borrow)
        for out, copy in zip(outs, copies, strict=True)
    ]
    update_of = {collector.shared[i]: new for i, new in new_values.items()}
    return (
        [collector.memo[v] for v in inputs or []],
        results if several or not results else results[0],
        [collector.memo, update_of, list(update_of.items()), collector.shared],
    )


def same(variable: Variable) -> Variable:
    """Return ``variable``."""
    return variable


def copied(variable: Variable) -> Variable:
    """Return a clone; that of a shared variable is shared too."""
    return variable.clone()
