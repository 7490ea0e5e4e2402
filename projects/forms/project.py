"""The form for a project's texts, year and district, and who carries it out."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from members.common.forms import CleanCharField, DateInput, KnownRows, speak_plainly
from members.models import Body, District, Organisation
from members.roles.permissions import Roles
from projects import organisers
from projects.models import FieldOfAction, Project


class ProjectForm(forms.ModelForm):
    further_fields = KnownRows(
        label="Weitere Schwerpunkte",
        required=False,
        queryset=FieldOfAction.objects.all(),
        widget=forms.CheckboxSelectMultiple,
    )
    organiser_name = CleanCharField(
        label="Veranstalter",
        required=False,
        max_length=160,
        help_text="Verein, Schule oder Betrieb. Ein neuer Name wird mit dem Speichern angelegt.",
        widget=forms.TextInput(attrs={"list": "organisations", "autocomplete": "off"}),
    )
    #: The new name that the user confirmed although there is one like it.
    new_organiser = CleanCharField(required=False, widget=forms.HiddenInput)
    #: The organisations whose name is spelled like the typed one, where that has to be confirmed.
    alike: "QuerySet[Organisation] | tuple[()]" = ()
    version = forms.IntegerField(
        widget=forms.HiddenInput,
        required=False,
        error_messages={
            "invalid": "Das Formular ist unvollständig angekommen. Bitte laden Sie die Seite neu."
        },
    )

    class Meta:
        model = Project
        fields = [
            "title",
            "summary",
            "aims",
            "value_creation",
            "main_field",
            "further_fields",
            "year",
            "lead_district",
            "place",
            "starts_on",
            "ends_on",
            "measure",
            "project_group",
            "contact",
            "chosen_kind",
            "special_importance",
        ]
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 3}),
            "aims": forms.Textarea(attrs={"rows": 3}),
            "value_creation": forms.Textarea(attrs={"rows": 3}),
            # The style sheet shows it with pillar 2 or once it is not empty; that needs a placeholder.
            "special_importance": forms.Textarea(attrs={"rows": 3, "placeholder": " "}),
            "starts_on": DateInput,
            "ends_on": DateInput,
        }
        labels = {"measure": "Wer führt das Projekt durch?"}
        help_texts = {
            "title": "So, wie das Projekt öffentlich heißen soll.",
            "summary": "Zwei, drei Sätze. Sie erscheinen nach der ersten Bewilligung öffentlich.",
            "aims": "Was soll danach anders oder besser sein?",
            "value_creation": "Was haben Läden, Betriebe und Nachbarschaft davon?",
            "ends_on": "Darf auch in einem späteren Jahr liegen.",
            "measure": (
                "Eigene Maßnahme: Der Verein kauft ein und bekommt die Rechnungen. Förderung eines Dritten: Der "
                "Veranstalter führt das Projekt durch und bekommt das Geld."
            ),
            "contact": "Nur intern sichtbar, z. B. eine Funktion mit Telefonnummer.",
            "chosen_kind": (
                "Folgt dem Finanzierungsplan, wenn Sie nichts wählen. Mit Drittmitteln heißt sie immer "
                "„mit Mitteln Dritter“."
            ),
            "special_importance": (
                "Nur nötig, wenn kein weiterer Stadtbezirk mitmacht: Warum ist das Projekt von besonderer "
                "Bedeutung?"
            ),
        }

    def __init__(self, *args: Any, roles: Roles, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        for name in ("starts_on", "ends_on"):
            self.fields[name].error_messages["invalid"] = (
                "Bitte ein gültiges Datum eintragen, zum Beispiel 14.03.2026."
            )
        self.roles = roles
        self._narrow_choices()
        for field in self.fields.values():
            speak_plainly(field)
        if self.instance.pk:
            self.fields["version"].initial = self.instance.version
            if self.instance.organiser:
                self.fields["organiser_name"].initial = self.instance.organiser.name
            if self.instance.number:
                for name in ("year", "lead_district"):
                    self.fields[name].disabled = True
            if self.instance.state not in Project.OPEN_TO_EDIT:
                for field in self.fields.values():
                    field.disabled = True
                self.fields["version"].disabled = False

    def _narrow_choices(self) -> None:
        """Offer only the user's own districts as lead district, and only the years that can be planned."""
        this_year = timezone.localdate().year
        years = {this_year, this_year + 1}
        districts = {d.pk for d in self.roles.districts}
        if self.instance.pk:
            years.add(self.instance.year)
            districts.add(self.instance.lead_district_id)
        self.fields["year"] = forms.TypedChoiceField(
            label="Haushaltsjahr",
            coerce=int,
            choices=[(y, str(y)) for y in sorted(years)],
            initial=this_year,
            help_text="Das Projekt beginnt in diesem Jahr.",
        )
        lead = self.fields["lead_district"]
        lead.queryset = District.objects.filter(pk__in=districts)  # type: ignore[attr-defined]
        leading = {d.pk: d.name for d in self.roles.districts}
        if self.instance.pk:
            leading[self.instance.lead_district_id] = self.instance.lead_district.name
        lead.choices = list(leading.items())  # type: ignore[attr-defined]
        if len(districts) == 1:
            lead.widget = forms.HiddenInput()
        lead.error_messages["invalid_choice"] = "Bitte einen Stadtbezirk wählen, den Sie selbst vertreten."
        groups = Body.objects.filter(district_id__in=districts).exclude(kind=Body.Kind.STEERING)
        self.fields["project_group"].queryset = groups.active_on(timezone.localdate())  # type: ignore[attr-defined]
        self.fields["project_group"].empty_label = "– keine –"  # type: ignore[attr-defined]
        fields = [(f.pk, f.name) for f in FieldOfAction.objects.all()]  # one query for both fields
        self.fields["main_field"].choices = [("", "– bitte wählen –"), *fields]  # type: ignore[attr-defined]
        self.fields["further_fields"].choices = fields  # type: ignore[attr-defined]
        self.fields["measure"].choices = [("", "– bitte wählen –"), *Project.Measure.choices]  # type: ignore[attr-defined]
        kinds = [("", "– wie im Finanzierungsplan –"), *Project.CHOSEN_KINDS]
        self.fields["chosen_kind"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_on, ends_on, year = (cleaned.get(n) for n in ("starts_on", "ends_on", "year"))
        if starts_on and year and starts_on.year != year:
            self.add_error(
                "starts_on",
                f"Der Beginn muss im Haushaltsjahr {year} liegen. Bitte Datum oder Haushaltsjahr ändern.",
            )
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", "Das Ende liegt vor dem Beginn. Bitte ein späteres Datum eintragen.")
        if ends_on and year and not starts_on and ends_on.year < year:
            self.add_error(
                "ends_on",
                f"Das Ende liegt vor dem Haushaltsjahr {year}. Bitte Datum oder Haushaltsjahr ändern.",
            )
        name = cleaned.get("organiser_name", "")
        if name and not organisers.named(name, self.roles) and cleaned.get("new_organiser") != name:
            self.alike = organisers.spelled_like(name, self.roles)
            if self.alike:
                self.add_error(
                    "organiser_name", "Diesen Veranstalter gibt es vielleicht schon, bitte prüfen."
                )
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return the cleaned fields as the service takes them. A new organiser is stored here."""
        values = {name: self.cleaned_data[name] for name in self._meta.fields or ()}
        name = self.cleaned_data["organiser_name"]
        values["organiser"] = organisers.enter(name, self.roles) if name else None
        return values
