"""Pictures and PDFs that a post brings along, at the pages."""

import re
from datetime import timedelta

from sqlalchemy import delete, select, update

from app.core import clock
from app.features.media.removing import clear_unused
from app.models.companies import Staff, StaffRole
from app.models.groups import Admission, Membership
from app.models.media import Medium, ReleasedFile
from app.models.posts import Attachment, Post, PostRevision
from tests.features.media.files import a_pdf, a_picture
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_membership, a_person, bearer, signed_in

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


async def _with_files(client, headers, *alts):
    answer = await client.post(
        "/posts/new",
        headers=headers,
        files={f"files.{row}": ("halle.jpg", a_picture()) for row in range(len(alts))},
        data={**POST, **{f"files.{row}.alt": alt for row, alt in enumerate(alts)}},
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0]


def _shown(page):
    return re.findall(r'/1024" alt="([^"]*)"', page.text)


async def test_files_are_taken_off_and_added_when_a_post_is_changed(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    path = await _with_files(client, headers, "Halle", "Tor")
    form = await client.get(f"{path}/edit", headers=headers)
    assert "Dateien entfernen" in form.text
    media = await session.execute(select(Medium.id, Medium.alt))  # sealed: not to be asked for
    gone = next(medium_id for medium_id, alt in media if alt == "Halle")
    same = {name: POST[name] for name in ("details.kind", "title", "body")}
    version = re.search(r'name="version" value="(\d+)"', form.text)[1]
    answer = await client.post(
        f"{path}/edit",
        headers=headers,
        files={"files.0": ("plan.jpg", a_picture())},
        data={
            **same,
            "form_id": "2",
            "version": version,
            "removed": str(gone),
            "files.0.alt": "Plan",
        },
    )
    assert answer.status_code == 303, answer.text
    assert _shown(await client.get(path)) == ["Tor", "Plan"]
    assert await session.scalar(select(PostRevision.id)) is None
    stale = await client.post(
        f"{path}/edit", headers=headers, data={**same, "form_id": "3", "version": version}
    )
    assert stale.status_code == 412
    assert _shown(await client.get(path)) == ["Tor", "Plan"]


async def test_a_post_cannot_be_given_more_files_than_it_may_have(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    path = await _with_files(client, headers, *map(str, range(7)))
    same = {name: POST[name] for name in ("details.kind", "title", "body")}
    answer = await client.post(
        f"{path}/edit",
        headers=headers,
        files={f"files.{row}": ("plan.jpg", a_picture()) for row in range(2)},
        data={**same, "form_id": "2", "files.0.alt": "Plan", "files.1.alt": "Dach"},
    )
    assert answer.status_code == 422
    assert "Ein Beitrag hat höchstens 8 Dateien." in answer.text
    assert len(_shown(await client.get(path))) == 7


async def test_the_api_sets_the_files_of_a_post_and_what_nobody_uses_is_cleared_away(
    session, client
):
    author, other = await a_person(session), await a_person(session)
    media = [
        Medium(
            owner_id=owner.id,
            type="picture",
            alt=alt,
            file_name=f"{alt}.jpg",
            renditions={"256": f"{number:064x}"},
            content_type="image/webp",
            size_bytes=1,
        )
        for number, (owner, alt) in enumerate(
            [(author, "eins"), (author, "zwei"), (author, "drei"), (other, "fremd")]
        )
    ]
    session.add_all(media)
    await session.flush()
    ids = [str(one.id) for one in media]
    post = await a_post(session, author, attachments=ids[:2])
    headers = await bearer(session, author)
    await session.commit()
    path = f"/api/v1/posts/{post.id}"

    async def patched(**changes):
        return await client.patch(path, headers=headers, json=changes)

    before = (await client.get(path, headers=headers)).json()["version"]
    answer = await patched(attachments=[ids[2], ids[1], ids[1]])
    assert [one["id"] for one in answer.json()["attachments"]] == [ids[2], ids[1]]
    assert answer.json()["version"] == before + 1
    assert answer.json()["edited_at"]
    again = await patched(attachments=[ids[2], ids[1]])
    assert again.json()["version"] == before + 1
    kept = await patched(title="Anders gesagt", attachments=None)
    assert len(kept.json()["attachments"]) == 2
    foreign = await patched(attachments=[ids[3]])
    assert (foreign.status_code, foreign.json()["errors"][0]["code"]) == (422, "unknown_medium")
    assert len((await client.get(path)).json()["attachments"]) == 2
    assert len((await client.get(f"{path}/revisions")).json()["items"]) == 1
    await session.execute(update(Medium).values(updated_at=clock.now() - timedelta(days=2)))
    await clear_unused(session)
    left = await session.scalars(select(Medium.alt))
    assert sorted(left) == ["drei", "zwei"]
    released = set(await session.scalars(select(ReleasedFile.digest)))
    assert released == {f"{0:064x}", f"{3:064x}"}
    assert (await patched(attachments=[])).json()["attachments"] == []


async def test_a_colleague_keeps_the_files_that_the_author_has_uploaded(session, client):
    author, colleague = await a_person(session), await a_person(session)
    company = await a_company(session, owner=author)
    session.add(Staff(company_id=company.id, person_id=colleague.id, role=StaffRole.EDITOR))
    headers, theirs = await signed_in(session, author), await bearer(session, colleague)
    await session.commit()
    posted = {**POST, "company_id": str(company.id), "files.0.alt": "Halle"}
    answer = await client.post(
        "/posts/new", headers=headers, files={"files.0": ("a.jpg", a_picture())}, data=posted
    )
    path = f"/api/v1{answer.headers['location'].split('?')[0]}"
    shown = [one["id"] for one in (await client.get(path)).json()["attachments"]]
    same = await client.patch(
        path, headers=theirs, json={"title": "Neue Hallen", "attachments": shown}
    )
    assert (same.status_code, len(same.json()["attachments"])) == (200, 1)
    none = await client.patch(path, headers=theirs, json={"attachments": []})
    assert none.json()["attachments"] == []
