"""Serves import paths of earlier versions from a table: alias, gathered and removed modules."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from theano.errors import usage_error

find_below = importlib.machinery.PathFinder.find_spec


@dataclass(frozen=True)
class Alias:
    """``path`` is the module ``home`` itself."""

    path: str
    home: str


@dataclass(frozen=True)
class Gathered:
    """``path`` is a module of its own, whose names are looked up in other modules when asked for.

    Parameters
    ----------
    path : str
    homes : tuple of str
        Modules that are searched, the first that has a name wins.
    renamed : mapping
        Names that the homes call otherwise: ``{"old": "package.module.new"}``.
    shadowed : bool
        Whether the parent has an object of the same name, which importing ``path`` leaves in place.
    advice : str
        What to do instead of using a name that is found nowhere.
    starred : tuple of str
        What ``from path import *`` brought besides the ``__all__`` of the real module ``path``.

    Notes
    -----
    Where ``path`` is a real module as well, the row gives it the names that it lacks.
    """

    path: str
    homes: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    shadowed: bool = False
    advice: str | None = None
    starred: tuple[str, ...] = ()

    def error(self, exception: type[Exception], name: str) -> Exception:
        """Return the exception that reaching for a name that is no more raises."""
        return usage_error(
            exception, f"{self.path}.{name} is not part of this Theano", fix=self.advice
        )


@dataclass(frozen=True)
class Removed:
    """``path`` is no more; ``advice`` says what to do instead."""

    path: str
    advice: str

    def error(self, exception: type[Exception]) -> Exception:
        """Return the exception that reaching for the module raises."""
        return usage_error(
            exception, f"The module {self.path} is not part of this Theano", fix=self.advice
        )


Row = Alias | Gathered | Removed


class LegacyFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and loads the modules of a table.

    Parameters
    ----------
    rows : iterable of Alias, Gathered or Removed
    last : callable, optional
        Called with a path and a name that none of its homes has: what to serve, or None.
    """

    def __init__(self, rows: Iterable[Row], last: Callable[[str, str], Any] | None = None):
        self.rows = {row.path: row for row in rows}
        self._last = last
        # Real packages that hold a row are reached by attribute too.
        self._above = {path.rpartition(".")[0] for path in self.rows} - self.rows.keys()
        self._attached: set[str] = set()

    def install(self) -> None:
        """Serve the table to ``import``, and as attributes of the modules that are loaded.

        Called again, it adds the attributes to what was loaded since.
        """
        if self not in sys.meta_path:
            # After everything that finds real modules.
            sys.meta_path.append(self)
        for row in self.rows.values():
            # Python sets a submodule that it imports on its parent, over an object of the same
            # name; not so for one that is in sys.modules already.
            if isinstance(row, Gathered) and row.shadowed and row.path not in sys.modules:
                spec = importlib.machinery.ModuleSpec(row.path, self, is_package=True)
                module = importlib.util.module_from_spec(spec)
                self.exec_module(module)
                sys.modules[row.path] = module
        for name in {name for path in self.rows for name in (path, path.rpartition(".")[0])}:
            self._attach(name)

    def _attach(self, name: str) -> None:
        """Let the module ``name``, where it is a real one, look in the table for what it lacks."""
        module = sys.modules.get(name)
        real = module is not None and module.__name__ == name and not self._made(module)
        if module is None or not real or name in self._attached:
            return
        self._attached.add(name)
        # What a module imports for its annotations must not hide a class of that name.
        for old in getattr(self.rows.get(name), "renamed", ()):
            if vars(module).get(old) is Any:
                delattr(module, old)
        starred = getattr(self.rows.get(name), "starred", ())
        if starred:
            vars(module)["__all__"] = [*vars(module)["__all__"], *starred]
        own = vars(module).get("__getattr__")
        served = self.module_getattr(name)

        def __getattr__(wanted: str) -> Any:
            if own is not None:
                try:
                    return own(wanted)
                except AttributeError:
                    pass
            return served(wanted)

        vars(module)["__getattr__"] = __getattr__

    def uninstall(self) -> None:
        """Undo :meth:`install`; modules that were imported stay."""
        sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load ``fullname``, or None if no row has it.

        Raises
        ------
        ImportError
            If the row says that the module is removed, or the one above it that its names are.
        """
        row = self.rows.get(fullname)
        if row is None:
            # ``from path import name`` asks for a module when there is no attribute, and what that
            # raises is what the user sees.
            parent, _, name = fullname.rpartition(".")
            above = self.rows.get(parent)
            if isinstance(above, Gathered) and above.advice is not None:
                raise above.error(ImportError, name)
            return None
        if isinstance(row, Removed):
            raise row.error(ImportError)
        # As a package, so that paths below it are looked for.
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module made for a row; an alias takes its place in ``sys.modules``."""
        row = self.rows[module.__name__]
        if isinstance(row, Alias):
            sys.modules[row.path] = importlib.import_module(row.home)
            return
        module.__doc__ = f"Names that used to live in {row.path}."
        module.__dict__["__getattr__"] = self.module_getattr(row.path)
        module.__dict__["__dir__"] = lambda: sorted({*module.__dict__, *self._names(row)})

    def _made(self, module: ModuleType | None) -> bool:
        return getattr(module, "__loader__", None) is self

    def _homes(self, row: Row) -> Iterator[ModuleType]:
        if isinstance(row, Gathered):
            yield from map(importlib.import_module, row.homes)

    def _names(self, row: Row) -> set[str]:
        names = set(getattr(row, "renamed", ()))
        for home in self._homes(row):
            public = [name for name in vars(home) if not name.startswith("_")]
            # Modules that the home alone gave to `import *`.
            starred = getattr(self.rows.get(home.__name__), "starred", ())
            names.update(set(vars(home).get("__all__", public)).difference(starred))
        return names

    def lookup(self, parent: str, name: str) -> Any:
        """Return what ``parent.name`` was: a module below ``parent``, or one of its old names.

        Raises
        ------
        AttributeError
            If there is none, or it is removed.
        """
        row = self.rows.get(f"{parent}.{name}")
        if isinstance(row, Removed):
            raise row.error(AttributeError)
        path = f"{parent}.{name}"
        if row is not None or path in self._above:
            module = importlib.import_module(path)
            self._attach(path)
            return module
        gathered = self.rows.get(parent)
        if name == "__all__" and gathered is not None and self._made(sys.modules.get(parent)):
            return sorted(self._names(gathered))
        if isinstance(gathered, Gathered) and not name.startswith("__"):
            if name in gathered.renamed:
                return pkgutil.resolve_name(gathered.renamed[name])
            for home in self._homes(gathered):
                # Not getattr: a home that asks this table in its turn could ask in a circle.
                if name in vars(home):
                    return vars(home)[name]
                of_home = getattr(self.rows.get(home.__name__), "renamed", {})
                if name in of_home:
                    return pkgutil.resolve_name(of_home[name])
            found = self._last(parent, name) if self._last is not None else None
            if found is not None:
                return found
            if gathered.advice is not None:
                raise gathered.error(AttributeError, name)
        # A real module that nobody has imported yet: in Theano, packages import all below them.
        places = vars(sys.modules[parent]).get("__path__") if parent in sys.modules else None
        if places and not name.startswith("_") and find_below(path, places) is not None:
            return importlib.import_module(path)
        raise AttributeError(
            f"module {parent!r} has no attribute {name!r}", name=name, obj=sys.modules.get(parent)
        )

    def module_getattr(self, parent: str) -> Callable[[str], Any]:
        """Return a ``__getattr__`` for the module ``parent``: its rows and old names."""

        def __getattr__(name: str) -> Any:
            return self.lookup(parent, name)

        return __getattr__
