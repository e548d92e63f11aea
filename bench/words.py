"""The words from which the texts of the measured region are put together."""

from typing import Final

FIRST_NAMES: Final = (
    *("Anja", "Bernd", "Cem", "Dagmar", "Emre", "Frauke", "Gerd", "Hanna", "Ingo", "Jasmin"),
    *("Karim", "Lena", "Mehmet", "Nadine", "Olaf", "Petra", "Rainer", "Sabine", "Thorsten", "Ute"),
    *("Volker", "Wiebke", "Yasemin", "Zoran", "Carla", "Dirk", "Elif", "Jürgen", "Käthe", "Sören"),
)
_BEGINNINGS: Final = (
    *("Acker", "Berg", "Brink", "Dahl", "Eich", "Feld", "Grün", "Hövel", "Hütten", "Kamp"),
    *("Kirch", "Linden", "Mühl", "Nieder", "Ober", "Quer", "Rüb", "Schür", "Stein", "Wester"),
)
_ENDINGS: Final = (
    *("mann", "beck", "hoff", "kötter", "meier", "busch", "haus", "feld", "schulte", "kamp"),
)
FAMILY_NAMES: Final = tuple(begin + end for begin in _BEGINNINGS for end in _ENDINGS)
STREETS: Final = (
    *("Am Förderturm", "Bahnhofstraße", "Gerichtsweg", "Hüttenstraße", "Im Gewerbepark"),
    *("Kemnader Straße", "Nierenhofer Straße", "Ruhrallee", "Schmiedegasse", "Zechenweg"),
)
WORK: Final = (
    *("Aufmaß", "Baustellenlogistik", "Berichtsheft", "Betriebsprüfung", "Brandschutz"),
    *("E-Rechnung", "Fahrgemeinschaft", "Förderantrag", "Gefahrstoffkataster", "Härterei"),
    *("Ladesäule", "Lagerhalle", "Lehrwerkstatt", "Lieferkette", "Messestand", "Notfallplan"),
    *("Photovoltaik", "Rahmenvertrag", "Schichtplan", "Stellplatz", "Übergabe", "Zollanmeldung"),
    *(
        "Zwischenprüfung",
        "Azubi-Austausch",
        "Gleitzeit",
        "Meisterprüfung",
        "Pflegezeit",
        "Glasfaser",
    ),
)
TAGS: Final = tuple(
    word.lower()
    for word in (
        "Ausbildung",
        "Azubi",
        "Breitband",
        "Energie",
        "Export",
        "Fachkräfte",
        "Fördermittel",
    )
) + tuple(word.lower() for word in WORK)
TITLES: Final = (
    "Wer hat Erfahrung mit: {work}?",
    "{work}: Was hat sich bei Ihnen bewährt?",
    "Suchen Partner für {work} in {town}",
    "{work} und {other} – ein Bericht aus der Praxis",
    "Termin in {town}: Austausch über {work}",
    "Neue Regeln für {work}, was jetzt zu tun ist",
    "Kurze Frage zum Thema {work} bei kleinen Betrieben",
    "Empfehlung gesucht: {work} ab {month}",
)
SENTENCES: Final = (
    "Wir sind ein Betrieb mit {number} Leuten in {town}, und {work} wird zum Thema.",
    "Bisher lief {work} bei uns nebenher, seit {month} reicht das nicht mehr aus.",
    "Von der Kammer kam der Hinweis, dass {other} und {work} zusammen betrachtet werden sollten.",
    "Ein erstes Angebot liegt bei **{number}00 Euro** im Monat, das erscheint uns viel.",
    "Wer in {town} oder Umgebung Ähnliches macht, darf sich gern bei uns melden.",
    "Die Unterlagen dazu stehen unter https://www.betrieb-{number}.example/{slug} bereit.",
    "Aus unserer Sicht lohnt sich {work} ab etwa {number} Fällen im Jahr, vorher nicht.",
    "Unsere Auszubildenden haben {other} selbst erprobt und waren nach zwei Wochen sicher darin.",
    "Rechtlich ist {work} seit {month} klarer geregelt, die Einzelheiten ändern sich aber noch.",
    "Wir haben {number} Stunden hineingesteckt und würden es wieder so machen.",
    "Entscheidend war am Ende nicht der Preis, sondern dass jemand für {other} ansprechbar ist.",
    "Beim letzten Treffen in {town} haben drei Betriebe von *{work}* berichtet.",
    "Mit dem Steuerberater ist {work} abgesprochen, offen ist nur noch {other}.",
    "Für einen Betrieb unserer Größe wäre eine gemeinsame Lösung am günstigsten.",
    "Vielen Dank im Voraus für jeden Hinweis, auch für den Rat, es zu lassen.",
    "Gern zeigen wir vor Ort, wie {work} bei uns abläuft, freitags ab 13 Uhr passt es am besten.",
)
LIST: Final = "- {work}\n- {other}\n- Ansprechperson in {town}\n- Kosten bis {number}00 Euro"
MONTHS: Final = ("Januar", "März", "Mai", "Juli", "September", "November")
TOPIC_NAMES: Final = (
    *("Ausbildung", "Nachfolge", "Außenwirtschaft", "Fachkräfte", "Digitalisierung", "Logistik"),
    *("Handwerk", "Energie", "Gastgewerbe", "Gründung", "Einkauf", "Gesundheit", "Mobilität"),
    *(
        "Stadtmarketing",
        "Metall",
        "Bau",
        "Kreativwirtschaft",
        "Pflege",
        "Tourismus",
        "Arbeitsschutz",
    ),
)
GROUP_FORMS: Final = ("Runder Tisch", "Kreis", "Austausch", "Netz", "Stammtisch", "Werkstatt")
