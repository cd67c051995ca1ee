"""The words of the field as frozen dataclasses: references, identifiers, records, outcomes, findings, runs and reports.

Here are also the protocols that upper floors are handed (`ports`), the errors and the version. It knows the standard
library only, opens no file and no connection; how anything is read, asked, judged or printed is said above it.
"""
