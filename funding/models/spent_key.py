"""The one-time keys of the forms that book."""

from members.common.keys import OneTimeKey


class SpentKey(OneTimeKey):
    class Meta(OneTimeKey.Meta):
        verbose_name = "Verbrauchter Formularschlüssel"
        verbose_name_plural = "Verbrauchte Formularschlüssel"
