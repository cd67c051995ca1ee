"""references.yaml and what lies beside it: read, formatted, edited and written, byte for byte.

Files are read into the plain types of `evidence.model` with a fault for everything that cannot be used, and changed by
edits of their text that are proved by reading it again. The configuration of a repository is read here too. What is
wrong with a reference is judged elsewhere (`evidence.rules`), and nothing here knows a service.
"""
