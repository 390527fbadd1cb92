"""The object that holds the values of flags and checks what is assigned to them."""

from __future__ import annotations

import os
import warnings
from contextlib import ContextDecorator
from typing import Any, ClassVar

from theano.errors import usage_error
from theano.options.params import ConfigParam, TheanoConfigWarning, suggestion
from theano.options.sources import Sources


class Section:
    """A namespace of flags, such as ``theano.config.blas``: attributes that check what is assigned.

    Values are plain attributes of the instance, so that reading one costs what reading any
    attribute does.
    """

    _params: dict[str, ConfigParam]
    _listing: list[ConfigParam]
    _path: str

    def __init__(self, path: str, listing: list[ConfigParam]):
        self.__dict__.update(_path=path, _params={}, _listing=listing)

    def _full(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _known(self) -> list[str]:
        return [param.fullname for param in self._listing]

    def __getattr__(self, name: str) -> Any:
        # Protocols such as copy ask for dunder names before the instance is filled.
        param = self.__dict__["_params"].get(name) if not name.startswith("__") else None
        if param is not None:
            value = param.convert(param.default(), "The default")
            self.__dict__[name] = value
            return value
        if name.startswith("__"):
            raise AttributeError(name)
        raise usage_error(
            AttributeError,
            f"theano.config has no flag `{self._full(name)}`",
            fix=suggestion(self._full(name), self._known())
            or "print(theano.config) lists all flags",
        )

    def __setattr__(self, name: str, value: Any) -> None:
        param = self._params.get(name)
        if param is not None:
            if not param.allow_override and name in self.__dict__:
                if param.convert(value, "The program") == self.__dict__[name]:
                    return
                raise usage_error(
                    Exception,
                    f"The flag `{param.fullname}` cannot be changed once theano is imported",
                    expected=repr(self.__dict__[name]),
                    got=repr(value),
                    fix=f"set it before: THEANO_FLAGS={param.fullname}={value} or in ~/.theanorc",
                )
            self.__dict__[name] = param.convert(value, "The program")
            return
        full = self._full(name)
        if isinstance(self.__dict__.get(name), Section):
            inside = ", ".join(n for n in self._known() if n.startswith(f"{full}."))
            raise usage_error(
                AttributeError,
                f"theano.config.{full} was assigned to, and it is a group of flags",
                expected=f"an assignment to one of {inside}",
                got=repr(value),
            )
        near = suggestion(full, self._known())
        warnings.warn(
            f"theano.config.{full} was assigned to, and there is no such flag: it has no effect."
            + (f"\n  fix:      {near}" if near else ""),
            TheanoConfigWarning,
            stacklevel=2,
        )
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        raise usage_error(
            AttributeError,
            f"theano.config.{self._full(name)} was deleted, and flags stay",
            fix="assign another value instead",
        )

    def _find(self, name: str) -> tuple[Section, str] | None:
        *path, leaf = name.split(".")
        section: Any = self
        for part in path:
            section = section.__dict__.get(part)
            if not isinstance(section, Section):
                return None
        return (section, leaf) if leaf in section._params else None

    def __str__(self, print_doc: bool = True) -> str:
        prefix = len(self._path) + 1 if self._path else 0
        blocks = []
        for param in flags_of(self):
            section, leaf = self._find(param.fullname[prefix:]) or (self, "")
            lines = [str(param), f"    Value:  {getattr(section, leaf)}"]
            if print_doc:
                note = "" if param.effect else " Accepted, without effect."
                lines.insert(1, f"    Doc:    {param.doc}{note}")
            blocks.append("\n".join(lines) + "\n")
        return "\n".join(blocks)

    def __repr__(self) -> str:
        name = ".".join(filter(None, ("theano.config", self._path)))
        return f"<{name}: {len(flags_of(self))} flags>"


class TheanoConfigParser(Section):
    """All flags. Instances made without sources share one state, that of ``theano.config``.

    Parameters
    ----------
    sources : Sources, optional
        Where values come from; left out, the environment of the process and its files.
    """

    _sources: Sources
    _process: ClassVar[dict[str, Any]] = {}

    def __init__(self, sources: Sources | None = None):
        if sources is None:
            object.__setattr__(self, "__dict__", self._process)
        if not self.__dict__:
            self.__dict__["_sources"] = Sources(os.environ) if sources is None else sources
            super().__init__("", [])

    def change_flags(self, args: Any = (), **kwargs: Any) -> change_flags:
        """Return a context manager and decorator that changes flags for a while.

        See :class:`change_flags`.
        """
        return change_flags(args, _config=self, **kwargs)


class change_flags(ContextDecorator):
    """Change flags inside a ``with`` block, or while a decorated function runs.

    Parameters
    ----------
    args : mapping or iterable of pairs, optional
        For names with a dot: ``change_flags({"scan.debug": True})``.
    **kwargs
        Names and values.

    Raises
    ------
    AssertionError
        If there is no such flag.
    """

    def __init__(self, args: Any = (), *, _config: TheanoConfigParser | None = None, **kwargs: Any):
        config = TheanoConfigParser() if _config is None else _config
        self._changes: list[tuple[Section, str, Any]] = []
        for name, value in dict(args, **kwargs).items():
            found = config._find(name)
            if found is None:
                raise usage_error(
                    AssertionError,
                    f"change_flags() was given `{name}`, and there is no such flag",
                    fix=suggestion(name, config._known()),
                )
            self._changes.append((*found, value))
        # A stack, as one decorated function may call itself.
        self._before: list[list[tuple[Section, str, Any]]] = []

    def __enter__(self) -> None:
        self._before.append([])
        try:
            for section, name, value in self._changes:
                before = getattr(section, name)
                setattr(section, name, value)
                self._before[-1].append((section, name, before))
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *exc: object) -> None:
        for section, name, before in reversed(self._before.pop()):
            section.__dict__[name] = before


def flags_of(section: Section) -> list[ConfigParam]:
    """Return the flags of a namespace and of those within it, in order of declaration."""
    inside = f"{section._path}." if section._path else ""
    return [param for param in section._listing if param.fullname.startswith(inside)]


def declare(
    config: TheanoConfigParser,
    name: str,
    doc: str,
    param: ConfigParam,
    *,
    in_c_key: bool = True,
    effect: bool = True,
) -> None:
    """Declare a flag and give it its value.

    Parameters
    ----------
    config : TheanoConfigParser
    name : str
        Dotted; namespaces that do not exist yet are made.
    doc : str
    param : ConfigParam
    in_c_key : bool
        Kept for programs that pass it.
    effect : bool
        Whether the flag changes anything.

    Raises
    ------
    AttributeError
        If the name is taken.
    TypeError
        If a part of the name before the last is a flag.
    ValueError
        If the environment, a file or the default gives a value that the flag does not take.
    """
    *path, leaf = name.split(".")
    section: Section = config
    for part in path:
        inner = section.__dict__.get(part)
        if inner is None and part not in section._params:
            inner = section.__dict__[part] = Section(section._full(part), config._listing)
        if not isinstance(inner, Section):
            raise usage_error(
                TypeError,
                f"The flag `{name}` was declared inside `{section._full(part)}`",
                expected="a group of flags",
                got="a flag",
            )
        section = inner
    if leaf in section._params or leaf in section.__dict__ or hasattr(type(section), leaf):
        raise usage_error(AttributeError, f"The flag `{name}` was declared, and exists already")
    param.fullname, param.doc = name, doc
    param.in_c_key, param.effect = in_c_key, effect
    param.home = param.home or (section, leaf)
    given = config._sources.find(name)
    if given is not None:
        section.__dict__[leaf] = param.convert(*given)
        param.is_default = False
    elif not callable(param.default):
        section.__dict__[leaf] = param.convert(param.default, "The default")
    section._params[leaf] = param
    config._listing.append(param)


def warn_unknown(config: TheanoConfigParser) -> None:
    """Warn of each name in the environment and the files that is no flag."""
    known = config._known()
    folded = {name.lower() for name in known}
    for name, origin in config._sources.names():
        if name in known or (origin != "THEANO_FLAGS" and name.lower() in folded):
            continue
        near = suggestion(name, known)
        warnings.warn(
            f"Theano does not recognise this flag: {name}, given by {origin}; it is ignored."
            + (f"\n  fix:      {near}" if near else ""),
            TheanoConfigWarning,
            stacklevel=2,
        )
