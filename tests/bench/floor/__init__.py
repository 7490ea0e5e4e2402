"""The floor: what a bare Django project costs on the same tables."""
