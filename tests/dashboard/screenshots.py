"""Pictures of every page for people to look at: `python tests/dashboard/screenshots.py --out docs/screens`.

Light and dark, at 1440 × 900 and 1280 × 720, over a made-up desk, as somebody sees them whose role may open the page.
A page that is wider than the window is told; the rest is for eyes.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from browser.chromium import PLAYS_BY_ITSELF, chromium  # noqa: E402
from desk_maker import make  # noqa: E402
from desk_outline import Size  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Page  # noqa: E402
from server import Served, serving  # noqa: E402

from monitor.signing import load_signer  # noqa: E402

SIZES = ((1440, 900), (1280, 720))
SCHEMES = ("light", "dark")
WHO = {"queue": "reviewer01", "people": "admin01", "rules": "editor01"}
"""Who looks; a lead at all others."""
PAGES = ("overview", "queue", "streams", "stream", "rules", "creators", "quality", "audit", "export", "people")
WAIT_MS = 90_000
SETTLES_MS = 2_500
"""Charts are drawn after their place is there."""
_LOADED = "[...document.querySelectorAll('[data-testid=stSkeleton], [data-testid=stSpinner]')].length === 0"


def draw(served: Served, out: Path, scheme: str, size: tuple[int, int]) -> list[str]:
    """One picture a page; what does not fit into the window's width."""
    wrong = []
    width, height = size
    with chromium(PLAYS_BY_ITSELF) as browser:
        for name in ("login", *PAGES, "flag"):
            login = None if name == "login" else WHO.get(name, "reviewer01" if name == "flag" else "lead01")
            context = served.context(
                browser, login, color_scheme=scheme, viewport={"width": width, "height": height}, bypass_csp=True
            )
            page = context.new_page()
            _open(page, name, served)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
                wrong.append(f"{name}, {scheme}, {width} × {height}: wider than the window")
            picture = Image.open(io.BytesIO(page.screenshot()))
            picture.save(out / f"{name}-{scheme}-{width}.webp", quality=82, method=6)
            context.close()
            sys.stdout.write(f"{name}-{scheme}-{width}\n")
    return wrong


def _open(page: Page, name: str, served: Served) -> None:
    if name == "login":
        page.goto("/login")
        return
    if name == "flag":
        page.goto("/queue")
        page.get_by_text("开始复核").first.click(timeout=WAIT_MS)
        page.wait_for_selector(".player[data-state=ready]", timeout=WAIT_MS)
        page.wait_for_timeout(2 * SETTLES_MS)
        return
    if name == "stream":
        page.goto("/streams")
        page.wait_for_selector(".st-key-main-streams", timeout=WAIT_MS)
        page.goto("/stream?stream=3")
    else:
        page.goto("/" if name == "overview" else f"/{name}")
    page.wait_for_selector(f".st-key-main-{name}", timeout=WAIT_MS)
    page.wait_for_function(_LOADED, timeout=WAIT_MS)
    page.wait_for_timeout(SETTLES_MS)


def main() -> int:
    given = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    given.add_argument("--out", type=Path, required=True)
    given.add_argument("--flags", type=int, default=2500)
    asked = given.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        workspace, keys = Path(folder) / "desk", Path(folder) / "keys"
        size = Size(flags=asked.flags, streams=asked.flags // 25, cues=asked.flags * 4, clips=20)
        make(workspace, size, signer=load_signer(keys))
        with serving(workspace, keys) as served:
            for scheme in SCHEMES:
                for size_px in SIZES:
                    wrong += draw(served, asked.out, scheme, size_px)
    sys.stdout.writelines(f"WRONG: {problem}\n" for problem in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
