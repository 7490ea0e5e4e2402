"""The addresses of proofs of use, below /foerderung/nachweise/."""

from django.urls import path, re_path

from funding.proofs import views

app_name = "proofs"
urlpatterns = [
    path("", views.proofs, name="proofs"),
    re_path(r"^nachweise\.(?P<kind>csv|xlsx)$", views.proofs_export, name="proofs_export"),
    path("rueckforderungen/", views.claims, name="claims"),
    path("rueckforderungen/nur-zinsen/", views.unclaimed, name="unclaimed"),
    path("rueckforderungen/<int:pk>/", views.claim, name="claim"),
    path("rueckforderungen/<int:pk>/erinnern/", views.remind, name="remind"),
    path("stichprobe/<int:year>/", views.sample, name="sample"),
    path("aenderungen/", views.changes, name="changes"),
    re_path(r"^aenderungen\.(?P<kind>csv|xlsx)$", views.changes_export, name="changes_export"),
    path("aenderungen/neu/<int:pk>/", views.ask_change, name="ask_change"),
    path("aenderungen/<int:pk>/", views.change, name="change"),
    path("neu/<int:pk>/", views.begin, name="begin"),
    path("<int:pk>/", views.proof, name="proof"),
    path("<int:pk>/pruefvermerk/", views.audit_note, name="audit_note"),
    path("<int:pk>/zinsen/", views.interest, name="interest"),
    path("belege/<int:pk>/", views.voucher, name="voucher"),
    path("fotos/<int:pk>/", views.photo, name="photo"),
]
