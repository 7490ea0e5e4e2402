"""An app whose one migration is pending, for tests that stop a migrate on its way (``python -m tests.pending``)."""
