"""Addresses and contacts: where letters to an organisation or a person go."""

import json
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from members.common import fields
from members.common.checks import Guard
from members.common.countries import COUNTRIES, GERMANY

#: Characters that fit in one line of the address field of a letter (DIN 5008).
LINE = 45
#: The parts that an address has all, or none of, and what is said where one is missing.
PARTS = {
    "street": "Zu einer Anschrift gehört die Straße mit Hausnummer oder das Postfach.",
    "postcode": "Zu einer Anschrift gehört die Postleitzahl.",
    "town": "Zu einer Anschrift gehört der Ort.",
}
#: All fields of ``Addressed``, in the order of forms.
ADDRESS = ("street", "address_extra", "postcode", "town", "country")
CONTACT = ("email", "phone")


class Addressed(models.Model):
    """A row that letters go to. Its text (``str``) is the name in the first line of its address."""

    address_extra = fields.CharField(
        "Zusatz", max_length=LINE, blank=True, help_text="Zum Beispiel c/o, Gebäude oder Abteilung."
    )
    street = fields.CharField(
        "Straße und Hausnummer", max_length=LINE, blank=True, help_text="Oder das Postfach."
    )
    postcode = fields.CharField("Postleitzahl", max_length=10, blank=True)
    town = fields.CharField("Ort der Anschrift", max_length=35, blank=True)
    country = models.CharField("Land", max_length=2, choices=list(COUNTRIES.items()), default=GERMANY)
    email = fields.EmailField("E-Mail-Adresse für Schreiben", blank=True)
    phone = fields.CharField(
        "Telefon",
        max_length=40,
        blank=True,
        validators=[
            RegexValidator(
                r"^\+?[0-9][0-9 ()/.–-]{3,}$",
                "Bitte nur die Nummer eintragen, zum Beispiel 0231 123456 oder +49 231 123456.",
            )
        ],
    )

    #: What is taken out of the history of a deleted row.
    PERSONAL: tuple[str, ...] = (*ADDRESS, *CONTACT)

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if mistakes := self.mistakes():
            raise ValidationError(mistakes)

    def mistakes(self) -> dict[str, str]:
        """Return what does not fit together: field -> German sentence."""
        wrong = {}
        if self.address_extra or any(getattr(self, name) for name in PARTS):
            wrong = {name: sentence for name, sentence in PARTS.items() if not getattr(self, name)}
        if self.postcode and self.country == GERMANY and not re.fullmatch("[0-9]{5}", self.postcode):
            wrong["postcode"] = "Eine deutsche Postleitzahl hat fünf Ziffern, zum Beispiel 44135."
        return wrong

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Delete the row. Its history keeps the name, but nothing by which somebody can be reached."""
        history: Any = type(self).history.filter(id=self.pk)  # type: ignore[attr-defined]
        deleted = super().delete(*args, **kwargs)
        history.update(**self.nothing())
        return deleted

    @classmethod
    def nothing(cls) -> dict[str, str]:
        """Return the values of a row that does not say how to reach anybody."""
        return {**dict.fromkeys(cls.PERSONAL, ""), "country": GERMANY}

    @property
    def has_address(self) -> bool:
        """Return whether a letter can be addressed. A check keeps the parts of an address together."""
        return bool(self.street)

    @property
    def address_lines(self) -> list[str]:
        """Return the lines of a letter's address field, name first. A country abroad is last, in capitals.

        Without an address it is the name alone. The name may be longer than one line.
        """
        if not self.has_address:
            return [str(self)]
        abroad = "" if self.country == GERMANY else COUNTRIES[self.country].upper()
        lines = [str(self), self.address_extra, self.street, f"{self.postcode} {self.town}", abroad]
        return [line for line in lines if line]


def reach_of(row: Any) -> bytes:
    """Return how the row's people are reached, and were by its history, as JSON. One query."""
    known = [[getattr(row, name) for name in row.PERSONAL]]
    known += map(list, row.history.order_by("history_id").values_list(*row.PERSONAL))
    return json.dumps(known, ensure_ascii=False).encode()


def erase_reach(rows: Any) -> None:
    """Delete how to reach the rows' people, from their history too; names and offices stay.

    Within the transaction in which two people agreed to it.
    """
    rows.model.history.filter(id__in=rows.values("pk")).update(**rows.model.nothing())
    rows.update(**rows.model.nothing())


def address_whole(name: str) -> Guard:
    """Return the check that an address has street, postcode and town, or nothing at all."""
    nothing = Q(address_extra="", **dict.fromkeys(PARTS, ""))
    return Guard(condition=nothing | ~(Q(street="") | Q(postcode="") | Q(town="")), name=name)
