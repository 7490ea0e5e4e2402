"""The association's reports: all years since its founding beside the published figures, and each year alone.

Every function costs a fixed number of queries at any amount of data. Only published projects count, for every
reader alike, so that a report never reveals an unpublished one.
"""
