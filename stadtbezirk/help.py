"""Tell which section of the handbook helps on which page.

Every page asks here, so this module is light. The handbook itself is in ``handbook``.
"""

from django.urls import reverse

from members.roles.permissions import Roles

#: The handbook's chapters, in the order of its table of contents.
SLUGS = (
    "erste-schritte",
    "geschaeftsfuehrung",
    "wirtschaftsfoerderung",
    "vereinsverwaltung",
    "pruefung-und-beirat",
    "oeffentlichkeit",
    "zehn-fragen",
    "begriffe",
)

DIRECTOR, STAFF, ADMINISTRATION, READER, ANYBODY = SLUGS[1:6]


def own_chapter(roles: Roles) -> str:
    """Return the chapter of the user's first role, in the order of the start pages."""
    if roles.is_business_development:
        return STAFF
    if roles.districts:
        return DIRECTOR
    if roles.reads_all:
        return READER
    return ADMINISTRATION if roles.may_enter_admin else ANYBODY


PAYEES = {
    DIRECTOR: "geschaeftsfuehrung#wer-geld-bekommt",
    READER: "pruefung-und-beirat#toepfe-und-buchungen",
    "": "wirtschaftsfoerderung#wer-geld-bekommt",
}

#: The section about letters, by role.
LETTERS = {
    DIRECTOR: "geschaeftsfuehrung#schreiben-an-den-empfaenger",
    STAFF: "wirtschaftsfoerderung#schreiben-versenden-und-annehmen",
    "": "pruefung-und-beirat#schreiben",
}
#: The section about proofs of use, by role.
PROOFS = {
    DIRECTOR: "geschaeftsfuehrung#verwendungsnachweis",
    STAFF: "wirtschaftsfoerderung#nachweise-pruefen",
    "": "pruefung-und-beirat#nachweise",
}
#: The section about what changes after an approval, by role.
CHANGES = {
    DIRECTOR: "geschaeftsfuehrung#wenn-sich-etwas-aendert",
    STAFF: "wirtschaftsfoerderung#aenderungen",
    "": "pruefung-und-beirat#nachweise",
}
#: The section about what has to come back, by role.
CLAIMS = {
    DIRECTOR: "geschaeftsfuehrung#rueckforderungen",
    STAFF: "wirtschaftsfoerderung#rueckforderungen-und-zinsen",
    "": "pruefung-und-beirat#nachweise",
}
STATEMENTS = {READER: "pruefung-und-beirat#toepfe-und-buchungen", "": "wirtschaftsfoerderung#kontoauszuege"}
PAYOUTS = {READER: "pruefung-und-beirat#toepfe-und-buchungen", "": "wirtschaftsfoerderung#auszahlen"}
CLOSING = {
    DIRECTOR: "geschaeftsfuehrung#jahresabschluss",
    STAFF: "wirtschaftsfoerderung#jahresabschluss",
    "": "pruefung-und-beirat#jahresabschluss-und-kassenbericht",
}
CASH = {
    STAFF: "wirtschaftsfoerderung#kassenbericht",
    "": "pruefung-und-beirat#jahresabschluss-und-kassenbericht",
}
RETENTION = {STAFF: "wirtschaftsfoerderung#aufbewahren-und-loeschen", "": "pruefung-und-beirat#aufbewahrung"}
CITY = {
    STAFF: "wirtschaftsfoerderung#nachweis-gegenueber-der-stadt",
    "": "pruefung-und-beirat#jahresabschluss-und-kassenbericht",
}
#: Name of the page -> chapter#section. Or one of these for each role's chapter, with "" for all other roles.
HELP: dict[str, str | dict[str, str]] = {
    "home": {
        DIRECTOR: "geschaeftsfuehrung#die-startseite",
        STAFF: "wirtschaftsfoerderung#die-startseite",
        READER: "pruefung-und-beirat#die-startseite",
        ADMINISTRATION: "vereinsverwaltung#die-startseite",
        "": "oeffentlichkeit#was-hier-steht",
    },
    "district": "oeffentlichkeit#stadtbezirke-und-gremien",
    "districts": "oeffentlichkeit#stadtbezirke-und-gremien",
    "bodies:list": "oeffentlichkeit#stadtbezirke-und-gremien",
    "bodies:detail": "oeffentlichkeit#stadtbezirke-und-gremien",
    "reports:index": "oeffentlichkeit#berichte",
    "reports:year": "oeffentlichkeit#berichte",
    "imprint": "oeffentlichkeit",
    "privacy": "oeffentlichkeit",
    "accessibility": "oeffentlichkeit#ohne-maus-mit-grosser-schrift-im-dunkeln",
    "account_login": "erste-schritte#anmelden",
    "account_logout": "erste-schritte#anmelden",
    "account_inactive": "erste-schritte#anmelden",
    "account_signup": "erste-schritte#anmelden",
    "account_reauthenticate": "erste-schritte#anmelden",
    "account_change_password": "erste-schritte#passwort",
    "account_reset_password": "erste-schritte#passwort",
    "account_reset_password_done": "erste-schritte#passwort",
    "new_password": "erste-schritte#passwort",
    "new_password_done": "erste-schritte#passwort",
    "address": "erste-schritte#e-mail-adresse",
    "address_confirm": "erste-schritte#e-mail-adresse",
    "address_stop": "erste-schritte#e-mail-adresse",
    "invitation": "erste-schritte#die-einladung",
    "mailed_link": "erste-schritte#wenn-etwas-nicht-klappt",
    "profile": "erste-schritte#mein-profil-und-nachrichten",
    "projects:list": "oeffentlichkeit#projekte-finden",
    "projects:create": "geschaeftsfuehrung#ein-projekt-eintragen",
    "projects:edit": "geschaeftsfuehrung#ein-projekt-eintragen",
    "projects:draft": "geschaeftsfuehrung#die-seite-eines-projekts",
    "projects:detail": {
        STAFF: "wirtschaftsfoerderung#einen-antrag-pruefen",
        READER: "pruefung-und-beirat#ein-projekt-nachvollziehen",
        "": "oeffentlichkeit#projekte-finden",
        DIRECTOR: "geschaeftsfuehrung#die-seite-eines-projekts",
    },
    "projects:delete": "geschaeftsfuehrung#kopieren-und-loeschen",
    "projects:organiser": "geschaeftsfuehrung#anschrift-und-kontakt-des-veranstalters",
    "projects:history": "geschaeftsfuehrung#verlauf",
    "projects:comments": "geschaeftsfuehrung#fragen-und-antworten",
    "projects:attachments": "geschaeftsfuehrung#unterlagen",
    "projects:attachment_remove": "geschaeftsfuehrung#unterlagen",
    "projects:sheet": "geschaeftsfuehrung#papiere-fuer-die-sitzung",
    "projects:sheet_by_number": "geschaeftsfuehrung#papiere-fuer-die-sitzung",
    "funding:agenda": "geschaeftsfuehrung#papiere-fuer-die-sitzung",
    "funding:decision_sheet": "wirtschaftsfoerderung#papiere-fuer-die-sitzung",
    "handing_in:hand_in": "geschaeftsfuehrung#einreichen",
    "funding:pots": "pruefung-und-beirat#toepfe-und-buchungen",
    "funding:pot": "pruefung-und-beirat#toepfe-und-buchungen",
    "funding:applications": {
        DIRECTOR: "geschaeftsfuehrung#antraege-verfolgen",
        STAFF: "wirtschaftsfoerderung#die-warteschlange",
        "": "pruefung-und-beirat#antraege-und-entscheidungen",
    },
    "funding:application": {
        DIRECTOR: "geschaeftsfuehrung#saeule-1-den-beschluss-erfassen",
        STAFF: "wirtschaftsfoerderung#einen-antrag-pruefen",
        "": "pruefung-und-beirat#antraege-und-entscheidungen",
    },
    "letters:letters": LETTERS,
    "letters:letter": LETTERS,
    "letters:of_application": LETTERS,
    "letters:preview": LETTERS,
    "letters:promise": "oeffentlichkeit#eine-foerderzusage-annehmen",
    "funding:overhead": "wirtschaftsfoerderung#gemeinkosten",
    "funding:expense": "wirtschaftsfoerderung#gemeinkosten",
    "funding:special": "wirtschaftsfoerderung#sondermittel",
    "funding:special_pot": "wirtschaftsfoerderung#sondermittel",
    "funding:transfers": "wirtschaftsfoerderung#umbuchungen",
    "funding:transfer": "wirtschaftsfoerderung#umbuchungen",
    "funding:grant_change": "wirtschaftsfoerderung#eine-bewilligung-mit-zwei-unterschriften-verringern",
    "audit:package": "pruefung-und-beirat#das-pruefpaket",
    "payments:payouts": PAYOUTS,
    "payments:batch": PAYOUTS,
    "payments:batch_file": PAYOUTS,
    "payments:payment": PAYOUTS,
    "payments:balance": PAYOUTS,
    "payments:statements": STATEMENTS,
    "payments:statement": STATEMENTS,
    "payments:entry": STATEMENTS,
    "payments:reconciliation": STATEMENTS,
    "payments:entries": STATEMENTS,
    "payments:journal": STATEMENTS,
    "payments:payees": PAYEES,
    "payments:payee": PAYEES,
    "payments:payee_create": PAYEES,
    "payments:account": PAYEES,
    "payments:account_create": PAYEES,
    "payments:expense_create": "wirtschaftsfoerderung#gemeinkosten",
    "payments:calls": {
        DIRECTOR: "geschaeftsfuehrung#mittel-abrufen",
        STAFF: "wirtschaftsfoerderung#abrufe-pruefen",
        "": "pruefung-und-beirat#antraege-und-entscheidungen",
    },
    "payments:call_money": "geschaeftsfuehrung#mittel-abrufen",
    "payments:call_resend": "geschaeftsfuehrung#mittel-abrufen",
    "proofs:proofs": PROOFS,
    "proofs:proof": PROOFS,
    "proofs:audit_note": PROOFS,
    "proofs:sample": PROOFS,
    "proofs:changes": CHANGES,
    "proofs:change": CHANGES,
    "proofs:ask_change": CHANGES,
    "proofs:claims": CLAIMS,
    "proofs:claim": CLAIMS,
    "proofs:unclaimed": CLAIMS,
    "proofs:interest": CLAIMS,
    "payments:plan_create": "geschaeftsfuehrung#ratenplaene",
    "payments:call": {
        DIRECTOR: "geschaeftsfuehrung#mittel-abrufen",
        STAFF: "wirtschaftsfoerderung#abrufe-pruefen",
        "": "pruefung-und-beirat#antraege-und-entscheidungen",
    },
    "payments:plan": {
        DIRECTOR: "geschaeftsfuehrung#ratenplaene",
        STAFF: "wirtschaftsfoerderung#abrufe-pruefen",
        "": "pruefung-und-beirat#antraege-und-entscheidungen",
    },
    "closing:years": CLOSING,
    "closing:year": CLOSING,
    "closing:rows": CLOSING,
    "closing:cash": CASH,
    "closing:city": CITY,
    "closing:closing": CLOSING,
    "retention:years": RETENTION,
    "retention:year": RETENTION,
    "retention:deletion": RETENTION,
    "retention:hold": RETENTION,
    "funding:years": "wirtschaftsfoerderung#ein-haushaltsjahr-oeffnen",
    "funding:year": "wirtschaftsfoerderung#ein-haushaltsjahr-oeffnen",
}


#: The same for the models of Django admin.
ADMIN_HELP: dict[str, str] = {
    "person": "vereinsverwaltung#eine-neue-geschaeftsfuehrung",
    "user": "vereinsverwaltung#konten-und-einladungen",
    "mandate": "vereinsverwaltung#beenden-und-nachfolge",
    "membership": "vereinsverwaltung#mitglieder",
    "body": "vereinsverwaltung#gremien-und-sitze",
    "seat": "vereinsverwaltung#gremien-und-sitze",
    "organisation": "vereinsverwaltung#gremien-und-sitze",
    "district": "vereinsverwaltung#stammdaten",
    "fieldofaction": "vereinsverwaltung#stammdaten",
    "fundingmodel": "vereinsverwaltung#stammdaten",
    "grantcondition": "vereinsverwaltung#stammdaten",
    "grantterms": "vereinsverwaltung#stammdaten",
    "interestrule": "vereinsverwaltung#zinsen",
    "baserate": "vereinsverwaltung#zinsen",
    "letterhead": "vereinsverwaltung#schreiben-briefkopf-unterschriften-texte",
    "lettertext": "vereinsverwaltung#schreiben-briefkopf-unterschriften-texte",
    "signatory": "vereinsverwaltung#schreiben-briefkopf-unterschriften-texte",
    "proofrules": "vereinsverwaltung#stammdaten",
    "ownaccount": "vereinsverwaltung#konten-des-vereins",
    "outboxmail": "vereinsverwaltung#postausgang",
    "legaldetails": "vereinsverwaltung#impressum-und-datenschutz",
    "publishedfigure": "vereinsverwaltung#veroeffentlichte-zahlen",
}


def help_for(page: str, roles: Roles) -> str:
    """Return the address of the section that explains this page to this user, or of the table of contents."""
    target: str | dict[str, str] = HELP.get(page, "")
    if page.startswith("admin:"):
        # admin:<app>_<model>_<view>
        model = ([*page.split("_"), ""])[1]
        target = ADMIN_HELP.get(model, ADMINISTRATION)
    if isinstance(target, dict):
        target = target.get(own_chapter(roles)) or target.get("") or ""
    if not target:
        return reverse("handbook")
    slug, _, part = target.partition("#")
    address = reverse("handbook_chapter", args=[slug])
    return f"{address}#{part}" if part else address
