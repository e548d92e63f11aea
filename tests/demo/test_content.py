"""The content of the demo region: complete, consistent, and the same every time."""

from collections import Counter
from datetime import UTC, datetime

import phonenumbers
import pytest
from pydantic import ValidationError

from app.demo.companies import (
    FIRMS_BY_SECTION,
    KNOWN_SECTIONS,
    TOWN_OF,
    apportion,
    count_sections,
    demo_companies,
)
from app.demo.content import Region, demo_region
from app.reference.sectors import WZ_2008, section_of
from app.reference.tables import legal_forms, size_bands


def said():
    return [words for post in demo_region().posts for words in (post, *post.replies)]


def test_the_conversations_are_as_many_as_promised():
    posts = demo_region().posts
    assert len(posts) >= 60
    assert sum(len(post.replies) for post in posts) >= 150
    assert {post.kind for post in posts} == {"discussion", "question"}
    assert sum(any(reply.accepted for reply in post.replies) for post in posts) >= 25
    assert any(not post.replies for post in posts)
    assert any(words.mentions for words in said())


def test_the_groups_of_the_brief_are_there_and_one_is_the_chambers():
    groups = {group.key: group for group in demo_region().groups}
    assert groups["innovationskreis-mobilitaet"].admission == "on_request"
    assert groups["innovationskreis-mobilitaet"].founder == "jonas-terhorst"
    assert {"ausbildung", "unternehmensnachfolge", "import-export"} <= groups.keys()
    assert any(group.admission == "hidden" for group in groups.values())
    founders = [group.founder for group in groups.values()]
    assert len(set(founders)) == len(founders)
    chamber = {person.key for person in demo_region().people if person.company == "ihk-mr"}
    assert sum(founder in chamber for founder in founders) == 1


def test_the_chamber_is_one_voice_among_many():
    chamber = {person.key for person in demo_region().people if person.company == "ihk-mr"}
    accepted = [
        reply.author for post in demo_region().posts for reply in post.replies if reply.accepted
    ]
    assert 0 < sum(author in chamber for author in accepted) < len(accepted) / 4
    voices = Counter(words.author for words in said())
    assert len(voices) >= 40


def test_nobody_raises_the_voice_and_every_mail_leads_nowhere():
    region = demo_region()
    text = region.model_dump_json() + "".join(firm.model_dump_json() for firm in region.firms())
    assert "!" not in text
    for member in (*region.companies, *region.people, *region.firms()):
        assert member.email.endswith(".example")


def test_every_telephone_number_is_one_kept_free_for_fiction():
    region = demo_region()
    numbers = [m.phone for m in (*region.companies, *region.people, *region.firms()) if m.phone]
    for number in numbers:
        assert number.startswith(("+49 221 4710", "+49 171 39200"))
        assert phonenumbers.is_possible_number(phonenumbers.parse(number))


def test_a_moment_lies_in_the_past_at_the_local_time_given():
    post = demo_region().posts[0]
    now = datetime(2027, 3, 30, 22, 30, tzinfo=UTC)  # already the 31st in Berlin
    moment = post.said_at(now)
    assert (moment.hour, moment.minute) == (post.at.hour, post.at.minute)
    assert (datetime(2027, 3, 31).date() - moment.date()).days == post.days_ago  # noqa: DTZ001
    assert all(words.said_at(now) < now for words in said())


@pytest.mark.parametrize("today", [datetime(2027, 3, day, 12, tzinfo=UTC) for day in (1, 2, 4, 31)])
def test_a_series_that_began_in_the_past_began_after_it_was_announced(today):
    workshop = next(
        one for one in demo_region().listings if one.details.get("starts_at", "").startswith("last")
    )
    began = datetime.fromisoformat(workshop.details_at(today)["starts_at"])
    assert began.weekday() == 1
    assert began.day <= 7
    assert 2 <= (today.date() - began.date()).days < workshop.days_ago
    assert all(one.said_at(today).date() < began.date() for one in workshop.registrations[:3])


def test_mentions_become_the_slugs_that_people_have():
    words = next(words for words in said() if words.mentions)
    key = words.mentions[0]
    assert f"@{key}-2" in words.body_with({key: f"{key}-2"})


@pytest.mark.parametrize(
    "change",
    [
        {"author": "nobody"},
        {"author": "tim-reuter"},  # a stranger to the group
        {"helpful": ["nobody"]},
        {"body": "Guten Tag, @nobody"},
        {"title": "x" * 121},
        {"body": "x" * 20_001},
        {"group": "no-group"},
        {"days_ago": 1},  # then its replies would come first
    ],
)
def test_a_broken_reference_or_limit_is_refused(change):
    whole = demo_region().model_dump(by_alias=True)
    Region.model_validate(whole)
    first = next(post for post in whole["posts"] if post["key"] == "mindestverguetung")
    first.update(change)
    with pytest.raises(ValidationError):
        Region.model_validate(whole)


def test_firms_are_the_same_every_time_and_differ_from_each_other():
    firms = demo_region().firms()
    assert firms == demo_region().firms()
    assert len(firms) == 400
    names = [*(firm.name for firm in firms), *(c.name for c in demo_region().companies)]
    assert len(set(names)) == len(names)
    assert len({firm.key for firm in firms} | {c.key for c in demo_region().companies}) == 433
    assert len({firm.description for firm in firms}) == 400
    for firm in firms:
        assert firm.legal_form in legal_forms()
        assert firm.size_band in size_bands()
        assert TOWN_OF[firm.postcode] == firm.town
        assert {section_of(division, WZ_2008) for division in firm.divisions} == {firm.section}


@pytest.mark.parametrize("town", ["Hattingen", "Bochum", "Herne", "Witten"])
def test_the_sections_of_a_town_have_the_published_shares(town):
    region = demo_region()
    counted = count_sections(region.firms(), town)
    counted.update(company.section for company in region.companies if company.town == town)
    for section in KNOWN_SECTIONS:
        expected = counted.total() * FIRMS_BY_SECTION[section] / 3_000
        assert abs(counted[section] - expected) <= 1


def test_without_the_cast_three_thousand_firms_give_the_published_numbers():
    assert sum(FIRMS_BY_SECTION.values()) == 3_000
    shares = apportion(3_000, FIRMS_BY_SECTION)
    assert [shares[section] for section in KNOWN_SECTIONS] == [862, 388, 279]
    assert count_sections(demo_companies(100), "Hattingen").total() == 24
