"""What is measured: pages and JSON that people and programs ask for most."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import psycopg

from bench.regions import session_secret

_MOST: Final = 100  # different things that one target asks for
_PLACE: Final = "Hattingen"
_ANSWER: Final = (
    "Bei uns hat sich bewährt, **früh** mit der Kammer zu sprechen. Die Unterlagen schicken wir "
    "Ihnen gern zu.\n\n- Antrag stellen\n- Termin in Hattingen\n- Nachweis aufheben"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; ``header`` is how its sender is known."""

    path: str
    method: str = "GET"
    header: str | None = None
    body: str | None = None

    @property
    def line(self) -> tuple[str, str, str, str]:
        """The request as ``send.lua`` reads it."""
        return self.method, self.path, self.header or "-", self.body or "-"

    @property
    def headers(self) -> dict[str, str]:
        """The header as a client of Python takes it."""
        if self.header is None:
            return {}
        name, _, value = self.header.partition(": ")
        return {name.lower(): value}


@dataclass(frozen=True, slots=True)
class Target:
    """Something that is measured under one name: like requests for different things."""

    name: str
    signed_in: bool
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    group: tuple[str, str]  # id and slug of the largest group
    groups: list[tuple[str, str]]
    posts: list[str]
    answerable: list[tuple[str, int]]  # posts, and numbers of members with a session
    companies: list[tuple[str, str]]


def bare_target(dsn: str) -> Target:
    """Return the endpoint with which everything is compared, asking for the largest group."""
    with psycopg.connect(dsn) as connection:
        group, _ = _chosen(connection).group
    return Target("bare FastAPI endpoint, one query", False, (Ask(f"/groups/{group}/posts"),))  # noqa: FBT003


def targets_in(dsn: str) -> list[Target]:
    """Return what is measured on the region at ``dsn``; what writes comes last."""
    with psycopg.connect(dsn) as connection:
        chosen = _chosen(connection)
    _, slug = chosen.group
    pages = {
        "start page": ["/"],
        "group page, largest group": [f"/groups/{slug}"],
        "group pages": [f"/groups/{slug}" for _, slug in chosen.groups],
        "post pages": [f"/posts/{id_}" for id_ in chosen.posts],
        "group directory": ["/groups"],
        "company directory": ["/companies"],
        "company directory, around a town": [f"/companies?place={_PLACE}&radius_km=10"],
        "company directory, by a word": ["/companies?q=meier"],
        "company pages": [f"/companies/{slug}" for _, slug in chosen.companies],
    }
    group, _ = chosen.group
    api = {
        "group": [f"/groups/{id_}" for id_, _ in chosen.groups],
        "posts of the largest group": [f"/groups/{group}/posts"],
        "post": [f"/posts/{id_}" for id_ in chosen.posts],
        "replies of a post": [f"/posts/{id_}/replies" for id_ in chosen.posts],
        "companies": ["/companies"],
        "companies around a town": [f"/companies?place={_PLACE}&radius_km=10"],
        "company": [f"/companies/{id_}" for id_, _ in chosen.companies],
    }
    found = []
    for signed_in in (False, True):
        found += [
            _target(f"page: {name}", paths, "cookie: sid={}", signed_in=signed_in)
            for name, paths in pages.items()
        ]
        found += [
            _target(
                f"JSON: {name}",
                [f"/api/v1{path}" for path in paths],
                "authorization: Bearer {}",
                signed_in=signed_in,
            )
            for name, paths in api.items()
        ]
    return [*found, _answering(chosen.answerable)]


def _target(name: str, paths: Sequence[str], header: str, *, signed_in: bool) -> Target:
    asks = [
        Ask(
            paths[turn % len(paths)],
            header=header.format(session_secret(turn)) if signed_in else None,
        )
        for turn in range(max(len(paths), _MOST if signed_in else 1))
    ]
    return Target(name, signed_in, tuple(asks))


def _answering(posts: Sequence[tuple[str, int]]) -> Target:
    body = json.dumps({"body": _ANSWER})
    asks = tuple(
        Ask(
            f"/api/v1/posts/{id_}/replies",
            "POST",
            f"authorization: Bearer {session_secret(person)}",
            body,
        )
        for id_, person in posts
    )
    return Target("JSON: posting a reply", True, asks)  # noqa: FBT003


def _chosen(connection: psycopg.Connection) -> _Chosen:
    def rows(query: str, **given: int) -> list[tuple[str, ...]]:
        return connection.execute(query.encode(), {"most": _MOST, **given}).fetchall()

    largest = (
        "SELECT g.id::text, g.slug FROM groups g JOIN memberships m ON m.group_id = g.id "
        "WHERE g.admission <> 'hidden' GROUP BY g.id ORDER BY count(*) DESC, g.id LIMIT %(most)s"
    )
    groups = [(id_, slug) for id_, slug in rows(largest)]
    discussed = (
        "SELECT p.id::text FROM posts p LEFT JOIN groups g ON g.id = p.group_id "
        "WHERE p.status = 'active' AND (g.id IS NULL OR g.admission = 'open') AND "
        "(SELECT count(*) FROM replies r WHERE r.post_id = p.id) BETWEEN 3 AND 12 "
        "ORDER BY p.id DESC LIMIT %(most)s"
    )
    answerable = (
        "SELECT DISTINCT ON (p.id) p.id::text, split_part(split_part(a.email, '-', 2), '@', 1)::int"
        " FROM posts p JOIN groups g ON g.id = p.group_id JOIN memberships m ON m.group_id = g.id "
        "JOIN people w ON w.id = m.person_id JOIN accounts a ON a.id = w.account_id "
        "JOIN sessions s ON s.account_id = a.id "
        "WHERE p.status = 'active' AND g.admission = 'open' AND m.standing = 'member' "
        "ORDER BY p.id DESC, md5(a.email) LIMIT %(most)s"
    )
    companies = (
        "SELECT id::text, slug FROM companies WHERE state = 'active' ORDER BY id LIMIT %(most)s"
    )
    return _Chosen(
        group=groups[0],
        groups=groups,
        posts=[id_ for (id_,) in rows(discussed)],
        answerable=[(id_, int(person)) for id_, person in rows(answerable)],
        companies=[(id_, slug) for id_, slug in rows(companies)],
    )
