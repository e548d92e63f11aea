"""Publishing freight: what is computed, what is refused, and what must be confirmed."""

import pytest
from sqlalchemy import select

from app.features.posts.drafts import KINDS, restored
from app.features.posts.freight.packages import Package, loading_metres_of
from app.models.freight import FreightLane
from app.models.posts import Confirmation, Post
from tests.features.freight.arranging import ASCENSION, CAPACITY, CRATE, REQUEST, on, with_points
from tests.makers import a_person, bearer, signed_in

TRUCK = {
    **CAPACITY,
    "origin": "23560",
    "destination": "44649",
    "vehicle_type": "up_to_7_5_t",
    "legal_status": "own_account",
    "price_type": "fixed",
    "price_eur": 180,
}


@pytest.fixture
async def publish(session, client):
    headers = await bearer(session, await a_person(session, "Kim Jaspert"))
    await with_points(session)
    await session.commit()

    async def published(details, *confirmed):
        body = {"details": details, "confirmed": list(confirmed)}
        return await client.post("/api/v1/posts", json=body, headers=headers)

    return published


def codes(answer):
    return {one["code"] for one in answer.json().get("errors", [])}


async def test_a_lorry_is_named_placed_and_ends_by_itself(publish):
    answer = await publish(CAPACITY)
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert made["title"] == "44793 – 23560"
    assert made["place"]["name"] == "44793 Bochum"
    assert made["reference"].startswith("LAD-")
    assert made["due_at"] == on("2027-01-14T05:00:00Z")
    assert made["expires_at"] == on("2027-01-15T11:00:00Z")
    assert made["details"]["departs_from"] == on("2027-01-14T06:00")


async def test_loading_metres_and_weight_are_computed_or_given_by_hand(publish):
    made = (await publish(REQUEST)).json()
    assert (made["details"]["loading_metres"], made["details"]["weight_kg"]) == (3.85, 3_000)
    pallets = {**CRATE, "count": 34, "packing": "epal", "length_m": 1.2, "width_m": 0.8}
    assert loading_metres_of([Package(**pallets)]) == pytest.approx(13.6)
    assert loading_metres_of([Package(**pallets, is_stackable=True)]) == pytest.approx(6.8)
    by_hand = (await publish({**REQUEST, "loading_metres": 4.2, "weight_kg": 3_100})).json()
    assert by_hand["details"]["loading_metres"] == 4.2
    assert codes(await publish({**REQUEST, "packages": []})) == {"size_missing"}
    assert codes(await publish({**REQUEST, "loading_metres": 17})) == {"less_than_equal"}


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("4 × EPAL 1,2×0,8×1,5 m 300 kg stapelbar", (4, "epal", 1.2, 0.8, 1.5, 300, True)),
        ("1 Kiste", None),
        ("1 x Kiste 4,2x2,2x2,4 3000kg", (1, "crate", 4.2, 2.2, 2.4, 3000, False)),
        ("2 * Gitterboxen 1.24*0.84*0.97 m, 500 kg, nicht stapelbar",
         (2, "mesh_box", 1.24, 0.84, 0.97, 500, False)),
        ("1 × Sofa 1×1×1 m 30 kg", None),
    ],
)  # fmt: skip
def test_packages_are_read_from_lines(line, read):
    if read is None:
        with pytest.raises(ValueError, match="Bitte schreiben Sie jede Zeile so"):
            Package.model_validate(line)
        return
    package = Package.model_validate(line)
    assert tuple(package.model_dump().values()) == read
    assert Package.model_validate(str(package)) == package


async def test_paid_own_account_transport_is_refused_with_a_link(publish):
    refused = await publish(TRUCK)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["code"], error["is_confirmable"]) == ("own_account_paid", False)
    assert "gesetze-im-internet.de" in error["detail"]
    again = await publish(TRUCK, "own_account_paid")
    assert codes(again) == {"own_account_paid"}


async def test_unpaid_own_account_transport_waits_for_a_tick_which_is_kept(publish, session):
    unpaid = {**TRUCK, "price_type": "unpaid", "price_eur": None}
    refused = await publish(unpaid)
    assert refused.json()["code"] == "confirmation_needed"
    assert "Bitte rechtlich prüfen (§ 1 GüKG)" in refused.json()["errors"][0]["detail"]
    made = await publish(unpaid, "own_account_unpaid")
    assert made.status_code == 201
    kept = (await session.scalars(select(Confirmation))).one()
    assert (str(kept.post_id), kept.code) == (made.json()["id"], "own_account_unpaid")
    light = {**TRUCK, "vehicle_type": "up_to_3_5_t", "bodies": ["van"], "loading_sides": []}
    assert (await publish(light)).status_code == 201


@pytest.mark.parametrize("day", [on("2027-01-17"), ASCENSION])
async def test_a_window_within_the_driving_ban_is_warned_of(publish, day):
    heavy = {
        **CAPACITY,
        "vehicle_type": "up_to_12_t",
        "departs_from": f"{day}T06:00",
        "departs_until": f"{day}T12:00",
        "arrives_by": None,
    }
    warned = await publish(heavy)
    assert codes(warned) == {"driving_ban"}
    assert "Sonntagsfahrverbot 0–22 Uhr" in warned.json()["errors"][0]["detail"]
    assert (await publish(heavy, "driving_ban")).status_code == 201
    assert (await publish({**heavy, "vehicle_type": "up_to_7_5_t"})).status_code == 201
    late = {**heavy, "departs_until": f"{day}T23:00"}
    assert (await publish(late)).status_code == 201
    assert codes(await publish({**heavy, "vehicle_type": "up_to_7_5_t", "has_trailer": True})) == {
        "driving_ban"
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"licence_number": ""}, "licence_missing"),
        ({"licence_valid_until": on("2027-01-14")}, "licence_expired"),
        ({"insured_until": on("2027-01-14")}, "insurance_missing"),
        ({"legal_status": "light_domestic"}, "vehicle_needs_licence"),
        ({"free_weight_kg": 50}, "too_little"),
        ({"free_loading_metres": 17}, "less_than_equal"),
        ({"departs_until": on("2027-01-13T12:00")}, "window_backwards"),
        ({"departs_until": on("2027-03-13T12:00"), "arrives_by": None}, "window_too_long"),
        ({"departs_from": "morgen früh"}, "local_time_unreadable"),
        ({"origin": "Nirgendwo"}, "place_unknown"),
        ({"recurrence": "weekly"}, "repeats_until_missing"),
        ({"temperature_from_c": 8, "temperature_to_c": 2}, "temperature_backwards"),
        ({"price_type": "fixed"}, "price_missing"),
    ],
)
async def test_what_is_wrong_with_a_lorry_is_refused(publish, changes, code):
    assert codes(await publish({**CAPACITY, **changes})) == {code}


async def test_weekly_trips_live_up_to_ninety_days(publish):
    weekly = {**CAPACITY, "recurrence": "weekly", "repeats_until": on("2027-02-25")}
    made = (await publish(weekly)).json()
    assert made["expires_at"] == on("2027-02-25T23:00:00Z")


async def test_the_way_follows_an_edit(publish, session, client):
    made = (await publish(CAPACITY)).json()
    before = (await session.scalars(select(FreightLane))).one().cells
    author = await session.scalar(select(Post.author_id))
    person = await session.get_one(type(await a_person(session)), author)
    headers = await bearer(session, person)
    await session.commit()
    answer = await client.patch(
        f"/api/v1/posts/{made['id']}",
        json={"details": {**CAPACITY, "destination": "50667"}},
        headers=headers,
    )
    assert answer.status_code == 200, answer.json()
    lane = (
        await session.scalars(select(FreightLane).execution_options(populate_existing=True))
    ).one()
    assert set(lane.cells) != set(before)


async def test_the_form_takes_lines_of_packages_and_local_times(session, client):
    author = await a_person(session, "Kim Jaspert")
    page = await signed_in(session, author)
    await with_points(session)
    await session.commit()
    blank = await client.get("/posts/new?kind=freight_request", headers=page)
    assert 'type="datetime-local"' in blank.text
    form = {
        "details.kind": "freight_request",
        "details.time_zone": "Europe/Berlin",
        "details.origin": "44649",
        "details.destination": "23569",
        "details.loads_from": on("2027-01-14T07:00"),
        "details.loads_until": on("14.01.2027 12:00"),
        "details.unloads_until": on("2027-01-15T16:00"),
        "details.goods": "Fräskopf",
        "details.packages": "1 × Kiste 4,2×2,2×2,4 m 3000 kg\n4 × EPAL zu schwer",
        "details.loading_side": "side",
        "details.price_type": "proposal",
        "audience": "public",
    }
    wrong = await client.post("/posts/new", data=form, headers=page)
    assert wrong.status_code == 422
    assert "Bitte schreiben Sie jede Zeile so" in wrong.text
    assert "4 × EPAL zu schwer" in wrong.text
    form["details.packages"] = "1 × Kiste 4,2×2,2×2,4 m 3000 kg"
    made = await client.post("/posts/new", data=form, headers=page)
    assert made.status_code == 303, made.text
    post = (await session.scalars(select(Post))).one()
    assert restored(post.kind, post.details).loading_metres == 3.85
    shown = await client.get(made.headers["location"], headers=page)
    assert "3,85" in shown.text
    edit = await client.get(f"/posts/{post.id}/edit", headers=page)
    assert "1 × Kiste 4,2×2,2×2,4 m 3000 kg" in edit.text
    assert 'name="details.loading_metres" value=""' in " ".join(edit.text.split())
    assert KINDS["freight_request"].example.loading_metres == 3.85


async def test_a_folded_part_of_the_form_opens_where_something_in_it_is_missing(session, client):
    headers = await signed_in(session, await a_person(session, "Dilek"))
    await with_points(session)
    await session.commit()
    folded = '<details class="fieldset folded"{}><summary>Wiederholung</summary>'
    blank = await client.get("/posts/new?kind=freight_capacity", headers=headers)
    assert folded.format("") in blank.text
    form = {f"details.{name}": value for name, value in CAPACITY.items()}
    wrong = await client.post(
        "/posts/new", data={**form, "details.recurrence": "weekly"}, headers=headers
    )
    assert wrong.status_code == 422
    assert folded.format(" open") in wrong.text
    assert '<a href="#f-details-repeats_until">Bis wann' in wrong.text
