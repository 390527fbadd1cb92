"""Executables kept on disk: what is found again, what is not, and what goes wrong without harm."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import jax
import numpy as np
import pytest
from jax import numpy as jnp

import theano
from theano import config
from theano.runtime import cache as module
from theano.runtime.cache import SUFFIX, CacheWarning, ExecutableCache
from theano.runtime.devices import current_device, to_device
from theano.runtime.executable import compile_program

SOURCE = Path(theano.__file__).parents[1]
POSIX = pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no owners and modes here")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of this test's own, which is switched on."""
    own = ExecutableCache(tmp_path / "compiledir" / "executables")
    monkeypatch.setattr(module, "executable_cache", lambda: own)
    config.executables.cache = True
    return own


def add(a, b):
    return a + b, a * b


def compile_add(n=3, **options):
    return compile_program(add, [(n,), (n,)], ["float64", "float64"], **options)


def results(executable, n=3):
    return [np.array(r) for r in executable.call(np.arange(float(n)), np.full(n, 3.0))]


# What is found again


def test_the_second_time_it_is_loaded(cache):
    first, second = compile_add(), compile_add()
    assert (first.compilation.from_cache, second.compilation.from_cache) == (False, True)
    assert second.compilation.compile_seconds > 0
    assert len(cache.entries()) == 1
    np.testing.assert_array_equal(results(second), [[3, 4, 5], [0, 3, 6]])
    np.testing.assert_array_equal(results(second), results(first))


def test_what_is_loaded_is_like_what_was_compiled(cache):
    compile_add(donate=[1])
    loaded = compile_add(donate=[1])
    assert loaded.compilation.from_cache
    kept, donated = to_device(np.ones(3)), to_device(np.ones(3))
    loaded.call(kept, donated)
    assert (kept.is_deleted(), donated.is_deleted()) == (False, True)
    loaded.warm()
    assert loaded.call is loaded._compiled._call
    donated = to_device(np.ones(3))
    np.testing.assert_array_equal(loaded.call(kept, donated)[0], [2, 2, 2])
    assert donated.is_deleted()
    assert "HloModule" in loaded.as_text()
    with pytest.raises(TypeError, match="float64"):
        loaded.call(np.ones(4), np.ones(4))


def test_large_constants_tell_programs_apart(cache):
    tables = np.arange(20_000.0), np.arange(20_000.0)
    tables[1][10_000] = 0
    found = [compile_program(lambda i, t=t: (jnp.asarray(t)[i],), [()], ["int64"]) for t in tables]
    assert [float(e.call(np.int64(10_000))[0]) for e in found] == [10_000, 0]
    assert len(cache.entries()) == 2


def key_of(program=add, dtype="float64", options=None, **jit):
    avals = [jax.ShapeDtypeStruct((3,), dtype)] * 2
    return module.program_key(jax.jit(program, **jit).lower(*avals), current_device(), options)


def test_the_key_is_of_all_that_matters(cache, monkeypatch):
    def reverse(a, b):
        return b + a, a * b

    keys = [
        key_of(),
        key_of(reverse),
        key_of(dtype="float32"),
        key_of(donate_argnums=1),
        key_of(options={"xla_cpu_prefer_vector_width": 512}),
    ]
    monkeypatch.setattr(module, "processor", lambda: ("another",))
    keys.append(key_of())
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    keys.append(key_of())
    monkeypatch.setattr(jax, "__version__", "0.0.0")
    keys.append(key_of())
    monkeypatch.setattr(module, "n_cores", lambda: 1000)
    keys.append(key_of())
    monkeypatch.setattr(module, "FORMAT", 0)
    keys.append(key_of())
    assert len(set(keys)) == len(keys)
    assert keys[-1] == key_of()
    assert keys[-1].startswith(current_device().platform + "-")


def test_programs_that_call_python_are_not_kept(cache):
    def program(a, b):
        return jax.pure_callback(np.add, jax.ShapeDtypeStruct((3,), "float64"), a, b), b

    for _ in range(2):
        executable = compile_program(program, [(3,), (3,)], ["float64", "float64"])
        assert not executable.compilation.from_cache
    assert cache.entries() == []


def test_it_can_be_off(cache):
    config.executables.cache = False
    compile_add()
    assert not cache.folder.exists()


def test_it_stands_aside_where_jax_keeps_executables(cache, tmp_path):
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    try:
        assert not module.is_on()
        jax.config.update("jax_enable_compilation_cache", False)
        assert module.is_on()
    finally:
        jax.config.update("jax_enable_compilation_cache", True)
        jax.config.update("jax_compilation_cache_dir", None)


# What goes wrong


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: module.hashlib.sha256(b"garbage").digest() + b"garbage",
    ],
    ids=["truncated", "empty", "one bit", "no executable"],
)
def test_a_damaged_entry_is_replaced(cache, damage):
    compile_add()
    (entry,) = cache.entries()
    content = entry.path.read_bytes()
    entry.path.write_bytes(damage(content))
    again = compile_add()
    assert not again.compilation.from_cache
    np.testing.assert_array_equal(results(again), [[3, 4, 5], [0, 3, 6]])
    assert compile_add().compilation.from_cache


def compiles_with_one_warning(match):
    """Compile twice, and check that both work, neither is loaded, and one warning is given."""
    with pytest.warns(CacheWarning, match=match) as caught:
        both = [compile_add(), compile_add()]
    assert len(caught) == 1
    assert "fix:" in str(caught[0].message)
    for executable in both:
        assert not executable.compilation.from_cache
        np.testing.assert_array_equal(results(executable), [[3, 4, 5], [0, 3, 6]])


@POSIX
@pytest.mark.parametrize("mode", [0o777, 0o755, 0o710])
def test_a_folder_that_is_open_to_others_is_not_used(cache, mode):
    compile_add()
    cache.folder.chmod(mode)
    compiles_with_one_warning("open to others: `chmod 700")
    assert len(cache.entries()) == 1
    with pytest.raises(PermissionError):
        cache.clear()


@POSIX
def test_a_folder_of_another_user_is_not_used(cache, monkeypatch):
    compile_add()
    monkeypatch.setattr(os, "getuid", lambda: os.stat(cache.folder).st_uid + 1)
    compiles_with_one_warning("belongs to another user")


@POSIX
def test_an_entry_of_another_user_is_not_used(cache, monkeypatch):
    compile_add()
    monkeypatch.setattr(module, "check_private", lambda folder: None)
    monkeypatch.setattr(os, "getuid", lambda: os.stat(cache.folder).st_uid + 1)
    with pytest.warns(CacheWarning, match="belongs to another user"):
        assert not compile_add().compilation.from_cache


@POSIX
def test_links_are_not_followed(cache, tmp_path):
    compile_add()
    (entry,) = cache.entries()
    elsewhere = entry.path.rename(tmp_path / "elsewhere")
    entry.path.symlink_to(elsewhere)
    with pytest.warns(CacheWarning):
        assert not compile_add().compilation.from_cache
    folder = cache.folder.rename(tmp_path / "folder")
    cache.folder.symlink_to(folder)
    with pytest.raises(NotADirectoryError):
        cache.clear()


def test_a_file_in_the_place_of_the_folder(cache):
    cache.folder.parent.mkdir()
    cache.folder.write_text("")
    compiles_with_one_warning("it is no folder")


def test_a_file_in_the_place_of_its_parent(cache):
    cache.folder.parent.write_text("")
    compiles_with_one_warning("executables cannot be kept in")


@pytest.mark.parametrize("error", [PermissionError(13, "denied"), OSError(28, "no space left")])
def test_a_folder_that_cannot_be_written_to(cache, monkeypatch, error):
    compile_add(4)

    def refuse(**options):
        raise error

    monkeypatch.setattr(module.tempfile, "mkstemp", refuse)
    compiles_with_one_warning(error.strerror)
    assert compile_add(4).compilation.from_cache


def test_a_write_that_fails_leaves_nothing(cache, monkeypatch):
    def refuse(*paths):
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "replace", refuse)
    compiles_with_one_warning("no space left")
    assert cache.entries() == []


def test_a_folder_that_is_deleted_meanwhile(cache, monkeypatch):
    def gone(**options):
        raise FileNotFoundError

    with monkeypatch.context() as patch:
        patch.setattr(module.tempfile, "mkstemp", gone)
        assert not compile_add().compilation.from_cache
    assert not compile_add().compilation.from_cache
    assert compile_add().compilation.from_cache


def test_what_cannot_be_serialized_is_not_kept(cache, monkeypatch):
    def refuse(compiled):
        raise ValueError

    monkeypatch.setattr(module, "serialize", refuse)
    np.testing.assert_array_equal(results(compile_add()), [[3, 4, 5], [0, 3, 6]])
    assert cache.entries() == []


# How much is kept


def test_only_its_owner_may_look(cache):
    before = os.umask(0)
    try:
        compile_add()
    finally:
        os.umask(before)
    (entry,) = cache.entries()
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert entry.path.stat().st_mode & 0o777 == 0o600


def put_aged(cache, key, age, data=bytes(400_000)):
    cache.put(key, data)
    path = cache.folder / (key + SUFFIX)
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))


def test_what_was_not_used_for_longest_goes(cache):
    config.executables.cache_size = 1
    put_aged(cache, "a", 300)
    put_aged(cache, "b", 200)
    assert cache.get("a") == bytes(400_000)
    cache.put("c", bytes(400_000))
    assert [entry.path.stem for entry in cache.entries()] == ["a", "c"]
    fresh = ExecutableCache(cache.folder)
    fresh.put("d", bytes(400_000))
    assert sum(entry.n_bytes for entry in fresh.entries()) <= module.MIB
    assert fresh.get("d") is not None


def test_what_alone_is_too_large_is_not_kept(cache):
    config.executables.cache_size = 1
    put_aged(cache, "a", 0)
    cache.put("b", bytes(module.MIB))
    assert [entry.path.stem for entry in cache.entries()] == ["a"]
    config.executables.cache_size = 0
    cache.put("c", b"")
    assert [entry.path.stem for entry in cache.entries()] == ["a"]


def test_it_can_be_cleared(cache):
    cache.clear()
    put_aged(cache, "a", 0)
    (cache.folder / "tmp_half_written").write_text("half")
    (cache.folder / "folder").mkdir()
    cache.clear()
    assert os.listdir(cache.folder) == ["folder"]
    assert cache.get("a") is None


# From process to process

PROGRAM = """
    import theano, jax, numpy as np
    from theano import tensor as T
    from theano.random import MRG_RandomStreams

    x, w = T.matrix(), theano.shared(np.eye(30), name="w")
    noise = MRG_RandomStreams(5).normal((30, 30))
    step = theano.function([x], T.nnet.softmax(T.dot(x, w)).sum(0), updates=[(w, w.T / 2 + noise)])
    print([step(np.ones((4, 30))).sum().item() for _ in range(3)], w.get_value().sum())
    print([done.from_cache for done in step.compilations], jax.config.jax_compilation_cache_dir)
"""


def start(folder):
    rc = folder / "theanorc"
    rc.write_text(f"[global]\nbase_compiledir = {folder}\n[executables]\ncache = True\n")
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(PROGRAM)],
        env={**os.environ, "THEANORC": str(rc), "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_other_processes_load_what_two_at_once_have_kept(tmp_path):
    at_once = [start(tmp_path), start(tmp_path)]
    answers = [process.communicate(timeout=100) for process in at_once]
    answers.append(start(tmp_path).communicate(timeout=100))
    assert [error for _, error in answers] == [""] * 3
    values, places = zip(*[out.splitlines() for out, _ in answers], strict=True)
    assert len(set(values)) == 1
    assert places[2] == "[True] None"
