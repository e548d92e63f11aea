"""What a page may say after an act, by the key that stands in its address."""

from app.core.i18n import N_

NOTICES: dict[str, str] = {
    "account.opened": N_("Ihr Konto ist angelegt. Willkommen."),
    "account.signed_out": N_("Sie sind abgemeldet."),
    "group.joined": N_("Sie sind jetzt Mitglied der Gruppe."),
    "group.requested": N_("Ihre Anfrage ist gestellt. Die Gruppe entscheidet darüber."),
}
