"""The page in a real browser: one load of the demo's page, with hostile names and periods that are under way.

What it guards against: a chart that is not drawn or shows other numbers than its mart, a page that asks the network for
something, that a phone has to scroll sideways, or that somebody who does not see well, or has no mouse, cannot read.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import axe_core_python
import polars as pl
import pytest
from conftest import changed
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from assets.report.marts import Published
from assets.report.page import page
from assets.report.periods import period

HOSTILE = "</script><img src=x onerror=document.title='hacked'>"
WAIT_SECONDS = 60
LAST_COHORT_DAYS = 100


@pytest.fixture(scope="module")
def shown(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The demo's version with names that are markup, and the cells of the last periods still under way."""

    def change(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        if name == "cohort_retention":
            under_way = pl.col("period_start") >= published.as_of_date - dt.timedelta(days=LAST_COHORT_DAYS)
            return rows.with_columns(is_complete=pl.col("is_complete") & ~under_way)
        if name == "csi_parameters":
            return rows.with_columns(pl.col("parameter") + HOSTILE)
        return rows

    folder = tmp_path_factory.mktemp("report")
    found = replace(changed(published, folder, change), company=HOSTILE)
    (folder / "report.html").write_text(page(found), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def browser(shown: Published) -> Iterator[WebDriver]:
    """A browser that has opened the page from disk and drawn all of its charts."""
    driver = shutil.which("chromedriver")
    assert driver, "These tests need Chromium: apt-get install chromium chromium-driver"
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver, env=dict(os.environ)))
    try:
        size(opened, 1440)
        opened.get((shown.folder / "report.html").as_uri())
        WebDriverWait(opened, WAIT_SECONDS).until(
            lambda it: not it.execute_script("return document.querySelectorAll('.chart:not([data-drawn])').length")
        )
        yield opened
    finally:
        opened.quit()


def size(browser: WebDriver, width: int) -> None:
    """Give the page a window of that width; below 500 pixels a phone's."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def colours(browser: WebDriver, scheme: str) -> None:
    """Let the reader prefer light or dark."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def test_no_request_leaves_the_page(browser: WebDriver) -> None:
    """Neither a font nor a script nor a picture, whatever the names in the data say."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url.split(":")[0] for url in asked if "report.html" in url] == ["file"]
    assert [url for url in asked if "report.html" not in url and not url.startswith("data:")] == []
    assert browser.find_elements(By.TAG_NAME, "img") == []
    assert browser.title.startswith("Loyalty of </script><img")
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_the_heatmap_shows_the_cells_of_its_mart(browser: WebDriver, shown: Published) -> None:
    """Each cell as the reader meets it: what it says aloud, the number in it, and the hatching of those under way."""
    told = browser.execute_script(
        "return [...document.querySelectorAll('#cohort-heatmap [aria-roledescription=\"rect mark\"][aria-label]')]"
        ".map(cell => cell.getAttribute('aria-label'))"
    )
    label = re.compile(r"(.+), (month|quarter) (\d+): (.+), (complete|still under way|too few to show)")
    cells = {found.group(1, 3): found.groups() for text in told if (found := label.fullmatch(text))}
    (grain,) = {groups[1] for groups in cells.values()}
    here = pl.col("grain") == grain, pl.col("kind") == "on", pl.col("period_offset") > 0
    rows = shown.rows("cohort_retention", *here)
    assert len(cells) == len(rows) > 20
    for row in rows:
        found = cells[period(grain, row["cohort_start"]), str(row["period_offset"])]
        if row["is_suppressed"]:
            assert found[3:] == ("too few to show", "too few to show")
        else:
            assert abs(float(found[3].removesuffix("%")) - 100 * row["value"]) <= 0.05001
            assert found[4] == ("complete" if row["is_complete"] else "still under way")
    numbers = browser.execute_script(
        "return [...document.querySelectorAll('#cohort-heatmap svg text')].map(text => text.textContent)"
    )
    written = sorted(text for text in numbers if text.endswith("%"))
    assert written == sorted(f"{row['value']:.0%}" for row in rows if not row["is_suppressed"])
    hatched = browser.execute_script(
        "return [...document.querySelectorAll('#cohort-heatmap svg path')]"
        ".filter(cell => getComputedStyle(cell).fill.includes('hatch')).length"
    )
    assert hatched == sum(not row["is_complete"] for row in rows) > 0


def test_a_definition_is_one_click_away(browser: WebDriver) -> None:
    browser.find_element(By.CSS_SELECTOR, "#nps-trend .source a").click()
    assert browser.current_url.endswith("#definition-nps")
    definition = browser.find_element(By.CSS_SELECTOR, ":target")
    top = browser.execute_script("return arguments[0].getBoundingClientRect().top", definition)
    assert "Net promoter score" in definition.text
    assert 0 <= top < 900


def test_the_keyboard_reaches_the_figures_and_opens_a_table(browser: WebDriver) -> None:
    browser.execute_script("history.replaceState(null, '', ' '); document.activeElement.blur(); scrollTo(0, 0)")
    browser.execute_script("document.querySelector('.skip').focus()")
    skip = browser.switch_to.active_element
    assert skip.text == "Skip to the figures"
    skip.send_keys(Keys.ENTER)
    assert browser.switch_to.active_element.get_attribute("id") == "content"
    summary = browser.find_element(By.CSS_SELECTOR, "#nps-trend summary")
    summary.send_keys(Keys.ENTER)
    table = browser.find_element(By.CSS_SELECTOR, "#nps-trend table")
    assert table.is_displayed()
    assert len(table.find_elements(By.CSS_SELECTOR, "tbody tr")) >= 4


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_no_serious_fault(browser: WebDriver, scheme: str, width: int) -> None:
    """Contrast, names, roles, order: what a machine can find. The tables are open, for they have text, too."""
    size(browser, width)
    colours(browser, scheme)
    browser.execute_script("document.querySelectorAll('details').forEach(table => { table.open = true; })")
    if not browser.execute_script("return typeof axe !== 'undefined'"):
        browser.execute_script((Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    browser.set_script_timeout(WAIT_SECONDS)
    faults = browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run({resultTypes: ['violations']}).then(found => done(found.violations.map("
        "fault => [fault.impact, fault.id, fault.nodes.slice(0, 3).map(node => node.html.slice(0, 200))])));"
    )
    assert [fault for fault in faults if fault[0] in {"serious", "critical"}] == []


def test_a_phone_does_not_scroll_sideways(browser: WebDriver) -> None:
    size(browser, 390)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
