"""The MNIST program, run as a user runs it, and what surrounds its training."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from tests.examples.idx_folder import write_idx
from tests.oracle.trajectory import BATCH_SIZE, N_STEPS, made_up_digits

import figures
import mnist_files
import mnist_sources
import theano
import theano.tensor as T
import training
from theano.options.sources import parse_config_string
from theano.sandbox.rng_mrg import MRG_RandomStreams

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
REFERENCE = json.loads((ROOT / "tests" / "data" / "seed_trajectory.json").read_text("utf-8"))
MADE_UP = {(run["seed"], run["floatX"]): run for run in REFERENCE["made_up"]}
TOLERANCE = {"float32": 2e-6, "float64": 1e-9}
PATIENCE_S = 120
FILES = {"parameters.npz", "accuracy.png", "filters.png"}
NEEDS_CACHE = pytest.mark.skipif(
    not all((mnist_sources.cache_directory() / name).is_file() for name in mnist_files.IDX_FILES),
    reason="the original MNIST is not in this user's cache (python examples/load.py fetches it)",
)


def environment(flags="", before=()):
    paths = [*map(str, before), str(ROOT / "src"), str(EXAMPLES), os.environ.get("PYTHONPATH", "")]
    given = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "THEANO_FLAGS": flags}
    return {**os.environ, **given}


def train(*arguments, flags=""):
    """Run the program to its end; it must succeed."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / "modern_net.py", *map(str, arguments)],
        env=environment(flags), capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A directory with made-up digits as IDX files."""
    return write_idx(tmp_path_factory.mktemp("made_up") / "data", *made_up_digits())


@pytest.fixture(scope="module")
def first_run(digits, tmp_path_factory):
    """One epoch with default seed and floatX: where its files are, and what it printed."""
    out = tmp_path_factory.mktemp("run") / "below" / "out"
    done = train("--epochs", 1, "--data-dir", digits, "--out", out, "--device", "cpu")
    return out, done


def accuracy_of(parameters, images, labels):
    """Accuracy of the saved network, by NumPy alone."""
    h1 = np.maximum(images / 255 @ parameters["w_h1"], 0)
    h2 = np.maximum(h1 @ parameters["w_h2"], 0)
    return np.mean(np.argmax(h2 @ parameters["w_o"], axis=1) == labels)


def png_size(path):
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:])


def test_costs_are_those_of_theano(first_run):
    out, _done = first_run
    with np.load(out / "parameters.npz") as saved:
        reference = MADE_UP[0, "float32"]
        np.testing.assert_allclose(saved["costs"], reference["costs"], rtol=2e-6)
        assert saved["accuracies"] == [reference["accuracy"]]


@pytest.mark.parametrize(("seed", "floatx"), [(0, "float64"), (7, "float32")])
def test_costs_with_other_flags_and_seeds(digits, tmp_path, seed, floatx):
    train(
        "--epochs", 1, "--seed", seed, "--data-dir", digits, "--out", tmp_path,
        flags=f"floatX={floatx}",
    )  # fmt: skip
    reference = MADE_UP[seed, floatx]
    with np.load(tmp_path / "parameters.npz") as saved:
        np.testing.assert_allclose(saved["costs"], reference["costs"], rtol=TOLERANCE[floatx])
        assert saved["accuracies"] == [reference["accuracy"]]
        assert saved["w_h1"].dtype == floatx


def test_the_references_tell_seeds_and_dtypes_apart():
    runs = [run["costs"] for run in MADE_UP.values()]
    assert len({costs[0] for costs in runs}) == len(MADE_UP) == 4
    assert not np.allclose(MADE_UP[0, "float32"]["costs"], MADE_UP[7, "float32"]["costs"], 1e-5)
    assert MADE_UP[0, "float32"]["costs"][-1] < 0.9 * MADE_UP[0, "float32"]["costs"][0]


@NEEDS_CACHE
@pytest.mark.parametrize("floatx", ["float32", "float64"])
def test_costs_on_the_original_mnist(tmp_path, floatx):
    payloads, reasons = mnist_sources.read_cache(mnist_sources.cache_directory())
    assert reasons == []
    learnt, tested = (
        mnist_files.digits_from_idx(*(payloads[name] for name in pair), where="the cache")
        for pair in (mnist_files.TRAIN_FILES, mnist_files.TEST_FILES)
    )
    n = BATCH_SIZE * N_STEPS
    folder = write_idx(
        tmp_path / "data",
        *(learnt.images[:n], tested.images[:100], learnt.labels[:n], tested.labels[:100]),
    )
    train("--epochs", 1, "--data-dir", folder, "--out", tmp_path, flags=f"floatX={floatx}")
    with np.load(tmp_path / "parameters.npz") as saved:
        reference = REFERENCE["mnist"][floatx]
        np.testing.assert_allclose(saved["costs"], reference, rtol=TOLERANCE[floatx])


def test_the_first_dropout_masks_are_those_of_theano():
    srng = MRG_RandomStreams()
    layers = [T.fmatrix() for _ in range(3)]
    masks = [
        srng.binomial(layer.shape, p=1 - prob, dtype="float32")
        for layer, prob in zip(layers, (0.2, 0.5, 0.5), strict=True)
    ]
    draw = theano.function(layers, masks)
    recorded = REFERENCE["masks"]
    drawn = draw(*(np.zeros(mask["shape"], np.float32) for mask in recorded))
    for mask, reference in zip(drawn, recorded, strict=True):
        assert mask.dtype == np.float32
        assert mask.sum(dtype=np.float64) == reference["sum"]
        assert hashlib.sha256(mask.astype(np.uint8).tobytes()).hexdigest() == reference["sha256"]


def test_what_a_run_prints_and_writes(first_run):
    out, done = first_run
    assert re.fullmatch(r"iter 001 accuracy: 0\.\d{1,4}\n", done.stdout)
    assert re.search(r"^epoch 1/1: 20 steps in [\d.]+ s, mean cost 2\.23\d\d$", done.stderr, re.M)
    assert {path.name for path in out.iterdir()} == FILES
    with np.load(out / "parameters.npz") as saved:
        kinds = {name: (saved[name].shape, saved[name].dtype) for name in saved}
    assert kinds == {
        "w_h1": ((784, 625), np.float32),
        "w_h2": ((625, 625), np.float32),
        "w_o": ((625, 10), np.float32),
        "costs": ((N_STEPS,), np.float64),
        "accuracies": ((1,), np.float64),
    }
    width, height = png_size(out / "filters.png")
    assert width == height >= 25 * 28
    assert png_size(out / "accuracy.png") > (400, 200)


def test_the_saved_weights_are_those_that_were_evaluated(first_run):
    out, done = first_run
    _, images, _, labels = made_up_digits()
    with np.load(out / "parameters.npz") as saved:
        expected = accuracy_of(saved, images, labels)
    assert f"accuracy: {round(expected, 4)}\n" in done.stdout


@pytest.fixture
def sigint_heard():
    """Children must not inherit an ignored SIGINT, as programs in the background have it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_saves_and_evaluates(digits, tmp_path, sigint_heard):
    program = subprocess.Popen(
        [
            *(sys.executable, EXAMPLES / "modern_net.py", "--epochs", "100000"),
            *("--data-dir", digits, "--out", tmp_path),
        ],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        lines = [program.stdout.readline() for _ in range(2)]
        program.send_signal(signal.SIGINT)
        rest, complaints = program.communicate(timeout=PATIENCE_S)
    finally:
        program.kill()
    assert lines[1].startswith("iter 002 accuracy: "), complaints
    assert program.returncode == 130
    assert "Traceback" not in complaints
    assert {path.name for path in tmp_path.iterdir()} == FILES

    _, images, _, labels = made_up_digits()
    with np.load(tmp_path / "parameters.npz") as saved:
        n_steps, n_epochs = len(saved["costs"]), len(saved["accuracies"])
        expected = round(accuracy_of(saved, images, labels), 4)
    assert n_epochs >= 2
    assert n_epochs <= n_steps / N_STEPS <= n_epochs + 1
    last = (rest or lines[1]).splitlines()[-1]
    if n_steps == n_epochs * N_STEPS:
        assert last == f"iter {n_epochs:03d} accuracy: {expected}"
    else:
        epoch = f"epoch {n_epochs + 1} after {n_steps} steps"
        assert last == f"stopped in {epoch}, accuracy: {expected}"


def test_data_that_is_not_there(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, EXAMPLES / "modern_net.py"),
            *("--data-dir", tmp_path / "nowhere", "--out", tmp_path),
        ],
        env=environment(), capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


RUN_OF_TWO_EPOCHS = """
import sys, time
import numpy as np
from training import Run, read_options
options = read_options(None, ["--epochs", "2", "--out", sys.argv[1]])
with Run(options, n_batches=30) as run:
    for accuracy in (0.94299, 0.9665):
        for _ in range(30):
            time.sleep(0.02)
            run.step(np.float32(0.5))
        run.epoch(np.float64(accuracy))
run.finish(None, w=np.ones((784, 6)))
"""


def test_without_progress_bars_and_plots(tmp_path):
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in ("tqdm", "matplotlib"):
        missing = f"raise ModuleNotFoundError('No module named {name}', name={name!r})"
        (packages / f"{name}.py").write_text(missing)
    done = subprocess.run(
        [sys.executable, "-c", RUN_OF_TWO_EPOCHS, tmp_path / "out"],
        env=environment(before=[packages]), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "iter 001 accuracy: 0.943\niter 002 accuracy: 0.9665\n"
    for name in ("tqdm", "matplotlib"):
        assert f"{name} is not installed" in done.stderr
        assert f"pip install {name}" in done.stderr
    assert re.search(r"^epoch 2/2: 30 steps in [\d.]+ s, mean cost 0\.5000$", done.stderr, re.M)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["parameters.npz"]


def test_the_bar_on_a_terminal(tmp_path):
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 100))
    with subprocess.Popen(
        [sys.executable, "-c", RUN_OF_TWO_EPOCHS, tmp_path],
        env=environment(),
        stdin=theirs, stdout=theirs, stderr=theirs,
    ):  # fmt: skip
        os.close(theirs)
        pieces = []
        # Linux tells the end of what a terminal's other side writes by an error.
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 65536):
                pieces.append(piece)
        os.close(ours)
    text = b"".join(pieces).decode()
    shown = [line.rstrip() for line in re.split("[\r\n]", text)]
    assert shown.count("iter 001 accuracy: 0.943") == 1
    assert shown.count("iter 002 accuracy: 0.9665") == 1
    assert any(re.match(r"epoch 1/2: +\d+%\|.*\b\d+/60 .*cost 0\.5000\]", line) for line in shown)
    assert any(re.match(r"epoch 2/2: 100%\|.* 60/60 ", line) for line in shown)


@pytest.fixture
def flags(monkeypatch):
    """Give a function from the options to the flags that theano would then read."""

    def read(*arguments, given=""):
        monkeypatch.setenv("THEANO_FLAGS", given)
        training.read_options(None, arguments)
        return parse_config_string(os.environ["THEANO_FLAGS"])

    return read


def test_flags(flags):
    assert flags() == {"floatX": "float32"}
    assert flags(given="floatX=float64") == {"floatX": "float64"}
    assert flags(given="device=cpu,mode=FAST_RUN") == {
        "floatX": "float32",
        "device": "cpu",
        "mode": "FAST_RUN",
    }
    assert flags("--device", "cuda1", given="device=cpu")["device"] == "cuda1"


def test_default_options(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THEANO_FLAGS", "")
    options = vars(training.read_options(None, []))
    defaults = {"epochs": 50, "batch_size": 128, "seed": 0, "lr": 0.001, "device": None}
    assert options == defaults | {"data_dir": None, "out": Path()}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--epochs", "0"], "--epochs: expected an integer above 0, got '0'"),
        (["--batch-size", "1.5"], "--batch-size: expected an integer above 0, got '1.5'"),
        (["--seed", "-1"], "--seed: expected an integer, 0 to 2147462578, got '-1'"),
        (["--seed", "2147462579"], "--seed: expected an integer, 0 to 2147462578"),
        (["--lr", "nan"], "--lr: expected a number above 0, got 'nan'"),
        (["--lr", "fast"], "--lr: expected a number above 0, got 'fast'"),
        (["--device", "cup"], "--device: expected cpu, cuda, gpu, cuda1 and so on, got 'cup'"),
        (["--out", str(Path(__file__) / "out")], "--out: .*Not a directory"),
    ],
)
def test_wrong_options(monkeypatch, capsys, arguments, text):
    monkeypatch.setenv("THEANO_FLAGS", "")
    with pytest.raises(SystemExit, match="2"):
        training.read_options(None, arguments)
    assert re.search(text, capsys.readouterr().err)


@pytest.fixture
def options(monkeypatch, tmp_path):
    monkeypatch.setenv("THEANO_FLAGS", "")
    return training.read_options(None, ["--epochs", "3", "--out", str(tmp_path)])


def test_fewer_images_than_a_batch(options):
    with pytest.raises(SystemExit, match=r"(?s)fewer than --batch-size 128.*a smaller"):
        training.Run(options, n_batches=0)


def test_interrupted_before_the_first_step(options, capsys):
    with training.Run(options, n_batches=4) as run:
        raise KeyboardInterrupt
    with pytest.raises(SystemExit, match="130"):
        run.finish(lambda: 0.1, w=np.zeros((784, 4)))
    assert "stopped in epoch 1 after 0 steps, accuracy: 0.1\n" in capsys.readouterr().out
    assert {path.name for path in options.out.iterdir()} == FILES


def test_interrupted_right_after_an_evaluation(options, capsys):
    with training.Run(options, n_batches=1) as run:
        run.step(1.0)
        run.epoch(0.25)
        raise KeyboardInterrupt
    with pytest.raises(SystemExit, match="130"):
        run.finish(pytest.fail, w=np.zeros((784, 4)))
    assert capsys.readouterr().out == "iter 001 accuracy: 0.25\n"


def test_other_errors_are_not_swallowed(options):
    with pytest.raises(ZeroDivisionError), training.Run(options, n_batches=1):
        raise ZeroDivisionError


def test_an_unwritten_file_leaves_the_old_one(options, monkeypatch):
    def fail(stream, **_arrays):
        stream.write(b"half")
        raise OSError("no space left")

    (options.out / "parameters.npz").write_bytes(b"of an earlier run")
    with training.Run(options, n_batches=1) as run:
        run.step(1.0)
        run.epoch(0.25)
    monkeypatch.setattr(training.np, "savez", fail)
    with pytest.raises(OSError, match="no space"):
        run.finish(pytest.fail, w=np.zeros((784, 4)))
    assert {path.name for path in options.out.iterdir()} == {"parameters.npz"}
    assert (options.out / "parameters.npz").read_bytes() == b"of an earlier run"


@pytest.mark.parametrize("n_units", [1, 6, 625])
def test_tiles_are_laid_out_in_a_square(tmp_path, n_units, rng):
    path = tmp_path / "filters.png"
    figures.draw_filters(str(path), rng.normal(size=(784, n_units)))
    columns = int(np.ceil(np.sqrt(n_units)))
    rows = int(np.ceil(n_units / columns))
    assert png_size(path) == (2 * (30 * columns + 2), 2 * (30 * rows + 2))


def test_a_tile_shows_its_column(tmp_path):
    weights = np.zeros((784, 2))
    weights[28 * 3 + 5, 1] = 1.0
    path = tmp_path / "filters.png"
    figures.draw_filters(str(path), weights)
    pixels = matplotlib.image.imread(path)[..., :3]
    red = (pixels[..., 0] > pixels[..., 2] + 0.2).nonzero()
    # Tiles are 28 + 2 wide after a margin of 2, two pixels for each weight.
    assert set(red[0]) == {2 * (2 + 3), 2 * (2 + 3) + 1}
    assert set(red[1]) == {2 * (2 + 30 + 5), 2 * (2 + 30 + 5) + 1}
