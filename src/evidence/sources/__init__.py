"""What can be asked about an identifier, one module for each service.

A source answers identifiers with `Answer`s and never raises for what a service does. `evidence.app.registry` declares
which sources there are and all that the rest of the tool needs to know of each (`SourceSpec`, in `spec`); its module
ends with its `Opener`, and is loaded when it is asked first. `cache` puts the store before a source, or answers from a
lock file; `search` finds records for printed citations. Answers are judged by the rules; connections are opened in
`http` alone.
"""
