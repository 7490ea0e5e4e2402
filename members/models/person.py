"""People."""

from django.db import models
from simple_history.models import HistoricalRecords

from members.common import fields
from members.common.checks import known, stored_types
from members.common.countries import COUNTRIES
from members.common.fields import FoldedField
from members.models.address import Addressed, address_whole
from members.models.named import Named


class Person(Named, Addressed):
    """A person with a task in the association or a district, with or without an account.

    Address and contact are for letters only: no page and no list shows them to others.
    """

    given_name = fields.CharField("Vorname", max_length=80)
    family_name = fields.CharField("Nachname", max_length=80)
    publish_name = models.BooleanField(
        "Name darf veröffentlicht werden",
        default=False,
        help_text="Nur mit Einwilligung ankreuzen. Ohne Einwilligung erscheint der Name auf keiner öffentlichen Seite.",
    )

    folded_name = FoldedField(of=["family_name", "given_name"])

    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        verbose_name = "Person"
        verbose_name_plural = "Personen"
        ordering = ["folded_name", "pk"]
        indexes = [models.Index(fields=["folded_name", "id"], name="person_by_name")]
        constraints = [
            address_whole("person_address_whole"),
            stored_types(
                "person_types",
                texts="folded_name given_name family_name address_extra street postcode town country email phone",
                flags="publish_name",
            ),
            known("person_words_known", country=list(COUNTRIES)),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"
