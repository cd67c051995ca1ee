"""Comparing and matching bibliographic text: a printed citation or an entry's fields beside a record.

The comparer (`compare`) segments a citation and gives one verdict per field; the matcher (`match`, `score`) finds the
record of a citation without identifier; `simhash` estimates how much the text of a page has changed. All of it is
pure: records and candidates are handed in, and what a difference means for a report is the rules' business.
"""
