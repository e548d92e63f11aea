"""What has a meaning to a database is only text to ours (T54)."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from app.edge.strict import query_names
from tests.edge.sweep import READING, Asked
from tests.makers import a_company, a_group, a_person, bearer

META = [
    "'", "''; DROP TABLE accounts; --", '"', "\\", "%", "_", "%%%", "a\\", ":* & | ! <->", "a:*",
    "(((", "a & !b <-> c", "$1", "%(q)s", "{0}", "/*", "; SELECT pg_sleep(9)", "\u0660", "''''",
]  # fmt: skip


def chances(number: int) -> Iterator[tuple[str, Asked]]:
    """Parameters and where to give them one of the values: that of words everywhere.

    A name that many lists know gets every value, each at another list; and every list gets some
    value for each of its names.
    """
    lists = defaultdict(list)
    for asked in READING:
        for name in query_names(asked.route):
            lists[name].append(asked)
    for name, routes in lists.items():
        if name == "q":
            yield from ((name, asked) for asked in routes)
        else:
            yield name, routes[number % len(routes)]
            yield from ((name, asked) for asked in routes[number :: len(META)])


@pytest.mark.parametrize("value", META)
async def test_no_parameter_reaches_the_language_of_the_database_t54(session, client, value):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    for name, asked in chances(META.index(value)):
        credentials = headers if asked.at_api else {}
        answer = await client.get(asked.path, params={name: value}, headers=credentials)
        assert answer.status_code < 500, (asked, name, answer.text[:300])


@pytest.mark.parametrize("value", ["%", "_", "%%", "___", "\\", "*", ".*", ":*"])
async def test_a_wildcard_stands_for_nothing_t54(session, client, value):
    person = await a_person(session)
    await a_company(session, owner=person)
    await a_group(session, person)
    await session.commit()
    for path in ("/api/v1/companies", "/api/v1/groups", "/api/v1/people"):
        everything = (await client.get(path)).json()
        assert everything["items"], path
        alone = await client.get(path, params={"q": value})
        assert alone.status_code == 422 or alone.json() in ([], everything), path
        for unknown in (f"zzqq{value}", f"{value}zzqq", f"zz{value}qq"):
            answer = await client.get(path, params={"q": unknown})
            assert answer.json().get("items", []) == [], (path, unknown)
