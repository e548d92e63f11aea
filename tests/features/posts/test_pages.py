"""The pages, as browsers without scripts use them."""

from html.parser import HTMLParser

from sqlalchemy import select

from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.features.posts.replying import ReplyDraft, reply_to
from app.models.groups import Standing
from app.models.media import Medium, MediumType
from app.models.posts import Post, Reply
from tests.injections import VECTORS
from tests.makers import a_company, a_group, a_membership, a_person, as_actor, bearer, signed_in


def a_post_draft(kind="question", **fields):
    return draft_of(kind)(
        **{
            "details": {"kind": kind},
            "title": "Wer bildet Feinwerkmechaniker aus?",
            "body": "Wir suchen einen Betrieb.",
            **fields,
        }
    )


async def test_a_post_is_written_from_the_page(session, client):
    author = await a_person(session)
    company = await a_company(session, owner=author)
    group = await a_group(session, author)
    headers = await signed_in(session, author)
    await session.commit()
    page = await client.get(f"/posts/new?kind=question&group={group.slug}", headers=headers)
    assert page.status_code == 200
    assert f'<option value="{group.id}" selected>' in page.text
    assert 'name="details.kind" value="question"' in page.text
    form = {
        "details.kind": "question",
        "title": "Wer kennt einen Galvanikbetrieb?",
        "body": "Wir suchen jemanden im **Umkreis**.",
        "tags": "Galvanik, Metall",
        "company_id": str(company.id),
        "group_id": str(group.id),
    }
    answer = await client.post("/posts/new", data=form, headers=headers)
    post = await session.scalar(select(Post))
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/posts/{post.id}?notice=post.published"
    assert (post.company_id, post.group_id, post.tags) == (
        company.id,
        group.id,
        ["galvanik", "metall"],
    )
    shown = (await client.get(f"/posts/{post.id}", headers=headers)).text
    assert "<strong>Umkreis</strong>" in shown
    assert shown.index(company.name) < shown.index("Nadine Rauhut", shown.index(company.name))
    assert company.name in (await client.get("/posts")).text


async def test_a_refused_post_keeps_what_was_entered_and_says_what_is_wrong(session, client):
    author = await a_person(session)
    mute = await a_company(session, owner=author, imprint="")
    headers = await signed_in(session, author)
    await session.commit()
    form = {"details.kind": "discussion", "title": "Ab", "body": "Der Text bleibt stehen."}
    answer = await client.post("/posts/new", data=form, headers=headers)
    assert answer.status_code == 422
    assert 'href="#f-title"' in answer.text
    assert "Der Text bleibt stehen." in answer.text
    form |= {"title": "Neue Halle", "company_id": str(mute.id)}
    answer = await client.post("/posts/new", data=form, headers=headers)
    assert answer.status_code == 409
    assert "Impressum" in answer.text
    assert f'<option value="{mute.id}" selected>' in answer.text


async def test_a_reply_is_written_changed_and_accepted_from_the_page(session, client):
    asker, helper = await a_person(session), await a_person(session, "Kim Jaspert")
    post = await publish_post(session, as_actor(asker), a_post_draft())
    heads = {"asker": await signed_in(session, asker), "helper": await signed_in(session, helper)}
    await session.commit()
    answer = await client.post(
        f"/posts/{post.id}/replies", data={"body": "Fragen Sie uns."}, headers=heads["helper"]
    )
    reply = await session.scalar(select(Reply))
    assert answer.headers["location"] == (f"/posts/{post.id}?notice=reply.posted#reply-{reply.id}")
    answer = await client.post(
        f"/replies/{reply.id}/edit",
        data={"body": "Fragen Sie uns gern.", "version": "1"},
        headers=heads["helper"],
    )
    assert answer.status_code == 303
    answer = await client.post(f"/replies/{reply.id}/accept", headers=heads["asker"])
    assert answer.status_code == 303
    shown = (await client.get(f"/posts/{post.id}", headers=heads["asker"])).text
    assert "Hilfreichste Antwort" in shown
    assert "Fragen Sie uns gern." in shown
    history = await client.get(f"/replies/{reply.id}/history")
    assert "Fragen Sie uns." in history.text


async def test_an_empty_reply_is_refused_on_the_page_of_the_post(session, client):
    asker = await a_person(session)
    post = await publish_post(session, as_actor(asker), a_post_draft())
    headers = await signed_in(session, asker)
    await session.commit()
    answer = await client.post(f"/posts/{post.id}/replies", data={"body": " "}, headers=headers)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert post.title in answer.text


async def test_strangers_are_told_how_to_answer(session, client):
    founder, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder)
    post = await publish_post(session, as_actor(founder), a_post_draft(group_id=group.id))
    headers = await signed_in(session, stranger)
    await session.commit()
    assert "Zum Antworten brauchen Sie ein Konto." in (await client.get(f"/posts/{post.id}")).text
    shown = await client.get(f"/posts/{post.id}", headers=headers)
    assert "schreiben nur Mitglieder" in shown.text
    answer = await client.post(f"/posts/{post.id}/replies", data={"body": "Hallo"}, headers=headers)
    assert answer.status_code == 403
    await a_membership(session, group, stranger, Standing.MEMBER)
    await session.commit()
    answer = await client.post(f"/posts/{post.id}/replies", data={"body": "Hallo"}, headers=headers)
    assert answer.status_code == 303


async def test_every_page_of_posts_is_drawn(session, client):
    author, reader = await a_person(session), await a_person(session, "Kim Jaspert")
    post = await publish_post(session, as_actor(author), a_post_draft(tags=["metall"]))
    reply = await reply_to(session, as_actor(author), post.id, ReplyDraft(body="Nachtrag"))
    headers = await signed_in(session, author)
    other = await signed_in(session, reader)
    await session.commit()
    for act in ("bookmark", "helpful", "unhelpful", "unbookmark", "bookmark"):
        assert (await client.post(f"/posts/{post.id}/{act}", headers=other)).status_code == 303
    for act in ("helpful", "unhelpful"):
        assert (await client.post(f"/replies/{reply.id}/{act}", headers=other)).status_code == 303
    assert post.title in (await client.get("/bookmarks", headers=other)).text
    paths = ["/", "/?area=region", "/posts", "/posts?kind=question&tag=metall", "/ordering",
             "/posts?place=Hattingen&radius_km=20&kind=", f"/posts/{post.id}/edit",
             f"/posts/{post.id}/history", f"/replies/{reply.id}/edit",
             f"/replies/{reply.id}/history", "/posts/new", "/bookmarks"]  # fmt: skip
    for path in paths:
        assert (await client.get(path, headers=headers)).status_code == 200, path
    change = {
        "details.kind": "question", "title": "Wer bildet jetzt aus?", "body": "Neuer Text.",
        "tags": "", "place": "", "version": str(post.version),
    }  # fmt: skip
    answer = await client.post(f"/posts/{post.id}/edit", data=change, headers=headers)
    assert answer.status_code == 303, answer.text
    assert "Wir suchen einen Betrieb." in (await client.get(f"/posts/{post.id}/history")).text
    stale = await client.post(
        f"/posts/{post.id}/edit", data=change | {"title": "Anders"}, headers=headers
    )
    assert stale.status_code == 412
    gone = await client.post(f"/posts/{post.id}/withdraw", headers=headers)
    assert gone.status_code == 303
    assert (await client.get(f"/posts/{post.id}", headers=other)).status_code == 410
    assert "sehen nur noch Sie" in (await client.get(f"/posts/{post.id}", headers=headers)).text
    assert post.title not in (await client.get("/bookmarks", headers=other)).text


async def test_a_wrong_filter_is_explained_in_the_form(session, client):
    answer = await client.get("/posts?place=Nirgendwoland")
    assert answer.status_code == 422
    assert "kennen wir nicht" in answer.text


class _Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.scripts, self.handlers, self.targets, self.tags = [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "script":
            self.scripts.append(dict(attrs))
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc", "formaction"}:
                self.handlers.append((tag, name))
            if name in {"href", "src", "action"}:
                self.targets.append(value or "")


async def test_no_text_becomes_script_on_any_page_t44_t46(session, client):
    author = await a_person(session)
    headers = await signed_in(session, author)
    posts = []
    for vector in VECTORS:
        title = f"Titel {vector}"[:120]
        post = await publish_post(session, as_actor(author), a_post_draft(title=title, body=vector))
        await reply_to(session, as_actor(author), post.id, ReplyDraft(body=vector))
        posts.append(post)
    await session.commit()
    api = await bearer(session, author)
    await session.commit()
    for post in posts:
        patch = {"body": f"{post.body} "}
        await client.patch(
            f"/api/v1/posts/{post.id}", json=patch | {"title": "Anders"}, headers=api
        )
    pages = ["/", "/posts?tag=metall"]
    pages += [f"/posts/{post.id}{tail}" for post in posts for tail in ("", "/edit", "/history")]
    for path in pages:
        answer = await client.get(path, headers=headers)
        assert answer.status_code == 200, path
        seen = _Seen()
        seen.feed(answer.text)
        allowed = [
            one for one in seen.scripts
            if str(one.get("src", "")).startswith("/static/")
            or one == {"type": "application/ld+json"}
        ]  # fmt: skip
        assert seen.scripts == allowed, path
        assert not seen.handlers, path
        assert not seen.tags & {"iframe", "object", "embed", "base", "x:script", "svg:script"}
        schemes = [t.split(":")[0].lower() for t in seen.targets if ":" in t.split("/")[0]]
        assert set(schemes) <= {"http", "https", "mailto", "webcal"}, (path, schemes)


async def test_people_and_companies_show_their_newest_posts(session, client):
    author = await a_person(session)
    company = await a_company(session, owner=author)
    post = await publish_post(session, as_actor(author), a_post_draft(company_id=company.id))
    await session.commit()
    for path in (f"/people/{author.slug}", f"/companies/{company.slug}"):
        page = await client.get(path)
        assert page.status_code == 200, path
        assert f'href="/posts/{post.id}"' in page.text, path
        assert "/posts?" in page.text
    for query in (f"company={company.id}", f"author={author.id}"):
        assert post.title in (await client.get(f"/posts?{query}")).text


async def test_a_company_shows_its_logo_and_not_the_picture_of_who_writes(session, client):
    author = await a_person(session)
    company = await a_company(session, owner=author)
    pictures = [
        Medium(
            owner_id=author.id,
            type=MediumType.PICTURE,
            file_name="bild.webp",
            alt="Bild",
            content_type="image/webp",
            size_bytes=100,
            renditions={},
        )
        for _ in range(2)
    ]
    session.add_all(pictures)
    await session.flush()
    author.picture_id, company.logo_id = (picture.id for picture in pictures)
    post = await publish_post(session, as_actor(author), a_post_draft(company_id=company.id))
    await session.commit()
    page = (await client.get(f"/posts/{post.id}")).text
    assert f"/media/{company.logo_id}/256" in page
    assert f"/media/{author.picture_id}/256" not in page
