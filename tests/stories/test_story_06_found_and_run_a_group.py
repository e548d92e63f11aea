"""Story 6: Jonas founds the Innovationskreis Mobilität, and the chamber is a member like others."""

from tests.makers import a_company, a_person, bearer


async def test_a_group_is_founded_filled_used_and_left(session, client, work, outbox):
    jonas = await a_person(session, "Jonas Terhorst")
    kemnader = await a_company(session, "Kemnader Messtechnik UG", owner=jonas)
    lena = await a_person(session, "Lena Oberste")
    chamber = await a_company(
        session, "IHK Mittleres Ruhrgebiet (Demo)", owner=lena, form="chamber"
    )
    others = [await a_person(session, name) for name in ("Kim Jaspert", "Dilek Aksoy", "Mo Yilmaz")]
    people = [jonas, lena, *others]
    tokens = {person.id: await bearer(session, person) for person in people}
    await session.commit()

    async def call(method, path, person, status=200, **json):
        answer = await client.request(
            method, f"/api/v1{path}", headers=tokens[person.id], json=json or None
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    draft = {"name": "Innovationskreis Mobilität", "admission": "on_request", "topics": ["sites"]}
    group = await call("POST", "/groups", jonas, 201, **draft)
    members, here = f"/groups/{group['id']}/members", f"/groups/{group['id']}"

    asked = [await call("PUT", f"{here}/membership", person) for person in (lena, *others)]
    assert {each["standing"] for each in asked} == {"requested"}
    question = await call(
        "POST",
        f"{here}/posts",
        jonas,
        201,
        details={"kind": "question"},
        title="Wer teilt sich einen Ladepunkt?",
        body="Wir haben **zwei** Plätze.",
        company_id=str(kemnader.id),
    )
    for person in (lena, *others):  # who waits reads nothing, whoever it is
        await call("GET", f"/posts/{question['id']}", person, 404)
        listed = await call("GET", f"{here}/posts", person)
        assert listed["items"] == []

    for person in (lena, *others):
        await call("PATCH", f"{members}/{person.id}", jonas, standing="member")
    reply = await call(
        "POST",
        f"/posts/{question['id']}/replies",
        lena,
        201,
        body="Das Parkhaus am Zollhof wäre offen dafür.",
        company_id=str(chamber.id),
    )
    accepted = f"/posts/{question['id']}/accepted-answer"
    await call("PUT", accepted, others[0], 403, reply_id=reply["id"])
    answered = await call("PUT", accepted, jonas, reply_id=reply["id"])
    assert answered["accepted_reply_id"] == reply["id"]

    await work()
    told = {recipient for recipient, _ in outbox.outbox}
    assert len(told) >= len(people)

    await call("DELETE", f"{here}/membership", jonas, 409)  # the last owner hands over first
    await call("PATCH", f"{members}/{others[0].id}", jonas, standing="owner")
    await call("DELETE", f"{here}/membership", jonas, 204)
    still = await call("GET", f"/posts/{question['id']}", others[0])
    assert still["author"]["name"] == "Jonas Terhorst"
    assert still["company"]["name"] == "Kemnader Messtechnik UG"
    await call("GET", f"/posts/{question['id']}", jonas, 404)


async def test_the_chambers_request_is_treated_as_any_other(session, client):
    """What the founder sees of two requests differs in the names alone."""
    founder = await a_person(session, "Jonas Terhorst")
    seen = []
    for name, form in (
        ("IHK Mittleres Ruhrgebiet (Demo)", "chamber"),
        ("Hofladen Sievers", "firm"),
    ):
        asking = await a_person(session, "Kai Namensgleich")
        await a_company(session, name, owner=asking, form=form)
        owner, guest = await bearer(session, founder), await bearer(session, asking)
        await session.commit()
        draft = {"name": "Innovationskreis", "admission": "on_request"}
        made = await client.post("/api/v1/groups", headers=owner, json=draft)
        here = f"/api/v1/groups/{made.json()['id']}"
        await client.put(f"{here}/membership", headers=guest)
        listed = await client.get(f"{here}/members?standing=requested", headers=owner)
        assert listed.status_code == 200, listed.text
        (request,) = listed.json()["items"]
        seen.append({key: request[key] for key in ("standing", "viewer_can") if key in request})
    assert seen[0] == seen[1]
