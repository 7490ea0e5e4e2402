"""The admin of accounts and of the outbox. Nobody changes their own rights or reads another person's link."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from members.accounts import address_changes, attempts, events, services
from members.admin.base import MasterDataAdmin, NeverDeleted, OrWithoutFilter
from members.common.counting import counted
from members.common.forms import CleanEmailField, KnownRows
from members.models import OutboxMail, Person, User
from members.post import outbox as mail
from members.roles import groups
from members.roles.permissions import keeps_person, may_assign_group, may_change_account, needs_two
from members.services import require_no_auditor

OWN_ACCOUNT = (
    "Das ist Ihr eigenes Konto. Niemand ändert die eigenen Rechte; bitten Sie eine andere Person der "
    "Verwaltung darum. Ihr Passwort ändern Sie oben unter „Passwort ändern“."
)
GUARDED_ACCOUNT = (
    "Dieses Konto entscheidet über Mittel oder betreut die Software. Es wird nur von der technischen "
    "Administration geändert."
)
REFUSED_GROUP = (
    "Diese Gruppe können Sie nicht vergeben. In die Gruppen „Wirtschaftsförderung“ und „Vereinsverwaltung“ nimmt nur "
    "die technische Administration auf."
)

INVITATION_HELP = (
    "Die Person erhält per E-Mail einen Link, der sieben Tage gilt, und wählt damit selbst ein Passwort. Sie "
    "vergeben keines."
)

State = OutboxMail.State

#: Events that an account's page shows.
EVENTS_SHOWN = 50


class AccountForm(forms.ModelForm):
    class Meta:
        labels = {"is_superuser": "Technische Administration"}
        help_texts = {
            "is_active": "Ohne Häkchen ist das Konto gesperrt: Niemand meldet sich damit an.",
            "groups": "„Vereinsverwaltung“ öffnet diese Verwaltung; diese Gruppe und „Wirtschaftsförderung“ vergibt die "
            "technische Administration. Ohne Gruppe gelten nur die Mandate.",
            "is_superuser": "Betreut die Software und pflegt die Konten der Wirtschaftsförderung.",
        }

    def clean_groups(self) -> list[Group]:
        """Return the chosen groups, and keep those that this user may not assign."""
        kept = self.instance.groups.exclude(pk__in=self.fields["groups"].queryset) if self.instance.pk else ()  # type: ignore[attr-defined]
        return [*self.cleaned_data["groups"], *kept]

    def clean_person(self) -> Person | None:
        """Return the person. Raises ValidationError where the account must stay with its present one."""
        person: Person | None = self.cleaned_data["person"]
        account = self.instance
        if account.pk and account.person and person != account.person and keeps_person(account):
            raise forms.ValidationError(
                f"Dieses Konto gehört {account.person} und bleibt verbunden: Was damit geschah, tat diese Person. Scheidet "
                "sie aus, sperren Sie das Konto; für eine andere Person legen Sie bei dieser ein neues an."
            )
        return person

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        services.require_free(email, account=self.instance)
        return email

    def clean(self) -> dict[str, Any]:
        """Refuse to let somebody decide who sits in the Kassenprüfung."""
        data = super().clean() or self.cleaned_data
        deciding = any(group.name == groups.BUSINESS_DEVELOPMENT for group in data.get("groups", ()))
        if deciding and data.get("person") and {"groups", "person"}.intersection(self.changed_data):
            try:
                require_no_auditor(data["person"])
            except ValidationError as error:
                self.add_error("groups" if "groups" in self.changed_data else "person", error)
        return data


class NewAccountForm(AccountForm):
    """An account, and whether its person is invited at once."""

    invite = forms.BooleanField(
        label="Einladung senden", required=False, initial=True, help_text=INVITATION_HELP
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("invite") and not data.get("is_active"):
            self.add_error("invite", "Ein gesperrtes Konto kann nicht eingeladen werden.")
        return data


class NewAddressForm(forms.Form):
    email = CleanEmailField(label="Neue E-Mail-Adresse")


class InvitationFilter(admin.SimpleListFilter):
    """A filter by accounts whose invitation is missing or not yet accepted."""

    title = "Einladung"
    parameter_name = "einladung"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("offen", "noch nicht angenommen"), ("fehlt", "noch nicht eingeladen")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in ("offen", "fehlt"):
            return queryset
        without_password = queryset.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        return without_password.filter(invited_at__isnull=self.value() == "fehlt")


class UndeliveredFilter(admin.SimpleListFilter):
    """A filter by accounts that mails do not reach."""

    title = "E-Mail-Adresse"
    parameter_name = "post"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("kommt-nicht-an", "Nachrichten kommen nicht an")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(unreached=True) if self.value() == "kommt-nicht-an" else queryset


def told_undelivered(account: User) -> str:
    """Return the sentence that mails do not reach the account; empty where they do."""
    lost = mail.undelivered_to(account)
    if lost is None:
        return ""
    when = timezone.localtime(lost.claimed_at or lost.created_at)
    return (
        f"Nachrichten an {lost.recipient} kommen nicht an, zuletzt am {when:%d.%m.%Y}: „{lost.error}“. Bitte fragen Sie "
        f"{account} auf einem anderen Weg nach der richtigen Adresse."
    )


@admin.register(User)
class UserAdmin(NeverDeleted, MasterDataAdmin):
    """The right to enter the admin follows the group. Nobody sets another person's password."""

    form = AccountForm
    list_display = ("email", "person", "group_names", "standing", "last_login")
    list_filter = ("is_active", InvitationFilter, UndeliveredFilter, ("groups", OrWithoutFilter))
    list_select_related = ("person",)
    search_fields = ("email", "person__folded_name__contains")
    autocomplete_fields = ("person",)
    readonly_fields = ("standing", "invited_by", "last_login", "date_joined")
    actions = ("invite_chosen", "send_password_links")
    secret_fields = ("password",)
    change_form_template = "admin/members/account_change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        lost = OutboxMail.objects.filter(mail.is_undelivered(), user=OuterRef("pk"))
        return super().get_queryset(request).annotate(unreached=Exists(lost)).prefetch_related("groups")

    @admin.display(description="Gruppen", empty_value="keine")
    def group_names(self, account: User) -> str:
        return ", ".join(sorted(group.name for group in account.groups.all()))

    @admin.display(description="Stand")
    def standing(self, account: Any) -> str:
        """Return in German whether the account is active, locked, invited or not yet invited, and reached."""
        return f"{self._invited(account)}{', Nachrichten kommen nicht an' if account.unreached else ''}"

    def _invited(self, account: User) -> str:
        if not account.is_active:
            return "gesperrt"
        if account.has_usable_password():
            return "aktiv"
        if account.invited_at is None:
            return "noch nicht eingeladen"
        return f"eingeladen am {timezone.localtime(account.invited_at):%d.%m.%Y}, noch nicht angenommen"

    def locked_because(self, request: HttpRequest, obj: Any) -> str:
        if may_change_account(request.user, obj):
            return ""
        return OWN_ACCOUNT if obj.pk == request.user.pk else GUARDED_ACCOUNT

    def notice(self, request: HttpRequest, obj: Any) -> str:
        return f"{told_undelivered(obj)} {self.locked_because(request, obj)}".strip()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        superuser = ("is_superuser",) if request.user.is_superuser else ()
        return [
            (
                None,
                {
                    "fields": ("email", "person"),
                    "description": "Angemeldet wird mit der E-Mail-Adresse. Rechte im Stadtbezirk folgen aus den "
                    "Mandaten der Person, alle anderen aus den Gruppen.",
                },
            ),
            (
                "Rechte",
                {
                    "fields": ("is_active", "groups", *superuser),
                    "description": "Wer ausscheidet, wird gesperrt, nicht gelöscht: Buchungen und Entscheidungen "
                    "bleiben einer Person zugeordnet.",
                },
            ),
            (
                "Anmeldung",
                {"fields": ("standing", "invited_by", "last_login", "date_joined") if obj else ("invite",)},
            ),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewAccountForm
        return super().get_form(request, obj, change, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        names = [name for name in groups.ALL if may_assign_group(request.user, name)]
        field = super().formfield_for_manytomany(
            db_field,
            request,
            queryset=Group.objects.filter(name__in=names).order_by("name"),
            widget=forms.CheckboxSelectMultiple,
            form_class=KnownRows,
            **kwargs,
        )
        assert field is not None
        field.error_messages["invalid_choice"] = REFUSED_GROUP
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the address of an existing account: it has a page of its own."""
        return (*self.readonly_fields, *(("email",) if obj else ()))

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.address_view)
        return [path("<int:pk>/adresse/", page, name="members_user_address"), *super().get_urls()]

    def address_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for a new address, or release or stop what another person asked for."""
        actor: User = request.user  # type: ignore[assignment]
        account = get_object_or_404(User.objects.select_related("person"), pk=pk)
        if not self.has_view_permission(request, account):
            raise PermissionDenied
        change = address_changes.open_change(account)
        form = NewAddressForm(request.POST if "email" in request.POST else None)
        if request.method == "POST":
            try:
                if text := self._act_on_address(request, account, change, form):
                    self.message_user(request, text, messages.SUCCESS)
                    return redirect("admin:members_user_address", account.pk)
            except ValidationError as error:
                form.errors.setdefault(NON_FIELD_ERRORS, form.error_class()).extend(error.messages)
        context = {
            **self.admin_site.each_context(request),
            "title": f"E-Mail-Adresse: {account}",
            "opts": self.opts,
            "account": account,
            "change": change,
            "form": form,
            "may_ask": address_changes.may_ask(actor, account) and actor.pk != account.pk,
            "may_release": change and change.waits_for_release and address_changes.may_release(actor, change),
            "may_stop": change and address_changes.may_stop(actor, change),
            "needs_two": needs_two(account),
            "at_once": address_changes.at_once(actor, account),
        }
        return TemplateResponse(request, "admin/members/account_address.html", context)

    def _act_on_address(self, request: HttpRequest, account: User, change: Any, form: Any) -> str:
        """Do what the button says. Return a German sentence about it, empty where the form is not valid."""
        actor: User = request.user  # type: ignore[assignment]
        if "email" in request.POST:
            if actor.pk == account.pk:
                raise PermissionDenied
            if not form.is_valid():
                return ""
            asked = address_changes.ask(account, email=form.cleaned_data["email"], actor=actor)
            what = "neue Adresse beantragt"
            if asked is None:
                text = "Die Adresse ist geändert: Das Konto wurde noch nie benutzt. Die bisherige Adresse hört davon."
            elif asked.needs_release:
                text = "Die Änderung ist beantragt. Eine zweite Person der Verwaltung hat eine Nachricht bekommen."
            else:
                text = "Der Link zum Bestätigen liegt im Postausgang. Die bisherige Adresse hört davon."
        elif change is None or request.POST.get("seen") != str(change.pk):
            raise ValidationError(address_changes.OVER)
        elif "release" in request.POST:
            released = address_changes.release(change, actor=actor)
            next_mail = "Die Einladung dorthin" if released.confirmed_at else "Der Link zum Bestätigen"
            what = text = f"Die Änderung ist freigegeben. {next_mail} liegt im Postausgang."
        elif address_changes.may_stop(actor, change):
            address_changes.stop(change, actor=actor)
            what = text = f"Die Änderung ist gestoppt. Es bleibt bei {account.email}."
        else:
            raise PermissionDenied
        self.log_change(request, account, what)
        return text

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        if account := kwargs.get("obj"):
            happened = list(account.events.select_related("actor__person")[:EVENTS_SHOWN])
            events.name_people(happened)
            context |= {"events": happened, "events_shown": EVENTS_SHOWN}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save groups, derive ``is_staff`` from them, and invite a new account where that is ticked."""
        super().save_related(request, form, formsets, change)
        account = form.instance
        account.is_staff = account.is_superuser or account.groups.filter(name=groups.ADMINISTRATION).exists()
        account.save(update_fields=["is_staff"])
        if form.cleaned_data.get("invite"):
            services.invite(account, actor=request.user)  # type: ignore[arg-type]

    @admin.action(description="Einladung senden", permissions=["change"])
    def invite_chosen(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Invite each chosen account, also a second time. Say who was left out and why."""
        invited = 0
        for account in queryset:
            try:
                services.invite(account, actor=request.user)  # type: ignore[arg-type]
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.WARNING)
            except PermissionDenied:
                self.message_user(request, f"Konto {account.email}: {GUARDED_ACCOUNT}", messages.WARNING)
            else:
                invited += 1
        if invited:
            what = counted(invited, "Einladung liegt", "Einladungen liegen")
            self.message_user(request, f"{what} im Postausgang.", messages.SUCCESS)

    @admin.action(description="Link zum Wählen eines Passworts senden", permissions=["change"])
    def send_password_links(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Mail a link for a new password to each chosen account that may choose one."""
        accounts = [
            each
            for each in queryset
            if each.is_active and each.may_choose_password and attempts.may_mail_link(each)
        ]
        with transaction.atomic():
            for account in accounts:
                services.mail_password_link(account)
        if accounts:
            what = counted(len(accounts), "Nachricht liegt", "Nachrichten liegen")
            self.message_user(request, f"{what} im Postausgang.", messages.SUCCESS)
        if len(accounts) < queryset.count():
            text = (
                "Gesperrte und noch nicht eingeladene Konten erhalten keine Nachricht, und niemand mehr als "
                f"{attempts.MAILED_LINKS.times} am Tag."
            )
            self.message_user(request, text, messages.WARNING)


class InQuestionFilter(admin.SimpleListFilter):
    """A filter by mails that broke off, did not arrive or are overdue."""

    title = "Versand"
    parameter_name = "klaeren"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ja", "abgebrochen oder nicht zugestellt"), ("warten", "wartet seit über einer Stunde")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "ja":
                return queryset.filter(mail.is_to_settle())
            case "warten":
                return queryset.filter(mail.is_overdue())
        return queryset


@admin.register(OutboxMail)
class OutboxMailAdmin(NeverDeleted, MasterDataAdmin):
    """Shows that a mail went out, never subject and text: they belong to the recipient.

    A subject names a project, which the administration may see only once it is published.
    """

    empty_sentence = "Der Postausgang ist leer: Bisher wurde keine Nachricht geschrieben."
    counted_as = "Nachrichten im Postausgang"
    list_display = ("created_at", "occasion", "state", "recipient", "attempts", "sent_at")
    list_display_links = ("created_at", "occasion")
    sortable_by = ("created_at", "recipient", "state", "attempts", "sent_at")
    list_filter = (InQuestionFilter, "state")
    search_fields = ("recipient", "folded_occasion__contains")
    readonly_fields = ("text",)
    secret_fields = ("subject", "body", "html", "about")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    actions = ("send_again", "tick_off")
    fieldsets = (
        (
            None,
            {
                "fields": ("recipient", "sender", "occasion", "text"),
                "description": "Betreff und Text werden nicht gezeigt: Sie gehören der Person, an die sie gehen. Links, die ein Konto "
                "öffnen, entstehen erst beim Versand und werden nirgends aufbewahrt.",
            },
        ),
        (
            "Versand",
            {
                "fields": (
                    "state",
                    "attempts",
                    "not_before",
                    "claimed_at",
                    "sent_at",
                    "error",
                    "created_at",
                    "district",
                    "group",
                ),
                "description": "Eine Nachricht, die länger „wird gesendet“ bleibt, wurde beim Versand unterbrochen. "
                "Sie geht nicht von selbst noch einmal hinaus: Bitte nachfragen, ob sie angekommen ist, und sie "
                "dann in der Liste auswählen und „Erneut senden“ oder „Als erledigt abhaken“. Eine, die „nicht zugestellt“ "
                "ist, hat der Mailserver endgültig oder mehrmals abgelehnt: Bitte die Adresse prüfen.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        has_text = ExpressionWrapper(~Q(body=""), output_field=BooleanField())
        return super().get_queryset(request).annotate(has_text=has_text).defer(*self.secret_fields)

    @admin.display(description="Text")
    def text(self, row: Any) -> str:
        """Return in German whether the text is still kept, and how long."""
        days = settings.MAIL_TEXTS_KEPT_DAYS
        match row.state:
            case State.SENT | State.FAILED | State.DONE:
                if row.has_text:
                    return f"wird {counted(days, 'Tag', 'Tage')} aufbewahrt"
                return f"nach {counted(days, 'Tag', 'Tagen')} gelöscht"
            case State.MERGED:
                return "steht in der Sammelnachricht"
            case State.SKIPPED:
                return "nicht geschrieben"
        return "liegt bereit" if row.has_text else "wird beim Versand geschrieben"

    @admin.action(description="Erneut senden", permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._settle(request, queryset, mail.send_again, "im Postausgang")

    @admin.action(description="Als erledigt abhaken", permissions=["view"])
    def tick_off(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._settle(request, queryset, mail.tick_off, "abgehakt")

    def _settle(self, request: HttpRequest, queryset: QuerySet, act: Any, done: str) -> None:
        """Apply the action to mails that broke off or did not arrive. All others stay."""
        with transaction.atomic():
            rows = queryset.filter(mail.is_in_question()).select_for_update(of=("self",))
            before = {row.pk: row.state for row in rows}
            count = act(OutboxMail.objects.filter(pk__in=before))
            for row in OutboxMail.objects.filter(pk__in=before):
                if row.state != before[row.pk]:
                    self.log_change(request, row, done)
        if count:
            what = counted(count, "Nachricht ist", "Nachrichten sind")
            self.message_user(request, f"{what} {done}.", messages.SUCCESS)
        if count < queryset.count():
            text = (
                "Nur abgebrochene und nicht zugestellte Nachrichten lassen sich erneut senden oder abhaken, eine "
                "abgebrochene frühestens zehn Minuten nach dem Beginn des Versands; erneut senden nur, solange es den "
                "Text noch gibt."
            )
            self.message_user(request, text, messages.WARNING)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
