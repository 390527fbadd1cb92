"""``theano port``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from theano.running.porting import PortedFile, port_file, port_folder, write_atomically
from theano.running.reading import ProgramError


def add_port_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``theano port`` takes to a parser."""
    parser.epilog = (
        "Without -o and --diff, a file's new text goes to the standard output. What was changed, "
        "and what a person should look at, goes to the standard error stream."
    )
    parser.add_argument("path", metavar="FILE|FOLDER", type=Path)
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, help="a file, or a folder")
    parser.add_argument("--diff", action="store_true", help="show the changes")
    parser.add_argument("--python", type=int, choices=(2, 3), help="what the program is written in")


def port_command(options: argparse.Namespace) -> int:
    """Port a file or a folder; return 0, or 2 if something is not Python."""
    folder = options.path.is_dir()
    if folder and options.output is None and not options.diff:
        sys.stderr.write(
            f"theano port: {options.path} is a folder\n"
            f"  fix: theano port {options.path} -o OUT, or --diff\n"
        )
        return 2
    status = 0
    n_files = 0
    for done in whole_folder(options) if folder else one_file(options):
        n_files += 1
        if isinstance(done, ProgramError):
            sys.stderr.write(f"theano port: {done}\n")
            status = 2
            continue
        if options.diff:
            sys.stdout.write(done.ported.diff(str(done.name)))
        if options.output is not None:
            target = destination(options.output, done, folder)
            if target.exists() and target.resolve() == done.path.resolve():
                sys.stderr.write(
                    f"theano port: {target} is the program itself, and stays as it is\n"
                )
                return 2
            write_atomically(target, done.ported.text)
        elif not options.diff:
            sys.stdout.write(done.ported.text)
        sys.stdout.flush()
        sys.stderr.write(done.summary() + "\n")
    if not n_files:
        sys.stderr.write(f"theano port: {options.path}: this folder has no .py or .ipynb\n")
        return 2
    return status


def whole_folder(options: argparse.Namespace) -> Iterator[PortedFile | ProgramError]:
    """Port a folder."""
    return port_folder(options.path, options.python, options.output)


def one_file(options: argparse.Namespace) -> list[PortedFile | ProgramError]:
    """Port one file."""
    try:
        return [port_file(options.path, python=options.python)]
    except ProgramError as error:
        return [error]


def destination(output: Path, done: PortedFile, folder: bool) -> Path:
    """Return the file to write."""
    if folder or output.is_dir():
        return output / done.name
    return output
