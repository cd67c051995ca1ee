"""What a run found, for people and for programs: the report as one JSON document, and the forms that are made from it.

The document is frozen and stored with its run, so that an old run renders the same bytes as on its day. Here two runs
are also compared, and the timeline of a reference is made run by run, both from reports alone. Nothing here looks
anything up, judges or writes a file; bibliographies are in `evidence.bibliography`.
"""
