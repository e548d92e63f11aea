"""Certificates of attendance: for whom, what the PDF says, and how anybody checks one."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import transaction
from app.core.settings import settings
from app.edge.certificate_sheets import write_certificate
from app.features.events.answering import key_of
from app.features.events.upkeep import forget_registrations
from app.models.occurrences import Certificate, Registration, RegistrationState
from app.models.people import Person
from tests.features.events.test_on_the_day import an_event
from tests.makers import a_company, a_person, bearer, signed_in

NAME = "Łukasz Özdemir-Weiß"
A_CERTIFICATE = {
    "code": "ABCDEFGH2345", "title": "Ausbildungssprechtag „Straße & Schiene“",
    "organizer": "Südwestfälische Kammer", "venue": "Regionalbüro, Raum 3", "holder_key": b"",
    "starts_at": datetime(2027, 1, 7, 13, 40, tzinfo=UTC),
    "ends_at": datetime(2027, 1, 7, 15, 10, tzinfo=UTC),
    "time_zone": "Europe/Berlin", "issued_at": datetime(2027, 1, 8, 9, tzinfo=UTC),
}  # fmt: skip


def pages_of(content):
    """What an independent reader of PDFs reads on each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_the_pdf_says_what_it_certifies_in_the_language_of_its_reader():
    german, english = (
        write_certificate(Certificate(locale=locale, **A_CERTIFICATE), NAME)
        for locale in ("de", "en")
    )
    [text] = pages_of(german)
    for said in (
        "Teilnahmebescheinigung", NAME, A_CERTIFICATE["title"], "Südwestfälische Kammer",
        "Donnerstag, 7. Januar 2027, 14:40 bis 16:10 Uhr (1 Stunde 30 Minuten)", "Raum 3",
        "8. Januar 2027", "ABCD-EFGH-2345", "/certificates/ABCD-EFGH-2345",
    ):  # fmt: skip
        assert said in text, said
    [text] = pages_of(english)
    assert "Certificate of attendance" in text
    assert "Thursday, 7 January 2027" in text or "Thursday, January 7, 2027" in text


def test_a_name_in_letters_that_are_not_there_has_a_line_to_be_written_on():
    for name in ("王小明", "محمد علي", "Amélie 王"):
        certificate = Certificate(
            locale="de", **A_CERTIFICATE | {"title": "Treffen 中文 交流 Ruhr"}
        )
        [text] = pages_of(write_certificate(certificate, name))
        assert "bitte von Hand eintragen" in text
        assert "Amélie" not in text
        assert "Treffen … Ruhr" in text
    [text] = pages_of(write_certificate(Certificate(locale="de", **A_CERTIFICATE), "Ольга Ζωή"))
    assert "Ольга Ζωή" in text
    assert "von Hand" not in text


def test_the_same_certificate_is_the_same_bytes_and_its_description_has_no_name():
    made = [write_certificate(Certificate(locale="de", **A_CERTIFICATE), NAME) for _ in range(2)]
    assert made[0] == made[1]
    found = PdfReader(io.BytesIO(made[0]))
    assert "zdemir" not in str(found.metadata)
    assert found.metadata.title == "Teilnahmebescheinigung"
    assert found.trailer["/Root"]["/Lang"] == "de"


def test_every_letter_of_european_names_has_a_glyph(caplog):
    names = "Łukasz Özdemir, Ştefăniţă Țurcanu, Þórður, Ñandú, Đặng, Ελένη, Олександр Їжак, Ørsted"
    [text] = pages_of(write_certificate(Certificate(locale="de", **A_CERTIFICATE), names))
    assert names in text.replace("\n", " ")
    assert not caplog.records  # the library says there which letters its font lacks


@pytest.fixture
async def evening(session, client):
    """Nadine and a guest were there, Fremde was not."""
    people = {name: await a_person(session, name) for name in ("Lena", NAME, "Fremde")}
    details = {"participation": "registration", "slot_minutes": None, "repetition": "once"}
    [date] = await an_event(session, people["Lena"], venue="Kulturhaus", **details)
    made = []
    for number, name in enumerate((NAME, "Fremde", None), 1):
        registration = Registration(
            occurrence_id=date.id, number=number, code=f"CODE{number}", registered_at=clock.now(),
            person_id=people[name].id if name else None, guest_key=None if name else b"g",
            guest_name=None if name else "Ada Gast", guest_email=None if name else "a@gast.example",
            state=RegistrationState.CONFIRMED if name == "Fremde" else RegistrationState.ATTENDED,
        )  # fmt: skip
        session.add(registration)
        made.append(registration)
    await session.flush()
    api = {name: await bearer(session, person) for name, person in people.items()}
    web = {name: await signed_in(session, person) for name, person in people.items()}
    await session.commit()
    return date, made, api, web


async def test_who_was_there_gets_one_and_anybody_checks_it_without_learning_the_name(
    evening, client, session
):
    _, (own, absent, _), api, _ = evening
    path = f"/api/v1/registrations/{own.id}/certificate"
    assert (await client.get(f"{path}.pdf", headers=api[NAME])).status_code == 404
    issued = (await client.post(path, headers=api[NAME])).json()
    again = (await client.post(path, headers=api["Lena"])).json()
    assert issued == again
    assert await session.scalar(select(func.count()).select_from(Certificate)) == 1
    pdf = await client.get(f"{path}.pdf", headers=api[NAME])
    assert pdf.headers["content-type"] == "application/pdf"
    [text] = pages_of(pdf.content)
    assert NAME in text
    assert issued["code"] in text
    assert (await client.get(f"{path}.pdf", headers=api["Fremde"])).status_code == 404
    assert (await client.post(path)).status_code == 401
    refused = await client.post(
        f"/api/v1/registrations/{absent.id}/certificate", headers=api["Fremde"]
    )
    assert refused.json()["code"] == "not_attended"

    check = f"/api/v1/certificates/{issued['code']}"
    seen = await client.get(check)
    assert seen.json() == issued
    assert (seen.json()["title"], seen.json()["organizer"]) == ("Sprechstunde", "Lena")
    assert "zdemir" not in seen.text
    for name, is_right in ((NAME, True), ("lukasz ozdemir-weiss", True), ("Fremde", False)):
        told = await client.post(f"{check}/holder", json={"name": name})
        assert told.json() == {"is_holder": is_right}, name
    unknown = await client.get("/api/v1/certificates/AAAA-BBBB-CCCC")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "certificate_unknown")


async def test_a_company_is_named_as_who_issues_and_a_new_name_makes_a_new_one(
    evening, client, session
):
    _, (own, *_), api, _ = evening
    path = f"/api/v1/registrations/{own.id}/certificate"
    first = (await client.post(path, headers=api[NAME])).json()
    await session.execute(update(Person).where(Person.name == NAME).values(name="Łukasz Neu"))
    await session.commit()
    assert (await client.get(f"{path}.pdf", headers=api[NAME])).status_code == 404
    second = (await client.post(path, headers=api[NAME])).json()
    assert first["code"] != second["code"]
    for issued, name in ((first, NAME), (second, "Łukasz Neu")):
        told = await client.post(
            f"/api/v1/certificates/{issued['code']}/holder", json={"name": name}
        )
        assert told.json() == {"is_holder": True}


async def test_undone_check_ins_take_their_certificate_with_them(evening, client, work):
    _, (own, *_), api, _ = evening
    issued = await client.post(f"/api/v1/registrations/{own.id}/certificate", headers=api[NAME])
    undo = f"/api/v1/registrations/{own.id}/undo_check_in"
    assert (await client.post(undo, headers=api["Lena"])).status_code == 200
    await work()
    gone = await client.get(f"/api/v1/certificates/{issued.json()['code']}")
    assert gone.status_code == 404


async def test_a_certificate_can_be_checked_longer_than_the_registration_is_kept(
    evening, client, runtime
):
    _, (own, *_), api, _ = evening
    issued = await client.post(f"/api/v1/registrations/{own.id}/certificate", headers=api[NAME])
    check = f"/api/v1/certificates/{issued.json()['code']}"
    kept = settings().retention
    for days, status in ((kept.registrations_days + 9, 200), (kept.certificates_days + 9, 404)):
        with clock.set_to(clock.now() + timedelta(days=days)):
            async with transaction(runtime.sessions) as session:
                await forget_registrations(session)
                assert not await session.scalar(select(Registration.id))
        assert (await client.get(check)).status_code == status
        told = await client.post(f"{check}/holder", json={"name": NAME})
        assert told.status_code == status


async def test_by_pages_a_guest_fetches_theirs_and_a_stranger_checks_it(evening, client, session):
    date, (_, _, guest), _, web = evening
    key = f"key={key_of(guest.id)}"
    page = (await client.get(f"/guest-registrations?{key}")).text
    assert "Teilnahmebescheinigung (PDF)" in page
    made = await client.post(f"/guest-registrations/certificate?{key}", data={})
    assert made.headers["location"] == f"/guest-registrations/certificate.pdf?{key}"
    [text] = pages_of((await client.get(made.headers["location"])).content)
    assert "Ada Gast" in text
    path = re.search(r"(/certificates/[\w-]{14})", text)[1]
    lower = path.rpartition("/")[2].lower().replace("-", "")
    asked = await client.get(f"/certificates?code={lower}")
    assert asked.headers["location"] == path
    seen = (await client.get(path)).text
    assert "Sprechstunde" in seen
    assert "Ada" not in seen
    assert "Der Name stimmt" in (await client.post(path, data={"name": "ada gast"})).text
    assert "nicht ausgestellt" in (await client.post(path, data={"name": "Eva Gast"})).text
    assert (await client.post(path, data={"name": ""})).status_code == 422
    assert (await client.get("/certificates/AAAA-BBBB-CCCC")).status_code == 404
    assert (await client.get("/certificates")).status_code == 200
    listed = (await client.get(f"/occurrences/{date.id}/registrations", headers=web["Lena"])).text
    assert f"/registrations/{guest.id}/certificate" in listed
    made = await client.post(f"/registrations/{guest.id}/certificate", data={}, headers=web["Lena"])
    pdf = await client.get(made.headers["location"], headers=web["Lena"])
    assert pdf.content.startswith(b"%PDF")


async def test_the_issuer_is_the_company_that_the_event_is_of(session, client):
    lena = await a_person(session, "Lena")
    company = await a_company(session, "Kammer Süd", owner=lena)
    details = {"participation": "registration", "slot_minutes": None, "repetition": "once"}
    [date] = await an_event(session, lena, company_id=company.id, **details)
    registration = Registration(
        occurrence_id=date.id, number=1, code="CODE1", registered_at=clock.now(),
        person_id=lena.id, state=RegistrationState.ATTENDED,
    )  # fmt: skip
    session.add(registration)
    keeps = await bearer(session, lena)
    await session.commit()
    path = f"/api/v1/registrations/{registration.id}/certificate"
    assert (await client.post(path, headers=keeps)).json()["organizer"] == "Kammer Süd"
