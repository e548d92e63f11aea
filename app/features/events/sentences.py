"""What is said of registrations and dates, to people and to guests without an account alike."""

from typing import Final

from app.core.i18n import N_
from app.models.occurrences import RegistrationState

SAID: Final[dict[RegistrationState, str]] = {
    RegistrationState.CONFIRMED: N_("Sie sind angemeldet zu „%(event)s“ am %(day)s."),
    RegistrationState.REQUESTED: N_(
        "Ihre Anmeldung zu „%(event)s“ am %(day)s ist eingegangen. Sie gilt, sobald der "
        "Veranstalter zusagt."
    ),
    RegistrationState.WAITING: N_("Sie stehen auf der Warteliste zu „%(event)s“ am %(day)s."),
    RegistrationState.OFFERED: N_(
        "Bei „%(event)s“ am %(day)s ist ein Platz für Sie frei. Bitte bestätigen Sie ihn bis zum "
        "%(until)s, danach bekommt ihn die oder der Nächste."
    ),
    RegistrationState.LAPSED: N_(
        "Ihr Platz bei „%(event)s“ am %(day)s ist weitergegeben, weil Sie ihn nicht bestätigt "
        "haben."
    ),
    RegistrationState.DECLINED: N_(
        "Der Veranstalter hat Ihre Anmeldung zu „%(event)s“ am %(day)s abgelehnt."
    ),
    RegistrationState.CANCELLED: N_("Sie sind abgemeldet von „%(event)s“ am %(day)s."),
}
MOVED: Final = N_("„%(event)s“ ist verschoben auf den %(day)s. Ihre Anmeldung gilt weiter.")
CANCELLED: Final = N_("„%(event)s“ am %(day)s ist abgesagt.")
RESTORED: Final = N_("„%(event)s“ findet doch statt am %(day)s. Ihre Anmeldung gilt weiter.")
CHANGED: Final = N_("Zu „%(event)s“ am %(day)s gibt es neue Angaben.")
