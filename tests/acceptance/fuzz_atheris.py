"""Coverage-guided fuzzing of one target with atheris: `python fuzz_atheris.py TARGET SECONDS CORPUS_FOLDER`."""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

with atheris.instrument_imports(include=["evidence"]):
    from acceptance.fuzz_table import TARGETS


def main():
    name, seconds, corpus = sys.argv[1:4]
    target, folder = TARGETS[name], Path(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    longest = max(4096, *(2 * len(seed) for seed in target.seeds))
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={longest}",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/failure-", str(folder)], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
