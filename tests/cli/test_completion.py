"""``theano completion``."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from theano.cli.completion import SHELLS, commands_of, completion_script
from theano.cli.main import build_parser, main

PARSER = build_parser()
COMPLETE = """
{script}
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_theano
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def test_the_script_is_for_the_parser_that_is(capsys):
    assert main(["completion", "bash"]) == 0
    out = capsys.readouterr().out
    assert out.strip() == completion_script(PARSER, "bash").strip()


@pytest.mark.skipif(shutil.which("bash") is None, reason="runs the script in bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["theano", "de"], {"devices"}),
        (["theano", "c"], {"cache", "check", "completion"}),
        (["theano", "run", "--p"], {"--provide", "--python"}),
        (["theano", "run", "--python", ""], {"2", "3"}),
        (["theano", "run", "tuto"], {"tutorial.md"}),
        (["theano", "port", "-o", ""], {"tutorial.md", "train.py"}),
        (["theano", "cache", ""], {"size", "list", "clear", "purge"}),
        (["theano", "info", ""], {""}),
        (["theano", "completion", "z"], {"zsh"}),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_bash(tmp_path, words, expected):
    for name in ("tutorial.md", "train.py"):
        (tmp_path / name).touch()
    quoted = " ".join(f"'{word}'" for word in words)
    program = COMPLETE.format(script=completion_script(PARSER, "bash"), words=quoted)
    ran = subprocess.run(["bash"], input=program, capture_output=True, text=True, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert set(ran.stdout.removesuffix("\n").split("\n")) == expected


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_is_in_every_script(shell):
    script = completion_script(PARSER, shell)
    for name, command in commands_of(PARSER).items():
        assert command.help
        lines = [line for line in script.splitlines() if name in line]
        for option in command.options:
            written = option
            if shell == "fish":
                written = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
            assert any(written in line for line in lines), (name, option)
        for word in command.words:
            assert any(word in line for line in lines), (name, word)


def test_another_shell_is_an_error(capsys):
    with pytest.raises(SystemExit) as ending:
        main(["completion", "tcsh"])
    assert ending.value.code == 2
    assert "choose from" in capsys.readouterr().err
