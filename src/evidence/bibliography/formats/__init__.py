"""The files that reference managers, LaTeX and spreadsheets read, one module for each family of formats.

Each writer takes CSL items and gives the text of a file; `evidence.bibliography.writers` names them. What an item says
is read with `evidence.bibliography.variables`, so that no value can begin a new field or record.
"""
