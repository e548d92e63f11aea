"""What has a meaning to a database is only text to ours (T54)."""

import pytest

from app.edge.strict import query_names
from tests.edge.sweep import READING
from tests.makers import a_company, a_group, a_person, bearer

META = [
    "'", "''; DROP TABLE accounts; --", '"', "\\", "%", "_", "%%%", "a\\", ":* & | ! <->", "a:*",
    "(((", "a & !b <-> c", "$1", "%(q)s", "{0}", "/*", "; SELECT pg_sleep(9)", "\u0660", "''''",
]  # fmt: skip


@pytest.mark.parametrize("value", META)
async def test_no_parameter_reaches_the_language_of_the_database_t54(session, client, value):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    for asked in READING:
        for name in query_names(asked.route):
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
