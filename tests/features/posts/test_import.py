"""Posts from CSV files: by page and by command, with a template for each kind."""

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.core.db import transaction
from app.core.settings import settings
from app.core.sheets import UnusableFile
from app.edge.post_sheets import read_posts, template_for
from app.features.posts.drafts import KINDS
from app.models.accounts import Account
from app.models.posts import Post
from app.runtime import running
from tests.commanding import carried_out
from tests.makers import a_company, a_person, signed_in

SHEET = """Kennung im eigenen System;Titel;Kategorie;Preis;Betrag in Euro;Lieferung möglich;tags
a1;Zwei Schraubstöcke;Werkzeuge;Festpreis;1.5;ja;metall|werkstatt
a2;Drehbank;machines;negotiable;12,50;;
a3;;Werkzeuge;kostenlos;;;
a4;Falsch;Einhörner;kostenlos;;;
;Ohne Kennung;Werkzeuge;kostenlos;;;
"""


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "posts.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("locale", ["de", "en"])
@pytest.mark.parametrize("key", sorted(KINDS))
def test_the_template_of_every_kind_can_be_read_back(key, locale, tmp_path):
    path = tmp_path / "template.csv"
    path.write_bytes(template_for(key, locale))
    (row,) = read_posts(key, path)
    assert row.wish.refusal is None, getattr(row.wish.refusal, "errors", row.wish.refusal)
    assert row.wish.draft.details == KINDS[key].example


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_rows_are_read_like_forms(tmp_path, encoding):
    rows = list(read_posts("offer", written(tmp_path, SHEET, encoding)))
    first, second, third, fourth, fifth = (row.wish for row in rows)
    assert [row.line for row in rows] == [2, 3, 4, 5, 6]
    assert first.draft.details.model_dump(exclude_defaults=True) == {
        "category": "tools",
        "price_type": "fixed",
        "price_eur": 1.5,
        "delivers": True,
    }
    assert first.draft.tags == ["metall", "werkstatt"]
    assert second.draft.details.price_eur == 12.5
    assert [error.path for error in third.refusal.errors] == [("title",)]
    assert [error.path[-1] for error in fourth.refusal.errors] == ["category"]
    assert [error.path for error in fifth.refusal.errors] == [("external_id",)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "file_empty"),
        ("external_id;Farbe\n1;blau\n", "unknown_column"),
        ("Titel;Kategorie\nx;Werkzeuge\n", "no_external_id"),
        ("external_id;Titel\n" + "x;y\n" * 501, "too_many_rows"),
        ("PK\x03\x04", "file_foreign"),
    ],
)
def test_a_file_that_is_no_table_of_posts_is_refused_as_a_whole(tmp_path, text, code):
    with pytest.raises(UnusableFile) as refused:
        list(read_posts("offer", written(tmp_path, text)))
    assert refused.value.reason.code == code


async def test_the_page_brings_in_a_file_and_says_what_became_of_each_row(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    headers = await signed_in(session, owner)
    await session.commit()

    async def send(**fields):
        files = {"file.0": ("posts.csv", SHEET.encode(), "text/csv")}
        data = {"kind": "offer", "company_id": str(company.id), **fields}
        return await client.post("/me/posts/import", data=data, files=files, headers=headers)

    assert (await client.get("/me/posts/import")).status_code == 303
    assert (await client.get("/me/posts/import", headers=headers)).status_code == 200
    tried = await send(is_rehearsal="true")
    assert tried.status_code == 200
    assert "Das war eine Probe." in tried.text
    assert await session.scalar(select(func.count(Post.id))) == 0
    done = await send()
    assert "2 veröffentlicht" in " ".join(done.text.split())
    assert "3 abgelehnt" in " ".join(done.text.split())
    assert "Einhörner" not in done.text
    again = await send()
    assert "2 unverändert" in " ".join(again.text.split())
    posts = (await session.scalars(select(Post))).all()
    assert {post.company_id for post in posts} == {company.id}
    refused = await client.post(
        "/me/posts/import",
        data={"kind": "offer", "company_id": ""},
        files={"file.0": ("x.csv", b"Farbe\nblau\n", "text/csv")},
        headers=headers,
    )
    assert refused.status_code == 422
    assert "Die Spalte 1 gehört zu keinem Feld" in refused.text


async def test_templates_are_served_on_both_fronts(client):
    page = await client.get("/posts/templates/offer.csv")
    assert page.headers["content-type"] == "text/csv; charset=utf-8"
    assert page.headers["content-disposition"] == 'attachment; filename="offer.csv"'
    api = await client.get("/api/v1/kinds/offer/template")
    for answer in (page, api):
        header = next(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        assert header[:2] == ["Kennung im eigenen System", "Kategorie"]
    assert (await client.get("/posts/templates/unicorns.csv")).status_code == 404
    assert (await client.get("/api/v1/kinds/unicorns/template")).status_code == 404


async def test_the_command_brings_in_a_file_once(own_database, tmp_path):
    file = written(tmp_path, SHEET)
    async with running(settings(), own_database) as house, transaction(house.sessions) as session:
        owner = await a_person(session)
        account = await session.get(Account, owner.account_id)

    def kontor(*arguments: str):
        return carried_out(own_database, "posts", *arguments)

    tried = kontor("import", "offer", str(file), "--as", account.email, "--dry-run")
    assert (tried.exit_code, "created: 2" in tried.output) == (3, True), tried.output
    done = kontor("import", "offer", str(file), "--as", account.email)
    assert "created: 2" in done.output
    assert "4: title" in done.output
    again = kontor("import", "offer", str(file), "--as", account.email)
    assert "unchanged: 2" in again.output
    assert kontor("import", "offer", str(file), "--as", "nobody@else.example").exit_code == 1
