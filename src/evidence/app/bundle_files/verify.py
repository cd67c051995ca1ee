"""Verifies this bundle by nothing but Python's standard library: unpack it, go there, `python3 -I verify.py`.

What it recomputes is said in the functions below, one after the other; HOWTO.txt says how to do the same by hand.
It prints every problem that it finds and exits with 1, or exits with 0 and prints the hash to compare with the one
that was filed.
"""

import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def manifest():
    """Every file is in manifest.sha256 with its SHA-256, and no other."""
    lines = (HERE / "manifest.sha256").read_text(encoding="utf-8").splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    here = {file.relative_to(HERE).as_posix() for file in HERE.rglob("*") if file.is_file()} - {"manifest.sha256"}
    for name in sorted(here ^ listed.keys()):
        yield f"{name}: " + ("not in manifest.sha256" if name in here else "in manifest.sha256 but missing here")
    for name in sorted(here & listed.keys()):
        if sha256((HERE / name).read_bytes()) != listed[name]:
            yield f"{name}: does not match its SHA-256 in manifest.sha256"


def events(name):
    """The events of a file: each one's hash is the SHA-256 of its own line without the key `hash`."""
    for number, line in enumerate((HERE / name).read_text(encoding="utf-8").splitlines(), 1):
        event = json.loads(line)
        claimed = event.pop("hash")
        if sha256(canonical(event)) != claimed or canonical({**event, "hash": claimed}) != line.encode():
            raise ValueError(f"{name}:{number}: the hash of this event does not match its text")
        yield {**event, "hash": claimed}


def chain():
    """Every event names the hash of the one before it, from the first one on, 64 zeros."""
    before, sequence = "0" * 64, 0
    for event in events("events.jsonl"):
        if (event["previous"], event["sequence"]) != (before, sequence + 1):
            yield f"events.jsonl:{sequence + 1}: this event does not follow the previous one"
        before, sequence = event["hash"], event["sequence"]
    for event in events("later.jsonl"):
        if event["sequence"] <= sequence:
            yield f"later.jsonl: event {event['sequence']} is out of order"
        sequence = event["sequence"]


def report():
    """The event of the run names the SHA-256 of the report, and the report those of the inputs."""
    run = json.loads((HERE / "report.json").read_bytes())["run"]
    about = json.loads((HERE / "about.json").read_bytes())
    of_run = [one for one in events("events.jsonl") if one["action"] == "run" and one["object"] == run["id"]]
    if sha256((HERE / "report.json").read_bytes()) not in [one["after"] for one in of_run]:
        yield "report.json: no event of this run contains its SHA-256"
    inputs = {one["path"]: one["sha256"] for one in run["inputs"]}
    for one in about["files"]:
        if sha256((HERE / one["member"]).read_bytes()) != inputs.get(one["path"], one["sha256"]):
            yield f"{one['member']}: not the {one['kind']} file that was checked or signed"


def answers():
    """Every raw answer is named by its own SHA-256."""
    for file in (HERE / "answers").glob("*"):
        if sha256(file.read_bytes()) != file.name:
            yield f"answers/{file.name}: its SHA-256 does not match its name"


def sign_offs():
    """The text of every sign-off is the one that its event holds; a signature beside it is of this text."""
    outside = ("signature", "signature-kind", "signature-key", "public-key")
    later = list(events("later.jsonl"))
    for event in [*events("events.jsonl"), *later]:
        name = f"sign-offs/{event['sequence']:06}.txt"
        wanted = event in later or (HERE / name).exists()
        if event["action"] == "sign" and event["ending"] == "done" and wanted:
            fields = {key: value for key, value in event["details"].items() if key not in outside}
            fields.update({"actor": event["actor"], "as-of": event["as_of"], "reason": event["reason"] or ""})
            lines = [f"{json.dumps(key)[1:-1]}: {json.dumps(value)}" for key, value in sorted(fields.items())]
            if (HERE / name).read_text(encoding="utf-8") != "\n".join(["evidence-tracker sign-off 1", *lines]) + "\n":
                yield f"{name}: does not match event {event['sequence']}"


def main():
    if hasattr(sys.stdout, "reconfigure"):  # a code page of Windows may lack a character of a name
        sys.stdout.reconfigure(errors="backslashreplace")
    wrong = []
    for look in (manifest, chain, report, answers, sign_offs):
        try:
            wrong += look()
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as trouble:
            wrong.append(f"{look.__name__}: {trouble}")
    for line in wrong:
        print(line)
    if wrong:
        sys.exit(1)
    last = list(events("events.jsonl"))[-1]
    print(f"verified, no changes: event {last['sequence']}, hash {last['hash']}")
    print("compare this hash with the one that was printed, filed or committed; for signatures, see HOWTO.txt")


main()
