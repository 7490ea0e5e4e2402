"""A load of any size for tests of speed: invented people, projects, decisions and bookings in twelve districts.

``python -m tests.load --projects 2500`` fills a database. It writes rows in bulk past the services, so tests hold it to
them: the ledger verifies, constraints and triggers stay on, and what is stored for lists is what the services compute.
"""
