"""What the software costs, as ratios to a floor that is measured in the same run: ``make bench``.

The floor is the barest thing that does the same job: a Django view without middleware, Django admin's changelist,
raw SQL, the csv module, gunicorn with the bare view. Ours and the floor take turns (A, B, A, B ...), so that a
busy machine slows both; figures are medians. No test asserts them; a test runs all of it once, tiny.
"""
