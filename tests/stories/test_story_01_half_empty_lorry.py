"""Story 1: a half-empty lorry meets three tonnes of freight, and the rest stays on offer."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import transaction
from app.features.posts import ending
from app.models.notifications import Notification
from app.models.posts import Post, PostStatus
from tests.features.freight.arranging import CAPACITY, CRATE, REQUEST, SHIFT, on, with_points
from tests.makers import a_company, a_person, bearer

ADDRESS, QUAY, GATE = "Industriestraße 8", "Seelandkai 5", "Am Güterbahnhof 2"


@pytest.fixture
async def firms(session):
    """Dilek of the hauliers and Kim of the machine builders, each with headers and company."""
    await with_points(session)
    dilek, kim = await a_person(session, "Dilek Aksoy"), await a_person(session, "Kim Jaspert")
    hauliers = await a_company(session, "Brandhoff Transporte GmbH", owner=dilek)
    builders = await a_company(session, "Jaspert Maschinenbau GmbH", owner=kim)
    found = {
        "dilek": (dilek, await bearer(session, dilek), hauliers),
        "kim": (kim, await bearer(session, kim), builders),
        "stranger": (await a_person(session), {}, None),
    }
    await session.commit()
    return found


@pytest.fixture
def post(client, firms, work):
    async def posted(name, details, **changes):
        _, headers, company = firms[name]
        body = {"details": {**details, **changes}, "company_id": str(company.id)}
        made = await client.post("/api/v1/posts", json=body, headers=headers)
        assert made.status_code == 201, made.json()
        await work()
        return made.json()

    return posted


async def matches(client, firms, name, one):
    _, headers, _ = firms[name]
    answer = await client.get(f"/api/v1/posts/{one['id']}/matches", headers=headers)
    assert answer.status_code == 200, answer.json()
    return answer.json()["items"]


async def rated(session, client, firms, path, by):
    """Say that all went well, signed in today, and return the status of the answer and the body."""
    headers = await bearer(session, firms[by][0])
    await session.commit()
    said = {"punctual": True, "as_agreed": True, "would_again": True, "text": f"Gut, {by}."}
    answer = await client.put(f"{path}/rating", json=said, headers=headers)
    return answer.status_code, answer.json()


async def test_both_sides_learn_of_the_match_and_a_part_is_taken(  # noqa: PLR0915 - one story
    session, client, firms, post, work, outbox, runtime
):
    lorry = await post("dilek", CAPACITY)
    load = await post("kim", REQUEST)
    for name, one, given in (
        ("dilek", lorry, {"loading_street": GATE}),
        ("kim", load, {"loading_street": ADDRESS, "unloading_street": QUAY}),
    ):
        where = f"/api/v1/posts/{one['id']}/addresses"
        kept = await client.put(where, json=given, headers=firms[name][1])
        assert kept.status_code == 200, kept.json()
    assert load["details"]["loading_metres"] == 3.85
    (for_dilek,) = await matches(client, firms, "dilek", lorry)
    (for_kim,) = await matches(client, firms, "kim", load)
    assert (for_dilek["post"]["id"], for_kim["post"]["id"]) == (load["id"], lorry["id"])
    assert for_dilek["reasons"] == for_kim["reasons"]
    assert for_kim["reasons"][1:4] == [
        "6,6 km vom Ladeort",
        "35 km Umweg (auf der Straße ca. 44 km)",
        "2,65 Lademeter bleiben frei",
    ]
    told = (await session.scalars(select(Notification))).all()
    assert sorted(one.type for one in told) == ["match.found", "match.found"]
    assert len(outbox.outbox) == 2
    assert all(
        "2,65 Lademeter bleiben frei" in mail.get_body(("plain",)).get_content()
        for _, mail in outbox.outbox
    )
    kim, dilek = firms["kim"][1], firms["dilek"][1]
    asked = await client.post(
        f"/api/v1/posts/{lorry['id']}/inquiries",
        json={"text": "Passt das?", "offered_post_id": load["id"]},
        headers=kim,
    )
    assert asked.status_code == 201, asked.json()
    assert asked.json()["addresses"] == []
    path = f"/api/v1/inquiries/{asked.json()['id']}"
    accepted = await client.put(f"{path}/state", json={"state": "accepted"}, headers=dilek)
    assert accepted.status_code == 200, accepted.json()
    await work()
    for headers in (dilek, kim):
        seen = (await client.get(path, headers=headers)).json()["addresses"]
        assert [one["loading_street"] for one in seen] == [GATE, ADDRESS]
        assert seen[1]["unloading_street"] == QUAY
    left = (await client.get(f"/api/v1/posts/{lorry['id']}")).json()
    assert left["status"] == "active"
    assert left["details"]["free_loading_metres"] == 2.65
    assert left["details"]["free_weight_kg"] == 8_500
    given = await client.get(f"/api/v1/posts/{load['id']}", headers=kim)
    assert given.json()["status"] == "done"
    assert (await client.get(f"/api/v1/posts/{load['id']}")).status_code == 410
    assert await matches(client, firms, "dilek", lorry) == []
    stranger = await client.get(f"/api/v1/posts/{lorry['id']}")
    assert not [one for one in (ADDRESS, GATE, QUAY) if one in stranger.text]
    assert stranger.json()["place"]["name"] == "44793 Bochum"
    with clock.set_to(datetime(2027, 1, 15, 11, 1, tzinfo=UTC) + SHIFT):
        async with transaction(runtime.sessions) as tx:
            await ending.expire_posts(tx)
    status = select(Post.status).where(Post.id == lorry["id"])
    assert await session.scalar(status) == PostStatus.EXPIRED
    # On the day of the delivery nobody rates yet; from the day after, each side does, once.
    delivered = datetime(2027, 1, 15, 23, 1, tzinfo=UTC) + SHIFT
    for moment in (clock.now(), delivered - timedelta(minutes=2)):
        with clock.set_to(moment):
            for by, refused in (("kim", 409), ("dilek", 409), ("stranger", 404)):
                assert (await rated(session, client, firms, path, by))[0] == refused
    with clock.set_to(delivered):
        assert (await rated(session, client, firms, path, "stranger"))[0] == 404
        status_code, first = await rated(session, client, firms, path, "kim")
        assert (status_code, first["other"]) == (200, None)
        assert (await rated(session, client, firms, path, "kim"))[0] == 409
        status_code, second = await rated(session, client, firms, path, "dilek")
        assert (status_code, second["other"]["text"]) == (200, "Gut, kim.")
    seen = (await client.get(f"{path}/ratings", headers=kim)).json()
    assert (seen["own"]["text"], seen["other"]["text"]) == ("Gut, kim.", "Gut, dilek.")


@pytest.mark.parametrize(
    ("lorry", "load"),
    [
        ({"bodies": ["box"], "loading_sides": ["rear"]}, {}),
        ({}, {"loads_from": on("2027-01-16T07:00"), "loads_until": on("2027-01-16T12:00"),
              "unloads_until": on("2027-01-17T16:00")}),
        ({}, {"adr_class": "3"}),
        ({}, {"packages": [{**CRATE, "weight_kg": 12_000}]}),
        ({}, {"origin": "23569", "destination": "44649"}),
        ({}, {"origin": "50667"}),
    ],
    ids=["box", "another-day", "adr", "too-heavy", "back", "cologne"],
)  # fmt: skip
async def test_what_does_not_fit_is_no_match(client, session, firms, post, lorry, load):
    offer = await post("dilek", CAPACITY, **lorry)
    request = await post("kim", REQUEST, **load)
    assert await matches(client, firms, "dilek", offer) == []
    assert await matches(client, firms, "kim", request) == []
    assert (await session.scalars(select(Notification))).all() == []


async def test_a_load_to_hamburg_is_on_the_way(client, firms, post):
    load = await post("kim", REQUEST, destination="20095")
    await post("dilek", CAPACITY)
    (match,) = await matches(client, firms, "kim", load)
    assert match["reasons"][0] == "auf der Strecke"
    assert match["reasons"][2].startswith("4 km Umweg")
