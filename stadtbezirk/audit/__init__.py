"""The audit package: all figures of a fiscal year with their papers, to be checked without this program."""
