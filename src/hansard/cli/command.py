"""What the table of commands says of each."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Command:
    """One command, loaded when it is used."""

    help: str
    target: str = ""
    """`module:function` under `hansard.cli`; empty for a command that only has others below it."""
    examples: tuple[str, ...] = ()
    below: dict[str, "Command"] = field(default_factory=dict)
