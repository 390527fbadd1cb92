"""Another distribution of a package ``theano`` beside this one."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import theano
from theano.legacy.other_theanos import warn_of_others


@pytest.mark.parametrize(
    ("name", "project"),
    [
        ("Theano-1.0.5.dist-info", "Theano"),
        ("theano-1.0.5.dist-info", "theano"),
        ("Theano-0.8.2-py2.7.egg-info", "Theano"),
        ("Theano_PyMC-1.1.2.dist-info", "Theano-PyMC"),
        ("theano_pymc-1.1.2.dist-info", "theano-pymc"),
    ],
)
def test_it_is_named_with_the_command_that_mends_it(tmp_path, name, project):
    (tmp_path / name).mkdir()
    with pytest.warns(UserWarning, match="overwrites files of the other") as caught:
        warn_of_others(tmp_path)
    assert f"pip uninstall -y {project} && pip install --force" in str(caught[0].message)


def test_others_are_none_of_our_business(tmp_path):
    for name in (
        *("theano_xla-0.1.0.dist-info", "theano_lstm-0.0.15.dist-info", "pytensor-2.dist-info"),
        *("theanets-0.7.dist-info", "theano", "Theano-1.0.5.txt", "aesara-2.dist-info"),
    ):
        (tmp_path / name).mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_others(tmp_path)
        warn_of_others(tmp_path / "nowhere")
        warn_of_others(Path(theano.__file__).parents[1])
