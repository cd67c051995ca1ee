"""The only code that opens connections, in two halves that share nothing but the operator's network.

Services (`request`, `session`, `transport`): few known hosts, paced, retried and validated, over `requests`. Pages
(`visit`, `fetch`, `transfer`, `html`): many unknown hosts side by side, each hop past the address guard, over libcurl.
What a reply means is its source's to say.
"""
