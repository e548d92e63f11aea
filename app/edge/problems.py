"""The catalogue of refusals: every way in which a request can be declined, for developers."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.errors import Refusal
from app.edge.refusals import status_of


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal; ``text`` is German."""

    code: str
    status: int
    text: str
    meaning: str


def kinds(of: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Yield every kind of refusal that the platform knows, but for their common root."""
    for kind in of.__subclasses__():
        if kind.__module__.startswith("app."):
            yield kind
            yield from kinds(kind)


def problems() -> list[Problem]:
    """Return the catalogue, by status and code; it is complete once all features are loaded."""
    found = {
        kind.code: Problem(kind.code, status_of(kind), kind.text, _meaning(kind))
        for kind in kinds()
    }
    return sorted(found.values(), key=lambda one: (one.status, one.code))


def _meaning(kind: type[Refusal]) -> str:
    own = kind.__dict__.get("__doc__") or ""
    return own.strip().split("\n\n")[0].replace("\n    ", " ").replace("``", "")
