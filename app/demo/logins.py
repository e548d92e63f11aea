"""Three members of the demo region whom a newcomer can be, as ``kontor run`` names them.

A module of its own without imports from the application: the supervisor reads it while it starts.
"""

from typing import NamedTuple

DEMO_PASSWORD = "Hansekontor-1358"  # noqa: S105 - the demo is served on this machine only


class Login(NamedTuple):
    """What to sign in with, and as what."""

    role: str
    email: str
    password: str = DEMO_PASSWORD


OPERATOR = Login("operator", "betrieb@kontor.example")
LOGINS = (
    Login("firm", "werner.brandhoff@brandhoff-transporte.example"),
    Login("chamber", "lena.oberste@ihk-mittleres-ruhrgebiet.example"),
    OPERATOR,
)
