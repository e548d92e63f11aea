"""Personal access tokens."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.ids import fingerprint
from app.features.accounts.tokens import SCOPES
from app.models.accounts import AccessToken
from tests.makers import a_group, a_person, bearer, signed_in

API = "/api/v1/accounts"
DRAFT = {"label": "Warenwirtschaft", "scopes": ["groups:write"]}


async def test_a_token_acts_within_its_scopes_until_it_is_revoked_t80(
    session, client, work, outbox
):
    person = await a_person(session)
    group = await a_group(session, await a_person(session, "Kim Jaspert"))
    headers = await bearer(session, person)
    await session.commit()
    answer = await client.post(f"{API}/tokens", json=DRAFT, headers=headers)
    assert answer.status_code == 201, answer.text
    created = answer.json()
    assert created["secret"].startswith("kontor_pat_")
    token = await session.scalar(select(AccessToken))
    assert token.token_hash == fingerprint(created["secret"])
    assert timedelta(days=364) < token.expires_at - clock.now() <= timedelta(days=365)
    read = await client.get(answer.headers["location"], headers=headers)
    assert "secret" not in read.json()
    assert read.json() == {key: value for key, value in created.items() if key != "secret"}
    program = {"authorization": f"Bearer {created['secret']}"}
    url = f"/api/v1/groups/{group.id}/membership"
    assert (await client.put(url, headers=program)).status_code == 200
    await work()
    assert "Warenwirtschaft" in outbox.outbox[0][1].get_body(("plain",)).get_content()
    path = f"{API}/tokens/{created['id']}"
    for _ in range(2):
        assert (await client.delete(path, headers=headers)).status_code == 204
    assert (await client.put(url, headers=program)).status_code == 401
    assert (await client.get(f"{API}/tokens", headers=headers)).json()["items"] == []


async def test_a_token_without_the_scope_is_refused(session, client):
    person = await a_person(session)
    group = await a_group(session, person)
    headers = await bearer(session, person, "people:read")
    await session.commit()
    answer = await client.put(f"/api/v1/groups/{group.id}/membership", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["groups:write", "account:manage"]}, "/scopes/1"),
        ({"label": ""}, "/label"),
        ({"label": "x" * 81}, "/label"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2027-01-01T00:00:00"}, "/expires_at"),
        ({"secret": "mine"}, "/secret"),
    ],
)
async def test_a_token_must_be_limited(session, client, changes, pointer):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    answer = await client.post(f"{API}/tokens", json=DRAFT | changes, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_repeated_request_makes_one_token_and_tells_its_secret_once(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    key = {"idempotency-key": "one"}
    answers = [
        await client.post(f"{API}/tokens", json=DRAFT, headers=headers | key) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["secret"]
    assert answers[1].json() == answers[0].json() | {"secret": None}
    assert await session.scalar(select(func.count()).select_from(AccessToken)) == 1


async def test_tokens_of_others_are_not_found(session, client):
    owner = await bearer(session, await a_person(session))
    stranger = await bearer(session, await a_person(session, "Kim Jaspert"))
    await session.commit()
    created = (await client.post(f"{API}/tokens", json=DRAFT, headers=owner)).json()
    url = f"{API}/tokens/{created['id']}"
    assert (await client.get(url, headers=stranger)).status_code == 404
    assert (await client.delete(url, headers=stranger)).status_code == 404
    assert (await client.get(url, headers=owner)).status_code == 200


async def test_the_page_shows_the_secret_once(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    posted = {"label": "Warenwirtschaft", "scopes": ["groups:read"], "lasts": "30", "form_id": "f"}
    answer = await client.post("/settings/tokens", data=posted, headers=headers)
    assert answer.status_code == 200, answer.text
    secret = re.search(r"kontor_pat_[\w-]+", answer.text)[0]
    again = await client.post("/settings/tokens", data=posted, headers=headers)
    assert (again.status_code, "kontor_pat_" in again.text) == (303, False)
    page = await client.get("/settings/tokens", headers=headers)
    assert "Warenwirtschaft" in page.text
    assert secret not in page.text
    token = await session.scalar(select(AccessToken))
    answer = await client.post(f"/settings/tokens/{token.id}/revoke", headers=headers)
    assert answer.status_code == 303
    empty = await client.get("/settings/tokens", headers=headers)
    assert "noch keinen Zugriffsschlüssel" in empty.text


async def test_the_scopes_are_told_in_the_language_of_the_request(client):
    answer = await client.get(f"{API}/scopes")
    assert [one["scope"] for one in answer.json()["items"]] == list(SCOPES)
    assert answer.json()["items"][0]["label"] == "Personen lesen"
