"""The commands of the platform as data, for the document that lists them.

Belongs here: walking the tree that Typer makes. Does not belong here: the page (see
`finplatform.documentation.commands`).
"""

from collections.abc import Iterator
from typing import Any

import typer

from finplatform.documentation.commands import Command, Parameter


def all_commands() -> list[Command]:
    """Every command, by name."""
    from finplatform.cli.app import app

    return sorted(_walk(typer.main.get_command(app), ()), key=lambda one: one.name)


def _walk(node: Any, words: tuple[str, ...]) -> Iterator[Command]:
    children = getattr(node, "commands", {})
    if node.callback is not None and words and (not children or node.invoke_without_command):
        parameters = [_parameter(one) for one in node.params if one.name != "help"]
        yield Command(" ".join(words), (node.help or "").split("\n\n")[0].strip(), parameters)
    for name, child in children.items():
        yield from _walk(child, (*words, name))


def _parameter(one: Any) -> Parameter:
    is_option = one.param_type_name == "option"
    names = ", ".join([*one.opts, *one.secondary_opts]) if is_option else str(one.name).upper()
    is_plain = isinstance(one.default, str | int | float) and not isinstance(one.default, bool)
    default = str(one.default) if is_plain and one.default != "" else None
    return Parameter(names, " ".join((one.help or "").split()), default, bool(one.required))
