"""Updates of shared variables, in the order in which they were given."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from theano.errors import usage_error
from theano.shared_variable import SharedVariable


class OrderedUpdates(OrderedDict[SharedVariable, Any]):
    """An ordered mapping of shared variables to the expressions of their new values.

    Raises
    ------
    TypeError
        A key is not a shared variable.

    Examples
    --------
    >>> import theano
    >>> counter = theano.shared(0, "counter")
    >>> updates = OrderedUpdates({counter: counter + 1})
    >>> list(updates)
    [counter]
    """

    def __setitem__(self, variable: SharedVariable, value: Any) -> None:
        super().__setitem__(self._checked(variable), value)

    @staticmethod
    def _checked(variable: Any) -> SharedVariable:
        if isinstance(variable, SharedVariable):
            return variable
        raise usage_error(
            TypeError,
            "an update was given for something that keeps no value",
            expected="a shared variable as key",
            got=f"{variable!r} of {type(variable)}",
            fix="make it with theano.shared(initial value)",
        )

    def update(  # type: ignore[override]  # keys are variables, so there are no keywords
        self, other: Mapping[SharedVariable, Any] | Iterable[tuple[SharedVariable, Any]] = ()
    ) -> None:
        """Add pairs, in their order.

        Raises
        ------
        KeyError
            A variable has another new value already.
        """
        for variable, value in dict(other).items():
            if variable in self and self[variable] is not value:
                raise usage_error(
                    KeyError,
                    f"two updates of {variable} were put together",
                    got=f"{self[variable]} and {value}",
                    fix="assign the one that is meant: updates[variable] = value",
                )
            self[self._checked(variable)] = value

    def __add__(self, other: Mapping[SharedVariable, Any]) -> OrderedUpdates:
        both = OrderedUpdates(self)
        both.update(other)
        return both

    __radd__ = __add__
