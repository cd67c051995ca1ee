"""A Containerfile's steps, carried out in empty Debian roots made by debootstrap, where there is no container engine.

It knows the instructions that ours has. A root is no container: it shares network, processes and kernel with its host.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

CERTIFICATES = "/machine-certificates.pem"  # this machine's: its way to the package index can have its own

CHROOT = shutil.which("chroot", path=f"{os.environ['PATH']}:/usr/sbin") or "chroot"


@dataclass
class Image:
    """A root and what the instructions have set of it so far."""

    root: Path
    arguments: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    folder: str = "/"
    user: str = "0:0"
    volumes: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def run(
        self, *words: str, env: dict[str, str] | None = None, folder: str | None = None, user: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command in the root, as its user, in its folder, with its environment alone."""
        inside = f"cd {shlex.quote(folder or self.folder)} && exec {shlex.join(words)}"
        return subprocess.run(
            [CHROOT, f"--userspec={user or self.user}", "--groups=", str(self.root), "/bin/sh", "-c", inside],
            env=self.env | (env or {}),
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )


def _base(name: str, cache: Path) -> Path:
    """The root of an image `debian:SUITE-slim`: of debootstrap's smallest variant, made once."""
    suite = re.fullmatch(r"debian:(\w+)-slim", name)[1]
    root = cache / suite
    if not root.exists():
        made = cache / f"{suite}.making"
        words = ("debootstrap", "--variant=minbase", suite, str(made), "http://deb.debian.org/debian")
        done = subprocess.run(words, capture_output=True, text=True, timeout=1800, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        made.rename(root)
    return root


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]  # type: ignore[misc]


def _copied(image: Image, sources: list[str], target: str, origin: Path) -> None:
    place = image.root / str(Path(image.folder) / target).lstrip("/")
    for source in sources:
        path = origin / source.lstrip("/")
        into = place / path.name if target.endswith("/") else place
        into.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, into, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, into)


def built(containerfile: Path, context: Path, cache: Path, work: Path, **arguments: str) -> Image:
    """The last image of a Containerfile, as a root."""
    stages: dict[str, Image] = {}
    image: Image | None = None
    for instruction, rest in _instructions(containerfile.read_text(encoding="utf-8")):
        if instruction == "FROM":
            base, *name = rest.split(" AS ")
            root = work / f"root-{len(stages)}"
            subprocess.run(("cp", "-a", str(_base(base, cache)), str(root)), check=True)
            shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
            shutil.copy(os.environ.get("PIP_CERT", "/etc/ssl/certs/ca-certificates.crt"), root / CERTIFICATES[1:])
            image = Image(root)
            stages[name[0] if name else str(len(stages))] = image
            continue
        assert image is not None
        match instruction:
            case "ARG":
                name, default = rest.split("=", 1)
                image.arguments[name] = arguments.get(name, default)
            case "ENV":
                image.env |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "WORKDIR":
                image.folder = rest
                (image.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                image.user = rest
            case "VOLUME":
                image.volumes.append(rest)
            case "CMD":
                image.command = json.loads(rest)
            case "COPY":
                words = rest.split()
                of_stage = words[0].removeprefix("--from=") if words[0].startswith("--from=") else None
                *sources, target = words[1:] if of_stage else words
                _copied(image, sources, target, stages[of_stage].root if of_stage else context)
            case "RUN":
                done = image.run(
                    "/bin/sh",
                    "-c",
                    rest,
                    env={**image.arguments, "PIP_CERT": CERTIFICATES, "DEBIAN_FRONTEND": "noninteractive"},
                )
                assert done.returncode == 0, f"{rest}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
            case _:
                raise AssertionError(f"{instruction} is not known here")
    assert image is not None
    return image
