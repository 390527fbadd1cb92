"""Arrays from files, and from other processes: ``load``, ``send``, ``recv`` and their ops.

What is sent and received goes through ``mpi4py``, where it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Constant, Op, Variable
from theano.graph.generic_type import generic
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.type import TensorType

__all__ = [
    "LoadFromDisk",
    "MPIRecv",
    "MPIRecvWait",
    "MPISend",
    "MPISendWait",
    "irecv",
    "isend",
    "load",
    "mpi_cmps",
    "mpi_enabled",
    "mpi_keys",
    "mpi_send_wait_cmp",
    "mpi_send_wait_key",
    "mpi_tag_cmp",
    "mpi_tag_key",
    "recv",
    "send",
]

mpi_enabled = importlib.util.find_spec("mpi4py") is not None


class LoadFromDisk(Op):
    """The array in a file of NumPy's format ``.npy``; its shape is known when it is read.

    Parameters
    ----------
    dtype : str or dtype
    broadcastable : sequence of bool
    mmap_mode : {None, "c"}
        With "c", the file is mapped into memory and only what is needed is read; writing to the
        array leaves the file as it is.

    Raises: ValueError for another ``mmap_mode``, TypeError for a path that is no string; at run
    time ValueError for a path that ends in ``.npz``, TypeError for an array of another type,
    OSError where the file cannot be read.
    """

    __props__ = ("dtype", "broadcastable", "mmap_mode")

    def __init__(self, dtype: Any, broadcastable: Sequence[bool], mmap_mode: str | None = None):
        if mmap_mode not in (None, "c"):
            raise usage_error(
                ValueError,
                "an array cannot be loaded that way",
                expected="mmap_mode of None or 'c'",
                got=f"mmap_mode={mmap_mode!r}",
                fix="'c' maps the file; what is written to the array does not reach it",
            )
        self.dtype = np.dtype(dtype)
        self.broadcastable = tuple(map(bool, broadcastable))
        self.mmap_mode = mmap_mode

    def make_node(self, path: Any) -> Apply:
        if isinstance(path, str):
            path = Constant(generic, path)
        if not isinstance(path, Variable) or path.type != generic:
            raise usage_error(
                TypeError,
                "load needs the path of a file",
                expected="a string, or a variable of type generic that holds one",
                got=path,
            )
        return Apply(self, [path], [TensorType(self.dtype.name, self.broadcastable)()])

    def perform(self, node, inputs, output_storage):
        (path,) = inputs
        if str(path).endswith(".npz"):
            raise usage_error(
                ValueError, "load reads one array", expected="a .npy file", got=repr(path)
            )
        value = np.load(path, mmap_mode=self.mmap_mode)
        if value.dtype != self.dtype:
            raise usage_error(
                TypeError,
                "a file holds an array of another dtype than load was told",
                expected=str(self.dtype),
                got=f"{value.dtype} in {path}",
            )
        output_storage[0][0] = value

    def do_constant_folding(self, node):
        # What the file holds when the function is called counts.
        return False

    def connection_pattern(self, node):
        return [[False]]


def load(path: Any, dtype: Any, broadcastable: Sequence[bool], mmap_mode: str | None = None) -> Any:
    """Return the array in a ``.npy`` file, which is read whenever a function is called.

    Parameters
    ----------
    path : str or variable of type ``generic``
    dtype : str or dtype
        Of the array in the file.
    broadcastable : sequence of bool
        As many as the array has dimensions: whether the length is always 1.
    mmap_mode : {None, "c"}
        Whether to map the file into memory, so that only the needed parts are read.

    Raises
    ------
    ValueError
        ``mmap_mode`` is another one of NumPy's.
    TypeError, OSError
        At run time: the array is of another dtype or number of dimensions; there is no such file.
    """
    return LoadFromDisk(dtype, broadcastable, mmap_mode)(path)


@cache
def communicator() -> Any:
    """Return the world of all processes that were started together.

    Raises
    ------
    RuntimeError
        ``mpi4py`` is not installed.
    """
    if not mpi_enabled:
        raise usage_error(
            RuntimeError,
            "arrays are sent and received through mpi4py, which is not installed",
            fix="install mpi4py, and start the program with mpiexec",
        )
    # Importing it starts MPI, which no program should pay for that sends nothing.
    return importlib.import_module("mpi4py.MPI").COMM_WORLD


class MPIOp(Op):
    """An op that talks with another process: never merged away, folded or differentiated."""

    def do_constant_folding(self, node):
        return False

    def connection_pattern(self, node):
        return [[False] * len(node.outputs) for _ in node.inputs]


class MPIRecv(MPIOp):
    """An array that will have arrived once :class:`MPIRecvWait` is through: ``-> request, array``.

    Parameters
    ----------
    source, tag : int
        The rank of the sender, and what it calls the message.
    shape : sequence of int
    dtype : str or dtype
    """

    __props__ = ("source", "tag", "shape", "dtype")

    def __init__(self, source: int, tag: int, shape: Sequence[int], dtype: Any) -> None:
        self.source, self.tag = source, tag
        self.shape = tuple(map(int, shape))
        self.dtype = np.dtype(dtype)
        self.broadcastable = (False,) * len(self.shape)

    def make_node(self) -> Apply:
        return Apply(self, [], [generic(), TensorType(self.dtype.name, self.broadcastable)()])

    def perform(self, node, inputs, output_storage):
        data = np.zeros(self.shape, self.dtype)
        output_storage[0][0] = communicator().Irecv(data, self.source, self.tag)
        output_storage[1][0] = data

    def infer_shape(self, node, shapes):
        return [None, self.shape]


class MPIRecvWait(MPIOp):
    """The array of :class:`MPIRecv`, once it is there: ``request, array -> array``."""

    __props__ = ("tag",)
    view_map: Mapping[int, Sequence[int]] = {0: [1]}

    def __init__(self, tag: int) -> None:
        self.tag = tag

    def make_node(self, request: Any, data: Any) -> Apply:
        return Apply(self, [request, data], [data.type()])

    def perform(self, node, inputs, output_storage):
        request, data = inputs
        request.wait()
        output_storage[0][0] = data

    def infer_shape(self, node, shapes):
        return [shapes[1]]


class MPISend(MPIOp):
    """Begins to send an array: ``array -> request, array``.

    Parameters
    ----------
    dest, tag : int
        The rank of the receiver, and what it calls the message.
    """

    __props__ = ("dest", "tag")
    view_map: Mapping[int, Sequence[int]] = {1: [0]}

    def __init__(self, dest: int, tag: int) -> None:
        self.dest, self.tag = dest, tag

    def make_node(self, data: Any) -> Apply:
        data = as_tensor_variable(data)
        return Apply(self, [data], [generic(), data.type()])

    def perform(self, node, inputs, output_storage):
        data = np.ascontiguousarray(inputs[0])
        output_storage[0][0] = communicator().Isend(data, self.dest, self.tag)
        # MPI reads it until the wait is over.
        output_storage[1][0] = data

    def infer_shape(self, node, shapes):
        return [None, shapes[0]]


class MPISendWait(MPIOp):
    """True, once an array of :class:`MPISend` is sent: ``request, array -> object``."""

    __props__ = ("tag",)

    def __init__(self, tag: int) -> None:
        self.tag = tag

    def make_node(self, request: Any, data: Any) -> Apply:
        return Apply(self, [request, data], [generic()])

    def perform(self, node, inputs, output_storage):
        inputs[0].wait()
        output_storage[0][0] = True

    def infer_shape(self, node, shapes):
        return [None]


def isend(var: Any, dest: int, tag: int) -> Any:
    """Begin to send an array to the process of rank ``dest``; return the request and the array."""
    return MPISend(dest, tag)(var)


def send(var: Any, dest: int, tag: int) -> Any:
    """Send an array to the process of rank ``dest``; the value, once it is sent, is True."""
    return MPISendWait(tag)(*isend(var, dest, tag))


def irecv(shape: Sequence[int], dtype: Any, source: int, tag: int) -> Any:
    """Begin to receive an array from the process of rank ``source``: a request and the array."""
    return MPIRecv(source, tag, shape, dtype)()


def recv(shape: Sequence[int], dtype: Any, source: int, tag: int) -> Any:
    """Return an array that the process of rank ``source`` sends."""
    return MPIRecvWait(tag)(*irecv(shape, dtype, source, tag))


def mpi_send_wait_key(a: Apply) -> int:
    """Return the rank of a node in a schedule: what begins is early, what waits is late."""
    if isinstance(a.op, (MPIRecvWait, MPISendWait)):
        return 1
    return -1 if isinstance(a.op, (MPIRecv, MPISend)) else 0


def mpi_tag_key(a: Apply) -> int:
    """Return the tag of a node that sends or receives, 0 for others: lower tags come first."""
    return a.op.tag if isinstance(a.op, MPIOp) else 0


def by_key(key: Callable[[Any], Any]) -> Callable[[Any, Any], int]:
    """Return a comparison of two nodes by a key: negative where the first one comes before."""

    def compare(a: Any, b: Any) -> int:
        first, second = key(a), key(b)
        return operator.gt(first, second) - operator.lt(first, second)

    return compare


mpi_send_wait_cmp = by_key(mpi_send_wait_key)
mpi_tag_cmp = by_key(mpi_tag_key)
mpi_keys = (mpi_send_wait_key, mpi_tag_key)
mpi_cmps = (mpi_send_wait_cmp, mpi_tag_cmp)
