"""Draw the README's tables and diagrams from the code, so that they cannot drift apart."""

from __future__ import annotations

import re
from pathlib import Path

import click

from models.rules.permissions import GRANTS, REACH, Permission, Role
from models.rules.workflows import WORKFLOWS, Workflow

ROOT = Path(__file__).parent.parent.parent
FILES = ("README.md", "README.zh-CN.md")
_BLOCK = re.compile(r"(<!-- drawn:(?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def permissions_table() -> str:
    """Return roles × permissions as a Markdown table, with each role's reach as its first row."""
    roles = list(Role)
    lines = [
        "| | " + " | ".join(role.value for role in roles) + " |",
        "|---|" + ":-:|" * len(roles),
        "| *sees borrowers of* | " + " | ".join(REACH[role].value.replace("_", " ") for role in roles) + " |",
    ]
    for permission in Permission:
        marks = ("●" if permission in GRANTS[role] else "" for role in roles)
        lines.append(f"| `{permission.value}` | " + " | ".join(marks) + " |")
    return "\n".join(lines)


def diagram(workflow: Workflow) -> str:
    """Return a state machine as a Mermaid state diagram; arrows nobody but the portal takes say so."""
    lines = ["```mermaid", "stateDiagram-v2", f"  [*] --> {workflow.start}"]
    for (origin, step), move in workflow.moves.items():
        who = move.permission.value.replace(":", " ") if move.permission else "the portal"
        lines.append(f"  {origin} --> {move.to}: {step} ({who})")
    lines += [f"  {state} --> [*]" for state in workflow.states if state in workflow.final]
    return "\n".join([*lines, "```"])


def draw(text: str) -> str:
    """Return a README with its marked blocks drawn anew.

    Raises:
        KeyError: a block nobody draws.

    """
    blocks = {"permissions": permissions_table(), **{f"workflow-{one.name}": diagram(one) for one in WORKFLOWS}}
    return _BLOCK.sub(lambda found: f"{found[1]}\n{blocks[found['name']]}\n\n{found[3]}", text)


@click.command()
def readme() -> None:
    """Draw the marked blocks of the READMEs anew."""
    for name in FILES:
        path = ROOT / name
        path.write_text(draw(path.read_text(encoding="utf-8")), encoding="utf-8")


COMMANDS = (readme,)
