"""The rules: functions that look at one case (a reference with its answers) and yield what they object to.

A module for each family, in which a rule is declared with every fact about it (`rule`) beside its page and the function
that judges; `case` is what they may look at, `waiver_evidence` what a waiver of a finding is bound to. They are pure:
nothing here asks a source, reads a file or knows today's date. Which rules there are is listed in
`evidence.app.registry`; severities, ignores and selection are applied in `evidence.app.judge`.
"""
