"""The report in a real browser: it loads, asks for nothing, runs nothing, and fits the window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.browser.chromium import Tab, browser
from tests.services.reporting.pages import written
from tests.services.reporting.sessions import HOSTILE, paired_session, scored_session

COLOURS: Final = """
(() => {
  const known = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const found = known(getComputedStyle(each).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const light = (rgb) => {
    const parts = rgb.map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const contrasts = [];
  const texts = 'h1, h2, p, li, dt, dd, th, td, code, pre, mark, ins, del, a, .plot text';
  for (const element of document.querySelectorAll(texts)) {
    if (!element.textContent.trim() || element.closest('.skip')) continue;
    const style = getComputedStyle(element);
    const ink = known(element.closest('svg') ? style.fill : style.color).slice(0, 3);
    const [a, b] = [light(ink), light(ground(element))].sort((x, y) => y - x);
    contrasts.push([(a + 0.05) / (b + 0.05), element.tagName, element.textContent.slice(0, 40)]);
  }
  return contrasts.sort((x, y) => x[0] - y[0])[0];
})()
"""
"""The least contrast of a text with its ground, by WCAG 2.2's formula, and where it is."""

OVERFLOWING: Final = """
[...document.querySelectorAll('body *')].filter((each) => {
  if (each.closest('.wide, .skip, .defs')) return false;
  const box = each.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map((each) => each.tagName + '.' + each.className).slice(0, 5)
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports as files, by what they are of."""
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "scores": written(lambda path: scored_session(path, 24), folder / "scores.db", "standin:one"),
        "hostile": written(
            lambda path: scored_session(path, 40, mean=True), folder / "hostile.db", "standin:one"
        ),
        "pairs": written(paired_session, folder / "pairs.db"),
    }
    found = {}
    for name, each in made.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(each.html, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with browser() as found:
        yield found


@pytest.mark.parametrize("name", ["scores", "hostile", "pairs"])
def test_it_loads_in_silence_and_asks_for_nothing(tab: Tab, pages: dict[str, Path], name: str) -> None:
    tab.open(pages[name])
    told = [
        *tab.told("Log.entryAdded"),
        *tab.told("Runtime.consoleAPICalled"),
        *tab.told("Runtime.exceptionThrown"),
    ]
    assert told == []
    asked = [event["request"]["url"] for event in tab.told("Network.requestWillBeSent")]
    assert asked == [pages[name].as_uri()]
    assert tab.value("document.compatMode") == "CSS1Compat"
    assert tab.value("document.characterSet") == "UTF-8"
    assert tab.value("document.querySelectorAll('h2').length") == 10
    assert tab.value("document.scripts.length + document.images.length + document.forms.length") == 0


def test_hostile_texts_do_nothing(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["hostile"])
    title = tab.value("document.title")
    assert isinstance(title, str) and title.endswith("Judge report") and HOSTILE[0] in title
    kinds = tab.value("[...new Set([...document.querySelectorAll('*')].map((each) => each.localName))]")
    assert isinstance(kinds, list)
    assert not {"script", "img", "iframe", "object", "b", "link", "base"} & set(kinds)
    assert tab.value("[...document.links].every((each) => each.getAttribute('href').startsWith('#'))") is True
    assert HOSTILE[1] in str(tab.value("document.body.textContent"))
    assert "Page.javascriptDialogOpening" not in {event.get("method") for event in tab.events}


def test_scripts_are_refused_wherever_they_come_from(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["pairs"])
    tab.value(
        "(() => { const made = document.createElement('script'); made.textContent = 'window.ran = 1';"
        " document.head.append(made); const seen = new Image(); seen.src = 'https://example.invalid/x.png';"
        " document.body.append(seen); document.body.insertAdjacentHTML('beforeend', '<p onclick=\"window.ran = 2\">x</p>');"
        " document.body.lastElementChild.click(); })()"
    )
    assert tab.value("window.ran") is None
    refused = [entry["entry"]["text"] for entry in tab.told("Log.entryAdded")]
    assert any("script" in text for text in refused) and any("example.invalid" in text for text in refused)


@pytest.mark.parametrize("width", [320, 400, 800, 1200, 1600])
@pytest.mark.parametrize("name", ["scores", "hostile", "pairs"])
def test_it_fits_the_window(tab: Tab, pages: dict[str, Path], name: str, width: int) -> None:
    tab.open(pages[name], width)
    assert tab.value("document.documentElement.scrollWidth") == width
    assert tab.value(OVERFLOWING) == []


@pytest.mark.parametrize("width", [400, 1200])
def test_plots_are_there_and_can_be_read(tab: Tab, pages: dict[str, Path], width: int) -> None:
    tab.open(pages["scores"], width)
    boxes = tab.value(
        "[...document.querySelectorAll('svg.plot')].map((each) => {"
        " const box = each.getBoundingClientRect(); const [text] = each.getElementsByTagName('text');"
        " return [box.width, box.height, text.getBoundingClientRect().height]; })"
    )
    assert isinstance(boxes, list) and len(boxes) == 7
    for across, down, letters in boxes:
        assert across > 250 and down > 60 and letters > 9
    shown = tab.value(
        "[...document.querySelectorAll('svg.plot rect, svg.plot circle, svg.plot path')]"
        ".filter((each) => each.getBoundingClientRect().width > 0).length"
    )
    assert isinstance(shown, int) and shown > 60
    outside = tab.value(
        "[...document.querySelectorAll('svg.plot text')].filter((each) => {"
        " const a = each.getBoundingClientRect(), b = each.ownerSVGElement.getBoundingClientRect();"
        " return a.left < b.left - 1 || a.right > b.right + 1 || a.bottom > b.bottom + 1; }).map((each) => each.textContent)"
    )
    assert outside == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground(tab: Tab, pages: dict[str, Path], scheme: str) -> None:
    tab.open(pages["scores"], scheme=scheme)
    ground = str(tab.value("getComputedStyle(document.documentElement).backgroundColor"))
    bright = sum(map(int, re.findall(r"\d+", ground)[:3])) > 384
    assert bright == (scheme == "light")
    least = tab.value(COLOURS)
    assert isinstance(least, list) and least[0] >= 4.5, least


def test_the_contents_stay_in_sight_where_there_is_room(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["scores"], 1400)
    tab.value("window.scrollTo(0, 3000)")
    assert tab.value("document.querySelector('nav').getBoundingClientRect().top") == 0
    tab.open(pages["scores"], 800)
    tab.value("window.scrollTo(0, 3000)")
    top = tab.value("document.querySelector('nav').getBoundingClientRect().top")
    assert isinstance(top, int | float) and top < -1000


def test_it_prints(tab: Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["scores"])
    made = tab.pdf()
    assert made.startswith(b"%PDF-") and len(re.findall(rb"/Type\s*/Page\b", made)) > 3
    tab.call("Emulation.setEmulatedMedia", media="print")
    assert tab.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert tab.value("getComputedStyle(document.querySelector('pre')).maxHeight") == "none"
    tab.call("Emulation.setEmulatedMedia", media="")
