"""The pages about concealed posts: choosing a mediator, mediating, releasing."""

import pytest

from tests.features.inquiries.arranging import a_concealed_offer, an_inquiry
from tests.makers import a_company, a_person, signed_in


@pytest.fixture
async def world(session):
    """An owner, somebody who asks, a mediator, and the headers of each."""
    owner = await a_person(session, "Ulrich Vietmeier")
    asker = await a_person(session, "Seda Yildirim")
    lena = await a_person(session, "Lena Oberste")
    chamber = await a_company(session, "Kammer (Demo)", owner=lena, mediates_successions=True)
    post = await a_concealed_offer(session, owner)
    inquiry = await an_inquiry(session, post, asker, text="Ich habe **Interesse**.")
    headers = {one: await signed_in(session, one) for one in (owner, asker, lena)}
    await session.commit()
    return owner, asker, lena, chamber, post, inquiry, headers


async def test_a_mediator_is_chosen_and_checks_a_request(session, client, world):
    owner, asker, lena, chamber, post, inquiry, headers = world
    path = f"/posts/{post.id}/mediator"
    assert (await client.get(path, headers=headers[asker])).status_code == 404
    page = await client.get(path, headers=headers[owner])
    assert "Kammer (Demo)" in page.text
    near = await client.get(f"{path}?place=45525", headers=headers[owner])
    assert near.status_code == 200
    lost = await client.get(f"{path}?place=Nirgendwo", headers=headers[owner])
    assert "kennen wir nicht" in lost.text
    data = {"company_id": str(chamber.id)}
    chosen = await client.post(path, data=data, headers=headers[owner])
    assert chosen.status_code == 303, chosen.text
    assert "Kammer (Demo)" in (await client.get(f"/posts/{post.id}")).text

    listed = await client.get("/mediation", headers=headers[lena])
    assert "Interessent 1" in listed.text
    one = await client.get(f"/mediation/{inquiry.id}", headers=headers[lena])
    assert "<strong>Interesse</strong>" in one.text
    for secret in ("Vietmeier", "Yildirim"):
        assert secret not in listed.text + one.text
    note = {"note": "Schlüssig."}
    checked = await client.post(f"/mediation/{inquiry.id}/check", data=note, headers=headers[lena])
    assert checked.status_code == 303
    hers = await client.get(f"/releases/{inquiry.id}", headers=headers[asker])
    his = await client.get(f"/releases/{inquiry.id}", headers=headers[owner])
    assert "Schlüssig." in his.text
    assert "Schlüssig." not in hers.text
    for stranger in (owner, asker):
        answer = await client.get(f"/mediation/{inquiry.id}", headers=headers[stranger])
        assert answer.status_code == 404
    gone = await client.post(path, data={"company_id": ""}, headers=headers[owner])
    assert gone.status_code == 303
    assert (await client.get(f"/mediation/{inquiry.id}", headers=headers[lena])).status_code == 404
    assert "nichts zu vermitteln" in (await client.get("/mediation", headers=headers[lena])).text


async def test_who_does_not_mediate_cannot_be_chosen(session, client, world):
    owner, _, _, _, post, _, headers = world
    other = await a_company(session, "Anders GmbH")
    await session.commit()
    answer = await client.post(
        f"/posts/{post.id}/mediator", data={"company_id": str(other.id)}, headers=headers[owner]
    )
    assert answer.status_code == 409


async def test_both_sides_release_and_look_on_pages(session, client, world):
    owner, asker, lena, _, _, inquiry, headers = world
    path = f"/releases/{inquiry.id}"
    assert (await client.get(path, headers=headers[lena])).status_code == 404
    thread = await client.get(f"/inquiries/{inquiry.id}", headers=headers[asker])
    assert f'href="{path}"' in thread.text
    for one, button in ((asker, "zurücknehmen"), (owner, "Kontaktdaten ansehen")):
        released = await client.post(path, headers=headers[one])
        assert released.status_code == 303
        page = await client.get(path, headers=headers[one])
        assert button in page.text
        other = "Vietmeier" if one is asker else "Yildirim"
        assert other not in page.text
    taken_back = await client.post(f"{path}/withdraw", headers=headers[asker])
    assert taken_back.status_code == 303
    assert (await client.post(f"{path}/look", headers=headers[owner])).status_code == 409
    await client.post(path, headers=headers[asker])
    looked = await client.post(f"{path}/look", headers=headers[owner])
    assert looked.status_code == 303
    hers = await client.get(path, headers=headers[asker])
    assert "Ulrich Vietmeier" in hers.text
    assert "durch die andere Seite" in hers.text
    his = await client.get(path, headers=headers[owner])
    assert "Seda Yildirim" in his.text


async def test_mediators_are_listed_by_distance(session, client, world):
    chamber = world[3]
    found = await client.get("/api/v1/companies?mediates_successions=true")
    assert [one["name"] for one in found.json()["items"]] == [chamber.name]
    shown = await client.get(f"/api/v1/companies/{chamber.id}")
    assert shown.json()["mediates_successions"] is True
    page = await client.get("/companies?mediates_successions=true")
    assert "Kammer (Demo)" in page.text
