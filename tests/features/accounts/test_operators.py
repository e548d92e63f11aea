"""Operators are made on the command line, and nowhere else."""

from app.features.accounts.operators import add_operator, list_operators, remove_operator
from tests.conftest import application
from tests.makers import an_account


async def test_operators_are_added_listed_and_removed(session):
    account = await an_account(session)
    for _ in range(2):
        await add_operator(session, account.email.upper())
    assert await list_operators(session) == [account.email]
    for _ in range(2):
        await remove_operator(session, account.email)
    assert await list_operators(session) == []


def test_no_request_body_speaks_of_operators():
    schemas = application().openapi()["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith("Out") or "operator" not in str(schema.get("properties", {}).keys()):
            continue
        raise AssertionError(name)
