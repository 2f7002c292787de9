"""Photographs of the page in Chromium, at desktop and phone width: `make render`.

A phone is an iframe of 390 px, since Chromium's own window is never narrower than
500 px; media queries inside follow the iframe. Pictures land in outputs/render/.
"""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.render

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "outputs" / "index.html"
PICTURES = ROOT / "outputs" / "render"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=5000",
)


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is missing; on Debian: apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def page() -> str:
    if not PAGE.is_file():
        pytest.skip("outputs/index.html is missing; run `make reproduce` first")
    return PAGE.read_text(encoding="utf-8")


def photograph(chromium: str, page: str, *, width: int, height: int, tmp_path: Path) -> dict:
    """Take a picture of the page in a frame of this width; return what the frame measured."""
    wrapper = tmp_path / f"{width}.html"
    wrapper.write_text(
        "<!doctype html><body style='margin:0'>"
        f"<iframe id='f' style='border:0;width:{width}px;height:{height}px' "
        f'srcdoc="{html.escape(page, quote=True)}"></iframe>'
        "<script>const f = document.getElementById('f');"
        "f.onload = () => { const d = f.contentDocument;"
        "const wide = [...d.querySelectorAll('body *')].filter(e => !e.closest('svg')"
        "&& !e.closest('[class*=wrap]') && !e.closest('.table-scroll')"
        f"&& e.getBoundingClientRect().right > {width} + 1)"
        ".map(e => e.tagName + '.' + e.className);"
        "const seen = s => [...d.querySelectorAll(s)].filter(e => e.offsetParent !== null).length;"
        "document.body.dataset.measured = JSON.stringify({"
        "scroll: d.documentElement.scrollWidth, height: d.documentElement.scrollHeight,"
        "overflowing: wide.slice(0, 5), wide: seen('.wide'), narrow: seen('.narrow')}); };"
        "</script>",
        encoding="utf-8",
    )
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = PICTURES / f"index-{width}.png"
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    address = wrapper.as_uri()
    window = f"--window-size={max(width, 500)},{height}"
    done = subprocess.run(
        [chromium, *FLAGS, profile, window, "--dump-dom", address],
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    subprocess.run(
        [chromium, *FLAGS, profile, window, f"--screenshot={picture}", address],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    measured = re.search(r'data-measured="([^"]*)"', done.stdout)
    assert measured, "the page did not load"
    return json.loads(html.unescape(measured[1]))


@pytest.mark.parametrize(("width", "figures"), [(390, "narrow"), (1280, "wide")])
def test_page_fits_its_screen(
    chromium: str, page: str, tmp_path: Path, width: int, figures: str
) -> None:
    seen = photograph(chromium, page, width=width, height=9000, tmp_path=tmp_path)
    assert seen["scroll"] <= width, seen["overflowing"]
    other = "wide" if figures == "narrow" else "narrow"
    assert seen[figures] > 0
    assert seen[other] == 0
    assert (PICTURES / f"index-{width}.png").stat().st_size > 20_000
