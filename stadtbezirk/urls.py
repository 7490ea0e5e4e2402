"""All addresses: those of each app, of the admin, and of the pages that belong to no app."""

from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path

from members.accounts import views as account_views
from stadtbezirk import views

handler400 = "stadtbezirk.views.bad_request"
handler500 = "stadtbezirk.views.server_error"

# allauth's views under German addresses. Their names stay, because allauth reverses them itself.
account_patterns = [
    path("", account_views.sign_in, name="account_login"),
    path("abmelden/", account_views.sign_out, name="account_logout"),
    path("gesperrt/", account.account_inactive, name="account_inactive"),
    path("registrieren/", account.signup, name="account_signup"),
    path("bestaetigen/", account.reauthenticate, name="account_reauthenticate"),
    path("passwort/", account.password_change, name="account_change_password"),
    path("passwort/vergessen/", account.password_reset, name="account_reset_password"),
    path("passwort/vergessen/gesendet/", account.password_reset_done, name="account_reset_password_done"),
    path("passwort/neu/", account_views.new_password, name="new_password"),
    path("passwort/neu/fertig/", account_views.new_password_done, name="new_password_done"),
    path("einladung/", account_views.invitation, name="invitation"),
    path("adresse/", account_views.address, name="address"),
    path("adresse/bestaetigen/", account_views.address_confirm, name="address_confirm"),
    path("adresse/stoppen/", account_views.address_stop, name="address_stop"),
    # The token is blanked in logs (``members.common.logs``).
    path("link/<str:token>/", account_views.mailed_link, name="mailed_link"),
    path("profil/", account_views.profile, name="profile"),
    path("wegweiser/", account_views.guide, name="guide"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("stadtbezirke/", views.districts, name="districts"),
    path("stadtbezirke/<slug:slug>/", views.district, name="district"),
    path("gremien/", include("members.urls")),
    path("projekte/", include("funding.project_urls")),
    path("projekte/", include("projects.urls")),
    path("foerderung/nachweise/", include("funding.proofs.urls")),
    path("foerderung/jahresabschluss/", include("funding.closing.urls")),
    path("foerderung/aufbewahrung/", include("funding.closing.retention_urls")),
    path("foerderung/auszahlungen/", include("funding.payments.urls")),
    path("foerderung/", include("funding.letters.urls")),
    path("foerderung/", include("funding.urls")),
    path("berichte/", include("stadtbezirk.reports.urls")),
    path("pruefpaket/", include("stadtbezirk.audit.urls")),
    path("hilfe/", views.handbook_page, name="handbook"),
    path("hilfe/<slug:slug>/", views.handbook_page, name="handbook_chapter"),
    path("impressum/", views.legal_page, {"template": "legal/impressum.html"}, name="imprint"),
    path("datenschutz/", views.legal_page, {"template": "legal/datenschutz.html"}, name="privacy"),
    path(
        "barrierefreiheit/",
        views.legal_page,
        {"template": "legal/barrierefreiheit.html"},
        name="accessibility",
    ),
    path("konto/", include(account_patterns)),
    path("verwaltung/", admin.site.urls),
    # ``ProbesMiddleware`` answers both before anything else does.
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
