"""Pages for people: the directory, a profile, one's own profile."""

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from app.core.errors import Invalid, NotFound
from app.core.paging import Paging
from app.core.slugs import renamed_to
from app.edge.cards import card_response
from app.edge.deps import Reads, Tx
from app.edge.forms import PROSE_FORM_BYTES
from app.features.follows.followed import follow_of
from app.features.people.cards import card_of_person
from app.features.people.directory import PersonFilters, list_people
from app.features.people.profile import PersonDraft, PersonView, edit_profile, find_person
from app.features.posts.feed import Filters
from app.models.companies import CompanyState
from app.models.follows import FollowTarget
from app.reference.codes import titles_of
from app.reference.tables import languages
from app.reference.topics import topic_titles
from app.web.agenda import dates_held_by
from app.web.metadata import base_url, present
from app.web.page import CurrentPage, PageRouter
from app.web.post_cards import latest_cards

router = PageRouter()


class PersonSearch(PersonFilters):
    """The filters of the directory, and where in it the reader is."""

    cursor: Annotated[str | None, Field(max_length=2_000)] = None


@router.get("/people")
async def directory(
    page: CurrentPage, reads: Reads, asked: Annotated[PersonSearch, Query()]
) -> Response:
    """Show the directory of people."""
    form = page.filters(PersonFilters, asked)
    found, status = None, 200
    try:
        found = await list_people(reads, page.actor, asked, Paging(cursor=asked.cursor))
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
        status = 422
    return await page.render(
        "people/directory.html",
        status=status,
        form=form,
        active=len(asked.model_fields_set - {"cursor", "order"}),
        people=[(row, topic_titles(row.topics)) for row in found.items] if found else [],
        next=found.next if found else None,
        asked=asked,
    )


@router.get("/people/{slug}")
async def show(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show a profile, with the contact data that the reader may see."""
    try:
        view = await find_person(reads, page.actor, slug=slug)
    except NotFound:
        if moved := await renamed_to(reads, "person", slug):
            return page.moved(f"/people/{moved}")
        raise
    return await page.render(
        "people/show.html",
        view=view,
        person=view.person,
        follow_id=await follow_of(reads, page.actor, FollowTarget.PERSON, view.person.id),
        cards=await latest_cards(reads, page, Filters(author_id=view.person.id)),
        agenda=await dates_held_by(reads, page.actor, view.person.id),
        all_posts=f"/posts?author={view.person.id}",
        structured=structured_data(view),
        **_words(view),
    )


def structured_data(view: PersonView) -> dict[str, Any]:
    """Return what machines read of a person who wishes to be found (schema.org/Person)."""
    person, base = view.person, base_url()
    return present(
        {
            "@context": "https://schema.org",
            "@type": "Person",
            "@id": f"{base}/people/{person.slug}",
            "url": f"{base}/people/{person.slug}",
            "name": person.name,
            "description": person.headline,
            "jobTitle": person.function,
            "image": f"{base}/media/{person.picture_id}/1024" if person.picture_id else None,
            "worksFor": [
                {
                    "@type": "Organization",
                    "name": one.name,
                    "url": f"{base}/companies/{one.slug}",
                }
                for one in view.positions
                if one.state == CompanyState.ACTIVE and one.ended_at is None
            ],
        }
    )


@router.get("/people/{slug}/card.{form}")
async def card(
    slug: str, form: Literal["vcf", "svg", "png"], page: CurrentPage, reads: Reads
) -> Response:
    """Answer with a business card that holds what the reader may see."""
    view = await find_person(reads, page.actor, slug=slug)
    return card_response(card_of_person(view), slug, form)


@router.get("/me/profile")
async def ask_to_edit(page: CurrentPage, reads: Reads) -> Response:
    """Show the form for one's own profile."""
    view = await find_person(reads, page.actor, person_id=page.me)
    form = page.blank(PersonDraft, view.person._asdict(), version=view.person.version)
    return await page.render("people/edit.html", form=form, person=view.person)


@router.post("/me/profile", max_body_size=PROSE_FORM_BYTES)
async def edit(page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Change one's own profile."""
    view = await find_person(reads, page.actor, person_id=page.me)
    draft = await page.form(PersonDraft, "people/edit.html", person=view.person)
    person = await edit_profile(tx, page.actor, draft, expected=await page.version())
    return page.go(f"/people/{person.slug}", "person.edited")


def _words(view: Any) -> dict[str, Any]:
    return {
        "topics": topic_titles(view.person.topics),
        "languages": titles_of(languages, view.person.languages),
        "responsibilities": [(row, topic_titles([row.topic])[0]) for row in view.responsibilities],
        "can": {act.value for act in view.viewer_can},
    }
