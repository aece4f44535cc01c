"""The reference of the command line, from the commands themselves.

Belongs here: the page. Does not belong here: the commands (see `finplatform.cli`), which hand their
tree in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """An argument or option of a command.

    Attributes:
        names: How it is written.
        text: What it is for.
        default: Its value when it is left out, where there is one.
        is_required: Whether it must be given.
    """

    names: str
    text: str
    default: str | None
    is_required: bool


@dataclass(frozen=True)
class Command:
    """A command that does something.

    Attributes:
        name: All its words.
        text: What it does.
        parameters: Its arguments and options.
    """

    name: str
    text: str
    parameters: Sequence[Parameter]


_HEAD = (
    "# Commands",
    "",
    "Written by `finplatform docs` from the commands themselves. What they are used for, step by",
    "step, is in the [user manual](user_manual.md) and the [runbook](runbook.md). `--json` prints",
    "data for programs; an error includes a remedy, and the command exits with 1.",
)


def commands_page(commands: Sequence[Command]) -> str:
    """The page of all commands.

    Args:
        commands: The commands, in the order in which they are listed.
    """
    return "\n".join(_lines(commands)) + "\n"


def _lines(commands: Sequence[Command]) -> Iterator[str]:
    yield from _HEAD
    for command in commands:
        yield ""
        yield f"## `finplatform {command.name}`"
        yield ""
        yield command.text
        if command.parameters:
            yield ""
            yield "| | is | default |"
            yield "|---|---|---|"
        for one in command.parameters:
            default = (
                "must be given" if one.is_required else f"`{one.default}`" if one.default else ""
            )
            yield f"| `{one.names}` | {one.text.replace('|', chr(92) + '|')} | {default} |"
