"""The association's figures: since its founding beside what was published, and each year by itself.

Every function costs a fixed number of queries at any data size. Projects count once they are published, for
every reader alike: nobody learns of an unpublished one here.
"""
