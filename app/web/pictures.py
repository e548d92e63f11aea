"""Pages to choose the picture of a person and the logo of a company."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.core.asking import Asked
from app.core.i18n import N_
from app.edge.deps import Files, Reads, Tx
from app.edge.forms import FILES_FORM_BYTES
from app.features.companies.picturing import company_with_logo, set_logo
from app.features.media.uploading import PICTURES, FileDraft, upload_all
from app.features.people.picturing import person_with_picture, set_picture
from app.web.page import CurrentPage, PageRouter

router = PageRouter()


class PictureForm(BaseModel):
    """A new picture."""

    model_config = ConfigDict(extra="forbid")

    picture: Annotated[
        list[FileDraft],
        Field(min_length=1, max_length=1),
        Asked(
            N_("Neues Bild"),
            N_("JPEG, PNG oder WebP, höchstens 10 MB. Angaben zu Ort und Gerät entfernen wir."),
            widget="files",
            accept=PICTURES,
        ),
    ]


@router.get("/me/picture")
async def picture(page: CurrentPage, reads: Reads) -> Response:
    """Show one's picture, and the form for another one."""
    person = await person_with_picture(reads, page.actor)
    return await page.render("pictures/person.html", person=person, form=page.blank(PictureForm))


@router.post("/me/picture", max_body_size=FILES_FORM_BYTES)
async def change_picture(page: CurrentPage, reads: Reads, tx: Tx, storage: Files) -> Response:
    """Upload a picture and show it in the profile."""
    person = await person_with_picture(reads, page.actor)
    draft = await page.form(PictureForm, "pictures/person.html", person=person)
    media = await upload_all(tx, page.actor, storage, draft.picture, field="picture")
    await set_picture(tx, page.actor, media[0].id)
    return page.go(f"/people/{person.slug}", "person.picture_changed")


@router.post("/me/picture/remove")
async def remove_picture(page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Show no picture any more."""
    person = await person_with_picture(reads, page.actor)
    await set_picture(tx, page.actor, None)
    return page.go(f"/people/{person.slug}", "person.picture_removed")


@router.get("/companies/{slug}/logo")
async def logo(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show a company's logo, and the form for another one."""
    company = await company_with_logo(reads, page.actor, slug)
    return await page.render("pictures/company.html", company=company, form=page.blank(PictureForm))


@router.post("/companies/{slug}/logo", max_body_size=FILES_FORM_BYTES)
async def change_logo(
    slug: str, page: CurrentPage, reads: Reads, tx: Tx, storage: Files
) -> Response:
    """Upload a picture and show it as the company's logo."""
    company = await company_with_logo(reads, page.actor, slug)
    draft = await page.form(PictureForm, "pictures/company.html", company=company)
    media = await upload_all(tx, page.actor, storage, draft.picture, field="picture")
    await set_logo(tx, page.actor, company.id, media[0].id)
    return page.go(f"/companies/{slug}", "company.logo_changed")


@router.post("/companies/{slug}/logo/remove")
async def remove_logo(slug: str, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Show no logo any more."""
    company = await company_with_logo(reads, page.actor, slug)
    await set_logo(tx, page.actor, company.id, None)
    return page.go(f"/companies/{slug}", "company.logo_removed")
