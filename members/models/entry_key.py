"""The one-time keys of the administration's forms that enter something."""

from members.common.checks import stored_types
from members.common.keys import OneTimeKey


class EntryKey(OneTimeKey):
    class Meta:
        verbose_name = "Formularschlüssel der Verwaltung"
        verbose_name_plural = "Formularschlüssel der Verwaltung"
        constraints = [stored_types("entry_key_types", integers="actor", texts="key", moments="spent_at")]
