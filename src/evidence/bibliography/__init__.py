"""References as bibliographies: CSL items, printed by a style, or written for other tools.

An item is made from the verified record of a reference, or from its entry, and carries every notice of retraction and
correction that is known. Styles and pandoc print it; `formats` writes what reference managers read. Reading the files
of such tools is in `evidence.app.import_files`, the comparison with a list already published in
`evidence.app.compare_published`.
"""
