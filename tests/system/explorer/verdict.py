"""What came of a run, and of all of them: figures, and each promise that was broken with the plan that broke it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# In the order of the promises (DESIGN §3); all but the figures must be none.
BROKEN = (
    "lost",
    "not the same to the letter",
    "dangling pointer",
    "object written anew",
    "validators ahead",
    "gap not told",
    "flood not told",
    "announced twice as new",
    "revisions out of order",
    "another feed harmed",
    "not committed under entries/",
    "stored twice",
    "outbox not empty",
    "does not agree",
    "highest revision is not the last version",
    "asked too soon",
    "asked too often",
    "died",
)
FIGURES = (
    *("plans", "polls", "calls", "faults", "events", "repeats", "conflicts", "swept", "released", "reconciled"),
    *("last writer went stale", "left staged"),
)


@dataclass
class Verdict:
    """`figures` by name; `broken` promises by name, how often; `examples` of each, the shortest plan in words."""

    figures: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, figures: Counter[str], broken: list[tuple[str, str]], plan: str) -> None:
        """One run more: `broken` are pairs of promise and detail."""
        self.figures += figures
        self.figures["plans"] += 1
        for promise, detail in broken:
            self.broken[promise] += 1
            told = f"{plan}\n        {detail}"
            if promise not in self.examples or len(told) < len(self.examples[promise]):
                self.examples[promise] = told

    def __add__(self, other: Verdict) -> Verdict:
        both = Verdict(self.figures + other.figures, self.broken + other.broken, dict(other.examples))
        both.examples.update(self.examples)
        return both

    @property
    def kept(self) -> bool:
        """Whether every promise was kept in every run."""
        return not self.broken

    def __str__(self) -> str:
        figures = [f"{self.figures[name]:>10,}  {name}" for name in FIGURES]
        broken = [f"{self.broken[name]:>10,}  {name}" for name in BROKEN]
        examples = [f"  {name}: {told}" for name, told in self.examples.items()]
        return "\n".join([*figures, *broken, *examples])
