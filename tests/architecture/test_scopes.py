"""A token can be given exactly the scopes that operations ask for."""

from app.features.accounts.tokens import SCOPES
from tests.conftest import application


def test_every_scope_that_is_asked_for_can_be_given_and_the_other_way_round():
    asked = {
        scope
        for path in application().openapi()["paths"].values()
        for operation in path.values()
        for way in operation.get("security", [])
        for scope in way.get("bearer", [])
    }
    assert asked - SCOPES.keys() == set()
    assert SCOPES.keys() - asked == set()
