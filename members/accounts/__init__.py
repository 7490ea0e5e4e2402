"""Accounts, around allauth: invitations, passwords, addresses, known devices, and a record of events."""
