"""Story 8: a hall that can be divided, the search that finds it once it is wide enough."""

import re
from datetime import timedelta

from sqlalchemy import update

from app.core import clock
from app.core.db import transaction
from app.features.places.tax_rates import load_tax_rates
from app.features.posts.reminding import ask_about_reservations
from app.models.posts import Post
from tests.makers import a_company, a_person, bearer, link_in

HALL = {
    "kind": "space_offer",
    "object_type": "hall",
    "offer_forms": ["rent"],
    "area_m2": 1850,
    "divisible_from_m2": 600,
    "zoning": "GE",
    "clear_height_m": 7.5,
    "ramps": 2,
    "rent_eur_m2": 6.2,
    "available_from": "2027-04-01",
    "has_fibre": True,
    "motorway": "A 43",
    "motorway_km": 4,
    "provider": "economic_development",
    "energy_certificate": "not_yet",
}


async def test_story_8_a_hall_is_kept_from_a_narrow_search_and_found_by_a_wider_one(
    session, runtime, client, work, outbox, tmp_path
):
    lena = await a_person(session, "Lena Oberste")
    agency = await a_company(session, "Wirtschaftsförderung Hattingen (Demo)", owner=lena)
    kim = await a_person(session, "Kim Jaspert")
    as_agency, as_kim = await bearer(session, lena), await bearer(session, kim)
    rates = tmp_path / "hebesaetze.csv"
    rates.write_text("gemeinde;hebesatz;stand\nHattingen;530;01.01.2026\n")
    await load_tax_rates(session, rates)
    await session.commit()

    # Jaspert looks for a hall around Herne, 15 km at most.
    filters = {
        "kind": "space_offer",
        "object_type": "hall",
        "area_from_m2": 700,
        "rent_to_eur_m2": 7,
        "clear_height_from_m": 6,
        "place": "44649",
        "radius_km": 15,
    }
    draft = {"label": "Halle für die Montage", "frequency": "at_once", "filters": filters}
    search = await client.post("/api/v1/searches", json=draft, headers=as_kim)
    assert search.status_code == 201, search.json()
    path = search.headers["location"]

    # The agency offers one in Hattingen.
    body = {
        "title": "Halle mit Kranbahn",
        "details": HALL,
        "place": "45525",
        "company_id": str(agency.id),
    }
    published = await client.post("/api/v1/posts", json=body, headers=as_agency)
    assert published.status_code == 201, published.json()
    post_id = published.json()["id"]
    await work()
    page = (await client.get(f"/posts/{post_id}")).text
    for shown in ("1.850", "600", "Gewerbegebiet (GE)", "A 43", "Glasfaser", "6,2", "01.04.2027"):
        assert shown in page, shown
    assert "530 % in Hattingen (Stand 01.01.2026)" in page

    # Not found within 15 km; found, with the reason, once she changes to 20 km.
    assert (await client.get(f"{path}/hits", headers=as_kim)).json()["items"] == []
    assert outbox.outbox == []
    wider = {"filters": {**filters, "radius_km": 20}}
    changed = await client.patch(path, json=wider, headers=as_kim)
    assert changed.status_code == 200, changed.json()
    await work()
    [hit] = (await client.get(f"{path}/hits", headers=as_kim)).json()["items"]
    assert hit["post"]["id"] == post_id
    away = re.fullmatch(r"(\d+,?\d*) km von 44649 Herne", hit["reasons"][1])
    assert 15.5 * 0.8 <= float(away[1].replace(",", ".")) <= 15.5 * 1.2  # shipped places: ± 20 %
    [(_, mail)] = outbox.outbox
    for said in ("Halle für die Montage", "Halle mit Kranbahn", hit["reasons"][1]):
        assert said in mail.get_body(("plain",)).get_content()

    # The list shows it without a map, and with none of what is too far or too low.
    listed = await client.get("/posts", params={**filters, "radius_km": 20})
    assert "Halle mit Kranbahn" in listed.text
    assert "<iframe" not in listed.text

    # Reserved for more than 90 days: its keeper is asked.
    outbox.outbox.clear()
    await client.post(f"/api/v1/posts/{post_id}/reserve", headers=as_agency)
    await work()
    for days, mails in ((89, 0), (91, 1)):
        since = clock.now() - timedelta(days=days)
        await session.execute(update(Post).values(reserved_at=since))
        await session.commit()
        async with transaction(runtime.sessions) as tx:
            await ask_about_reservations(tx)
        await work()
        assert len(outbox.outbox) == mails
    [(_, mail)] = outbox.outbox
    assert "seit 91 Tagen reserviert" in mail["Subject"]
    assert "Wieder freigeben" in (await client.get(link_in(mail))).text
