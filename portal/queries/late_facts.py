"""What was learnt late, as a correction names it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """A fact learnt late, e.g. noun ``import`` and number 12."""

    noun: str
    number: str

    @classmethod
    def of(cls, subject: str) -> Cause:
        """Take a subject apart: ``import/12``."""
        noun, _, number = subject.partition("/")
        return cls(noun, number)
