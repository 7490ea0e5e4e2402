"""The ground floor: what every floor uses. No tables, and nothing of ours is imported here."""
