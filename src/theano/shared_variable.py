"""Shared variables: state that functions read and update."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from theano.errors import describe, usage_error
from theano.graph import Type, Variable
from theano.runtime.devices import to_device, to_host

__all__ = ["SharedVariable", "shared", "shared_constructor"]


class Container:
    """The place where the value of a shared variable, or the default of an input, lies.

    ``storage`` is a list of one element: the value on its device. A compiled function replaces it
    by one assignment, so that it holds a whole value at any instant.

    Parameters
    ----------
    type : Type
        What the value may be.
    value : array or None
        The first value, used as it is; None for none.
    name : str, optional
        For messages.
    strict, allow_downcast : bool
        How later values are converted; see ``TensorType.filter``.
    """

    __slots__ = ("allow_downcast", "name", "storage", "strict", "type")

    def __init__(
        self,
        type: Type,
        value: Any,
        name: str | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
    ) -> None:
        self.type = type
        self.name = name
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.storage: list[Any] = [value]

    @property
    def value(self) -> Any:
        """The value, as a new array on the host; None where there is none."""
        value = self.storage[0]
        return None if value is None else to_host(value)

    @value.setter
    def value(self, value: Any) -> None:
        try:
            filtered = self.type.filter(value, self.strict, self.allow_downcast)
        except (TypeError, ValueError) as error:
            error.add_note(f"while setting the value of {self.name or 'a variable without a name'}")
            raise
        self.storage[0] = to_device(filtered)

    data = value

    def __getstate__(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "name": self.name,
            "strict": self.strict,
            "allow_downcast": self.allow_downcast,
            "value": self.value,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.type, self.name = state["type"], state["name"]
        self.strict, self.allow_downcast = state["strict"], state["allow_downcast"]
        value = state["value"]
        self.storage = [None if value is None else to_device(value)]

    def __repr__(self) -> str:
        return f"<Container of {self.name or self.type}>"


class SharedVariable(Variable):
    """A variable with a value of its own, which functions can update.

    Parameters
    ----------
    type : Type
    value : array
        On its device; used as it is.
    name : str, optional
    strict, allow_downcast : bool
        How later values are converted; see ``TensorType.filter``.

    Attributes
    ----------
    container : Container
        Where the value lies.
    default_update : Variable or None
        What every function that uses this variable updates it to, unless told otherwise.
    """

    __slots__ = ("_default_update", "container")

    def __init__(
        self,
        type: Type,
        value: Any,
        name: str | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
    ) -> None:
        super().__init__(type, None, None, name)
        self.container = Container(type, value, name, strict, allow_downcast)
        self._default_update: Variable | None = None

    @property
    def default_update(self) -> Variable | None:
        """The update that functions apply by themselves; None for none."""
        return self._default_update

    @default_update.setter
    def default_update(self, value: Any) -> None:
        self._default_update = None if value is None else self.type.filter_variable(value)

    @default_update.deleter
    def default_update(self) -> None:
        self._default_update = None

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        """Return the value.

        Parameters
        ----------
        borrow : bool
            Has no effect: the result is always an array of the caller's own, which may be changed.
        return_internal_type : bool
            Return the array on its device instead. It must not be kept across a call that updates
            this variable.
        """
        return self.container.storage[0] if return_internal_type else self.container.value

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Replace the value; it is copied whatever ``borrow`` says.

        Raises
        ------
        TypeError
            The value does not fit the variable's type.
        """
        self.container.value = new_value

    def zero(self, borrow: bool = False) -> None:
        """Set all elements to zero."""
        value = self.container.value
        value[...] = 0
        self.container.value = value

    def clone(self) -> Variable:
        """Return a new shared variable of its own on the same container."""
        new = copy.copy(self)
        new.tag = copy.copy(self.tag)
        return new

    def __copy__(self) -> SharedVariable:
        new = type(self).__new__(type(self))
        for name in ("type", "owner", "index", "name", "tag", "source"):
            setattr(new, name, getattr(self, name))
        new.container = self.container
        new._default_update = self._default_update
        return new

    def __getstate__(self) -> dict[str, Any]:
        return {
            **super().__getstate__(),
            "container": self.container,
            "_default_update": self._default_update,
        }


Constructor = Callable[..., Variable]
CONSTRUCTORS: list[Constructor] = []


def shared_constructor(constructor: Constructor, remove: bool = False) -> Constructor:
    """Register a function that makes shared variables of some kind of value.

    It is called as ``constructor(value, name=…, strict=…, allow_downcast=…, borrow=…)`` and raises
    TypeError for values that it does not take. The one registered last is tried first.
    """
    if remove:
        CONSTRUCTORS.remove(constructor)
    else:
        CONSTRUCTORS.append(constructor)
    return constructor


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    **kwargs: Any,
) -> Any:
    """Return a shared variable with a copy of ``value``.

    Parameters
    ----------
    value : ndarray, number, or another kind that a constructor is registered for
    name : str, optional
    strict, allow_downcast : bool
        How later values are converted; see ``TensorType.filter``.
    **kwargs
        For the constructor, such as ``borrow`` and ``broadcastable``.

    Raises
    ------
    TypeError
        No constructor takes the value.
    """
    if isinstance(value, Variable):
        raise usage_error(
            TypeError,
            "a shared variable was given a symbolic value",
            expected="an array or a number",
            got=value,
            fix="compute it first, or give the variable's own value: x.get_value()",
        )
    reasons = []
    for constructor in reversed(CONSTRUCTORS):
        try:
            return constructor(
                value, name=name, strict=strict, allow_downcast=allow_downcast, **kwargs
            )
        except TypeError as error:
            reasons.append(str(error))
    raise usage_error(
        TypeError,
        "no kind of shared variable takes this value" + "".join(f" ({r})" for r in reasons[:2]),
        expected="a NumPy array or a number",
        got=describe(value),
        fix="convert it: numpy.asarray(value, dtype=theano.config.floatX)",
    )
