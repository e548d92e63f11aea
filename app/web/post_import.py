"""Pages to bring in many posts of a kind from a CSV file, and its template."""

import tempfile
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.core.asking import Asked
from app.core.errors import NotFound
from app.core.i18n import N_, translate
from app.edge.deps import Reads, Tx
from app.edge.forms import FILES_FORM_BYTES, Form
from app.edge.post_sheets import PostRow, read_posts, reasons_of, template_for
from app.features.companies.speaking import voices_of
from app.features.media.uploading import FileDraft
from app.features.posts.drafts import KINDS
from app.features.posts.filtering import kind_choices
from app.features.posts.syncing import Outcome, Result, put_posts, rehearse_posts
from app.web.page import CurrentPage, Page, PageRouter
from app.web.posts import offer_voices

router = PageRouter()
LABELS = {
    Outcome.CREATED: N_("veröffentlicht"),
    Outcome.CHANGED: N_("geändert"),
    Outcome.UNCHANGED: N_("unverändert"),
    Outcome.WITHDRAWN: N_("zurückgezogen"),
    Outcome.REFUSED: N_("abgelehnt"),
}


class ImportForm(BaseModel):
    """A file of posts of one kind, and for whom they speak."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Asked(N_("Art"), widget="select", choices=kind_choices)]
    company_id: Annotated[UUID | None, Asked(N_("Veröffentlichen als"), widget="select")] = None
    file: Annotated[
        list[FileDraft],
        Field(min_length=1, max_length=1),
        Asked(
            N_("CSV-Datei"),
            N_("Höchstens 500 Zeilen; UTF-8 oder Windows-1252, Semikolon, Komma oder Tabulator."),
            widget="files",
            accept=".csv,text/csv",
        ),
    ]
    is_rehearsal: Annotated[
        bool, Asked(N_("Nur prüfen"), hint=N_("Es wird nichts veröffentlicht oder geändert."))
    ] = False


@router.get("/me/posts/import")
async def ask(page: CurrentPage, reader: Reads, kind: str = "") -> Response:
    """Ask for a file."""
    _ = page.me
    voices = await voices_of(reader, page.actor)
    form = page.blank(ImportForm, {"kind": kind if kind in KINDS else ""})
    _offer(page, form, voices)
    return await page.render("posts/import.html", form=form, templates=_templates(), results=None)


def _offer(page: Page, form: Form, voices: list[Any]) -> None:
    offer_voices(page, form, voices)
    form["kind"].options = [one for one in form["kind"].options if one.value]


def _templates() -> list[tuple[str, str]]:
    return [(f"/posts/templates/{key}.csv", translate(kind.plural)) for key, kind in KINDS.items()]


@router.post("/me/posts/import", max_body_size=FILES_FORM_BYTES)
async def bring_in(page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Bring in what the file holds, each row by itself, and show what became of each."""
    _ = page.me
    voices = await voices_of(reader, page.actor)
    draft = await page.form(
        ImportForm,
        "posts/import.html",
        prepare=lambda form: _offer(page, form, voices),
        templates=_templates(),
        results=None,
    )
    if draft.kind not in KINDS:
        raise NotFound
    read = _read(draft)
    bring = rehearse_posts if draft.is_rehearsal else put_posts
    results = await bring(tx, page.actor, [row.wish for row in read])
    form = page.blank(ImportForm, {"kind": draft.kind, "company_id": draft.company_id})
    _offer(page, form, voices)
    counts = {label: sum(one.outcome == outcome for one in results)
              for outcome, label in LABELS.items()}  # fmt: skip
    return await page.render(
        "posts/import.html",
        form=form,
        templates=_templates(),
        results=[_shown(row, one) for row, one in zip(read, results, strict=True)],
        counts={translate(label): count for label, count in counts.items() if count},
        is_rehearsal=draft.is_rehearsal,
    )


def _read(draft: ImportForm) -> list[PostRow]:
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(draft.file[0].content)
        file.flush()
        return list(read_posts(draft.kind, Path(file.name), company_id=draft.company_id))


def _shown(row: PostRow, result: Result) -> dict[str, Any]:
    return {
        "line": row.line,
        "external_id": result.external_id,
        "outcome": translate(LABELS[result.outcome]),
        "href": f"/posts/{result.post_id}" if result.post_id else None,
        "reasons": reasons_of(result.refusal) if result.refusal else [],
    }


@router.get("/posts/templates/{kind}.csv")
async def template(kind: str, page: CurrentPage) -> Response:
    """Return a file to fill in."""
    if kind not in KINDS:
        raise NotFound
    return Response(
        template_for(kind, page.actor.locale),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{kind}.csv"'},
    )
