"""A demo server as a process of its own: `python -m evidence.demo [--world NAME] [--rate-limit N]`.

Prints the addresses of its services as one line of JSON, then serves until its standard input closes.
"""

from __future__ import annotations

import argparse
import json
import sys

from evidence.demo.server import DemoServer, all_addresses, named_world


def main() -> None:
    """Serve until whoever started us closes our input or ends."""
    parser = argparse.ArgumentParser(prog="python -m evidence.demo", description=__doc__)
    parser.add_argument("--world", default="naltrexone", help="naltrexone, empty or synthetic:N")
    parser.add_argument("--rate-limit", type=int, help="answer 429 to more E-utilities requests in any second")
    options = parser.parse_args()
    with DemoServer(named_world(options.world), rate_limit=options.rate_limit, controllable=True) as server:
        sys.stdout.write(json.dumps(all_addresses(server)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
