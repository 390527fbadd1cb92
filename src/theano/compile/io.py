"""``In`` and ``Out``: how a function takes an input and gives an output."""

from __future__ import annotations

from typing import Any

from theano.errors import usage_error
from theano.graph import Variable
from theano.shared_variable import SharedVariable

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
        The default; an input with one need not be given.
    update : Variable, optional
        What the default becomes after each call.
    mutable, borrow : bool
        Kept for programs that give them; the caller's arrays are never changed.
    strict : bool
        Take only values of the very type.
    allow_downcast : bool or None
        Whether a value may lose precision; None allows it for Python floats to ``floatX``.
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
        self.variable = variable
        self.name = name if name is not None or not autoname else variable.name
        self.value = None if value is None else variable.type.filter(
            value, strict=strict, allow_downcast=allow_downcast
        )
        self.update = update
        self.mutable = bool(mutable)
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.implicit = bool(implicit)
        self.borrow = borrow

    def __repr__(self) -> str:
        return f"In({self.variable})"


Param = In


class Out:
    """An output of a compiled function. ``borrow`` is kept for programs that give it."""

    def __init__(self, variable: Any, borrow: bool = False) -> None:
        self.variable = variable
        self.borrow = borrow

    def __repr__(self) -> str:
        return f"Out({self.variable})"
