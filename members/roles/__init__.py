"""Who is who on a day: groups, mandates, stand-ins, and what follows from them."""
