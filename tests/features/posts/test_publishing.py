from sqlalchemy import select

from app.features.media import policy as media_policy
from app.models.companies import CompanyState, Staff, StaffRole
from app.models.events import EventRecord
from app.models.groups import Admission
from app.models.media import Medium, MediumType
from app.models.posts import Post, PostStatus
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_membership, a_person, as_actor, bearer


def a_draft(**fields):
    return {
        "details": {"kind": "question"},
        "title": "Wer bildet Feinwerkmechaniker aus?",
        "body": "Wir suchen einen Betrieb für ein **Verbundjahr**.",
        **fields,
    }


async def test_a_post_is_published_in_the_persons_own_name(session, client):
    author = await a_person(session)
    headers = await bearer(session, author)
    await session.commit()
    draft = a_draft(tags=["Ausbildung", "#Verbund"], place="45525 Hattingen")
    answer = await client.post("/api/v1/posts", json=draft, headers=headers)
    made = answer.json()
    assert answer.status_code == 201, made
    assert answer.headers["location"] == f"/api/v1/posts/{made['id']}"
    assert made["details"] == {"kind": "question"}
    assert made["author"]["name"] == "Nadine Rauhut"
    assert (made["company"], made["group"]) == (None, None)
    assert made["tags"] == ["ausbildung", "verbund"]
    assert made["place"]["name"]
    assert "<strong>Verbundjahr</strong>" in made["body_html"]
    assert set(made["viewer_can"]) == {
        "view", "reply", "edit", "withdraw", "accept_answer", "bookmark",
    }  # fmt: skip
    assert await session.scalar(select(EventRecord.name)) == "post.published"
    read = await client.get(answer.headers["location"])
    assert read.json() | {"viewer_can": []} == made | {"viewer_can": []}
    assert read.json()["viewer_can"] == ["view"]


async def test_a_post_speaks_for_a_company_and_keeps_both_names(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    headers = await bearer(session, owner)
    await session.commit()
    draft = a_draft(company_id=str(company.id))
    made = (await client.post("/api/v1/posts", json=draft, headers=headers)).json()
    assert made["company"]["name"] == company.name
    assert made["author"]["name"] == owner.name


async def test_only_those_who_speak_for_a_company_publish_for_it(session, client):
    owner, member, stranger = [await a_person(session) for _ in range(3)]
    company = await a_company(session, owner=owner)
    session.add(Staff(company_id=company.id, person_id=member.id, role=StaffRole.MEMBER))
    heads = [await bearer(session, one) for one in (member, stranger)]
    await session.commit()
    for headers in heads:
        for company_id in (company.id, owner.id):
            draft = a_draft(company_id=str(company_id))
            answer = await client.post("/api/v1/posts", json=draft, headers=headers)
            assert answer.status_code == (403 if company_id == company.id else 404)


async def test_a_company_without_imprint_or_not_active_cannot_publish(session, client):
    owner = await a_person(session)
    mute = await a_company(session, owner=owner, imprint="")
    closed = await a_company(session, owner=owner, state=CompanyState.CLOSED)
    headers = await bearer(session, owner)
    await session.commit()
    codes = [
        (
            await client.post(
                "/api/v1/posts", json=a_draft(company_id=str(one.id)), headers=headers
            )
        ).json()["code"]
        for one in (mute, closed)
    ]
    assert codes == ["imprint_missing", "forbidden"]


async def test_only_members_post_in_a_group_and_nobody_in_an_archived_one(session, client):
    founder, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder)
    heads = {
        "founder": await bearer(session, founder),
        "stranger": await bearer(session, stranger),
    }
    await session.commit()
    path = f"/api/v1/groups/{group.id}/posts"
    refused = await client.post(path, json=a_draft(), headers=heads["stranger"])
    assert (refused.status_code, refused.json()["code"]) == (403, "members_only")
    made = await client.post(path, json=a_draft(), headers=heads["founder"])
    assert made.json()["group"]["slug"] == group.slug
    group.archived_at = group.created_at
    await session.commit()
    late = await client.post(path, json=a_draft(), headers=heads["founder"])
    assert (late.status_code, late.json()["code"]) == (409, "group_archived")


async def test_a_hidden_group_takes_posts_as_little_as_one_that_never_existed_t25(session, client):
    founder, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder, admission=Admission.HIDDEN)
    headers = await bearer(session, stranger)
    await session.commit()
    for key in (group.id, founder.id):
        answer = await client.post(
            "/api/v1/posts", json=a_draft(group_id=str(key)), headers=headers
        )
        assert answer.status_code == 404
        listed = await client.get(f"/api/v1/groups/{key}/posts", headers=headers)
        assert (listed.status_code, listed.json()["items"]) == (200, [])
    assert await session.scalar(select(Post.id)) is None


async def test_foreign_keys_in_a_draft_are_refused_t31(session, client):
    author = await a_person(session)
    headers = await bearer(session, author)
    await session.commit()
    for extra in ("author_id", "status", "published_at", "points", "is_admin", "created_at"):
        answer = await client.post("/api/v1/posts", json=a_draft(**{extra: "1"}), headers=headers)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "extra_forbidden"
    nested = a_draft(details={"kind": "question", "points": 1})
    answer = await client.post("/api/v1/posts", json=nested, headers=headers)
    assert answer.status_code == 422
    assert await session.scalar(select(Post.id)) is None


async def test_only_own_media_are_attached(session, client):
    author, other = await a_person(session), await a_person(session)
    media = [
        Medium(
            owner_id=owner.id,
            type=MediumType.PICTURE,
            file_name="halle.jpg",
            alt="Blick in die Halle",
            content_type="image/webp",
            size_bytes=100,
            renditions={},
        )
        for owner in (author, other)
    ]
    session.add_all(media)
    headers = await bearer(session, author)
    await session.commit()
    own, foreign = (str(medium.id) for medium in media)
    made = await client.post("/api/v1/posts", json=a_draft(attachments=[own]), headers=headers)
    assert [(one["id"], one["alt"]) for one in made.json()["attachments"]] == [
        (own, "Blick in die Halle")
    ]
    refused = await client.post(
        "/api/v1/posts", json=a_draft(attachments=[own, foreign]), headers=headers
    )
    assert refused.json()["errors"][0]["code"] == "unknown_medium"
    many = await client.post("/api/v1/posts", json=a_draft(attachments=[own] * 9), headers=headers)
    assert many.status_code == 422


async def test_nobody_publishes_without_an_account_or_with_a_token_for_reading(session, client):
    author = await a_person(session)
    headers = await bearer(session, author, "posts:read")
    await session.commit()
    assert (await client.post("/api/v1/posts", json=a_draft())).status_code == 401
    answer = await client.post("/api/v1/posts", json=a_draft(), headers=headers)
    assert answer.json()["code"] == "insufficient_scope"


async def test_a_post_of_somebody_who_left_shows_no_name(session, client):
    author = await a_person(session)
    group = await a_group(session, author)
    await a_membership(session, group, await a_person(session))
    headers = await bearer(session, author)
    await session.commit()
    made = (await client.post("/api/v1/posts", json=a_draft(), headers=headers)).json()
    author.left_at = author.created_at
    await session.commit()
    read = (await client.get(f"/api/v1/posts/{made['id']}")).json()
    assert read["author"] == {"id": None, "name": "Ehemaliges Mitglied", "slug": None}
    page = await client.get(f"/posts/{made['id']}")
    assert "Nadine Rauhut" not in page.text


async def test_a_file_of_a_post_is_seen_by_whoever_sees_the_post_t25(session, reader):
    founder, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder, admission=Admission.HIDDEN)
    medium = Medium(
        owner_id=founder.id,
        type=MediumType.PICTURE,
        file_name="halle.jpg",
        alt="Blick in die Halle",
        content_type="image/webp",
        size_bytes=100,
        renditions={},
    )
    session.add(medium)
    await session.flush()
    post = await a_post(session, founder, group_id=group.id, attachments=[medium.id])

    async def seen_by(actor):
        predicate = media_policy.visible_to(actor)
        return await session.scalar(select(Medium.id).where(Medium.id == medium.id, predicate))

    assert await seen_by(as_actor(founder))
    assert await seen_by(as_actor(stranger)) is None
    await a_membership(session, group, stranger)
    assert await seen_by(as_actor(stranger))
    post.status = PostStatus.WITHDRAWN
    await session.flush()
    assert await seen_by(as_actor(stranger)) is None
