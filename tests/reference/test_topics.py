import pytest
from pydantic import TypeAdapter, ValidationError

from app.reference.topics import Topic, topic_titles


def test_a_topic_is_one_of_the_shipped_codes():
    assert TypeAdapter(Topic).validate_python("succession") == "succession"
    with pytest.raises(ValidationError, match="unknown_topic"):
        TypeAdapter(Topic).validate_python("Nachfolge")


def test_topics_have_titles_in_both_languages():
    assert topic_titles(["succession"], "de") == ["Unternehmensnachfolge"]
    assert topic_titles(["succession"], "en") == ["Business succession"]
