"""``theano run``."""

from __future__ import annotations

import argparse
import sys

from theano.running.program import run_program

EPILOGUE = """\
Python 2 is converted in memory, names that NumPy and the standard library removed are there, and
modules beside the program are treated likewise. Nothing on the disk changes. --provide may also
stand after FILE; what follows -- is the program's own, whatever it looks like.
Exit status: the program's own; 1 after an exception, 2 if the program cannot be read or lacks a
module, 130 if it is interrupted."""


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``theano run`` takes to a parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOGUE
    parser.add_argument(
        "--provide",
        action="append",
        default=[],
        metavar="NAME=FILE",
        type=provision,
        help="take the module NAME from FILE; may be given several times",
    )
    parser.add_argument(
        "--python",
        type=int,
        choices=(2, 3),
        help="what the program is written in (default: found out by trying)",
    )
    parser.add_argument(
        "--verbose", action="store_true", help="say which files are converted, and why"
    )
    parser.add_argument(
        "file", metavar="FILE", help="a .py or .ipynb, or a document with Python in it; - reads one"
    )
    rest = parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="ARGS", help="for the program"
    )
    # Python 3.11 says that they are missing where FILE is.
    rest.required = False


def provision(text: str) -> tuple[str, str]:
    """Split ``NAME=FILE``."""
    name, equals, file = text.partition("=")
    if not equals or not file or not all(part.isidentifier() for part in name.split(".")):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FILE, such as load=PATH/TO/load.py")
    return name, file


def split_arguments(rest: list[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Take ``--provide`` out of what stands after FILE, as far as ``--``."""
    own: list[str] = []
    provided: list[tuple[str, str]] = []
    waiting = list(rest)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            own += waiting
            break
        if word == "--provide" and waiting:
            provided.append(provision(waiting.pop(0)))
        elif word.startswith("--provide="):
            provided.append(provision(word.partition("=")[2]))
        else:
            own.append(word)
    return own, provided


def run_command(options: argparse.Namespace) -> int:
    """Run a program and return its exit status."""
    try:
        arguments, provided = split_arguments(options.arguments)
    except argparse.ArgumentTypeError as error:
        sys.stderr.write(f"theano run: argument --provide: {error}\n")
        return 2
    return run_program(
        options.file,
        arguments,
        provide=dict([*options.provide, *provided]),
        python=options.python,
        report=note if options.verbose else None,
    )


def note(text: str) -> None:
    """Write a line about a conversion."""
    sys.stderr.write(f"theano run: {text}\n")
