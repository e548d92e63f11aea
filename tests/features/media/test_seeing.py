"""Who may see a medium, and how its bytes are served."""

import itertools
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.actor import ANONYMOUS
from app.features.media import policy
from app.features.media.uploading import upload
from app.models.companies import CompanyState, StaffRole
from app.models.media import Medium
from tests.features.media.files import a_pdf, a_picture
from tests.makers import a_company, a_person, as_actor, bearer, signed_in


async def a_medium(session, runtime, person, content=None, name="halle.jpg"):
    return await upload(
        session, as_actor(person), runtime.storage, content or a_picture(), name, "Eine Halle"
    )


@pytest.fixture
async def cast(session, runtime):
    """An owner with an unused picture, a stranger, and the headers of their browsers."""
    owner, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    medium = await a_medium(session, runtime, owner)
    headers = await signed_in(session, owner), await signed_in(session, stranger)
    await session.commit()
    return owner, medium, *headers


async def test_an_unused_file_is_there_for_its_owner_only_t65(client, cast):
    _, medium, owner, stranger = cast
    mine = await client.get(f"/media/{medium.id}/256", headers=owner)
    assert (mine.status_code, mine.headers["content-type"]) == (200, "image/webp")
    assert mine.headers["cache-control"] == "private, no-store"
    answers = [
        await client.get(f"/media/{key}/256", headers=headers)
        for headers in (stranger, {})
        for key in (medium.id, uuid4())
    ]
    assert {answer.status_code for answer in answers} == {404}
    for real, never in (answers[:2], answers[2:]):
        assert _without_ids(real.text) == _without_ids(never.text)


def _without_ids(html):
    return [
        line for line in html.splitlines() if "form_id" not in line and 'name="next"' not in line
    ]


async def test_no_static_path_leads_to_files_t65(client, cast):
    _, medium, owner, _ = cast
    digest = medium.renditions["256"]
    for path in (f"/media/{digest}", f"/static/{digest}", f"/static/../media/{digest}"):
        assert (await client.get(path, headers=owner)).status_code in {404, 405, 422}


async def test_the_picture_of_a_person_is_public_until_they_leave(session, client, cast):
    person, medium, owner, stranger = cast
    api = await bearer(session, person)
    await session.commit()
    chosen = await client.put("/api/v1/me/picture", headers=api, json={"medium_id": str(medium.id)})
    assert chosen.json() == {"medium_id": str(medium.id), "url": f"/media/{medium.id}/256"}
    for headers in ({}, stranger, owner):
        answer = await client.get(chosen.json()["url"], headers=headers)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=86400, immutable"
    read = await client.get(f"/api/v1/media/{medium.id}")
    assert (read.status_code, read.json()["viewer_can"]) == (200, ["view"])
    assert (await client.delete("/api/v1/me/picture", headers=api)).status_code == 204
    assert (await client.get(chosen.json()["url"])).status_code == 404
    assert (await client.get(f"/api/v1/media/{medium.id}")).status_code == 404


async def test_what_one_has_already_is_not_sent_again(client, cast):
    _, medium, owner, _ = cast
    first = await client.get(f"/media/{medium.id}/256", headers=owner)
    again = await client.get(
        f"/media/{medium.id}/256", headers={**owner, "if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_every_size_can_be_asked_for_and_nothing_else(client, cast):
    _, medium, owner, _ = cast
    for edge in ("256", "1024", "2048"):
        answer = await client.get(f"/media/{medium.id}/{edge}", headers=owner)
        assert answer.status_code == 200
    for wrong in ("original", "1", "512", "../256", "x" * 30):
        answer = await client.get(f"/media/{medium.id}/{wrong}", headers=owner)
        assert answer.status_code in {404, 422}, wrong


@pytest.mark.parametrize("width", [20, 256, 257, 1024, 1500, 3000])
async def test_a_picture_of_any_width_has_every_size(session, runtime, client, width):
    person = await a_person(session)
    medium = await a_medium(session, runtime, person, a_picture(width, 10))
    headers = await signed_in(session, person)
    await session.commit()
    for edge in ("256", "1024", "2048"):
        answer = await client.get(f"/media/{medium.id}/{edge}", headers=headers)
        assert answer.status_code == 200


async def test_a_pdf_is_saved_under_its_name_and_never_shown_t62(session, runtime, client):
    person = await a_person(session)
    name = 'Übersicht "2026"\r\nX-Evil: 1.pdf'
    medium = await a_medium(session, runtime, person, a_pdf(), name)
    headers = await signed_in(session, person)
    await session.commit()
    answer = await client.get(f"/media/{medium.id}/original", headers=headers)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="_bersicht 2026 X-Evil 1.pdf"; '
        "filename*=UTF-8''%C3%9Cbersicht%202026%20X-Evil%201.pdf"
    )
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await client.get(f"/media/{medium.id}/256", headers=headers)).status_code == 404


async def test_the_logo_is_for_owners_and_editors_to_choose(session, runtime, client):
    owner, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    company = await a_company(session, owner=owner)
    medium = await a_medium(session, runtime, owner)
    foreign = await a_medium(session, runtime, stranger)
    document = await a_medium(session, runtime, owner, a_pdf())
    mine, theirs = await bearer(session, owner), await bearer(session, stranger)
    await session.commit()
    url = f"/api/v1/companies/{company.id}/logo"

    async def put(headers, chosen):
        return await client.put(url, headers=headers, json={"medium_id": str(chosen.id)})

    assert (await put(theirs, foreign)).status_code == 403
    for wrong in (foreign, document):
        refused = await put(mine, wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/medium_id")
    assert (await put(mine, medium)).status_code == 200
    assert (await client.get(f"/media/{medium.id}/1024")).status_code == 200
    await session.refresh(company)
    company.state = CompanyState.CLOSED
    await session.flush()
    await session.commit()
    assert (await client.get(f"/media/{medium.id}/1024")).status_code == 404


async def test_both_faces_of_the_policy_agree(session, runtime):
    owner, someone = await a_person(session), await a_person(session, "Kim Jaspert")
    for state, used, role in itertools.product(CompanyState, [True, False], [None, *StaffRole]):
        company = await a_company(session, state=state)
        medium = Medium(
            owner_id=owner.id,
            type="picture",
            file_name="a.webp",
            content_type="image/webp",
            size_bytes=1,
            renditions={},
        )
        session.add(medium)
        await session.flush()
        company.logo_id = medium.id if used else None
        await session.flush()
        for actor in (ANONYMOUS, as_actor(owner), as_actor(someone)):
            found = (
                await session.execute(
                    select(
                        policy.is_used().label("used"), policy.seen_in_use_by(actor).label("seen")
                    ).where(Medium.id == medium.id)
                )
            ).one()
            acts = policy.acts(actor, owner.id, is_used=found.used, seen_in_use=found.seen)
            visible = await session.scalar(
                select(Medium.id).where(Medium.id == medium.id, policy.visible_to(actor))
            )
            assert found.used == used
            assert (visible is not None) == (policy.Act.VIEW in acts), (state, used, role)
            assert (policy.Act.REMOVE in acts) == (actor.person_id == owner.id and not used)
