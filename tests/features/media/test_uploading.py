"""Uploading pictures and PDFs, at the API."""

import asyncio
import io
import zipfile

import pytest
from PIL import Image
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.core import images
from app.core.db import sqlalchemy_url, transaction
from app.core.storage import Memory
from app.features.media import uploading
from app.features.media.uploading import QuotaReached, neutral_name, upload
from app.models.media import Medium
from tests.features.media.files import a_pdf, a_picture, a_telling_picture
from tests.features.media.polyglots import REFUSED
from tests.makers import a_person, as_actor, bearer


async def sent(client, headers, content, name="werk.jpg", alt="Die Werkhalle von innen"):
    return await client.post(
        "/api/v1/media", headers=headers, files={"file": (name, content)}, data={"alt": alt}
    )


async def a_client(session):
    person = await a_person(session)
    headers = await bearer(session, person)
    await session.commit()
    return headers


async def test_an_uploaded_picture_is_described_and_can_be_fetched_by_its_owner(session, client):
    headers = await a_client(session)
    answer = await sent(client, headers, a_picture(1500, 700))
    assert answer.status_code == 201, answer.text
    medium = answer.json()
    assert answer.headers["location"] == f"/api/v1/media/{medium['id']}"
    assert (medium["type"], medium["content_type"]) == ("picture", "image/webp")
    assert (medium["width"], medium["height"]) == (1500, 700)
    assert medium["file_name"] == "werk.webp"
    assert set(medium["urls"]) == {"256", "1024", "2048"}
    assert medium["viewer_can"] == ["describe", "remove", "view"]
    read = await client.get(answer.headers["location"], headers=headers)
    assert read.json() == medium
    again = await client.get(
        answer.headers["location"], headers={**headers, "if-none-match": read.headers["etag"]}
    )
    assert again.status_code == 304


async def test_nobody_uploads_without_an_account(client):
    answer = await sent(client, {}, a_picture())
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


async def test_a_token_needs_the_scope(session, client):
    person = await a_person(session)
    headers = await bearer(session, person, "media:read")
    await session.commit()
    answer = await sent(client, headers, a_picture())
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize("alt", ["", "   "])
async def test_a_picture_needs_a_description_and_a_pdf_does_not(session, client, alt):
    headers = await a_client(session)
    answer = await sent(client, headers, a_picture(), alt=alt)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/alt")
    assert (await sent(client, headers, a_pdf(), "plan.pdf", alt=alt)).status_code == 201


async def test_nothing_that_tells_of_its_author_is_kept_t60(session, client, runtime):
    headers = await a_client(session)
    content = a_telling_picture()
    assert b"Geheim" in content
    assert (await sent(client, headers, content)).status_code == 201
    assert (await sent(client, headers, a_pdf(), "plan.pdf")).status_code == 201
    assert len(runtime.storage.files) == 3
    assert not any(b"Geheim" in kept for kept in runtime.storage.files.values())


async def test_a_small_file_that_claims_to_be_huge_is_refused_t59(session, client):
    headers = await a_client(session)
    written = io.BytesIO()
    Image.new("1", (9000, 9000)).save(written, "PNG")
    answer = await sent(client, headers, written.getvalue(), "klein.png")
    assert len(written.getvalue()) < 15_000
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_file")
    assert answer.json()["errors"][0]["code"] == "image_too_large"


@pytest.mark.parametrize("kind", REFUSED)
async def test_everything_but_pictures_and_pdfs_is_refused_t61(session, client, kind):
    headers = await a_client(session)
    answer = await sent(client, headers, REFUSED[kind], "bild.jpg")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_file")


async def test_an_archive_is_never_unpacked_t63(session, client):
    headers = await a_client(session)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(20_000_000))
    answer = await sent(client, headers, written.getvalue(), "brief.docx")
    assert answer.status_code == 415


async def test_a_decoder_that_dies_is_a_refusal_and_no_fault_t64(
    session, client, tmp_path, monkeypatch
):
    headers = await a_client(session)
    dying = tmp_path / "dying.py"
    dying.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    with monkeypatch.context() as patched:
        patched.setattr(images, "_DECODER", dying)
        answer = await sent(client, headers, a_picture())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "decoder_failed")
    assert (await sent(client, headers, a_picture())).status_code == 201


async def test_a_file_over_ten_megabytes_is_too_large(session, client):
    headers = await a_client(session)
    for size in (images.MAX_FILE + 1, images.MAX_FILE + 200_000):
        answer = await sent(client, headers, b"\x89PNG\r\n" + bytes(size - 6), "gross.png")
        assert answer.status_code == 413, size
    just = await sent(client, headers, b"\x89PNG\r\n" + bytes(images.MAX_FILE - 6), "gross.png")
    assert just.json()["code"] == "bad_file"


async def test_the_large_limit_is_for_uploads_only(session, client):
    headers = await a_client(session)
    answer = await client.patch(
        f"/api/v1/media/{'0' * 8}-0000-7000-8000-{'0' * 12}",
        headers=headers,
        json={"alt": "x" * 2_000_000},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Akten\\Plan.PDF", "Plan.pdf"),
        ('a"\r\nX-Evil: 1.pdf', "a X-Evil 1.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.pdf"),
        ("<script>.pdf", "script.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("", "datei.pdf"),
        ("\x00\ud800", "datei.pdf"),
        ("Übersicht 2026.pdf", "Übersicht 2026.pdf"),
    ],
)
def test_a_file_name_is_only_a_name_t62(given, kept):
    assert neutral_name(given, ".pdf") == kept


def test_a_file_name_is_not_longer_than_it_may_be_t62():
    assert len(neutral_name("ä" * 300 + ".pdf", ".pdf")) == 120


async def test_the_same_request_twice_makes_one_medium(session, client):
    headers = {**await a_client(session), "idempotency-key": "one"}
    content = a_picture()
    first, second = [await sent(client, headers, content) for _ in range(2)]
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert await session.scalar(select(func.count()).select_from(Medium)) == 1


async def test_extra_fields_are_refused_t31(session, client):
    headers = await a_client(session)
    answer = await client.post(
        "/api/v1/media",
        headers=headers,
        files={"file": ("a.jpg", a_picture())},
        data={"alt": "Halle", "owner_id": "x"},
    )
    assert answer.status_code == 422
    answer = await sent(client, headers, a_picture(), alt="x" * 301)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "string_too_long")


async def test_a_full_quota_is_said_so_t66(session, client):
    headers = await a_client(session)
    assert (await sent(client, headers, a_picture())).status_code == 201
    await session.execute(update(Medium).values(size_bytes=uploading.MAX_BYTES - 10))
    await session.commit()
    answer = await sent(client, headers, a_picture())
    assert (answer.status_code, answer.json()["code"]) == (413, "quota")


async def test_uploads_at_the_same_moment_cannot_exceed_the_quota_t66(own_database, monkeypatch):
    monkeypatch.setattr(uploading, "MAX_FILES", 3)
    engine = create_async_engine(sqlalchemy_url(own_database))
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with sessions() as session:
        person = await a_person(session)
        await session.commit()
    storage, content = Memory(), a_picture(20, 20, "PNG")

    async def one() -> bool:
        try:
            async with transaction(sessions) as session:
                await upload(session, as_actor(person), storage, content, "a.png", "Eine Halle")
        except QuotaReached:
            return False
        return True

    assert sorted(await asyncio.gather(*(one() for _ in range(5)))) == [False] * 2 + [True] * 3
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Medium)) == 3
    await engine.dispose()
