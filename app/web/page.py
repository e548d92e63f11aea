"""What a page module works with: rendering, forms, redirects and notices."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy import Select, Uuid, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response
from typing_extensions import override

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, Refusal, SignInRequired, TooMany, Unavailable
from app.core.i18n import N_, translate
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.edge.forms import FORM_BYTES, Form, form_for, posted_values, read_form
from app.edge.identity import Identity, identify
from app.edge.refusals import status_of
from app.edge.routes import KontorRoute, KontorRouter
from app.edge.strict import check_query
from app.features.notifications.unread import NOTHING, Unread, unread_columns, unread_of
from app.models.companies import Company, CompanyState, Staff, StaffRole
from app.web.environment import environment
from app.web.metadata import head_of
from app.web.notices import NOTICES

D = TypeVar("D", bound=BaseModel)
MAX_FILES = 8  # in one form


@dataclass(frozen=True, slots=True)
class VoiceOf:
    """A company for which the viewer may speak."""

    id: UUID
    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """What a page shows of its reader."""

    is_signed_in: bool = False
    name: str = ""
    person_slug: str = ""
    is_operator: bool = False
    companies: tuple[VoiceOf, ...] = ()
    unread: Unread = NOTHING


@prepared
def _surroundings(actor: Actor) -> Select[Any]:
    me = bound("me", Uuid())
    entry = func.json_build_array(Company.id, Company.name, Company.slug)
    companies = (
        select(func.json_agg(aggregate_order_by(entry, Company.sort_name)))
        .join(Staff, Staff.company_id == Company.id)
        .where(
            Staff.person_id == me,
            Staff.ended_at.is_(None),
            Staff.role.in_([StaffRole.OWNER, StaffRole.EDITOR]),
            Company.state == CompanyState.ACTIVE,
        )
    )
    return select(companies.scalar_subquery().label("companies"), *unread_columns(actor))


async def _viewer(reader: Reader, identity: Identity) -> Viewer:
    if not identity.actor.is_signed_in:
        return Viewer()
    found = await reader.first(
        _surroundings(identity.actor.shape), {"me": identity.actor.person_id}
    )
    assert found is not None  # noqa: S101 - a select without FROM has one row
    return Viewer(
        is_signed_in=True,
        name=identity.name,
        person_slug=identity.slug,
        is_operator=identity.actor.operator,
        companies=tuple(VoiceOf(UUID(a), b, c) for a, b, c in found.companies or []),
        unread=unread_of(found),
    )


@dataclass(slots=True)
class _Asked:
    """The form a request posted, and the page that shows it again if it is refused."""

    form: Form
    template: str
    context: dict[str, Any]


class Page:
    """One request for a page, and the ways to answer it."""

    def __init__(self, request: Request, identity: Identity) -> None:
        self.request = request
        self.identity = identity

    @property
    def actor(self) -> Actor:
        """Who reads."""
        return self.identity.actor

    @property
    def me(self) -> UUID:
        """The reader's person; raises SignInRequired for nobody."""
        if self.actor.person_id is None:
            raise SignInRequired
        return self.actor.person_id

    def require(self, allowed: bool) -> None:  # noqa: FBT001 - the answer of a policy
        """Refuse a page to those whom the policy does not let do what it is for."""
        if not allowed:
            raise Forbidden if self.actor.is_signed_in else SignInRequired

    async def render(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Answer with a template."""
        notice = NOTICES.get(self.request.query_params.get("notice", ""))
        html = (
            environment()
            .get_template(template)
            .render(
                {
                    **self._shared(),
                    "head": head_of(self.request.scope["path"], self.request.query_params),
                    "viewer": await _viewer(self.request.state.runtime.reader, self.identity),
                    "notice": translate(notice) if notice else None,
                    "today": clock.today(settings().zone),
                    **context,
                }
            )
        )
        return HTMLResponse(html, status)

    async def framed(self, template: str, **context: Any) -> HTMLResponse:
        """Answer with a template that stands in pages of others, and knows no reader."""
        html = environment().get_template(template).render({**self._shared(), **context})
        return HTMLResponse(html)

    def _shared(self) -> dict[str, Any]:
        configured = settings()
        return {
            "request": self.request,
            "path": self.request.scope["path"],
            "site": {
                "name": configured.site.name,
                "region_name": configured.site.region_name,
                "tagline": configured.site.tagline,
                "operator_name": configured.operator.name,
                "base_url": configured.base_url.rstrip("/"),
            },
            "locale": self.actor.locale,
        }

    def blank(
        self,
        draft: type[BaseModel],
        values: dict[str, Any] | BaseModel | None = None,
        *,
        version: int | None = None,
    ) -> Form:
        """Return a form that asks for ``draft``."""
        return form_for(draft, values, locale=self.actor.locale, version=version)

    def asked(self, draft: type[BaseModel]) -> FormData:
        """Return what the address asks of ``draft``, as its form would post it."""
        given = self.request.query_params.multi_items()
        return FormData([(name, text) for name, text in given if name in draft.model_fields])

    def filters(
        self, draft: type[BaseModel], given: dict[str, Any] | BaseModel | None = None
    ) -> Form:
        """Return a form that narrows a list down: what is left open there narrows nothing."""
        return form_for(draft, given, locale=self.actor.locale, nothing=N_("alle"))

    async def form(
        self,
        draft: type[D],
        template: str,
        *,
        name: str = "form",
        prepare: Callable[[Form], None] | None = None,
        **context: Any,
    ) -> D:
        """Read the posted form into ``draft``.

        Should it be refused, now or by the use-case that follows, ``template`` is shown again
        with what was entered and what is wrong (``name`` is the form's name in the template).
        ``prepare`` completes the form, with choices that depend on the reader for example.
        """
        posted = await self.request.form(max_files=MAX_FILES)
        form = form_for(
            draft,
            posted_values(draft, posted),
            locale=self.actor.locale,
            version=await self.version(),
        )
        if prepare:
            prepare(form)
        self.request.state.asked = _Asked(form, template, {name: form, **context})
        return read_form(draft, posted)

    async def version(self) -> int | None:
        """Return the version that the posted form was filled from."""
        text = (await self.request.form()).get("version")
        is_number = isinstance(text, str) and text.isascii() and text.isdigit()
        return int(str(text)) if is_number and len(str(text)) < 10 else None  # noqa: PLR2004

    def moved(self, path: str) -> RedirectResponse:
        """Answer that a page has another address for good."""
        return RedirectResponse(path, 301)

    def go(self, path: str, notice: str | None = None, *, fragment: str = "") -> RedirectResponse:
        """Answer with a redirect to a page of ours that says ``notice`` (a key of NOTICES)."""
        if notice:
            assert notice in NOTICES, notice  # noqa: S101 - a slip of ours
            path = f"{path}{'&' if '?' in path else '?'}{urlencode({'notice': notice})}"
        return RedirectResponse(f"{path}#{fragment}" if fragment else path, 303)


def local_path(wanted: str, otherwise: str = "/") -> str:
    """Return ``wanted`` if it is a page of ours, so that no link leads elsewhere after an act."""
    ours = re.fullmatch(r"/(?![/\\])[!-\[\]-~]{0,499}", wanted)
    return wanted if ours else otherwise


async def _page(request: Request) -> Page:
    return Page(request, await identify(request))


CurrentPage = Annotated[Page, Depends(_page)]


_NOT_POSSIBLE = N_("Das ist nicht möglich")
_HEADINGS = {
    400: N_("Diese Anfrage ist nicht lesbar"),
    403: N_("Dazu sind Sie nicht berechtigt"),
    404: N_("Nicht gefunden"),
    410: N_("Nicht mehr verfügbar"),
    429: N_("Bitte warten Sie etwas"),
    500: N_("Hier ist etwas schiefgegangen"),
    503: N_("Das geht gerade nicht"),
}


async def refused(request: Request, refusal: Refusal) -> Response:
    """Show a refusal: in the form it is about, else as a page of its own."""
    status = status_of(refusal)
    is_ours = status >= 500  # noqa: PLR2004 - then the database may be what failed
    known = getattr(request.state, "identity", None)
    page = Page(request, known if known and not is_ours else Identity())
    if isinstance(refusal, SignInRequired):
        wanted = request.scope["path"] if request.method == "GET" else "/"
        return page.go(f"/sign-in?{urlencode({'next': wanted})}")
    said = translate(refusal.text, **refusal.params)
    asked: _Asked | None = getattr(request.state, "asked", None)
    if asked and not is_ours:
        if isinstance(refusal, Invalid) and refusal.errors:
            asked.form.refuse(refusal.errors, page.actor.locale)
        else:
            asked.form.errors.append({"field": None, "text": said})
        response: Response = await page.render(asked.template, status=status, **asked.context)
    else:
        response = await page.render(
            "error.html",
            status=status,
            heading=translate(_HEADINGS.get(status, _NOT_POSSIBLE)),
            text=said,
        )
    if isinstance(refusal, TooMany | Unavailable):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


class PageRoute(KontorRoute):
    """A page; what a form posts is done once, however often its button is pressed."""

    @override
    def check_query(self, request: Request, known: dict[str, bool]) -> None:
        """Let unknown parameters pass: who shares or mails a link of ours may add some."""
        check_query(request, known, tolerant=True)

    @override
    async def idempotency_key(self, request: Request) -> str | None:
        """Return the id that the form was given when it was shown."""
        await request.body()  # kept, so that form and fingerprint can both read it
        form_id = (await request.form(max_files=MAX_FILES)).get("form_id")
        return form_id if isinstance(form_id, str) and form_id else None


class PageRouter(KontorRouter):
    """A router of pages; they are not part of the JSON contract."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            route_class=PageRoute,
            include_in_schema=False,
            default_response_class=HTMLResponse,
            max_body_size=FORM_BYTES,
            **options,
        )
