"""``theano.misc.pkl_utils``: pickles with their arrays beside them, and without traces.

New programs write parameters with ``theano.save``.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import Counter
from collections.abc import Callable, Collection
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np

from theano.errors import usage_error
from theano.graph.scratchpad import Scratchpad
from theano.legacy.safe_pickles import SafeUnpickler
from theano.shared_variable import Container, SharedVariable

__all__ = [
    "CompatUnpickler",
    "PersistentCudaNdarrayID",
    "PersistentGpuArrayID",
    "PersistentNdarrayID",
    "PersistentNdarrayLoad",
    "PersistentSharedVariableID",
    "StripPickler",
    "dump",
    "load",
]

PICKLE = "pkl"
"""The member of an archive that holds the pickle."""
DEFAULT_PROTOCOL = 3


class StripPickler(pickle.Pickler):
    """Pickles graphs without what their tags keep for people: traces and test values.

    Parameters
    ----------
    file : binary file
    protocol : int
    extra_tag_to_remove : list of str, optional
        Further attributes of tags to leave out.
    """

    def __init__(
        self, file: BinaryIO, protocol: int = 0, extra_tag_to_remove: Collection[str] | None = None
    ) -> None:
        super().__init__(file, protocol)
        self.tag_to_remove = ["trace", "test_value", *(extra_tag_to_remove or ())]

    def reducer_override(self, obj: Any) -> Any:
        """Return how a tag is pickled; all else is as usual."""
        if type(obj) is not Scratchpad:
            return NotImplemented
        kept = {k: v for k, v in vars(obj).items() if k not in self.tag_to_remove}
        return Scratchpad, (), kept or None


class CompatUnpickler(pickle.Unpickler):
    """Reads what Python 2 wrote, arrays too.

    Parameters
    ----------
    file : binary file
    encoding : str
        Of the byte strings of Python 2; latin1 keeps all their bytes.
    **kwargs
        As for ``pickle.Unpickler``.
    """

    def __init__(self, file: BinaryIO, *, encoding: str = "latin1", **kwargs: Any) -> None:
        super().__init__(file, encoding=encoding, **kwargs)


class PersistentNdarrayID:
    """Puts arrays into an archive, as ``array_0.npy`` and so on without the ending.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
        Open for writing.
    """

    def __init__(self, zip_file: zipfile.ZipFile) -> None:
        self.zip_file = zip_file
        self.count = 0
        # The arrays too, so that none made later is known by the same id.
        self.seen: dict[int, tuple[str, np.ndarray]] = {}

    def name_of(self, array: np.ndarray) -> str:
        """Return the name under which an array is put into the archive."""
        self.count += 1
        return f"array_{self.count - 1}"

    def __call__(self, obj: Any) -> str | None:
        """Return what a pickle says in place of an array; None for anything else."""
        if type(obj) is not np.ndarray:
            return None
        if id(obj) not in self.seen:
            name = self.name_of(obj)
            with self.zip_file.open(name, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, obj)
            self.seen[id(obj)] = (f"ndarray.{name}", obj)
        return self.seen[id(obj)][0]


class PersistentSharedVariableID(PersistentNdarrayID):
    """Puts the values of shared variables into an archive by the variables' names.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
        Open for writing.
    allow_unnamed, allow_duplicates : bool
        Whether a variable may have no name, or that of another: the second ``x`` is ``x_2``.

    Raises
    ------
    ValueError
        A name is missing or given twice and must not be, or is ``pkl``.
    """

    def __init__(
        self, zip_file: zipfile.ZipFile, allow_unnamed: bool = True, allow_duplicates: bool = True
    ) -> None:
        super().__init__(zip_file)
        self.allow_unnamed = allow_unnamed
        self.allow_duplicates = allow_duplicates
        self.uses: Counter[str] = Counter()
        self.names: dict[int, str] = {}
        self.next_name: str | None = None

    def name_of(self, array: np.ndarray) -> str:
        """Return the name of the variable whose container was met just before."""
        name, self.next_name = self.next_name, None
        if name is None:
            return super().name_of(array)
        self.uses[name] += 1
        if self.uses[name] == 1:
            return name
        if not self.allow_duplicates:
            raise ValueError(f"several shared variables have the name {name!r}")
        return f"{name}_{self.uses[name]}"

    def __call__(self, obj: Any) -> str | None:
        """Return what a pickle says in place of an array; None for anything else."""
        if isinstance(obj, SharedVariable):
            if obj.name == PICKLE:
                raise ValueError("a shared variable cannot be saved under the name 'pkl'")
            if obj.name:
                self.names[id(obj.container)] = obj.name
            elif not self.allow_unnamed:
                raise ValueError(f"a shared variable has no name: {obj}")
        if isinstance(obj, Container):
            self.next_name = self.names.get(id(obj))
        return super().__call__(obj)


PersistentCudaNdarrayID = PersistentGpuArrayID = PersistentNdarrayID


class PersistentNdarrayLoad:
    """Takes arrays out of an archive.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
    allow_pickle : bool
        Whether an array of objects is read, which can run any code.
    """

    def __init__(self, zip_file: zipfile.ZipFile, allow_pickle: bool = True) -> None:
        self.zip_file = zip_file
        self.allow_pickle = allow_pickle
        self.cache: dict[str, np.ndarray] = {}

    def __call__(self, persid: str) -> np.ndarray:
        """Return the array that a pickle means; one that was on a GPU is an array too."""
        kind, _, name = persid.partition(".")
        if name not in self.cache:
            with self.zip_file.open(name) as member:
                if kind == "gpuarray":
                    SafeUnpickler(member).load()  # type: ignore[arg-type]  # where it was
                self.cache[name] = np.lib.format.read_array(member, self.allow_pickle)
        return self.cache[name]


def dump(
    obj: Any,
    file_handler: Any,
    protocol: int = DEFAULT_PROTOCOL,
    persistent_id: Callable[[zipfile.ZipFile], Callable[[Any], Any]] = PersistentSharedVariableID,
) -> None:
    """Pickle an object into an archive that ``numpy.load`` reads too, its arrays beside it.

    Parameters
    ----------
    obj : object
    file_handler : binary file
    protocol : int
    persistent_id : callable
        Called with the archive; what it returns is called with each object and gives what stands
        for it in the pickle, or None.
    """
    with zipfile.ZipFile(file_handler, "w", zipfile.ZIP_DEFLATED) as archive:
        buffer = BytesIO()
        pickler = pickle.Pickler(buffer, protocol)
        pickler.persistent_id = persistent_id(archive)  # type: ignore[method-assign]
        pickler.dump(obj)
        archive.writestr(PICKLE, buffer.getvalue())


def load(f: Any, persistent_load: Any = PersistentNdarrayLoad) -> Any:
    """Return an object that ``dump`` wrote. It runs what the pickle says; ``theano.load`` does not.

    Parameters
    ----------
    f : binary file
    persistent_load : callable
        Called with the archive; what it returns is called with what stands for an object.

    Raises
    ------
    ValueError
        The archive is not one of ``dump``.
    """
    with zipfile.ZipFile(f) as archive:
        if PICKLE not in archive.namelist():
            raise usage_error(
                ValueError,
                "the archive holds no pickle",
                expected="a file that dump wrote",
                got=", ".join(archive.namelist()[:5]),
                fix="read it with theano.load or numpy.load",
            )
        unpickler = CompatUnpickler(BytesIO(archive.read(PICKLE)))
        unpickler.persistent_load = persistent_load(archive)  # type: ignore[method-assign]
        return unpickler.load()
