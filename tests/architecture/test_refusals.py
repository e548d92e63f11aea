"""Every way to be refused has a code of its own, a status, and a text."""

from collections import Counter
from collections.abc import Iterator

from app.core.errors import Refusal
from app.edge.refusals import status_of
from app.main import create_app
from app.runtime import load_features


def every_refusal() -> list[type[Refusal]]:
    load_features()
    create_app()

    def below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return [kind for kind in set(below(Refusal)) if kind.__module__.startswith("app.")]


def test_every_refusal_has_a_code_of_its_own():
    codes = Counter(kind.code for kind in every_refusal())
    assert [code for code, times in codes.items() if times > 1] == []


def test_every_refusal_becomes_a_status():
    statuses = {kind: status_of(kind.__new__(kind)) for kind in every_refusal()}
    assert set(statuses.values()) <= {400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422} | {
        429,
        500,
        503,
    }


def test_every_refusal_says_why_in_german():
    for kind in every_refusal():
        assert kind.text.endswith((".", ".)")), kind
        assert "!" not in kind.text
