"""Pictures and PDFs that a post brings along, at the pages."""

from sqlalchemy import delete, select

from app.models.groups import Admission, Membership
from app.models.media import Medium
from app.models.posts import Attachment, Post
from tests.features.media.files import a_pdf, a_picture
from tests.makers import a_group, a_membership, a_person, signed_in

POST = {
    "details.kind": "discussion",
    "title": "Neue Halle in Blankenstein",
    "body": "Ab Mai haben wir Platz.",
    "form_id": "1",
}


async def test_a_post_brings_its_files_along(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    page = await client.get("/posts/new", headers=headers)
    assert page.text.count('type="file"') == 8
    answer = await client.post(
        "/posts/new",
        headers=headers,
        files={
            "files.0": ("halle.jpg", a_picture()),
            "files.2": ("plan.pdf", a_pdf()),
            "files.7": ("", b""),
        },
        data={**POST, "files.0.alt": "Die Halle von außen", "files.2.alt": "Lageplan"},
    )
    assert answer.status_code == 303, answer.text
    media = select(Medium.alt).join(Attachment).order_by(Attachment.position)
    assert (await session.scalars(media)).all() == ["Die Halle von außen", "Lageplan"]
    page = await client.get(answer.headers["location"], headers=headers)
    picture = await session.scalar(select(Medium.id).where(Medium.type == "picture"))
    assert f'src="/media/{picture}/1024" alt="Die Halle von außen"' in page.text


async def test_a_file_that_cannot_be_taken_leaves_no_post(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    answer = await client.post(
        "/posts/new",
        headers=headers,
        files={"files.0": ("halle.jpg", a_picture()), "files.1": ("b.jpg", b"<svg/>")},
        data={**POST, "files.0.alt": "Die Halle von außen", "files.1.alt": "Lageplan"},
    )
    assert answer.status_code == 422
    where = answer.text.index('id="f-files-1-errors"')
    assert "Bitte wählen Sie ein Bild (JPEG, PNG, WebP)" in answer.text[where : where + 200]
    assert 'value="Lageplan"' in answer.text
    assert await session.scalar(select(Post.id)) is None
    assert await session.scalar(select(Medium.id)) is None


async def test_files_of_a_closed_group_are_for_its_members_only_t65(session, client):
    author, member, stranger = [await a_person(session) for _ in range(3)]
    group = await a_group(session, author, admission=Admission.ON_REQUEST)
    await a_membership(session, group, member)
    heads = [await signed_in(session, one) for one in (author, member, stranger)]
    await session.commit()
    answer = await client.post(
        "/posts/new",
        headers=heads[0],
        files={"files.0": ("halle.jpg", a_picture())},
        data={**POST, "group_id": str(group.id), "files.0.alt": "Die Halle von außen"},
    )
    assert answer.status_code == 303, answer.text
    url = f"/media/{await session.scalar(select(Medium.id))}/256"

    async def statuses() -> list[int]:
        return [(await client.get(url, headers=one)).status_code for one in (*heads, {})]

    assert await statuses() == [200, 200, 404, 404]
    seen = await client.get(url, headers=heads[1])
    assert seen.headers["cache-control"] == "private, no-store"
    await session.execute(delete(Membership).where(Membership.person_id == member.id))
    await session.commit()
    assert await statuses() == [200, 404, 404, 404]


async def test_files_of_a_public_post_are_public_until_it_is_withdrawn(session, client):
    author = await a_person(session)
    headers = await signed_in(session, author)
    await session.commit()
    answer = await client.post(
        "/posts/new",
        headers=headers,
        files={"files.0": ("halle.jpg", a_picture())},
        data={**POST, "files.0.alt": "Die Halle von außen"},
    )
    url = f"/media/{await session.scalar(select(Medium.id))}/256"
    shown = await client.get(url)
    assert (shown.status_code, shown.headers["cache-control"][:6]) == (200, "public")
    path = answer.headers["location"].split("?")[0]
    await client.post(f"{path}/withdraw", headers=headers, data={"form_id": "2"})
    assert (await client.get(url)).status_code == 404
    assert (await client.get(url, headers=headers)).status_code == 200
