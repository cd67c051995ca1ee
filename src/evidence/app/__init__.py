"""The use cases, one module for each: what a command does, without what it prints.

`registry` is the composition root: it lists rules and sources. Modules here read libraries, ask sources, judge by
rules, write files and keep stores and locks; time, settings and an open store are handed to them. Options, exit
statuses and the environment are `evidence.cli`'s, and no document is laid out here.
"""
