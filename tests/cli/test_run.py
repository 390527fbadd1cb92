"""``theano run`` as a command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import theano
from theano.cli.main import main

SOURCE = Path(theano.__file__).parents[1]


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "theano", "run", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


def test_arguments(tmp_path, capsys):
    program = tmp_path / "main.py"
    program.write_text("import sys, load\nprint load.x, sys.argv[1:]\n")
    other = tmp_path / "other.py"
    other.write_text("x = 7 / 2\n")
    given = ["run", str(program), "-v", "--provide", f"load={other}", "a", "--", "--provide", "b"]
    assert main(given) == 0
    assert capsys.readouterr().out == "3 ['-v', 'a', '--provide', 'b']\n"
    assert main(["run", "--verbose", f"--provide=load={other}", str(program)]) == 0
    caught = capsys.readouterr()
    assert caught.out == "3 []\n"
    assert "main.py: converted from Python 2 (line 2: " in caught.err
    assert main(["run", "--python", "3", str(program)]) == 2


@pytest.mark.parametrize("wrong", [["--provide", "load"], ["--provide", "1x=a.py"]])
def test_wrong_provisions(wrong, capsys):
    with pytest.raises(SystemExit) as info:
        main(["run", *wrong, "main.py"])
    assert info.value.code == 2
    assert main(["run", "main.py", *wrong]) == 2
    assert "is not NAME=FILE" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_an_endless_program_can_be_interrupted(tmp_path):
    (tmp_path / "main.py").write_text("print 'on'\nopen('started', 'w').close()\nwhile 1: pass\n")
    process = start("main.py", folder=tmp_path)
    deadline = time.monotonic() + 60
    while process.poll() is None and not (tmp_path / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # Python may drop one that comes while it cleans up.
    while process.poll() is None and time.monotonic() < deadline:
        process.send_signal(signal.SIGINT)
        time.sleep(2)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert out == "on\n"
    assert err.endswith("KeyboardInterrupt\n")
    assert 'File "main.py", line 3' in err


def test_an_old_pickle_in_a_program_of_its_time(tmp_path, capsys):
    pickled = Path(__file__).parents[1] / "data" / "pickles" / "cuda.python2.pkl"
    program = tmp_path / "show.py"
    program.write_text(
        "import cPickle, sys\n"
        "with open(sys.argv[1]) as f:\n"
        "    found = cPickle.load(f)\n"
        "print found['shared'].name, found['shared'].get_value().shape\n"
        "sys.exit(7)\n"
    )
    assert main(["run", str(program), str(pickled)]) == 7
    assert capsys.readouterr().out == "W (2, 3)\n"


@pytest.mark.skipif(os.name == "nt", reason="folders are closed otherwise there")
def test_a_home_that_cannot_be_written(tmp_path):
    (tmp_path / "main.py").write_text("print 7 / 2\n")
    (tmp_path / "home").touch()
    (tmp_path / "temporary").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "theano", "run", "main.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("XDG_")},
            "PYTHONPATH": str(SOURCE),
            "HOME": str(tmp_path / "home"),
            "TMPDIR": str(tmp_path / "temporary"),
        },
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_without_a_file_it_says_what_is_missing(capsys):
    with pytest.raises(SystemExit) as ending:
        main(["run"])
    assert ending.value.code == 2
    assert "the following arguments are required: FILE\n" in capsys.readouterr().err


def test_a_package_with_another_name_than_its_module(tmp_path, capsys):
    program = tmp_path / "p.py"
    program.write_text("import skimage\n")
    assert main(["run", str(program)]) == 2
    assert "pip install scikit-image" in capsys.readouterr().err
