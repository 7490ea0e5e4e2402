"""What may be deleted after its retention, and deleting it by two people."""
