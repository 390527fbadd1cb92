"""Arrays from files and from other processes."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from tests.checks import check_raises

import theano
import theano.tensor as T
from theano import function
from theano.tensor import io

path = theano.generic("path")


@pytest.fixture
def stored(tmp_path):
    file = tmp_path / "stored.npy"
    np.save(file, np.arange(6, dtype="int32").reshape(2, 3))
    return str(file)


@pytest.mark.parametrize("mmap_mode", [None, "c"])
def test_load(stored, mmap_mode):
    x = T.load(path, "int32", (False, False), mmap_mode)
    assert x.type == T.imatrix
    read = function([path], [x * 2, x.sum()])
    for _ in range(2):
        double, total = read(stored)
        np.testing.assert_array_equal(double, np.arange(6).reshape(2, 3) * 2)
        assert (double.dtype, total) == ("int32", 15)


def test_the_file_is_read_at_every_call(stored):
    read = function([], T.load(stored, "int32", (False, False)))
    first = read()
    first[:] = -1
    np.testing.assert_array_equal(read(), np.arange(6).reshape(2, 3))
    np.save(stored, np.zeros((1, 2), "int32"))
    np.testing.assert_array_equal(read(), [[0, 0]])


def test_load_is_an_op(stored):
    op = io.LoadFromDisk("int32", [False, False], mmap_mode="c")
    assert op == pickle.loads(pickle.dumps(op)) != io.LoadFromDisk("int32", [False, False])
    assert op(path).owner.op.connection_pattern(op(path).owner) == [[False]]


@pytest.mark.parametrize("mode", ["r", "r+", "w+", "else"])
def test_modes_that_would_change_the_file(mode):
    with check_raises(ValueError, "None or 'c'", mode):
        T.load(path, "int32", (False,), mode)


def test_what_cannot_be_loaded(stored, tmp_path):
    with check_raises(TypeError, "path of a file"):
        T.load(3, "int32", (False,))
    wrong = function([path], T.load(path, "int64", (False, False)))
    with check_raises(TypeError, "another dtype", "int32"):
        wrong(stored)
    with check_raises(ValueError, ".npy file"):
        wrong("several.npz")
    with check_raises(FileNotFoundError, "absent.npy"):
        wrong(str(tmp_path / "absent.npy"))
    with check_raises(TypeError, "does not fit its type"):
        function([path], T.load(path, "int32", (False,)))(stored)


def test_messages_without_mpi(monkeypatch):
    monkeypatch.setattr(io, "mpi_enabled", False)
    io.communicator.cache_clear()
    x = T.matrix("x")
    received = io.recv((2, 3), "float32", 0, 11)
    assert received.type == T.fmatrix
    for run in (function([x], io.send(x, 1, 11)), function([x], received.sum() + x.sum())):
        with check_raises(RuntimeError, "mpi4py", "mpiexec"):
            run(np.zeros((2, 3)))


class Post:
    """A process that writes to itself."""

    def __init__(self):
        self.letters = {}
        self.waited = []

    def Isend(self, data, dest, tag):
        self.letters[dest, tag] = data.copy()
        return self.request("send", tag)

    def Irecv(self, data, source, tag):
        data[...] = self.letters[source, tag]
        return self.request("recv", tag)

    def request(self, what, tag):
        return SimpleNamespace(wait=lambda: self.waited.append((what, tag)))


def test_messages(monkeypatch):
    post = Post()
    monkeypatch.setattr(io, "communicator", lambda: post)
    x = T.dmatrix("x")
    value = np.arange(6.0).reshape(2, 3)
    assert function([x], io.send(2 * x, 0, 11))(value) is True
    read = function([], io.recv((2, 3), "float64", 0, 11) + 1)
    np.testing.assert_array_equal(read(), 2 * value + 1)
    post.letters[0, 11] += 1
    np.testing.assert_array_equal(read(), 2 * value + 2)
    assert post.waited == [("send", 11), ("recv", 11), ("recv", 11)]


def test_the_order_of_messages():
    x = T.matrix("x")
    waited, added = io.send(x, 1, 11).owner, (x + x).owner
    sent, early = waited.inputs[0].owner, io.send(x, 1, 3).owner
    assert (sent.op.dest, sent.op.tag) == (1, 11)
    assert io.mpi_send_wait_cmp(sent, added) < 0 < io.mpi_send_wait_cmp(waited, added)
    assert io.mpi_tag_cmp(early, waited) < 0 == io.mpi_tag_cmp(sent, waited)
    assert [io.mpi_send_wait_key(n) for n in (sent, added, waited)] == [-1, 0, 1]
    assert (len(io.mpi_keys), len(io.mpi_cmps)) == (2, 2)
