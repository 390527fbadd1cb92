"""Types of params of ops that were written with C code in mind: constants by name, and pointers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from theano.errors import usage_error
from theano.graph import Type

__all__ = [
    "CDataType",
    "CEnumType",
    "CLinkerType",
    "EnumList",
    "EnumType",
    "PureType",
    "SingletonType",
]

PureType = Type
"""A type without C code: what every type is here."""
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


class CLinkerType:
    """What a type with C code derived from; the code is never compiled."""


class SingletonType(Type):
    """A type of which there is one object."""

    _instance: Any = None

    def __new__(cls) -> SingletonType:
        """Return the one object."""
        if "_instance" not in vars(cls) or cls._instance is None:
            cls._instance = super().__new__(cls)
        instance: SingletonType = cls._instance
        return instance

    def __eq__(self, other: object) -> bool:
        return self is other or type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __str__(self) -> str:
        return type(self).__name__


class CDataType(Type):
    """Pointers that only C code could use; a value is None or a capsule."""

    def __init__(self, ctype: str, freefunc: str | None = None, *args: Any, **kwargs: Any) -> None:
        self.ctype, self.freefunc = ctype, freefunc

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CDataType) and (self.ctype, self.freefunc) == (
            other.ctype,
            other.freefunc,
        )

    def __hash__(self) -> int:
        return hash((CDataType, self.ctype, self.freefunc))

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return ``data``.

        Raises
        ------
        TypeError
            It is neither None nor a capsule.
        """
        if data is not None and type(data).__name__ != "PyCapsule":
            raise TypeError(f"{self} takes None or a PyCapsule, got {data!r}")
        return data

    def __str__(self) -> str:
        return f"CDataType{{{self.ctype}}}"


class EnumType(Type):
    """Named constants: ``EnumType(A=1, B=("beta", 2)).A``.

    A value is one of the constants, given by itself, by its name or by its alias.

    Parameters
    ----------
    ctype : str
        The type in C, "double" by default.
    cname : str, optional
        The name in C, by which the type is shown too.
    **constants : numbers, or pairs of an alias and a number
        Names are of capital letters, digits and underscores, and begin with a letter.

    Raises
    ------
    AttributeError
        A name is none.
    TypeError
        A value is no number, or a name or an alias comes twice.
    """

    default_ctype = "double"

    def __init__(self, **constants: Any) -> None:
        ctype = constants.pop("ctype", self.default_ctype)
        cname = constants.pop("cname", None)
        values: dict[str, Any] = {}
        aliases: dict[str, str] = {}
        for name, value in constants.items():
            if not _NAME.fullmatch(name):
                raise AttributeError(
                    f"{type(self).__name__}: {name!r} is no name of a constant, which has capital "
                    "letters, digits and underscores"
                )
            if isinstance(value, (list, tuple)):
                alias, value = value
                if not isinstance(alias, str) or alias in aliases:
                    raise TypeError(f"{type(self).__name__}: {alias!r} is no new alias")
                aliases[alias] = name
            if not isinstance(value, (bool, int, float)):
                raise TypeError(
                    f"{type(self).__name__}: the value of {name} is no number: {value!r}"
                )
            values[name] = value
        for alias in aliases:
            if alias in values:
                raise TypeError(f"{type(self).__name__}: {alias!r} is an alias and a constant")
        vars(self).update(ctype=ctype, cname=cname, values=values, aliases=aliases)

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("values", {})
        if name not in values:
            raise AttributeError(f"{type(self).__name__} has no constant {name!r}")
        return values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        raise NotImplementedError("constants cannot be changed")

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def fromalias(self, alias: str) -> Any:
        """Return the constant of an alias, or of a name.

        Raises
        ------
        KeyError
            There is neither.
        """
        return self.values[self.aliases.get(alias, alias)]

    def has_alias(self, alias: str) -> bool:
        """Whether there is an alias of this name."""
        return alias in self.aliases

    def get_aliases(self) -> tuple[str, ...]:
        """Return the aliases, in the order of their constants' names."""
        return tuple(sorted(self.aliases, key=lambda alias: self.aliases[alias]))

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return the constant that ``data`` is, names or has as its alias.

        Raises
        ------
        KeyError
            No constant has such a name or alias.
        TypeError
            No constant has such a value.
        """
        if isinstance(data, str) and not strict:
            data = self.fromalias(data)
        if data not in self.values.values():
            raise usage_error(
                TypeError,
                f"{data!r} is no constant of an {type(self).__name__}",
                expected=str(self),
                got=data,
            )
        return data

    def __eq__(self, other: object) -> bool:
        return (
            type(self) is type(other)
            and isinstance(other, EnumType)
            and (self.ctype, self.values, self.aliases)
            == (other.ctype, other.values, other.aliases)
        )

    def __hash__(self) -> int:
        constants = frozenset(self.values.items())
        return hash((type(self), self.ctype, constants, frozenset(self.aliases.items())))

    def __str__(self) -> str:
        alias = {name: f"({alias})" for alias, name in self.aliases.items()}
        shown = ", ".join(f"{k}{alias.get(k, '')}:{self.values[k]}" for k in sorted(self.values))
        return f"{self.cname or type(self).__name__}<{self.ctype}>({shown})"

    __repr__ = __str__


class EnumList(EnumType):
    """Constants numbered from 0 in the order of their names: ``EnumList("A", ("B", "beta"))``."""

    default_ctype = "int"

    def __init__(self, *names: Any, **options: Any) -> None:
        unknown = set(options).difference(("ctype", "cname"))
        if unknown:
            raise TypeError(f"{type(self).__name__} takes ctype and cname only, got {unknown}")
        constants: dict[str, Any] = {}
        for i, one in enumerate(names):
            name, alias = one if isinstance(one, (list, tuple)) else (one, None)
            if not isinstance(name, str):
                raise TypeError(f"{type(self).__name__}: {name!r} is no name of a constant")
            if name in constants:
                raise TypeError(f"{type(self).__name__}: the constant {name!r} is given twice")
            constants[name] = i if alias is None else (alias, i)
        super().__init__(**options, **constants)


class CEnumType(EnumList):
    """Constants that a C header defines; here they have the numbers of an EnumList."""
