"""An audit trail as text: events bound into a chain by SHA-256, the log that holds them, and the sign-offs among them.

Events and sign-offs are pure. The log is the one file that is written here, and the user's own `gpg` and `ssh-keygen`
are run here to sign and to verify. The store that holds the same events is in `evidence.storage`; what is recomputed
of everything that events bind, in `evidence.app.verify`.
"""
