"""Shared variables: state that functions read and update."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from theano.errors import describe, usage_error
from theano.graph import Type, Variable
from theano.graph.generic_type import generic
from theano.runtime.devices import copied, to_device, to_host
from theano.runtime.forking import STATE_LOCK, lets_go_in_a_child, readable_in_a_child

__all__ = ["SharedVariable", "generic_constructor", "shared", "shared_constructor"]


class Container:
    """The place where the value of a shared variable, or the default of an input, lies.

    Parameters
    ----------
    r : Variable or Type
        What the value may be.
    storage : list of one element
        The value, used as it is: a tensor on its device, any other object itself; None for none.
        A compiled function replaces it by one assignment, so that it is whole at any instant.
    readonly : bool
        Whether ``value`` cannot be set.
    strict, allow_downcast : bool
        How later values are converted; see ``TensorType.filter``.
    name : str, optional
        For messages; by default that of the variable.

    Raises
    ------
    TypeError
        ``storage`` is no list, or is empty.
    """

    __slots__ = ("__weakref__", "allow_downcast", "name", "readonly", "storage", "strict", "type")

    def __init__(
        self,
        r: Variable | Type,
        storage: list[Any],
        readonly: bool = False,
        strict: bool = False,
        allow_downcast: bool | None = None,
        name: str | None = None,
    ) -> None:
        if not isinstance(storage, list) or not storage:
            raise usage_error(
                TypeError, "a container was given no storage", expected="[value]", got=storage
            )
        self.type: Type = r.type if isinstance(r, Variable) else r
        self.name = r.name if name is None and isinstance(r, Variable) else name
        self.storage = storage
        self.readonly = readonly
        self.strict = strict
        self.allow_downcast = allow_downcast
        lets_go_in_a_child(self)

    def let_go(self) -> None:
        """Hold the value where a forked child can read it."""
        self.storage[0] = readable_in_a_child(self.storage[0])

    @property
    def value(self) -> Any:
        """The value: a new array on the host, or the object itself; None where there is none."""
        # A call in another thread may be about to take over the memory.
        with STATE_LOCK:
            value = self.storage[0]
            return value if value is None or not self.type.on_device else to_host(value)

    @value.setter
    def value(self, value: Any) -> None:
        label = self.name or "a variable without a name"
        if self.readonly:
            raise usage_error(TypeError, f"the value of {label} was set, which is only to be read")
        # A user's type may have a filter of the value alone.
        options: dict[str, Any] = {"strict": True} if self.strict else {}
        if self.allow_downcast is not None:
            options["allow_downcast"] = self.allow_downcast
        try:
            filtered = self.type.filter(value, **options)
        except (TypeError, ValueError) as error:
            error.add_note(f"while setting the value of {label}")
            raise
        self.storage[0] = to_device(filtered) if self.type.on_device else filtered

    data = value

    def __getstate__(self) -> dict[str, Any]:
        names = ("type", "name", "readonly", "strict", "allow_downcast", "value")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        value = state.pop("value")
        for name, attribute in state.items():
            setattr(self, name, attribute)
        absent = value is None or not self.type.on_device
        self.storage = [value if absent else to_device(value)]
        lets_go_in_a_child(self)

    def __repr__(self) -> str:
        return f"<Container of {self.name or self.type}>"


class SharedVariable(Variable):
    """A variable with a value of its own, which functions can update.

    Parameters
    ----------
    name : str or None
    type : Type
    value : object
        The first value; None with ``container``.
    strict, allow_downcast : bool
        How this and later values are converted; see ``TensorType.filter``.
    container : Container, optional
        Where the value lies, instead of a new one.

    Attributes
    ----------
    container : Container
        Where the value lies.
    default_update : Variable
        What every function that uses this variable updates it to, unless told otherwise. There is
        no such attribute until it is set; None means that there is no update.

    Raises
    ------
    TypeError
        The value does not fit the type, or a container was given as well.
    """

    __slots__ = ("container",)

    def __init__(
        self,
        name: str | None,
        type: Type,
        value: Any,
        strict: bool | None = False,
        allow_downcast: bool | None = None,
        container: Container | None = None,
    ) -> None:
        super().__init__(type, None, None, name)
        if container is None:
            container = Container(self, [None], False, bool(strict), allow_downcast)
            container.value = value
        elif value is not None or strict:
            raise usage_error(
                TypeError,
                "a shared variable was given a value as well as a container, which has one",
                fix="leave out value and strict, or the container",
            )
        self.container: Container = container

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        """Return the value.

        Parameters
        ----------
        borrow : bool
            Return an object that is no array itself, instead of a copy. An array is always the
            caller's own, which may be changed.
        return_internal_type : bool
            Return a copy of an array on its device.
        """
        if not self.type.on_device:
            value = self.container.value
            return value if borrow else copy.deepcopy(value)
        if return_internal_type:
            # A launch may take over the memory of the value itself.
            with STATE_LOCK:
                return copied(self.container.storage[0])
        return self.container.value

    def value_in_graphs(self) -> Any:
        """Return the value as nodes are given it on the host."""
        return self.get_value(borrow=True)

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Replace the value by a copy; with ``borrow`` by an object itself that is no array.

        Raises
        ------
        TypeError
            The value does not fit the variable's type.
        """
        if not borrow and not self.type.on_device:
            new_value = copy.deepcopy(new_value)
        self.container.value = new_value

    def zero(self, borrow: bool = False) -> None:
        """Set all elements to zero."""
        value = self.container.value
        if isinstance(value, np.ndarray):
            value[...] = 0
        self.container.value = value if isinstance(value, np.ndarray) else 0 * value

    def clone(self) -> Variable:
        """Return a new variable on the same container, without a default update."""
        new = copy.copy(self)
        new.tag = copy.copy(self.tag)
        vars(new).pop("default_update", None)
        return new

    def __getitem__(self, key: Any) -> Any:
        raise usage_error(
            TypeError,
            "a part was taken of a shared variable that holds no array",
            expected="a shared tensor",
            got=describe(self.get_value(borrow=True)),
            fix="make an array of numbers of the value before it is given to theano.shared",
        )

    @property
    def value(self) -> Any:
        """No longer there: it raises AttributeError."""
        raise self._no_value()

    @value.setter
    def value(self, value: Any) -> None:
        raise self._no_value()

    def _no_value(self) -> AttributeError:
        return usage_error(
            AttributeError,
            "a shared variable has no attribute `value`",
            got=self,
            fix="use get_value() and set_value(new_value)",
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "container": self.container}


Constructor = Callable[..., Variable]
CONSTRUCTORS: list[Constructor] = []


def shared_constructor(constructor: Constructor, remove: bool = False) -> Constructor:
    """Register a function that makes shared variables of some kind of value.

    It is called as ``constructor(value, name=…, strict=…, allow_downcast=…)``, with the further
    arguments of ``theano.shared``, and raises TypeError for what it does not take. The one
    registered last is tried first.
    """
    if remove:
        CONSTRUCTORS.remove(constructor)
    else:
        CONSTRUCTORS.append(constructor)
    return constructor


@shared_constructor
def generic_constructor(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
) -> SharedVariable:
    """Return a shared variable that holds any object, itself and not a copy."""
    return SharedVariable(name, generic, value, strict, allow_downcast)


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    **kwargs: Any,
) -> Any:
    """Return a shared variable with a value.

    Parameters
    ----------
    value : object
        An array or a number is copied and makes a shared tensor. What no other constructor takes,
        a list too, is kept as it is in a variable of type ``generic``.
    name : str, optional
    strict, allow_downcast : bool
        How later values are converted; see ``TensorType.filter``.
    **kwargs
        For the constructor, such as ``borrow`` and ``broadcastable``. One that does not know them
        does not take the value.

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
    reasons: list[Any] = []
    for constructor in reversed(CONSTRUCTORS):
        try:
            return constructor(
                value, name=name, strict=strict, allow_downcast=allow_downcast, **kwargs
            )
        except TypeError as error:
            reasons.extend(line.rstrip(".") for line in str(error).splitlines()[:1])
    raise usage_error(
        TypeError,
        f"no kind of shared variable takes this value ({'; '.join(reasons)})",
        expected="a NumPy array or a number",
        got=describe(value),
        fix="convert it: numpy.asarray(value, dtype=theano.config.floatX)",
    )


shared.constructors = CONSTRUCTORS  # type: ignore[attr-defined]
