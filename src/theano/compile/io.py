"""``In`` and ``Out``: how a function takes its inputs and gives its outputs."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import index
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
        holds at the time of a call is the default. Where ``implicit=False`` lets the input be
        given, the container holds that value from then on.
    update : Variable, optional
        What the default becomes after each call. It may depend on the inputs.
    mutable : bool, optional
        Kept for programs that give it: the caller's arrays are never changed. By default whether
        there is an update.
    strict : bool
        Take only values of the very type.
    allow_downcast : bool or None
        Whether a value may lose precision; None allows it for Python floats to ``floatX``.
    autoname : bool
        Whether to take over the variable's name.
    implicit : bool, optional
        The input always takes its default and cannot be given; by default so for a ``Container``.
    borrow : bool, optional
        Kept for programs that give it: results never share memory with arrays that were given. By
        default as ``mutable``.
    shared : bool
        Whether this stands for a shared variable, which a function finds by itself.

    Raises
    ------
    TypeError
        The variable is none, a constant, or a shared variable; the name is no string; the default
        or the update does not fit the variable's type; or an implicit input has no default.
    ValueError
        ``mutable`` without ``borrow``: what may be changed may be shared too.
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
        if not shared:
            check_input_variable(variable)
        self.variable = variable
        self.autoname = autoname
        self.name = name if name is not None or not autoname else variable.name
        if self.name is not None and not isinstance(self.name, str):
            raise usage_error(TypeError, "the name of an input is no string", got=self.name)
        self.value = value
        self.container: Container | None = value if isinstance(value, Container) else None
        self.default = (
            None
            if value is None or isinstance(value, Container)
            else variable.type.filter(value, strict=strict, allow_downcast=allow_downcast)
        )
        self.update = None if update is None else self._checked_update(update)
        self.mutable = update is not None if mutable is None else bool(mutable)
        self.borrow = mutable if borrow is None else borrow
        if mutable and not self.borrow:
            raise usage_error(
                ValueError,
                "an input was declared with mutable=True and borrow=False",
                got=variable,
                fix="leave one of them out",
            )
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.implicit = self.container is not None if implicit is None else bool(implicit)
        if self.implicit and value is None:
            raise usage_error(
                TypeError, "an implicit input has no default", got=variable, fix="give it a value"
            )
        self.shared = shared

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

    @property
    def required(self) -> bool:
        """Whether a call must give the input."""
        return self.value is None

    def without_update(self) -> In:
        """Return a copy that has no update and keeps the rest."""
        new = copy.copy(self)
        new.update = None
        return new

    def __repr__(self) -> str:
        return f"In({self.variable}{'' if self.update is None else f' -> {self.update}'})"


class Param(In):
    """``In`` as earlier programs write it, with ``default`` for ``value``."""

    def __init__(
        self,
        variable: Variable,
        default: Any = None,
        name: str | None = None,
        mutable: bool = False,
        strict: bool = False,
        allow_downcast: bool | None = None,
        implicit: bool | None = None,
        borrow: bool | None = None,
    ) -> None:
        super().__init__(
            variable,
            name,
            default,
            mutable=mutable,
            strict=strict,
            allow_downcast=allow_downcast,
            implicit=implicit,
            borrow=borrow,
        )


class Out:
    """An output of a compiled function.

    Parameters
    ----------
    variable : Variable
    borrow : bool
        Whether an object that is no array, and is an input or shared, is returned itself instead of
        a copy. Arrays are the caller's own in any case.
    """

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
            f"Cannot use a shared variable ({variable}) as explicit input of a function",
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

    def places(self, subset: Any, n: int) -> tuple[int, ...]:
        """Return which of ``n`` outputs a subset means: numbers, or keys of a dict.

        Raises
        ------
        TypeError
            It is no list, or holds something else.
        ValueError
            There is no such key.
        IndexError
            There is no output of that number.
        """
        if isinstance(subset, str) or not isinstance(subset, Iterable):
            raise usage_error(
                TypeError,
                "output_subset must be a list",
                expected="numbers of outputs, or keys where the outputs are a dict",
                got=subset,
            )
        wanted = list(subset)
        if self.names is not None:
            unknown = [key for key in wanted if key not in self.names]
            if unknown:
                raise usage_error(
                    ValueError,
                    "output_subset holds a key that the function has no output for",
                    expected=", ".join(self.names),
                    got=unknown[0],
                )
            return tuple(map(self.names.index, wanted))
        places = tuple(map(index, wanted))
        if not all(0 <= i < n for i in places):
            raise usage_error(
                IndexError,
                "output_subset holds a number that the function has no output for",
                expected=f"0 to {n - 1}" if n else "none: there are no outputs",
                got=wanted,
            )
        return places

    def part(self, places: Sequence[int], values: list[Any]) -> Any:
        """Return the values of the outputs at ``places``: a list, or a dict where all are one."""
        if self.names is None:
            return values
        return {self.names[i]: value for i, value in zip(places, values, strict=True)}


def read_outputs(outputs: Any) -> tuple[list[Out], OutputForm]:
    """Return the outputs, and the form in which their values are returned.

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
        return [as_out(outputs[n]) for n in names], OutputForm(names=names)
    if isinstance(outputs, (list, tuple)):
        return [as_out(x) for x in outputs], OutputForm()
    return [as_out(outputs)], OutputForm(single=True)


def as_out(x: Any) -> Out:
    """Return an output as an ``Out``.

    Raises
    ------
    TypeError
        It is no variable.
    """
    out = x if isinstance(x, Out) else Out(x)
    if not isinstance(out.variable, Variable):
        raise usage_error(
            TypeError,
            "an output of a function is no variable",
            expected="a Variable or Out, or a list or dict of such",
            got=out.variable,
            fix="make a value a variable: theano.tensor.as_tensor_variable(value)",
        )
    return out
