"""The gallery's programs on tiny data: they learn, draw, and say what is wrong with an option."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from tests.examples.idx_folder import write_idx
from tests.oracle.trajectory import made_up_digits

import convolutional_net
import gallery
import theano
import theano.tensor as T
import training

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
N_TRAIN = 640

PROGRAMS = {
    "linear_regression": ["--epochs", "3"],
    "logistic_regression": ["--epochs", "2", "--batch-size", "64"],
    "convolutional_net": ["--epochs", "1", "--batch-size", "64"],
    "autoencoder": ["--epochs", "2", "--batch-size", "64", "--hidden", "16", "--lr", "0.02"],
    "character_lstm": [
        *("--epochs", "12", "--batch-size", "4", "--lr", "0.03"),
        *("--hidden", "8", "--length", "16", "--sample", "30"),
    ],
}
RESULTS = {
    "linear_regression": r"least squares: +y = [12]\.\d+ x -[01]\.\d+",
    "logistic_regression": r"accuracy on the test images: \d+\.\d\d%",
    "convolutional_net": r"\d+ of 100 test images are read wrong: \d+\.00%",
    "autoencoder": r"cross-entropy of a test image: \d+\.\d\d nats",
    "character_lstm": r"\A(?=.*be)[To be, r not to be.]{30}\Z",
}
"""The line before the last one that each prints."""
NEEDS_DIGITS = {"logistic_regression", "convolutional_net", "autoencoder"}


@pytest.fixture(autouse=True)
def _flags(monkeypatch):
    monkeypatch.setenv("THEANO_FLAGS", "")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A directory with some made-up digits as IDX files."""
    train_x, test_x, train_y, test_y = made_up_digits()
    folder = tmp_path_factory.mktemp("made_up") / "data"
    return write_idx(folder, train_x[:N_TRAIN], test_x, train_y[:N_TRAIN], test_y)


@pytest.fixture
def start(data, tmp_path):
    """Give a function that runs a program on the made-up data, and returns what its main does."""

    def run(name, *arguments):
        given = [*PROGRAMS.get(name, []), "--out", str(tmp_path)]
        if name in NEEDS_DIGITS:
            given += ["--data-dir", str(data)]
        if name == "character_lstm":
            (tmp_path / "text").write_text("To be, or not to be. " * 60)
            given += ["--text", str(tmp_path / "text")]
        return importlib.import_module(name).main([*given, *arguments])

    return run


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_learns_and_draws(name, start, tmp_path, capsys, monkeypatch):
    # A layer less is compiled in half the time.
    monkeypatch.setattr(convolutional_net, "N_FILTERS", (8, 16))
    costs = start(name)
    several = max(1, len(costs) // 4)
    assert np.mean(costs[-several:]) < 0.9 * np.mean(costs[:several])
    picture = tmp_path / f"{name}.png"
    *_, result, last = capsys.readouterr().out.splitlines()
    assert last == str(picture)
    assert re.search(RESULTS[name], result)
    pixels = matplotlib.image.imread(picture)[..., :3]
    assert min(pixels.shape[:2]) > 300
    assert pixels.std() > 0.05


def test_the_draws_have_the_moments_of_the_density(start, tmp_path):
    results = start("hamiltonian", "--draws", "60", "--warm-up", "30")
    for exact, estimate, error in results.values():
        assert 0 < error < 0.2
        assert abs(estimate - exact) < 4 * error
    assert (tmp_path / "hamiltonian.png").is_file()


def test_a_line_without_noise_is_found(start, capsys):
    start("linear_regression", "--epochs", "30", "--noise", "1e-6")
    found = re.findall(r"y = (\S+) x (\S+)", capsys.readouterr().out)[-2:]
    np.testing.assert_allclose(np.array(found, float), [[2, -1], [2, -1]], atol=2e-3)


def test_the_picture_is_opened_on_request(start, tmp_path, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr(gallery.webbrowser, "open", lambda url: opened.append(url))
    costs = start("linear_regression")
    assert opened == []
    again = start("linear_regression", "--show")
    assert opened == [(tmp_path / "linear_regression.png").as_uri()]
    assert "no program was found" in capsys.readouterr().out
    # The same seed gives the same numbers.
    assert again == costs


def test_ctrl_c_draws_what_there_is(start, tmp_path, monkeypatch):
    step = training.Progress.step

    def interrupted(self, cost):
        step(self, cost)
        if len(self.costs) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.Progress, "step", interrupted)
    with pytest.raises(SystemExit, match="130"):
        start("logistic_regression")
    assert (tmp_path / "logistic_regression.png").is_file()


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("autoencoder", ["--wiped", "1"], "--wiped: expected a number from 0 to below 1, got '1'"),
        ("convolutional_net", ["--epochs", "0"], "--epochs: expected an integer above 0, got '0'"),
        ("logistic_regression", ["--decay", "-1"], "--decay: expected a number from 0 to below 1"),
        ("linear_regression", ["--seed", "0"], "--seed: expected an integer above 0, got '0'"),
        ("linear_regression", ["--data-dir", "x"], "unrecognized arguments: --data-dir x"),
        ("hamiltonian", ["--step", "far"], "--step: expected a number above 0, got 'far'"),
        ("character_lstm", ["--out", __file__], "--out: .*File exists"),
    ],
)
def test_wrong_options(name, arguments, text, start, capsys):
    with pytest.raises(SystemExit, match="2"):
        start(name, *arguments)
    assert re.search(text, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("logistic_regression", ["--data-dir", "nowhere"], "nowhere"),
        ("autoencoder", ["--batch-size", "700"], "fewer than --batch-size 700"),
        ("linear_regression", ["--points", "10"], "fewer than --batch-size 20"),
        ("character_lstm", ["--text", "nowhere.txt"], "No such file.*nowhere.txt"),
        ("character_lstm", ["--length", "900"], "only 1260 characters(?s:.*)--length 900"),
    ],
)
def test_data_that_does_not_do(name, arguments, text, start):
    with pytest.raises(SystemExit, match=text):
        start(name, *arguments)


def test_minibatches_take_each_place_at_most_once(rng):
    batches = np.array(list(gallery.minibatches(23, 5, rng)))
    assert batches.shape == (4, 5)
    assert batches.dtype == np.int32
    assert len(set(batches.flat)) == 20
    assert set(batches.flat) <= set(range(23))


def test_adam_is_that_of_the_paper():
    # Kingma & Ba, algorithm 1, on f(x) = x**2.
    x = gallery.parameter(3.0, "x")
    step = theano.function([], updates=gallery.adam(x**2, [x], lr=0.1))
    expected, mean, square = 3.0, 0.0, 0.0
    for t in range(1, 6):
        g = 2 * expected
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g**2
        expected -= 0.1 * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        step()
        np.testing.assert_allclose(x.get_value(), expected, rtol=1e-6)


def test_precision_is_float32_unless_a_flag_says_otherwise(tmp_path, monkeypatch):
    parser = gallery.Options(None)
    parser.read(["--out", str(tmp_path)])
    assert gallery.parameter(1, "x").dtype == theano.config.floatX == "float32"
    monkeypatch.setenv("THEANO_FLAGS", "floatX=float64")
    theano.config.floatX = "float64"
    parser.read(["--out", str(tmp_path)])
    assert T.matrix().dtype == "float64"


def test_without_matplotlib(tmp_path):
    missing = "raise ModuleNotFoundError('No module named matplotlib', name='matplotlib')"
    (tmp_path / "matplotlib.py").write_text(missing)
    paths = os.pathsep.join(map(str, (tmp_path, ROOT / "src")))
    done = subprocess.run(
        [sys.executable, EXAMPLES / "linear_regression.py", "--out", tmp_path / "out"],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "pip install matplotlib" in done.stderr
    assert "Traceback" not in done.stderr


def test_progress_counts_epochs(capsys):
    options = Namespace(epochs=2, batch_size=1)
    with training.Progress(options, 2) as progress:
        for cost in (4.0, 2.0):
            progress.step(cost)
        progress.end_epoch("learnt something")
    assert (progress.n_epochs, progress.interrupted) == (1, False)
    printed = capsys.readouterr()
    assert printed.out == "learnt something\n"
    assert re.fullmatch(r"epoch 1/2: 2 steps in \d\.\d s, mean cost 3\.0000\n", printed.err)
