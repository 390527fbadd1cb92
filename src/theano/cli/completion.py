"""``theano completion``: scripts by which a shell completes the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

SHELLS = ("bash", "zsh", "fish")
HOW = {
    "bash": 'eval "$(theano completion bash)"  in ~/.bashrc',
    "zsh": 'eval "$(theano completion zsh)"  in ~/.zshrc, after compinit',
    "fish": "theano completion fish > ~/.config/fish/completions/theano.fish",
}


@dataclass(frozen=True)
class Command:
    """What can follow a command.

    Attributes
    ----------
    help : str
    options : dict
        From each option to what it does.
    words : tuple of str
        Words that may stand by themselves.
    files : bool
        Whether files may.
    values : dict
        From options to the words that may follow them; to none where anything may.
    """

    help: str
    options: Mapping[str, str]
    words: tuple[str, ...]
    files: bool
    values: Mapping[str, tuple[str, ...]]


def add_completion_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``theano completion`` takes to a parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "Put into the settings of the shell:\n" + "\n".join(
        f"  {shell + ':':<6}{how}" for shell, how in HOW.items()
    )
    parser.add_argument("shell", choices=SHELLS)


def commands_of(parser: argparse.ArgumentParser) -> dict[str, Command]:
    """Return the commands of a parser, as it reads them."""
    (subparsers,) = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    helps = {choice.dest: choice.help or "" for choice in subparsers._choices_actions}
    found = {}
    for name, command in subparsers.choices.items():
        options: dict[str, str] = {}
        values: dict[str, tuple[str, ...]] = {}
        words: list[str] = []
        files = False
        for action in command._actions:
            choices = tuple(map(str, action.choices or ()))
            if not action.option_strings:
                words.extend(choices)
                files = files or not choices
            for option in action.option_strings:
                options[option] = action.help or ""
                if action.nargs != 0:
                    values[option] = choices
        found[name] = Command(helps[name], options, tuple(words), files, values)
    return found


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script for a shell, one of ``SHELLS``."""
    return SCRIPTS[shell](commands_of(parser))


def bash(commands: Mapping[str, Command]) -> str:
    """Return the script for bash."""
    cases = []
    for name, command in commands.items():
        for option, values in command.values.items():
            listed = " ".join(values)
            reply = f'COMPREPLY=($(compgen -W "{listed}" -- "$word"))' if values else FILES
            cases.append(f"    {name}:{option}) {reply}; return ;;")
    words = "\n".join(
        f'    {name}) options="{" ".join(command.options)}" words="{" ".join(command.words)}" '
        f"files={int(command.files)} ;;"
        for name, command in commands.items()
    )
    return f"""_theano() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" options="" words="" files=0
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{" ".join(commands)} --help" -- "$word"))
    return
  fi
  case "${{COMP_WORDS[1]}}:${{COMP_WORDS[COMP_CWORD-1]}}" in
{chr(10).join(cases)}
  esac
  case "${{COMP_WORDS[1]}}" in
{words}
  esac
  if [[ "$word" == -* ]]; then words="$options" files=0; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ "$files" -eq 1 ]; then COMPREPLY+=($(compgen -f -- "$word")); fi
}}
complete -o filenames -F _theano theano"""


FILES = 'COMPREPLY=($(compgen -f -- "$word"))'


def zsh(commands: Mapping[str, Command]) -> str:
    """Return the script for zsh."""
    listed = " ".join(quoted(f"{name}:{command.help}") for name, command in commands.items())
    cases = []
    for name, command in commands.items():
        specs = []
        for option, text in command.options.items():
            values = command.values.get(option)
            after = "" if values is None else f":value:({' '.join(values)})"
            after = ":value:_files" if values == () else after
            specs.append(quoted(f"{option}[{escaped(text)}]{after}"))
        if command.words or command.files:
            plain = "_files" if command.files else f"({' '.join(command.words)})"
            specs.append(quoted(f"*:argument:{plain}"))
        cases.append(f"    {name}) _arguments {' '.join(specs)} ;;")
    return f"""_theano() {{
  local -a commands=({listed})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command="$words[2]"
  shift words; (( CURRENT-- ))
  case "$command" in
{chr(10).join(cases)}
  esac
}}
compdef _theano theano"""


def fish(commands: Mapping[str, Command]) -> str:
    """Return the script for fish."""
    lines = []
    for name, command in commands.items():
        lines.append(
            f"complete -c theano -n __fish_use_subcommand -f -a {name} -d {quoted(command.help)}"
        )
        within = f"complete -c theano -n '__fish_seen_subcommand_from {name}'"
        for option, text in command.options.items():
            kind = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
            values = command.values.get(option)
            takes = "" if values is None else " -r"
            takes = f" -x -a '{' '.join(values)}'" if values else takes
            lines.append(f"{within} {kind}{takes} -d {quoted(text)}")
        if not command.files:
            lines.append(f"{within} -f -a '{' '.join(command.words)}'")
    return "\n".join(lines)


SCRIPTS: dict[str, Callable[[Mapping[str, Command]], str]] = {
    "bash": bash,
    "zsh": zsh,
    "fish": fish,
}


def quoted(text: str) -> str:
    """Return a text in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def escaped(text: str) -> str:
    """Return a text as it may stand between brackets for zsh."""
    return text.replace("[", "(").replace("]", ")").replace(":", " -")
