"""``ParamsType``: attributes of an op that its ``perform`` is given as one argument."""

from __future__ import annotations

from collections import Counter
from typing import Any

from theano.graph.type import Type


class Params(dict[str, Any]):
    """Named values of a ``ParamsType``; read as items or as attributes, and never changed.

    Raises
    ------
    TypeError
        A field of the type is missing.
    """

    def __init__(self, params_type: ParamsType, **values: Any) -> None:
        if not isinstance(params_type, ParamsType):
            raise TypeError(f"Params takes a ParamsType first, got {params_type!r}")
        missing = [field for field in params_type.fields if field not in values]
        if missing:
            raise TypeError(f"Params lacks the fields {', '.join(missing)}")
        super().__init__(values)
        self.__dict__["__params_type__"] = params_type

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(f"Params has no field {name!r}; it has {', '.join(sorted(self))}")
        return self[name]

    def _refuse(self, *args: Any) -> Any:
        raise NotImplementedError("Params cannot be changed")

    __setattr__ = __setitem__ = __delitem__ = _refuse

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Params) or self.__params_type__ != other.__params_type__:
            return False
        return all(
            kind.values_eq(self[field], other[field])
            for field, kind in self.__params_type__.items()
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]
        constants: list[Any] = [
            kind.make_constant(self[field]) for field, kind in self.__params_type__.items()
        ]
        return hash((self.__params_type__, *(constant.signature() for constant in constants)))

    def __repr__(self) -> str:
        fields = [f"{name}:{type(self[name]).__name__}:{self[name]}" for name in sorted(self)]
        return f"Params({', '.join(fields)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _params, (self.__params_type__, dict(self))


def _params(params_type: ParamsType, values: dict[str, Any]) -> Params:
    return Params(params_type, **values)


class ParamsType(Type):
    """Named types; its values are ``Params``.

    An op with ``params_type = ParamsType(k=scalar.int32)`` and an attribute ``k`` has its
    ``perform(node, inputs, output_storage, params)`` called with ``params.k``, converted to the
    type that was named. The constants of its ``EnumType`` are attributes of the type.

    Parameters
    ----------
    **fields : Type

    Attributes
    ----------
    fields : tuple of str
        In alphabetical order.
    types : tuple of Type
        In the order of ``fields``.
    length : int

    Raises
    ------
    ValueError
        No field was given.
    TypeError
        A field is no Type.
    AttributeError
        A constant, or an alias, is in two types.
    """

    def __init__(self, **fields: Type) -> None:
        if not fields:
            raise ValueError("a ParamsType needs at least one field")
        for name, kind in fields.items():
            if not isinstance(kind, Type):
                raise TypeError(f"the field {name!r} of a ParamsType must be a Type, got {kind!r}")
        self.fields = tuple(sorted(fields))
        self.types = tuple(fields[name] for name in self.fields)
        self.length = len(fields)
        for named in ("values", "aliases"):
            times = Counter(name for kind in self._enums() for name in getattr(kind, named))
            twice = [name for name, n in times.items() if n > 1]
            if twice:
                raise AttributeError(
                    f"fields of a ParamsType have {named} of one name: {', '.join(twice)}"
                )

    def __getattr__(self, name: str) -> Any:
        try:
            return self.get_enum(name)
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}") from None

    def _enums(self) -> list[Any]:
        """Return the types whose values are named constants, each once."""
        types = self.__dict__.get("types", ())
        return [kind for kind in dict.fromkeys(types) if hasattr(kind, "fromalias")]

    def get_enum(self, name: str) -> Any:
        """Return a constant of one of the types.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        for kind in self._enums():
            if name in kind:
                return kind[name]
        raise KeyError(name)

    def enum_from_alias(self, alias: str) -> Any:
        """Return the constant of an alias, or of a name.

        Raises
        ------
        KeyError
            There is neither.
        """
        for kind in self._enums():
            if kind.has_alias(alias) or alias in kind:
                return kind.fromalias(alias)
        raise KeyError(alias)

    def items(self) -> list[tuple[str, Type]]:
        """Return the fields with their types."""
        return list(zip(self.fields, self.types, strict=True))

    def has_type(self, kind: Type) -> bool:
        """Whether a field is of type ``kind``."""
        return kind in self.types

    def get_type(self, field: str) -> Type:
        """Return the type of a field.

        Raises
        ------
        ValueError
            There is no such field.
        """
        return self.types[self.fields.index(field)]

    def get_field(self, kind: Type) -> str:
        """Return the first field of type ``kind``.

        Raises
        ------
        ValueError
            There is none.
        """
        return self.fields[self.types.index(kind)]

    def get_params(self, *objects: Any, **values: Any) -> Params:
        """Return the fields as they are found in attributes of ``objects`` and in ``values``.

        What comes later counts. Each is converted to its type, also where precision is lost.

        Raises
        ------
        KeyError
            A field is found nowhere.
        """
        found = {
            field: getattr(one, field)
            for one in objects
            for field in self.fields
            if hasattr(one, field)
        }
        found.update({field: values[field] for field in self.fields if field in values})
        return Params(
            self,
            **{name: kind.filter(found[name], allow_downcast=True) for name, kind in self.items()},
        )

    def extended(self, **fields: Type) -> ParamsType:
        """Return a type with more fields."""
        return type(self)(**{**dict(self.items()), **fields})

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return the fields of ``data`` as ``Params`` of this type.

        ``data`` may be any object that has the fields as attributes; with ``strict``, ``Params``.

        Raises
        ------
        TypeError
            ``data`` is something else, or a field does not fit its type.
        """
        lacks = any(not hasattr(data, field) for field in self.fields)
        if lacks or (strict and not isinstance(data, Params)):
            raise TypeError(f"expected Params of {self}, got {data!r}")
        return Params(
            self,
            **{
                name: kind.filter(getattr(data, name), strict=strict, allow_downcast=allow_downcast)
                for name, kind in self.items()
            },
        )

    def values_eq_approx(self, a: Any, b: Any, **tolerances: Any) -> bool:
        """Whether all fields of two values are equal up to rounding."""
        return all(kind.values_eq_approx(a[name], b[name]) for name, kind in self.items())

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ParamsType)
            and type(self) is type(other)
            and self.items() == other.items()
        )

    def __hash__(self) -> int:
        return hash((type(self), self.fields, self.types))

    def __str__(self) -> str:
        return f"ParamsType<{', '.join(f'{name}:{kind}' for name, kind in self.items())}>"

    __repr__ = __str__
