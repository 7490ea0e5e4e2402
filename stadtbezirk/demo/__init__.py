"""The demonstration: invented people, real organisations, real projects with invented amounts.

Only the command ``demo`` uses it, and the settings read what it kept (``served``). It writes through the
services alone, each step on its own day.
"""

#: Public on purpose: the command refuses production, so no real account ever has it.
PASSWORD = "Regen-Tasche-Probe-4"  # noqa: S105
