"""Accounts: what surrounds allauth, from the invitation to a new address."""
