"""What is kept between runs: the store (one SQLite file) and the lock files beside references files.

The store caches answers, records runs and holds the audit trail; a lock is a reviewable text from which a run can be
judged without store or network. How the lines of a trail are formed and verified is in `evidence.audit`; what a run
asks and judges is above.
"""
