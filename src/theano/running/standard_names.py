"""Names and modules that the standard library, SciPy and scikit-learn no longer have."""

from __future__ import annotations

import collections
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import logging
import math
import os
import random
import sys
import time
import unittest
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from theano.running.builtin_names import display, notebook_builtins
from theano.running.numpy_names import numpy_names, testing_names
from theano.running.stand_ins import hash_functions

ArgSpec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")

ABSTRACT = (
    "Callable", "Container", "Generator", "Hashable", "ItemsView", "Iterable", "Iterator",
    "KeysView", "Mapping", "MappingView", "MutableMapping", "MutableSequence", "MutableSet",
    "Sequence", "Set", "Sized", "ValuesView",
)  # fmt: skip
TEST_METHODS = {
    "assertAlmostEquals": "assertAlmostEqual",
    "assertEquals": "assertEqual",
    "assertItemsEqual": "assertCountEqual",
    "assertNotEquals": "assertNotEqual",
    "assertRaisesRegexp": "assertRaisesRegex",
    "assertRegexpMatches": "assertRegex",
    "assert_": "assertTrue",
    "failIf": "assertFalse",
    "failUnless": "assertTrue",
    "failUnlessEqual": "assertEqual",
    "failUnlessRaises": "assertRaises",
}


def getargspec(func: Callable[..., Any]) -> ArgSpec:
    """Return the parameters of a function as ``inspect.getargspec`` did."""
    full = inspect.getfullargspec(func)
    return ArgSpec(full.args, full.varargs, full.varkw, full.defaults)


def walk(top: str, visit: Callable[..., Any], arg: Any) -> None:
    """``os.path.walk``: call ``visit(arg, folder, names)`` for a folder and those below it."""
    for folder, folders, files in os.walk(top):
        names = [*folders, *files]
        visit(arg, folder, names)
        folders[:] = [name for name in folders if name in names]


def open_descriptor(fd: int, mode: str = "r", buffering: int = -1, **kwargs: Any) -> Any:
    """``os.fdopen``, where text may be asked for without a buffer, and gets one of lines."""
    return open(fd, mode, 1 if buffering == 0 and "b" not in mode else buffering, **kwargs)


def sample(
    self: random.Random, population: Any, k: int, *, of: Any = random.Random.sample, **kwargs: Any
) -> list[Any]:
    """``random.sample``, of arrays and sets too."""
    return of(self, population if isinstance(population, Sequence) else [*population], k, **kwargs)


MOVED_MODULES: dict[str, str] = {
    "scipy.misc.common": "scipy.misc",
    "scipy.misc.pilutil": "scipy.misc",
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "sklearn.decomposition.pca": "sklearn.decomposition",
    "sklearn.ensemble.forest": "sklearn.ensemble",
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.six": "six",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.lda": "sklearn.discriminant_analysis",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.linear_model.logistic": "sklearn.linear_model",
    "sklearn.metrics.classification": "sklearn.metrics",
    "sklearn.qda": "sklearn.discriminant_analysis",
    "sklearn.svm.classes": "sklearn.svm",
    "sklearn.utils.testing": "sklearn.utils._testing",
    "numpy.dual": "numpy.linalg",
}
"""Old module to today's; served where the latter is installed."""
MOVED_NAMES: dict[str, dict[str, str]] = {
    "scipy.misc": {
        "ascent": "scipy.datasets.ascent",
        "comb": "scipy.special.comb",
        "electrocardiogram": "scipy.datasets.electrocardiogram",
        "face": "scipy.datasets.face",
        "factorial": "scipy.special.factorial",
        "factorial2": "scipy.special.factorial2",
        "imread": "theano.running.images.imread",
        "imresize": "theano.running.images.imresize",
        "imrotate": "theano.running.images.imrotate",
        "imsave": "theano.running.images.imsave",
        "toimage": "theano.running.images.toimage",
        "fromimage": "theano.running.images.fromimage",
        "bytescale": "theano.running.images.bytescale",
        "imshow": "theano.running.images.imshow",
        "logsumexp": "scipy.special.logsumexp",
    },
    "sklearn.preprocessing": {"Imputer": "sklearn.impute.SimpleImputer"},
    "sklearn.mixture": {"GMM": "sklearn.mixture.GaussianMixture"},
    "sklearn.discriminant_analysis": {
        "LDA": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis",
        "QDA": "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis",
    },
    "scipy.integrate": {
        "trapz": "scipy.integrate.trapezoid",
        "simps": "scipy.integrate.simpson",
        "cumtrapz": "scipy.integrate.cumulative_trapezoid",
    },
    "scipy.linalg": {"triu": "numpy.triu", "tril": "numpy.tril"},
    "scipy.signal": {
        name: f"scipy.signal.windows.{name}"
        for name in ("hamming", "hann", "blackman", "gaussian", "kaiser", "bartlett", "triang")
    },
    "scipy.stats": {"histogram": "numpy.histogram"},
}
"""Names that a module lost, with where they are today."""


def resolve(dotted: str) -> Any:
    """Return the object at ``package.module.name``."""
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def missing_names() -> Iterator[tuple[Any, str, Any]]:
    """Yield owner, name and value of all that is put back into what is loaded already."""
    for name in ABSTRACT:
        yield collections, name, getattr(collections.abc, name)
    yield inspect, "getargspec", getargspec
    yield time, "clock", time.perf_counter
    yield os.path, "walk", walk
    for old, new in TEST_METHODS.items():
        yield unittest.TestCase, old, getattr(unittest.TestCase, new)
    yield logging, "warn", logging.warning
    yield logging.Logger, "warn", logging.Logger.warning
    yield sys, "maxint", sys.maxsize
    yield sys, "setdefaultencoding", lambda encoding: None
    yield sys, "getcheckinterval", lambda: 100
    yield sys, "setcheckinterval", lambda interval: None
    for name, value in numpy_names().items():
        yield np, name, value
    for name, value in testing_names(np.testing).items():
        yield np.testing, name, value


LATER: dict[str, dict[str, Callable[[], Any]]] = {
    "fractions": {"gcd": lambda: math.gcd},
    "platform": {
        "dist": lambda: lambda *args, **kwargs: ("", "", ""),
        "linux_distribution": lambda: lambda *args, **kwargs: ("", "", ""),
    },
    "cgi": {"escape": lambda: resolve("html.escape")},
    "base64": {
        "encodestring": lambda: resolve("base64.encodebytes"),
        "decodestring": lambda: resolve("base64.decodebytes"),
    },
    "threading": {"_sleep": lambda: time.sleep},
    "string": {
        "letters": lambda: resolve("string.ascii_letters"),
        "lowercase": lambda: resolve("string.ascii_lowercase"),
        "uppercase": lambda: resolve("string.ascii_uppercase"),
    },
    "os": {
        "getcwdu": lambda: resolve("os.getcwd"),
        "errno": lambda: importlib.import_module("errno"),
    },
}


class MovedModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves modules that moved or went, after everything that finds real ones."""

    def __init__(self) -> None:
        self.served: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load a module that has a stand-in, or None."""
        home = MOVED_MODULES.get(fullname)
        if home is not None and importlib.util.find_spec(home.partition(".")[0]) is None:
            return None
        if home is not None or fullname in MADE_MODULES or fullname in ("scipy.misc",):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module, or put the one that it is today in its place."""
        name = module.__name__
        self.served.append(name)
        if name in MOVED_MODULES:
            sys.modules[name] = importlib.import_module(MOVED_MODULES[name])
        elif name in MADE_MODULES:
            vars(module).update(MADE_MODULES[name]())


def imp_names() -> dict[str, Any]:
    """Return what is used of ``imp``, which Python 3.12 removed."""

    def load_source(name: str, path: str, file: Any = None) -> ModuleType:
        loader = importlib.machinery.SourceFileLoader(name, path)
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        loader.exec_module(module)
        return module

    def find_module(name: str, path: Any = None) -> Any:
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None:
            raise ImportError(f"No module named {name!r}", name=name)
        return None, spec.origin, ("", "", 0)

    return {
        "load_source": load_source,
        "find_module": find_module,
        "load_module": lambda name, *where: importlib.import_module(name),
        "new_module": ModuleType,
        "reload": importlib.reload,
        "acquire_lock": lambda: None,
        "release_lock": lambda: None,
        "get_suffixes": lambda: [(".py", "r", 1)],
    }


class Shown:
    """Stands for what IPython shows in a notebook: pictures, frames, texts."""

    def __init__(self, *args: Any, **kwargs: Any):
        self.args = args

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def display_names() -> dict[str, Any]:
    """Return what ``IPython.display`` has, which shows nothing but its name."""
    names = (
        "Audio", "FileLink", "HTML", "IFrame", "Image", "Javascript", "Latex", "Markdown", "Math",
        "SVG", "Video", "YouTubeVideo",
    )  # fmt: skip
    made: dict[str, Any] = {name: type(name, (Shown,), {}) for name in names}
    return {**made, "display": display, "clear_output": lambda *args, **kwargs: None}


MADE_MODULES: dict[str, Callable[[], dict[str, Any]]] = {
    "IPython": notebook_builtins,
    "IPython.core": dict,
    "IPython.core.display": display_names,
    "IPython.display": display_names,
    "imp": imp_names,
    "exceptions": lambda: {
        name: value
        for name, value in vars(importlib.import_module("builtins")).items()
        if isinstance(value, type) and issubclass(value, BaseException)
    },
    "md5": lambda: dict.fromkeys(("md5", "new"), hash_functions()["md5"]),
    "sha": lambda: dict.fromkeys(("sha", "new"), hash_functions()["sha1"]),
    "sets": lambda: {"Set": set, "ImmutableSet": frozenset},
    "UserDict": lambda: {
        "UserDict": collections.UserDict,
        "IterableUserDict": collections.UserDict,
        "DictMixin": collections.abc.MutableMapping,
    },
}


class Restored:
    """Names that are put back, and taken away again.

    Attributes
    ----------
    changed : list
        Owner, name, and what it had under that name before (``GONE`` for nothing).
    """

    GONE = object()

    def __init__(self) -> None:
        self.changed: list[tuple[Any, str, Any]] = []

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute."""
        self.changed.append((owner, name, vars(owner).get(name, self.GONE)))
        setattr(owner, name, value)

    def add(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute that is not there."""
        if name not in vars(owner):
            self.put(owner, name, value)

    def undo(self) -> None:
        """Leave everything as it was."""
        while self.changed:
            owner, name, before = self.changed.pop()
            if before is not self.GONE:
                setattr(owner, name, before)
            elif name in vars(owner):
                delattr(owner, name)

    def complete(self, name: str) -> None:
        """Give a module that was just imported the names that it lost."""
        module = sys.modules.get(name)
        if module is None:
            return
        for old, home in MOVED_NAMES.get(name, {}).items():
            if old not in vars(module):
                try:
                    self.put(module, old, resolve(home))
                except (ImportError, AttributeError):
                    continue  # what it became is not installed
        for old, make in LATER.get(name, {}).items():
            if old not in vars(module):
                self.put(module, old, make())
        if name == "scipy" and "zeros" not in vars(module):
            old_names = [old for old in np.__all__ if old not in vars(module)]
            for old in old_names:
                self.put(module, old, getattr(np, old))
            # What `from scipy import *` gives.
            self.put(module, "__all__", [*module.__all__, *old_names])


@contextmanager
def restored_names() -> Iterator[Restored]:
    """Put back what old programs use, for as long as the context lasts."""
    restored = Restored()
    for owner, name, value in missing_names():
        restored.add(owner, name, value)
    restored.put(os, "fdopen", open_descriptor)
    restored.put(random.Random, "sample", sample)
    restored.put(random, "sample", random._inst.sample)  # type: ignore[attr-defined]
    finder = MovedModules()
    sys.meta_path.append(finder)
    try:
        yield restored
    finally:
        sys.meta_path.remove(finder)
        for name in finder.served:
            sys.modules.pop(name, None)
        restored.undo()
