from funding.closing.views.lights import rows, year, years

__all__ = ["rows", "year", "years"]
