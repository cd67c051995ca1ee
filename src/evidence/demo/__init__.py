"""Local fakes of the services that `evidence` asks: NCBI, DailyMed, Crossref, doi.org, the Wayback Machine and the web.

A `World` holds facts; `DemoServer` serves replies made from them over real HTTP on loopback ports,
with faults on demand. `evidence demo`, the tests and the benchmarks use it; nothing here knows how a reply is
read or judged.
"""
