"""Pages for posts: the list, one post, writing and changing one."""

from functools import cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field, create_model
from starlette.responses import Response

from app.core import clock
from app.core.asking import Asked
from app.core.errors import Invalid, NotFound
from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.core.reads import Reader
from app.core.settings import settings
from app.edge.deps import Files, Reads, Tx
from app.edge.forms import FILES_FORM_BYTES, Form, Option
from app.edge.post_words import facts_of
from app.features.companies.speaking import voices_of
from app.features.follows.followed import wishes_about
from app.features.media.uploading import FILES, FileDraft, upload_all
from app.features.places.tax_rates import tax_rate_at
from app.features.posts.drafts import (
    KINDS,
    MAX_ATTACHMENTS,
    PostChange,
    PostDraft,
    PostPatch,
    change_of,
    draft_of,
    restored,
)
from app.features.posts.editing import edit_post
from app.features.posts.ending import withdraw_post
from app.features.posts.kinds import Topic
from app.features.posts.policy import Act
from app.features.posts.publishing import publish_post
from app.features.posts.reading import (
    PostView,
    list_replies,
    list_revisions,
    read_post,
    read_reply,
)
from app.features.posts.replying import ReplyDraft
from app.features.posts.venues import groups_to_post_in
from app.features.succession.mediating import mediator_of
from app.models.media import MediumType
from app.web.embeds import oembed_href
from app.web.events import dates_of
from app.web.feed_links import calendar_links
from app.web.follow_buttons import followable_in
from app.web.inquiry_links import inquiries_of, pool_of
from app.web.matches import best_matches
from app.web.page import CurrentPage, Page, PageRouter
from app.web.post_cards import names_of, state_of, structured, tags_of, unlisted
from app.web.post_lists import KindLink

router = PageRouter()

REPLIES_SHOWN = 50
Cursor = Annotated[str | None, Query(max_length=2_000)]


def offer_voices(page: Page, form: Form, voices: list[Any]) -> None:
    """Offer the reader's own name and the companies they speak for."""
    own = translate(N_("%(name)s (Ihr eigener Name)"), name=page.identity.name)
    _offer(form, "company_id", [("", own), *((str(one.id), one.name) for one in voices)])


def offer_venues(page: Page, form: Form, voices: list[Any], groups: list[Any]) -> None:
    """Offer the voices that the reader has, and the groups they may post in."""
    offer_voices(page, form, voices)
    nowhere = translate(N_("Öffentlich, in keiner Gruppe"))
    _offer(form, "group_id", [("", nowhere), *((str(one.id), one.name) for one in groups)])


def _offer(form: Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Give a field its choices; a field with a single one is not asked for."""
    field = form[name]
    if len(choices) == 1:
        field.widget, field.value = "hidden", choices[0][0]
    field.required = True
    field.options = [
        Option(value, text, selected=value == str(field.value or "")) for value, text in choices
    ]


def _kinds(query: dict[str, str], chosen: str) -> list[tuple[str, list[KindLink]]]:
    """Return the kinds under their topics, to choose from."""
    kept = "".join(f"&{name}={query[name]}" for name in ("group", "company") if query.get(name))
    found = {
        topic: [
            KindLink(
                f"/posts/new?kind={key}{kept}",
                translate(kind.label),
                translate(kind.hint),
                key == chosen,
            )
            for key, kind in KINDS.items()
            if kind.topic == topic
        ]
        for topic in Topic
    }
    return [(translate(topic), links) for topic, links in found.items() if links]


PostFiles = Annotated[
    list[FileDraft],
    Field(max_length=MAX_ATTACHMENTS),
    Asked(
        N_("Bilder und PDF-Dateien"),
        N_(
            "JPEG, PNG, WebP oder PDF, zusammen höchstens 25 MB. Bilder brauchen eine Beschreibung."
        ),
        widget="files",
        accept=FILES,
    ),
]


RemovedFiles = Annotated[
    list[UUID],
    Field(max_length=MAX_ATTACHMENTS),
    Asked(
        N_("Dateien entfernen"),
        N_("Was Sie ankreuzen, steht danach nicht mehr beim Beitrag."),
        widget="checkboxes",
    ),
]


@cache
def _form_of(key: str) -> type[PostDraft]:
    """Return the draft of a kind together with the files that a form brings along."""
    draft = draft_of(key)
    return create_model(f"{draft.__name__}Form", __base__=draft, files=(PostFiles, []))


@router.get("/posts/new")
async def blank(
    page: CurrentPage,
    reader: Reads,
    kind: str = "discussion",
    group: str = "",
    company: str = "",
) -> Response:
    """Ask for a post of a kind; ``group`` and ``company`` say by slug where and for whom."""
    _ = page.me
    if kind not in KINDS:
        raise NotFound
    voices = await voices_of(reader, page.actor)
    groups = await groups_to_post_in(reader, page.actor)
    values = {
        "details": {"kind": kind, **KINDS[kind].suggests(clock.today(settings().zone))},
        "company_id": next((one.id for one in voices if one.slug == company), None),
        "group_id": next((one.id for one in groups if one.slug == group), None),
    }
    form = page.blank(_form_of(kind), values)
    offer_venues(page, form, voices, groups)
    query = {"group": group, "company": company}
    return await page.render(
        "posts/new.html", form=form, kind=KINDS[kind], kinds=_kinds(query, kind)
    )


@router.post("/posts/new", max_body_size=FILES_FORM_BYTES)
async def publish(page: CurrentPage, reader: Reads, tx: Tx, storage: Files) -> Response:
    """Publish what the form holds."""
    _ = page.me
    posted = await page.request.form(max_files=8)
    key = str(posted.get("details.kind", ""))
    if key not in KINDS:
        raise NotFound
    voices = await voices_of(reader, page.actor)
    groups = await groups_to_post_in(reader, page.actor)
    draft = await page.form(
        _form_of(key),
        "posts/new.html",
        prepare=lambda form: offer_venues(page, form, voices, groups),
        kind=KINDS[key],
        kinds=_kinds({}, key),
    )
    files: list[FileDraft] = getattr(draft, "files")  # noqa: B009 - a field made at run time
    media = await upload_all(tx, page.actor, storage, files, field="files")
    draft = draft.model_copy(update={"attachments": [medium.id for medium in media]})
    post = await publish_post(tx, page.actor, draft)
    return page.go(f"/posts/{post.id}", "post.draft_saved" if draft.as_draft else "post.published")


async def post_context(
    page: Page, reader: Reader, view: PostView, cursor: str | None = None
) -> dict[str, Any]:
    """Return what the page of a post is drawn from."""
    row = view.row
    part = await list_replies(reader, page.actor, view, Paging(REPLIES_SHOWN, cursor))
    accepted = next((one for one in part.items if one.row.id == row.accepted_reply_id), None)
    if row.accepted_reply_id and accepted is None:
        _, accepted = await read_reply(reader, page.actor, row.accepted_reply_id)
    base_url = settings().base_url.rstrip("/")
    return {
        "post": row,
        "kind": KINDS[row.kind],
        "state": state_of(row),
        "names": names_of(row),
        "tags": tags_of(row),
        "facts": facts_of(row.kind, row.details),
        "matches": await best_matches(page, reader, view),
        "wishes": await wishes_about(reader, page.actor, followable_in(page, row)),
        "can": view.acts,
        "latest_end": view.latest_end,
        "accepted": accepted,
        "replies": part.items,
        "names_of": names_of,
        "next": part.next,
        "cursor": cursor,
        "first_picture": _first_picture(row),
        "oembed": oembed_href(f"/posts/{row.id}") if _is_shareable(row) else None,
        "feeds": calendar_links(row) if row.kind == "event" and _is_shareable(row) else [],
        "structured": structured(view, part.items, accepted, base_url),
        "tax_rate": await _tax_rate(reader, row),
        "mediator": await mediator_of(reader, row.id) if row.is_concealed else None,
        **await inquiries_of(page, reader, view),
        "pool": await pool_of(page, reader, view),
        "dates": await dates_of(page, reader, view),
        "must_join": row.group_id is not None and row.is_current and Act.REPLY not in view.acts,
    }


def _is_shareable(row: Any) -> bool:
    """Whether a post may stand on other websites."""
    return row.is_current and row.is_for_all and not row.is_concealed


def _first_picture(row: Any) -> str | None:
    """Return the path of the first picture that stands with a post."""
    pictures = (one["id"] for one in row.attachments or [] if one["type"] == MediumType.PICTURE)
    found = next(pictures, None)
    return f"/media/{found}/1024" if found else None


async def _tax_rate(reader: Reader, row: Any) -> Any | None:
    """Return the trade tax rate where commercial space is offered or wanted."""
    is_space = KINDS[row.kind].topic == Topic.SPACE
    return await tax_rate_at(reader, row.place_id) if is_space else None


@router.get("/posts/{post_id}")
async def read(post_id: UUID, page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show a post with its replies, and a form to answer."""
    view = await read_post(reader, page.actor, post_id)
    form = None
    if Act.REPLY in view.acts:
        form = page.blank(ReplyDraft)
        offer_voices(page, form, await voices_of(reader, page.actor))
    context = await post_context(page, reader, view, cursor)
    answer = await page.render("posts/post.html", reply_form=form, **context)
    return unlisted(answer, view.row)


@cache
def _edit_form_of(key: str) -> type[PostChange]:
    """Return what can be changed in a kind, with the files to take off and those to add."""
    change = change_of(key)
    return create_model(
        f"{change.__name__}Form", __base__=change, removed=(RemovedFiles, []), files=(PostFiles, [])
    )


def _offer_removal(form: Form, row: Any) -> None:
    """Offer the files that a post has, to be ticked."""
    field = form["removed"]
    field.options = [
        Option(one["id"], one["alt"] or one["file_name"], selected=one["id"] in field.value)
        for one in row.attachments or []
    ]


@router.get("/posts/{post_id}/edit")
async def edit(post_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show a post as a form."""
    view = await _keepable(page, reader, post_id)
    row = view.row
    values = {
        "details": restored(row.kind, row.details).asked(),
        "title": row.title,
        "body": row.body,
        "tags": row.tags,
        "place": row.place_name or "",
        "audience": row.audience,
    }
    form = page.blank(_edit_form_of(row.kind), values, version=row.version)
    _offer_removal(form, row)
    return await page.render("posts/edit.html", form=form, post=row, can=view.acts)


async def _keepable(page: Page, reader: Reader, post_id: UUID) -> PostView:
    """Return a post that the reader may change or withdraw."""
    _ = page.me
    view = await read_post(reader, page.actor, post_id)
    if not view.acts & {Act.EDIT, Act.WITHDRAW}:
        raise NotFound
    return view


@router.post("/posts/{post_id}/edit", max_body_size=FILES_FORM_BYTES)
async def change(
    post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx, storage: Files
) -> Response:
    """Keep what the form holds."""
    view = await _keepable(page, reader, post_id)
    row = view.row
    wanted: Any = await page.form(
        _edit_form_of(row.kind),
        "posts/edit.html",
        prepare=lambda form: _offer_removal(form, row),
        post=row,
        can=view.acts,
    )
    kept = [UUID(one["id"]) for one in row.attachments or []]
    kept = [medium_id for medium_id in kept if medium_id not in wanted.removed]
    if len(kept) + len(wanted.files) > MAX_ATTACHMENTS:
        text = N_("Ein Beitrag hat höchstens %(most)s Dateien.")
        refusal = Invalid.one("files", "too_many_files", text, most=MAX_ATTACHMENTS)
        raise refusal
    added = await upload_all(tx, page.actor, storage, wanted.files, field="files")
    patch = PostPatch(
        **{name: getattr(wanted, name) for name in PostChange.model_fields},
        attachments=[*kept, *(medium.id for medium in added)],
    )
    await edit_post(tx, page.actor, post_id, patch, expected=await page.version())
    return page.go(f"/posts/{post_id}", "post.edited")


@router.post("/posts/{post_id}/withdraw")
async def withdraw(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Withdraw from the button below the form."""
    await withdraw_post(tx, page.actor, post_id, expected=await page.version())
    return page.go("/", "post.withdrawn")


@router.get("/posts/{post_id}/history")
async def history(
    post_id: UUID, page: CurrentPage, reader: Reads, cursor: Cursor = None
) -> Response:
    """Show how a post read before each change."""
    view, part = await list_revisions(reader, page.actor, post_id, Paging(cursor=cursor))
    answer = await page.render(
        "posts/history.html", post=view.row, revisions=part.items, next=part.next, cursor=cursor
    )
    return unlisted(answer, view.row)
