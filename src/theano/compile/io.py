"""``In`` and ``Out``: how a function takes its inputs and gives its outputs."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from theano.errors import UnusedInputError, usage_error
from theano.graph import Constant, Variable
from theano.shared_variable import Container, SharedVariable

__all__ = ["In", "Out", "Param"]


class In:
    """An input of a compiled function.

    Parameters
    ----------
    variable : Variable
        The symbolic input.
    name : str, optional
        For keyword arguments; by default the variable's own.
    value : object, optional
        The default; an input with one need not be given. A ``Container`` is used itself: what it
        holds at the time of a call is the default, and the input cannot be given.
    update : Variable, optional
        What the default becomes after each call. It may depend on the inputs.
    mutable, borrow : bool
        Kept for programs that give them; the caller's arrays are never changed.
    strict : bool
        Take only values of the very type.
    allow_downcast : bool or None
        Whether a value may lose precision; None allows it for Python floats to ``floatX``.
    autoname : bool
        Whether to take over the variable's name.
    implicit : bool, optional
        The input always takes its default and cannot be given.

    Raises
    ------
    TypeError
        The variable is none, a constant, or a shared variable; or the default or the update does
        not fit its type.
    """

    def __init__(
        self,
        variable: Variable,
        name: str | None = None,
        value: Any = None,
        update: Variable | None = None,
        mutable: bool | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
        autoname: bool = True,
        implicit: bool | None = None,
        borrow: bool | None = None,
        shared: bool = False,
    ) -> None:
        check_input_variable(variable)
        self.variable = variable
        self.name = name if name is not None or not autoname else variable.name
        self.container: Container | None = value if isinstance(value, Container) else None
        self.value = (
            None
            if value is None or isinstance(value, Container)
            else variable.type.filter(value, strict=strict, allow_downcast=allow_downcast)
        )
        self.update = None if update is None else self._checked_update(update)
        self.mutable = bool(mutable)
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.implicit = self.container is not None if implicit is None else bool(implicit)
        self.borrow = borrow

    def _checked_update(self, update: Any) -> Variable:
        kind = self.variable.type
        new = update if isinstance(update, Variable) else kind.filter_variable(update)
        if new.type != kind:
            raise usage_error(
                TypeError,
                "the update of an input must have the same type as the input",
                expected=self.variable,
                got=new,
                fix=f"convert it: theano.tensor.cast(update, '{getattr(kind, 'dtype', kind)}')",
            )
        return new

    def without_update(self) -> In:
        """Return a copy that has no update and keeps the rest."""
        new = copy.copy(self)
        new.update = None
        return new

    def __repr__(self) -> str:
        return f"In({self.variable}{'' if self.update is None else f' -> {self.update}'})"


Param = In


class Out:
    """An output of a compiled function. ``borrow`` is kept for programs that give it."""

    def __init__(self, variable: Any, borrow: bool = False) -> None:
        self.variable = variable
        self.borrow = borrow

    def __repr__(self) -> str:
        return f"Out({self.variable},{self.borrow})"


def check_input_variable(variable: Any) -> None:
    """Raise TypeError unless ``variable`` can be an input of a function."""
    if not isinstance(variable, Variable):
        raise usage_error(
            TypeError,
            "an input of a function is no variable",
            expected="a Variable or In",
            got=variable,
        )
    if isinstance(variable, SharedVariable):
        raise usage_error(
            TypeError,
            "a shared variable was given as an input of a function",
            got=variable,
            fix="leave it out: functions find the shared variables that they use; to put "
            "another value in its place use `givens`",
        )
    if isinstance(variable, Constant):
        raise usage_error(TypeError, "a constant was given as an input of a function", got=variable)


def read_inputs(inputs: Any, allow_downcast: bool | None) -> list[In]:
    """Return the inputs as a list of ``In``.

    Raises
    ------
    TypeError
        They are no list, or one is no variable.
    UnusedInputError
        One is given twice.
    """
    if inputs is None:
        inputs = []
    if not isinstance(inputs, (list, tuple)):
        raise usage_error(
            TypeError,
            "theano.function takes a list of inputs",
            expected="a list",
            got=inputs,
            fix="write [x] for a single input",
        )
    ins = []
    for one in inputs:
        if isinstance(one, (list, tuple)):
            one = input_of_sequence(one, allow_downcast)
        elif not isinstance(one, In):
            one = In(one, allow_downcast=allow_downcast)
        elif one.allow_downcast is None:
            one.allow_downcast = allow_downcast
        ins.append(one)
    places: dict[Variable, int] = {}
    for i, one in enumerate(ins):
        if one.variable in places:
            raise usage_error(
                UnusedInputError,
                "a variable is given twice as an input of a function, at the positions "
                f"{places[one.variable]} and {i}",
                got=one.variable,
                fix="leave one of them out",
            )
        places[one.variable] = i
    return ins


def input_of_sequence(parts: Sequence[Any], allow_downcast: bool | None) -> In:
    """Return the ``In`` that ``[name,] variable or (variable, update) [, value]`` means.

    Raises
    ------
    TypeError
        The sequence has another form.
    """
    rest = list(parts)
    name = rest.pop(0) if rest and isinstance(rest[0], str) else None
    head: Any = rest.pop(0) if rest else None
    pair = list(head) if isinstance(head, (list, tuple)) else [head, None]
    if len(pair) != 2 or len(rest) > 1:
        raise usage_error(
            TypeError,
            "an input of a function is a sequence that cannot be read",
            expected="[name,] variable or (variable, update) [, value]",
            got=parts,
            fix="write theano.In(variable, name=..., value=..., update=...)",
        )
    value = rest[0] if rest else None
    return In(pair[0], name=name, value=value, update=pair[1], allow_downcast=allow_downcast)


@dataclass(frozen=True)
class OutputForm:
    """In which form a function returns its values.

    Attributes
    ----------
    single : bool
        As the one value itself.
    names : tuple of str or None
        As a dict with these keys; a list if None.
    """

    single: bool = False
    names: tuple[str, ...] | None = None

    def __call__(self, values: list[Any]) -> Any:
        """Return ``values`` in this form."""
        if self.single:
            return values[0]
        if self.names is not None:
            return dict(zip(self.names, values, strict=True))
        return values


def read_outputs(outputs: Any) -> tuple[list[Variable], OutputForm]:
    """Return the output variables, and the form in which their values are returned.

    Raises
    ------
    TypeError
        One is no variable, or a key of a dict is no string.
    """
    if outputs is None:
        return [], OutputForm()
    if isinstance(outputs, dict):
        if not all(isinstance(name, str) for name in outputs):
            raise usage_error(
                TypeError, "the keys of a dict of outputs must be strings", got=list(outputs)
            )
        # The order of the keys that earlier versions returned.
        names = tuple(sorted(outputs))
        return [output_variable(outputs[n]) for n in names], OutputForm(names=names)
    if isinstance(outputs, (list, tuple)):
        return [output_variable(x) for x in outputs], OutputForm()
    return [output_variable(outputs)], OutputForm(single=True)


def output_variable(x: Any) -> Variable:
    """Return the variable of an output.

    Raises
    ------
    TypeError
        It is none.
    """
    variable = x.variable if isinstance(x, Out) else x
    if not isinstance(variable, Variable):
        raise usage_error(
            TypeError,
            "an output of a function is no variable",
            expected="a Variable or Out, or a list or dict of such",
            got=variable,
            fix="make a value a variable: theano.tensor.as_tensor_variable(value)",
        )
    return variable
