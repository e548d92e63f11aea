"""Kinds: each is complete, and a new one needs nothing but its file."""

import asyncio
import json
import sys
from dataclasses import replace

import pytest

from app.core.i18n import translate
from app.edge.forms import form_for
from app.features.posts.drafts import KINDS, draft_of, restored, stored
from app.features.posts.filtering import FACETS
from app.features.posts.kinds import Shown
from tests.makers import a_person, bearer

SHOWN = Shown(
    url="https://kontor.example/posts/1",
    title="Titel",
    text="Text",
    published_at="2026-11-22T08:00:00+00:00",
    edited_at=None,
    author={"@type": "Person", "name": "Nadine Rauhut"},
    details={},
    replies=1,
    accepted={"text": "So geht es."},
    others=[],
)


@pytest.mark.parametrize("key", sorted(KINDS))
def test_every_kind_is_complete(key):
    kind = KINDS[key]
    assert kind.key == key == kind.example.kind
    assert restored(key, stored(kind.example)) == kind.example
    assert all((kind.label, kind.plural, kind.hint))
    assert {facet.name for facet in kind.facets} <= set(FACETS)
    for facet in kind.facets:
        assert FACETS[facet.name].annotation == facet.annotation, f"{facet.name} means two things"
    details = stored(kind.example)
    assert kind.structured(replace(SHOWN, details=details))["@type"]
    form = form_for(draft_of(key), locale="de")
    assert form["details.kind"].widget == "hidden"
    for field in form.fields:
        assert field.label, field.name
        assert field.label != field.name.rpartition(".")[2], (
            f"{field.name} is asked for in no words"
        )
        for option in field.options if field.widget != "hidden" else ():
            is_word = "_" in option.label or option.label.islower()
            assert not (is_word and option.label == option.value), f"{field.name}: {option.value}"
    with pytest.raises(ValueError, match="extra_forbidden"):
        kind.details.model_validate({**kind.example.model_dump(), "points": 1})


@pytest.mark.parametrize("key", sorted(KINDS))
async def test_every_kind_is_published_read_listed_and_drawn(key, session, client):
    author = await a_person(session)
    headers = await bearer(session, author)
    await session.commit()
    example = KINDS[key].example.model_dump(mode="json")
    draft = {"title": "Ein Beispiel", "body": "Mit Text.", "details": example}
    draft["audience"] = "public"  # whatever its kind would say
    made = await client.post("/api/v1/posts", json=draft, headers=headers)
    assert made.status_code == 201, made.json()
    assert made.json()["details"] == example
    listed = (await client.get(f"/api/v1/posts?kind={key}")).json()["items"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    page = await client.get(f"/posts/{made.json()['id']}")
    assert translate(KINDS[key].label, "de") in page.text
    described = (await client.get("/api/v1/kinds")).json()["items"]
    assert key in {one["key"] for one in described}


def test_a_question_tells_search_engines_which_answer_was_accepted():
    told = KINDS["question"].structured(SHOWN)
    assert told["@type"] == "QAPage"
    assert told["mainEntity"]["acceptedAnswer"] == {"@type": "Answer", "text": "So geht es."}


async def test_a_new_kind_needs_nothing_but_its_file():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.features.posts.with_more_kinds", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    told = json.loads(said)
    assert {"discussion", "pallet_swap", "question"} <= set(told["kinds"])
    assert told["discriminator"]["pallet_swap"] == "#/components/schemas/PalletSwap"
    assert "pallet_type" in told["parameters"]
    assert "Palettenart" in told["filters"]
    assert told["form"]["details.pallet_type"] == [
        "Palettenart",
        "select",
        ["Bitte wählen", "Europalette", "Einwegpalette"],
    ]
    assert told["form"]["details.pallets"][:2] == ["Anzahl der Paletten", "number"]
    assert told["form"]["details.until"][:2] == ["Abzuholen bis", "date"]
    assert told["wrong"] == [[], ["details.pallet_swap.pallets"]]
    for part in ("Palettentausch", "Palettenart: Einwegpalette", "Anzahl der Paletten: 40",
                 "Abzuholen bis: 14.01.2027"):  # fmt: skip
        assert part in told["card"]
    assert "posts.details @> jsonb_build_object" in told["sql"]


async def test_facets_of_another_kind_and_unknown_kinds_are_refused(client):
    for query in ("kind=unknown", "radius_km=5", "place=Nirgendwoland", "pallet_type=european"):
        assert (await client.get(f"/api/v1/posts?{query}")).status_code == 422, query
