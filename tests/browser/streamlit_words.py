"""What Streamlit says of its own accord on a page that is open, as far as it is in Latin letters."""

from __future__ import annotations

from playwright.sync_api import Page

_OURS = ", ".join(
    (
        "[data-testid=stMarkdownContainer]", "[data-testid=stCaptionContainer]", "[data-testid=stText]",
        "[data-testid=stHtml]", "[data-testid=stMetricValue]", "[data-testid=stCode]",
        # What a table draws is told to screen readers in cells; choices are ours, the line that there is none is not.
        "[role=gridcell]", "[role=option][data-key]", ".vega-embed", "[data-testid=stVegaLiteChart]",
    )
)  # fmt: skip
"""What we write, or have of streams. Pictures by their names (`expand_more`) are a typeface's affair."""
_SAYS = """(ours) => {
  const said = new Set();
  const hear = (words, element) => {
    if (/[A-Za-z]{2,}/.test(words) && element.checkVisibility({ visibilityProperty: true })
        && !element.closest("[data-testid=stIconMaterial], script, style, " + ours)) said.add(words.trim());
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) hear(texts.currentNode.data, texts.currentNode.parentElement);
  for (const name of ["placeholder", "title", "aria-label", "aria-valuetext"])
    for (const element of document.querySelectorAll(`[${name}]`)) hear(element.getAttribute(name), element);
  return [...said];
}"""
_STRANGE = """() => {
  const there = document.createElement("div");
  there.innerHTML = '<p data-testid="stText">No results</p><p role="option" data-key="1">Search</p>'
    + '<p role="gridcell" title="Open" aria-label="Fullscreen">Sort ascending</p>';
  document.body.append(there);
  return new Promise((done) => setTimeout(() => { there.remove(); done(there.outerHTML); }, 50));
}"""


def own_words(page: Page) -> list[str]:
    return list(page.evaluate(_SAYS, _OURS))


def strangers_words(page: Page) -> str:
    """What becomes of the same words where a stream says them."""
    return str(page.evaluate(_STRANGE))
