"""What all admin pages of master data share: locks with a reason, a day filter, a readable history."""

from collections import Counter
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from members.common import days
from members.common import row_history as history
from members.common.folding import fold
from members.common.forms import offer_plainly
from members.common.keys import KeySpent, is_key
from members.models import District, EntryKey


class OfferedRows(AutocompleteSelect):
    """A select with search. It ignores a sent value that is no key, on which Django would fail.

    Its first option is always the empty one: HTML asks for it where something has to be chosen.
    """

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        [(group, options, index)] = super().optgroups(name, [key for key in value if is_key(key)], attr)
        nothing = self.create_option(name, "", "---------", not any(o["selected"] for o in options), 0)
        return [(group, [nothing, *(o for o in options if o["value"] != "")], index)]


class PlainRelations:
    """Offers only "add" beside a field for another row. That row is changed and deleted on its own page."""

    admin_site: admin.AdminSite

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        searched = db_field.name in self.get_autocomplete_fields(request)  # type: ignore[attr-defined]
        if searched:
            kwargs.setdefault("widget", OfferedRows(db_field, self.admin_site))
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        if db_field.related_model is District and not searched:
            # The districts are read once for all rows of a page.
            field.choices = [("", field.empty_label), *District.objects.values_list("pk", "name")]
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field:
            offer_plainly(field)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_change_related = False
            field.widget.can_delete_related = False
            field.widget.can_view_related = False
            # Django forgets this. Else each box would be described by a help text that has no such id.
            field.widget.use_fieldset = field.widget.widget.use_fieldset
        return field


SENT_AGAIN = (
    "Dieses Formular war schon angekommen und steht einmal in der Liste. Soll es noch einen Eintrag geben, sichern Sie "
    "bitte noch einmal."
)


class SentAgain:
    """A form that entered something already. It is shown as it was typed, and not saved."""

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        self.add_error(None, SENT_AGAIN)  # type: ignore[attr-defined]
        return cleaned


class MasterDataAdmin(PlainRelations, admin.ModelAdmin):
    """The base of our admins. A row that a rule locks is shown read-only, with the reason on top."""

    list_per_page = 50
    #: The sentence of an empty list, and what one and several rows are called within a sentence, where their names
    #: do not fit.
    empty_sentence = "Hier ist noch nichts eingetragen."
    counted_as_one = counted_as = ""
    show_full_result_count = False
    #: Fields by which no list may be filtered. Django would filter by any field named in the address, so a
    #: secret could be guessed letter by letter.
    secret_fields: tuple[str, ...] = ()

    class Media:
        js = ("js/admin.js",)

    @admin.display(description="Name", ordering="folded_name")
    def by_name(self, row: Any) -> str:
        """Return the name, for a column that is sorted in the order of all lists."""
        return str(row.name)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the answer to a question (``asking``): ``doubts.html`` writes it."""
        return [name for name in super().get_fields(request, obj) if name != "confirmed"]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> Any:
        """Find rows that have every word, in any spelling: ``search_fields`` name the folded texts."""
        return super().get_search_results(request, queryset, fold(search_term))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        secret = lookup.split("__")[0] in self.secret_fields
        return not secret and super().lookup_allowed(lookup, value, request)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """A form that arrives again at the same moment enters nothing."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except KeySpent:
            self.message_user(request, SENT_AGAIN, messages.WARNING)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        key = "" if change else request.POST.get("key", "")
        if key and EntryKey.spent(key).exists():
            return type(form.__name__, (SentAgain, form), {})
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and (key := request.POST.get("key")):
            EntryKey.spend(key, request.user)

    def locked_because(self, request: HttpRequest, obj: Any) -> str:
        """Return the German sentence why this user may not change this row. Empty where they may."""
        return ""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and self.locked_because(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and self.locked_because(request, obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Only count the rows of other models that rest on these: a project may not be published yet.

        Django writes rows that this admin shows as links, and all others as plain text.
        """
        going, counts, lacking, protected = super().get_deleted_objects(objs, request)
        shown = [line for line in protected if isinstance(line, SafeString)]
        hidden = Counter(line.partition(":")[0] for line in protected if not isinstance(line, SafeString))
        return going, counts, lacking, shown + [f"{name} ({number})" for name, number in hidden.items()]

    def notice(self, request: HttpRequest, obj: Any) -> str:
        """Return what is shown above the form: the reason of a lock, unless a page has more to say."""
        return self.locked_because(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = str(self.opts.verbose_name_plural)
        own = {"title": title, "module_name": self.counted_as or title}
        return super().changelist_view(request, {**own, **(extra_context or {})})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        own = {"object_name": self.counted_as_one or str(self.opts.verbose_name)}
        return super().delete_view(request, object_id, {**own, **(extra_context or {})})

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Raise BadRequest for a value that is no key: the page did not offer it."""
        if not all(map(is_key, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise BadRequest
        return super().response_action(request, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show every change with old and new values. Rows without a history get Django's own page."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not hasattr(obj, "history"):
            return super().history_view(request, object_id, extra_context)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"Geschichte: {obj}",
            "module_name": str(self.opts.verbose_name_plural),
            "object": obj,
            "opts": self.opts,
            "entries": history.entries(obj),
        }
        return TemplateResponse(request, "admin/members/history.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        formsets = [inline.formset for inline in context["inline_admin_formsets"]]
        forms = [context["adminform"].form, *(form for formset in formsets for form in formset)]
        wrong = {name for form in forms for name in form.errors}
        if wrong == {"confirmed"} and not any(formset.non_form_errors() for formset in formsets):
            context["errors"] = ""  # nothing to correct: the page asks above the fields
        obj = kwargs.get("obj")
        if obj and (text := self.notice(request, obj)):
            messages.warning(request, text)
        return super().render_change_form(request, context, *args, **kwargs)


class NeverDeleted:
    """Forbids to delete rows, because figures, numbers and bookings of past years refer to them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ValidityFilter(admin.SimpleListFilter):
    """A filter by rows that count today, have ended or are to come."""

    title = "Gültigkeit"
    parameter_name = "gueltig"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("heute", "am heutigen Tag gültig"), ("abgelaufen", "abgelaufen"), ("kuenftig", "künftig")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = timezone.localdate()
        match self.value():
            case "heute":
                return queryset.active_on(today)  # type: ignore[attr-defined]
            case "abgelaufen":
                return queryset.filter(until__lt=today)
            case "kuenftig":
                return queryset.filter(since__gt=today)
        return queryset


class OrWithoutFilter(admin.RelatedFieldListFilter):
    """A filter that says in words which choice shows the rows without a value. Django shows a hyphen."""

    def __init__(self, field: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(field, *args, **kwargs)
        self.empty_value_display = format_html("ohne {}", self.title)


class DayFilter(admin.SimpleListFilter):
    """A filter by rows that count on a day: ``?am=2016-05-01``."""

    title = "Tag"
    template = "admin/members/day_filter.html"
    parameter_name = "am"

    @property
    def day(self) -> date | None:
        return days.parse(self.value() or "")

    def has_output(self) -> bool:
        return True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def choices(self, changelist: Any) -> Any:
        kept = changelist.params | {k: v[-1] for k, v in changelist.filter_params.items()}
        kept.pop(self.parameter_name, None)
        yield {"kept": kept.items(), "without": changelist.get_query_string(remove=[self.parameter_name])}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.day:
            return queryset.active_on(self.day)  # type: ignore[attr-defined]
        if typed := self.value():
            text = f"„{typed[:40]}“ ist kein Tag. Bitte so eingeben: 01.05.2016. Gezeigt werden alle Tage."
            messages.error(request, text)
        return queryset
