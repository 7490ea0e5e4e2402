"""A load of any size for tests of speed: invented districts, people, projects, decisions and bookings.

Only the command ``make_load`` uses it. It writes rows in bulk past the services, so tests hold it to them: the
ledger verifies, constraints and triggers stay on, and what is stored for lists is what the services compute.
"""
