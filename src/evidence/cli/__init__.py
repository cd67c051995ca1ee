"""The command line: one module per command, and what commands share.

Only here are arguments parsed, lines printed, environment and clock read, exit statuses set. `options` holds the shared
options, `settings` what they mean with environment and configuration, `output` formats and writing, `guard` the files
that no output may overwrite, `store` and `trail` the store and the audit trail as commands use them, `edit` changes to
a library. What a command does lies in `evidence.app`.
"""
