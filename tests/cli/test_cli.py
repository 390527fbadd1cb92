"""The command ``theano``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import theano
from theano import config
from theano.cli.cache import main as cache_main
from theano.cli.main import main
from theano.runtime.cache import ExecutableCache

SOURCE = Path(theano.__file__).parents[1]


def command(*arguments, **flags):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "theano", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONWARNINGS": "ignore", **flags},
    )


def test_devices(capsys):
    assert main(["devices"]) == 0
    *rows, advice = capsys.readouterr().out.splitlines()
    assert any(row.startswith("* cpu ") for row in rows)
    assert "THEANO_FLAGS=device=" in advice


def test_versions(capsys):
    assert main(["info"]) == 0
    out = capsys.readouterr().out
    versions = dict(line.split() for line in out.split("\n\n")[0].splitlines())
    assert versions["theano-xla"] == theano.__release__
    assert versions["jax"] == jax.__version__
    assert versions["numpy"] == np.__version__
    assert versions["python"] == ".".join(map(str, sys.version_info[:3]))


def test_flags(capsys, monkeypatch, tmp_path):
    own = ExecutableCache(tmp_path / "executables")
    monkeypatch.setattr("theano.cli.cache.executable_cache", lambda: own)
    main(["info"])
    out = capsys.readouterr().out
    assert "floatX" not in out
    assert "unittests.rseed" not in out
    assert out.endswith(f"executables kept on disk\n  {own.folder}: 0 executables, 0.0 MiB\n")
    config.floatX = "float32"
    main(["info"])
    assert "  floatX = 'float32'" in capsys.readouterr().out
    main(["info", "--all"])
    out = capsys.readouterr().out
    assert "  blas.ldflags = " in out
    assert len(out.splitlines()) > 100


@pytest.mark.parametrize("arguments", [[], ["bogus"], ["info", "--bogus"], ["devices", "extra"]])
def test_a_wrong_command_line(arguments, capsys):
    with pytest.raises(SystemExit) as info:
        main(arguments)
    assert info.value.code == 2
    assert "usage: theano" in capsys.readouterr().err


def test_the_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"theano-xla {theano.__release__}\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_a_reader_that_stops():
    process = subprocess.Popen(
        [sys.executable, "-m", "theano", "devices"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    process.stdout.close()
    assert process.wait() == 141
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("arguments", [["--help"], ["info", "--help"]])
def test_help(arguments, capsys):
    with pytest.raises(SystemExit) as info:
        main(arguments)
    assert info.value.code == 0
    assert "usage: theano" in capsys.readouterr().out


def test_as_a_process():
    done = command("info", THEANO_FLAGS="floatX=float32")
    assert done.returncode == 0, done.stderr
    assert "  floatX = 'float32'" in done.stdout
    assert command("bogus").returncode == 2


def test_the_cache(monkeypatch, tmp_path, capsys):
    own = ExecutableCache(tmp_path / "executables")
    monkeypatch.setattr("theano.cli.cache.executable_cache", lambda: own)

    def said(main, *arguments):
        assert main(arguments) == 0
        return capsys.readouterr().out.splitlines()

    assert said(main, "cache") == [f"{own.folder}: 0 executables, 0.0 MiB"]
    own.put("cpu-1", bytes(2**20))
    own.put("cpu-2", bytes(2**19))
    os.utime(own.folder / "cpu-1.executable", (0, 0))
    assert said(main, "cache") == [f"{own.folder}: 2 executables, 1.5 MiB"]
    *listed, total = said(main, "cache", "list")
    assert [line.split()[2:] for line in listed] == [
        ["512", "KiB", "cpu-2"],
        ["1024", "KiB", "cpu-1"],
    ]
    assert total == f"{own.folder}: 2 executables, 1.5 MiB"
    assert said(cache_main, "clear")[0].startswith("deleted from")
    assert said(cache_main) == [f"{own.folder}: 0 executables, 0.0 MiB"]
