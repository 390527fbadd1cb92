"""Exceptions of the language, and the form that their texts take.

A usage error says what was done, what was expected, what was got (with the line of the user's own
program), and how to mend it.
"""

from __future__ import annotations

from typing import Any, TypeVar

E = TypeVar("E", bound=Exception)

NO_FAULT = -(2**63)
"""What stands, among the faults of a program, for a check that was passed: an int64."""


class MissingInputError(Exception):
    """A graph depends on a variable that is not among its inputs."""


class UnusedInputError(Exception):
    """An input of a compiled function plays no part in its outputs."""


class AliasedMemoryError(Exception):
    """Two inputs that the function changes share memory."""


class DisconnectedInputError(ValueError):
    """A gradient was asked for with respect to something that the cost does not depend on."""


class NullTypeGradError(TypeError):
    """A gradient passes through an operation that has none."""


class NotScalarConstantError(Exception):
    """A variable was used where a constant scalar is needed, and it is not one."""


class MethodNotDefined(NotImplementedError):
    """An op lacks a method that was called."""


class InconsistencyError(Exception):
    """A change would leave a graph in a state that breaks one of its rules."""


class AlreadyThere(Exception):
    """A feature says that a graph has no need of it."""


class CachedConstantError(Exception):
    """A constant that several graphs share was given to one as its own; never raised here."""


class TestValueError(AttributeError):
    """A variable has no test value."""


class ComplexError(NotImplementedError, TypeError):
    """An operation of real numbers met a complex one."""


class NeedsPerform(Exception):
    """A node cannot be part of an XLA program; its ``perform`` has to run on the host.

    Attributes
    ----------
    node : Apply or None
        Which.
    """

    node: Any = None


def describe(thing: Any) -> str:
    """Return how an error text names ``thing``: name, type, and the line that created it.

    Parameters
    ----------
    thing : Variable or object
        A string is returned as it is; a value that is no variable is shown with its type.
    """
    if isinstance(thing, str):
        return thing
    kind = getattr(thing, "type", None)
    if kind is None or not hasattr(thing, "owner"):
        text = repr(thing)
        shown = text if len(text) <= 60 else text[:57] + "..."
        return f"{shown} ({type(thing).__name__})"
    label = f"`{thing.name}`, " if thing.name else ""
    operation = f", the output of {thing.owner.op}" if thing.owner is not None else ""
    source = getattr(thing, "source", None)
    created = f", created at {source}" if source is not None else ""
    return f"{label}{kind}{operation}{created}"


def usage_error(
    exception: type[E],
    what: str,
    *,
    expected: Any = None,
    got: Any = None,
    fix: str | None = None,
) -> E:
    """Build an exception whose text says what was done, expected, got, and how to mend it.

    Parameters
    ----------
    exception : type
        The class of the exception.
    what : str
        What was done, one line.
    expected, got : object, optional
        Shown through :func:`describe`.
    fix : str, optional
        What the user can do.

    Returns
    -------
    Exception
        To be raised by the caller.
    """
    lines = [what.rstrip(".") + "."]
    if expected is not None:
        lines.append(f"  expected: {describe(expected)}")
    if got is not None:
        lines.append(f"  got:      {describe(got)}")
    if fix is not None:
        lines.append(f"  fix:      {fix}")
    return exception("\n".join(lines))
