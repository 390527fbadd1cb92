"""``Type``: what values a variable may hold."""

from __future__ import annotations

from typing import Any

from theano.errors import MethodNotDefined, usage_error
from theano.graph.props import HasProps
from theano.graph.variable import Constant, Variable


class Type(HasProps):
    """Base of all types. Equality of two types means that their values are interchangeable.

    A subclass gives ``filter`` at least, and ``variable_class`` where its variables have methods of
    their own. ``Variable`` and ``Constant`` in a class's body are earlier names of
    ``variable_class`` and ``constant_class``.
    """

    variable_class: type[Variable] = Variable
    constant_class: Any = Constant
    on_device: bool = False
    """Whether values of shared variables are kept on the device; others stay Python objects."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for old, new in (("Variable", "variable_class"), ("Constant", "constant_class")):
            if old in vars(cls):
                setattr(cls, new, vars(cls)[old])

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return ``data`` as a value of this type.

        Parameters
        ----------
        data : object
            The value that came in.
        strict : bool
            Accept only what is already a value of this type.
        allow_downcast : bool or None
            Whether precision may be lost. None allows it for Python floats to ``floatX`` only.

        Raises
        ------
        TypeError
            ``data`` cannot be held by a variable of this type.
        """
        raise MethodNotDefined(f"{type(self).__name__} has no filter()")

    def filter_variable(self, other: Any, allow_convert: bool = True) -> Variable:
        """Return ``other``, a variable or a value, as a variable of this type.

        Raises
        ------
        TypeError
            ``other`` is of another type and cannot be converted.
        """
        variable: Variable = other if isinstance(other, Variable) else self.make_constant(other)
        if variable.type != self and allow_convert:
            converted = self.convert_variable(variable)
            if converted is not None:
                return converted
        if variable.type != self:
            raise usage_error(
                TypeError,
                "a variable cannot stand in for one of another type",
                expected=str(self),
                got=variable,
                fix="convert it first, for example with theano.tensor.cast",
            )
        return variable

    def convert_variable(self, var: Variable) -> Variable | None:
        """Return ``var`` as a variable of this type where no value can be lost, else None."""
        return var if var.type == self else None

    def is_super(self, other: Type) -> bool:
        """Whether every value of ``other`` is a value of this type."""
        return self == other

    def is_valid_value(self, value: Any) -> bool:
        """Whether ``value`` can stand for a variable of this type as it is."""
        try:
            self.filter(value, strict=True)
        except (TypeError, ValueError):
            return False
        return True

    def value_validity_msg(self, value: Any) -> str:
        """Return why ``value`` is none of this type, for messages; a subclass may know."""
        return "none"

    def values_eq(self, a: Any, b: Any) -> bool:
        """Whether two values are equal."""
        return bool(a == b)

    def values_eq_approx(self, a: Any, b: Any, **tolerances: Any) -> bool:
        """Whether two values are equal up to rounding."""
        return self.values_eq(a, b)

    def own_copy(self, value: Any) -> Any:
        """Return a result as a caller gets it; the object itself where nobody else may change it.

        Values that lie on the device are copied without asking.
        """
        return value

    def make_variable(self, name: str | None = None) -> Variable:
        """Return a new variable of this type without an owner."""
        return self.variable_class(self, name=name)

    def make_constant(self, value: Any, name: str | None = None) -> Variable:
        """Return a constant of this type."""
        constant: Variable = self.constant_class(self, value, name=name)
        return constant

    def __call__(self, name: str | None = None) -> Variable:
        """Return a new variable of this type; the same as ``make_variable``."""
        return self.make_variable(name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Earlier protocols refuse a type that keeps its attributes in slots.
        return super().__reduce_ex__(max(protocol, 2))
