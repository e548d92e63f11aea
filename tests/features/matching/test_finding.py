"""Posts that fit find each other, once, and nobody learns of what they may not see."""

import pytest
from sqlalchemy import func, select

from app.core.db import transaction
from app.core.i18n import translate
from app.features.matching.finding import match_post
from app.features.posts.drafts import KINDS, PostPatch, draft_of
from app.features.posts.editing import edit_post
from app.features.posts.ending import release_post, reserve_post
from app.features.posts.matching_rules import Reason, likeness
from app.features.posts.publishing import publish_post
from app.models.groups import Admission
from app.models.matches import Match
from app.models.notifications import Notification
from tests.makers import a_group, a_person, as_actor, bearer, signed_in

OFFER = {
    "details": {"kind": "offer", "category": "storage", "price_type": "negotiable"},
    "title": "Lagerhalle mit Rampe",
    "place": "44793",
}
WANTED = {
    "details": {"kind": "wanted", "category": "storage", "price_type": "negotiable"},
    "title": "Lagerfläche mit Rampe",
    "place": "44649",
}


@pytest.fixture
async def dilek(session):
    return await a_person(session, "Dilek Aksoy")


@pytest.fixture
async def kim(session):
    return await a_person(session, "Kim Jaspert")


@pytest.fixture
def publish(runtime, work):
    async def published(author, draft, **fields):
        draft = {**draft, **fields}
        async with transaction(runtime.sessions) as tx:
            form = draft_of(draft["details"]["kind"]).model_validate(draft)
            post = await publish_post(tx, as_actor(author), form)
        await work()
        return post

    return published


async def told(session, person=None):
    query = select(Notification).order_by(Notification.id)
    if person:
        query = query.where(Notification.person_id == person.id)
    return [one for one in await session.scalars(query) if one.type.startswith("match.")]


async def current(session):
    return list(await session.scalars(select(Match).where(Match.is_current)))


async def test_both_sides_are_told_once_with_reasons(
    session, client, publish, work, outbox, dilek, kim
):
    await session.commit()
    offer = await publish(dilek, OFFER)
    assert await current(session) == []
    wanted = await publish(kim, WANTED)
    (match,) = await current(session)
    assert (match.offer_post_id, match.request_post_id) == (offer.id, wanted.id)
    mine, theirs = await told(session, dilek), await told(session, kim)
    assert [one.path for one in mine] == [f"/posts/{wanted.id}"]
    assert [one.path for one in theirs] == [f"/posts/{offer.id}"]
    bodies = {
        to: mail.get_body(("plain",)).get_content()
        for _, mail in outbox.outbox
        for to in [mail["to"]]
    }
    assert len(bodies) == len(outbox.outbox) == 2
    text = next(iter(bodies.values()))
    assert "dieselbe Kategorie, 6" in text
    assert "km entfernt" in text
    await match_post(session, offer.id)
    await session.commit()
    await work()
    assert len(await told(session)) == 2


async def test_a_pair_is_not_told_again_however_its_posts_change(
    session, runtime, publish, work, dilek, kim
):
    await session.commit()
    offer = await publish(dilek, OFFER)
    await publish(kim, WANTED)
    for step in (reserve_post, release_post):
        async with transaction(runtime.sessions) as tx:
            await step(tx, as_actor(dilek), offer.id)
        await work()
        assert len(await current(session)) == (step is release_post)
    details = {**OFFER["details"], "category": "tools"}
    for wanted_details in (details, OFFER["details"]):
        async with transaction(runtime.sessions) as tx:
            form = draft_of("offer").model_validate({**OFFER, "details": wanted_details})
            await edit_post(tx, as_actor(dilek), offer.id, PostPatch(details=form.details))
        await work()
    assert len(await current(session)) == 1
    assert await session.scalar(select(func.count()).select_from(Match)) == 1
    assert len(await told(session)) == 2


async def test_what_a_keeper_may_not_see_they_are_not_told(session, client, publish, dilek, kim):
    group = await a_group(session, dilek, "Geheimes", admission=Admission.HIDDEN)
    mine, theirs = await bearer(session, dilek), await bearer(session, kim)
    await session.commit()
    offer = await publish(dilek, OFFER, group_id=group.id)
    wanted = await publish(kim, WANTED)
    assert await told(session, kim) == []
    assert len(await told(session, dilek)) == 1
    seen = (await client.get(f"/api/v1/posts/{offer.id}/matches", headers=mine)).json()["items"]
    assert [one["post"]["id"] for one in seen] == [str(wanted.id)]
    hidden = (await client.get(f"/api/v1/posts/{wanted.id}/matches", headers=theirs)).json()
    assert hidden == {"items": [], "next": None}


async def test_only_keepers_read_the_matches_of_a_post(session, client, publish, dilek, kim):
    mine, theirs = await bearer(session, dilek), await bearer(session, kim)
    page, stranger = await signed_in(session, dilek), await signed_in(session, kim)
    await session.commit()
    offer = await publish(dilek, OFFER)
    await publish(kim, WANTED)
    path = f"/api/v1/posts/{offer.id}/matches"
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=theirs)).status_code == 403
    (match,) = (await client.get(path, headers=mine)).json()["items"]
    assert match["reasons"][0] == "dieselbe Kategorie"
    assert 40 <= match["score"] <= 100
    english = await client.get(path, headers={**mine, "accept-language": "en"})
    assert english.json()["items"][0]["reasons"][0] == translate("dieselbe Kategorie", "en")
    drawn = await client.get(f"/posts/{offer.id}", headers=page)
    assert "Passende Beiträge" in drawn.text
    assert "Lagerfläche mit Rampe" in drawn.text
    assert "Passende Beiträge" not in (await client.get(f"/posts/{offer.id}")).text
    whole = await client.get(f"/posts/{offer.id}/matches", headers=page)
    assert "von 100 Punkten" in whole.text
    assert (await client.get(f"/posts/{offer.id}/matches", headers=stranger)).status_code == 403


async def test_whom_several_fit_hears_of_them_at_once(session, publish, dilek, kim):
    await session.commit()
    for number in range(3):
        await publish(kim, WANTED, title=f"Lagerfläche {number}")
    await publish(dilek, OFFER)
    (mine,) = await told(session, dilek)
    assert (mine.type, mine.params["count"]) == ("match.several_found", "3")
    assert len(await told(session, kim)) == 3


async def test_own_posts_are_not_told_to_oneself(session, publish, dilek):
    await session.commit()
    await publish(dilek, OFFER)
    await publish(dilek, WANTED)
    assert len(await current(session)) == 1
    assert await told(session) == []


@pytest.mark.parametrize(
    ("offer", "wanted"),
    [
        ({"details": {**OFFER["details"], "category": "tools"}}, {}),
        ({"place": "23560"}, {}),
    ],
)
async def test_another_category_and_too_far_away_are_no_match(
    session, publish, dilek, kim, offer, wanted
):
    await session.commit()
    await publish(dilek, OFFER, **offer)
    await publish(kim, WANTED, **wanted)
    assert await current(session) == []


async def test_an_expired_or_reserved_post_is_matched_no_more(
    session, runtime, publish, work, dilek, kim
):
    await session.commit()
    offer = await publish(dilek, OFFER)
    async with transaction(runtime.sessions) as tx:
        await reserve_post(tx, as_actor(dilek), offer.id)
    await work()
    await publish(kim, WANTED)
    assert await current(session) == []


def test_a_reason_is_said_in_either_language():
    reason = Reason("%(km)s km entfernt", {"km": 6.6})
    assert reason.said("de") == "6,6 km entfernt"
    assert "6.6 km" in reason.said("en")


def test_likeness_is_symmetric_and_between_none_and_all():
    one, other = "Lagerhalle mit Rampe", "Suche Halle, Lager oder Rampe"
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1.0
    assert likeness(one, "") == 0.0
    assert likeness("Gabelstapler", "Buchhaltung") < 0.2


@pytest.mark.parametrize("key", sorted(KINDS))
def test_a_rule_is_shared_by_the_two_kinds_that_it_names(key):
    rule = KINDS[key].rule
    if rule:
        assert KINDS[rule.offers].rule is KINDS[rule.seeks].rule is rule
        assert key in {rule.offers, rule.seeks}
        assert rule.counterpart(rule.counterpart(key)) == key
