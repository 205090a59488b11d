"""Opens a report in headless Chromium and uses it: browse_page.py PAGE.html [--screenshot FILE.png]

Prints one JSON object: messages of the console at level SEVERE, the number of figures with meshes, of opened canvases and of
distinct pixels in the first; for each hand how far, in levels, the nearest pixel is from the hand's colour; how many rows the
images and the canvas of the first figure form, and whether they are of one height; and whether dragging, the wheel and an arrow
key change it, a double click restores it, and a click on a table's head sorts it. If the first figure has a slider: its steps,
its text after a key press, and whether that changes the canvas and the key back restores it. At the end of the page: how many
canvases still hold pixels, and whether the first is as before after scrolling back. If a table has a button for more rows: its
text, the number of rows before and after the Enter key, and the first row after sorting by the second column, largest first.
Speaks the WebDriver protocol to chromedriver; needs no Python package.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
             "--window-size=1100,900", "--disable-background-networking"]
NO_BROWSER = 77   # exit code
PIXELS = "const c = document.querySelector('.turn canvas'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data"


# Of each colour of the page: the largest difference of a channel to the nearest opaque pixel.
NEAREST = """const data = (() => { %s })(), nearest = {};
for (const [side, colour] of Object.entries(JSON.parse(document.getElementById('colours').textContent))) {
  nearest[side] = 255;
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] === 255)
      nearest[side] = Math.min(nearest[side], Math.max(...colour.map((value, k) => Math.abs(Math.round(255 * value) - data[i + k]))));
}
return nearest""" % PIXELS
BOXES = "[...document.querySelector('figure.meshes').querySelectorAll('img, canvas')].map(e => e.getBoundingClientRect())"


class Browser:
    def __init__(self, profile):
        self.session = None
        try:
            self.start(profile)
        except OSError:
            self.close()
            raise

    def start(self, profile):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if match := re.search(r"started successfully on port (\d+)", line):
                self.address = f"http://127.0.0.1:{match[1]}"
                break
        else:
            raise OSError("chromedriver did not start")
        options = {"args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = f"/session/{made['sessionId']}"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)["value"]

    def run(self, script):
        return self.call("POST", self.session + "/execute/sync", {"script": script, "args": []})

    def canvas_sum(self):
        """A checksum of the first canvas's pixels."""
        return self.run(PIXELS + ".reduce((sum, value, i) => (sum + value * (i % 65521)) % 2147483647, 0)")

    def drag(self, x, y):
        origin = self.call("POST", self.session + "/element", {"using": "css selector", "value": ".turn canvas"})
        move = {"type": "pointerMove", "origin": origin, "x": 0, "y": 0, "duration": 0}
        self.act([move, {"type": "pointerDown", "button": 0}, move | {"x": x, "y": y, "duration": 50}, {"type": "pointerUp", "button": 0}])

    def act(self, actions):
        self.call("POST", self.session + "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]})
        self.call("DELETE", self.session + "/actions")

    def event(self, text):
        self.run(f"document.querySelector('.turn canvas').dispatchEvent(new {text}); "
                 "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def key(self, selector, key):
        element = self.call("POST", self.session + "/element", {"using": "css selector", "value": selector})
        (reference,) = element.values()
        self.call("POST", self.session + f"/element/{reference}/value", {"text": key})
        self.run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def close(self):
        try:
            if self.session:
                self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()


def use_slider(browser):
    slider, right, left = ".turn input[type=range]", "\ue014", "\ue012"
    start = browser.canvas_sum()
    browser.key(slider, right)
    found = {"steps": int(browser.run(f"return document.querySelector('{slider}').max")),
             "step_text": browser.run("return document.querySelector('.turn label').textContent"),
             "step_changes": browser.canvas_sum() != start}
    browser.key(slider, left)
    return found | {"step_back_restores": browser.canvas_sum() == start}


def use_long_table(browser):
    rows = "return document.querySelector('.more').previousElementSibling.querySelectorAll('tr').length - 1"
    found = {"rows": browser.run(rows), "more_text": browser.run("return document.querySelector('.more button').textContent")}
    browser.key(".more button", "\ue007")
    found |= {"rows_after_enter": browser.run(rows), "focus_stays": browser.run("return document.activeElement.matches('.more button')")}
    browser.run("const head = document.querySelector('.more').previousElementSibling.querySelectorAll('th')[1]; head.click(); head.click()")
    found["largest"] = browser.run("return [...document.querySelector('.more').previousElementSibling.querySelectorAll('tr')[1].cells]"
                                   ".map(cell => cell.textContent)")
    for _ in range(100):
        if browser.run("const button = document.querySelector('.more button'); button.click(); return button.hidden"):
            break
    return found | {"rows_in_the_end": browser.run(rows)}


def use(browser, page, screenshot):
    browser.call("POST", browser.session + "/url", {"url": page.resolve().as_uri()})
    found = {"meshes": browser.run("return document.querySelectorAll('figure.meshes').length")}
    if found["meshes"]:
        browser.run("document.querySelector('figure.meshes').scrollIntoView({block: 'center'})")
        for _ in range(100):
            if browser.run("return document.querySelectorAll('.turn canvas').length"):
                break
            time.sleep(0.1)
        found["colours"] = browser.run(f"const d = (() => {{ {PIXELS} }})(); const seen = new Set(); "
                                       "for (let i = 0; i < d.length; i += 4) seen.add(d[i] << 24 | d[i+1] << 16 | d[i+2] << 8 | d[i+3]); "
                                       "return seen.size")
        found["nearest"] = browser.run(NEAREST)
        found["rows_of_figure"] = browser.run(f"return new Set({BOXES}.map(box => Math.round(box.top))).size")
        found["one_height"] = browser.run(f"const h = {BOXES}.map(box => box.height); return Math.max(...h) - Math.min(...h) < 2")
        start = browser.canvas_sum()
        browser.drag(80, 20)
        time.sleep(0.2)
        found["drag_changes"] = (turned := browser.canvas_sum()) != start
        browser.event("WheelEvent('wheel', {deltaY: -300, cancelable: true})")
        found["wheel_changes"] = (zoomed := browser.canvas_sum()) != turned
        browser.event("KeyboardEvent('keydown', {key: 'ArrowLeft', cancelable: true})")
        found["key_changes"] = browser.canvas_sum() != zoomed
        if screenshot:
            import base64
            screenshot.write_bytes(base64.b64decode(browser.call("GET", browser.session + "/screenshot")))
        browser.event("MouseEvent('dblclick')")
        found["double_click_restores"] = browser.canvas_sum() == start
        if browser.run("return !!document.querySelector('.turn input[type=range]')"):
            found |= use_slider(browser)
        browser.run("window.scrollTo(0, document.body.scrollHeight)")
        time.sleep(0.5)
        found["opened"] = browser.run("return document.querySelectorAll('.turn canvas').length")
        found["held"] = browser.run("return [...document.querySelectorAll('.turn canvas')].filter(canvas => canvas.width).length")
        browser.run("document.querySelector('figure.meshes').scrollIntoView({block: 'center'})")
        time.sleep(0.5)
        found["scrolling_back_restores"] = browser.canvas_sum() == start
    found["sorts"] = browser.run(
        "const table = [...document.querySelectorAll('table')].find(t => t.rows.length > 4); if (!table) return null; "
        "const column = () => [...table.rows].slice(1).map(r => parseFloat(r.cells[1].textContent)).filter(x => !isNaN(x)); "
        "const head = table.rows[0].cells[1]; head.click(); const up = column(); head.click(); const down = column(); "
        "const last = [...table.rows].at(-1).cells[1].textContent; const gap = [...table.rows].some(r => r.cells[1].textContent === '-'); "
        "return up.every((x, i) => !i || up[i-1] <= x) && down.every((x, i) => !i || down[i-1] >= x) && (!gap || last === '-')")
    if browser.run("return !!document.querySelector('.more button')"):
        found |= use_long_table(browser)
    found["console"] = [entry["message"] for entry in browser.call("POST", browser.session + "/se/log", {"type": "browser"})
                        if entry["level"] == "SEVERE"]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--screenshot", type=pathlib.Path)
    arguments = parser.parse_args()
    if not arguments.page.is_file():
        sys.exit(f"browse_page: {arguments.page} does not exist")
    with tempfile.TemporaryDirectory() as profile:
        try:
            browser = Browser(profile)
        except OSError as problem:
            print(f"browse_page: Chromium cannot be started here: {problem}", file=sys.stderr)
            sys.exit(NO_BROWSER)
        try:
            print(json.dumps(use(browser, arguments.page, arguments.screenshot)))
        finally:
            browser.close()


if __name__ == "__main__":
    main()
