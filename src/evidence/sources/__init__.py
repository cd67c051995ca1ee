"""What can be asked about an identifier, one module for each service.

A source answers identifiers with `Answer`s and never raises for what a service does; its `SourceSpec` (in `spec`) says
all that the rest of the tool needs to know of it. `cache` puts the store before a source, `locked` answers from lock
files, `search` finds records for printed citations. Which sources there are is decided in `evidence.app.registry`;
answers are judged by the rules; connections are opened in `http` alone.
"""
