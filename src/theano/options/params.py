"""The kinds of flags: what each takes, and how a value that it does not take is refused."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from theano.errors import usage_error


class TheanoConfigWarning(UserWarning):
    """A flag was given that has no meaning or no value."""


class Refused(ValueError):
    """Raised by the filter of a flag for a value that the flag does not take.

    Parameters
    ----------
    expected : str
        What the flag takes.
    fix : str, optional
        What the user can do.
    error : type
        The class of the exception that the user sees.
    """

    def __init__(
        self, expected: str, *, fix: str | None = None, error: type[Exception] = ValueError
    ):
        super().__init__(f"expected {expected}")
        self.expected = expected
        self.fix = fix
        self.error = error


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """Return ``did you mean `…`?`` for the known word nearest to ``word``, or None."""
    # Separators are the commonest slip: blas_ldflags, gcc__cxxflags, dnn.conv.algoFwd.
    folded = {name.lower().replace("_", "").replace(".", ""): name for name in known}
    wanted = word.strip().lower().replace("_", "").replace(".", "")
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.75)
    return f"did you mean `{folded[near[0]]}`?" if near else None


class ConfigParam:
    """One flag: its default, and the filter that every value passes through.

    Parameters
    ----------
    default : object or callable
        A callable without arguments is called when the flag is first read.
    filter : callable, optional
        Takes a value, which is a string where it comes from the environment or a file, and returns
        the value to keep, or raises.
    allow_override : bool
        Whether the program may change the flag once it has a value.
    """

    kind = "any"
    values: tuple[str, ...] = ()

    def __init__(
        self,
        default: Any,
        filter: Callable[[Any], Any] | None = None,
        allow_override: bool = True,
    ):
        self.default = default
        self.filter = filter
        self.allow_override = allow_override
        self.fullname = ""
        self.doc = ""
        self.in_c_key = True
        self.effect = True
        self.is_default = True
        self.home: tuple[Any, str] | None = None

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Return the flag's value, or the flag itself for no instance.

        PyMC3 reads and changes the flags that it finds in a listing by this and ``__set__``, with
        anything for the instance.
        """
        return self if instance is None or self.home is None else getattr(*self.home)

    def __set__(self, instance: Any, value: Any) -> None:
        if self.home is None:
            raise usage_error(
                AttributeError,
                "a flag was given a value before it was declared",
                got=repr(value),
                fix="theano.configparser.AddConfigVar(name, doc, flag) declares it",
            )
        setattr(*self.home, value)

    def __str__(self) -> str:
        return f"{self.fullname} ({', '.join(self.values) or self.kind})"

    def convert(self, value: Any, origin: str) -> Any:
        """Return ``value`` as the flag keeps it; ``origin`` says in an error who gave it."""
        if self.filter is None:
            return value
        try:
            return self.filter(value)
        except Refused as refused:
            raise usage_error(
                refused.error,
                f"{origin} gives the flag `{self.fullname}` a value that it does not take",
                expected=refused.expected,
                got=repr(value),
                fix=refused.fix,
            ) from None


class EnumStr(ConfigParam):
    """A flag that takes one of several strings, the first of which is its default.

    Parameters
    ----------
    default, *options : str
    convert : callable, optional
        Applied to a value before it is looked up.
    allow_override : bool

    Raises
    ------
    ValueError
        If one of the options is not a string.
    """

    kind = "enum"

    def __init__(
        self,
        default: str,
        *options: str,
        convert: Callable[[Any], Any] | None = None,
        allow_override: bool = True,
    ):
        for option in (default, *options):
            if not isinstance(option, str):
                raise usage_error(
                    ValueError, "EnumStr() was given an option", expected="strings", got=option
                )
        self.values = tuple(dict.fromkeys((default, *options)))

        def choose(value: Any) -> str:
            wanted = convert(value) if convert is not None else value
            if isinstance(wanted, str) and wanted in self.values:
                return wanted
            raise Refused(
                "one of " + ", ".join(map(repr, self.values)),
                fix=suggestion(str(wanted), self.values),
            )

        super().__init__(default, choose, allow_override)


class TypedParam(ConfigParam):
    """A flag whose values are converted by a type.

    Parameters
    ----------
    default : object or callable
    mytype : callable
        Converts a value, or raises TypeError or ValueError.
    is_valid : callable, optional
        Says whether a converted value is acceptable.
    allow_override : bool
    expected : str, optional
        What the flag takes, for error texts.
    """

    def __init__(
        self,
        default: Any,
        mytype: Callable[[Any], Any],
        is_valid: Callable[[Any], Any] | None = None,
        allow_override: bool = True,
        *,
        expected: str | None = None,
    ):
        self.kind = mytype.__name__
        wanted = expected or _EXPECTED.get(mytype, f"a value that {self.kind}() takes")

        def convert(value: Any) -> Any:
            try:
                converted = mytype(value)
            except (TypeError, ValueError) as error:
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise Refused(wanted, error=kind) from error
            if callable(is_valid) and not is_valid(converted):
                raise Refused(wanted)
            return converted

        super().__init__(default, convert, allow_override)


def _bool(value: Any) -> bool:
    for answer, spellings in ((False, ("False", "false", "0")), (True, ("True", "true", "1"))):
        if value in spellings or value == answer:
            return answer
    raise ValueError(value)


_bool.__name__ = "bool"
_EXPECTED: dict[Callable[[Any], Any], str] = {
    _bool: "True or False (also true, false, 1, 0)",
    int: "an integer",
    float: "a number",
    str: "a string",
}


def BoolParam(
    default: Any, is_valid: Callable[[Any], Any] | None = None, allow_override: bool = True
) -> TypedParam:
    """Return a flag that takes True and False, also as ``true``, ``false``, ``1`` and ``0``."""
    return TypedParam(default, _bool, is_valid, allow_override)


def IntParam(
    default: Any,
    is_valid: Callable[[Any], Any] | None = None,
    allow_override: bool = True,
    *,
    expected: str | None = None,
) -> TypedParam:
    """Return a flag that takes what ``int`` does."""
    return TypedParam(default, int, is_valid, allow_override, expected=expected)


def FloatParam(
    default: Any,
    is_valid: Callable[[Any], Any] | None = None,
    allow_override: bool = True,
    *,
    expected: str | None = None,
) -> TypedParam:
    """Return a flag that takes what ``float`` does."""
    return TypedParam(default, float, is_valid, allow_override, expected=expected)


def StrParam(
    default: Any,
    is_valid: Callable[[Any], Any] | None = None,
    allow_override: bool = True,
    *,
    expected: str | None = None,
) -> TypedParam:
    """Return a flag that takes any value as a string."""
    return TypedParam(default, str, is_valid, allow_override, expected=expected)
