"""Who has which role on a day: groups, mandates, stand-ins, and the rights that follow."""
