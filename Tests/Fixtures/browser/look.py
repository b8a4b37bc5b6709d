"""look.py BROWSER PAGE [--shots DIR] [--axe FILE]

Opens a page of this machine in headless Chromium and prints, as JSON, what a person could see of it: at each width and in
each colour scheme whether it fits, what it asked the network for, what the browser complained of, and the text of its parts.

Speaks the Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/) through a pipe, so that it needs no
module of Python beyond those that come with it. What is run in the page that way is not held by the page's own policy.
"""

import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

# Nothing of this is reachable: whatever the browser asks for beside the page fails, and is listed.
REFUSING_PROXY = "http://127.0.0.1:9"


class Browser:
    def __init__(self, program, home):
        reads, self.output = os.pipe()
        self.input, writes = os.pipe()

        def plumb():
            # Above what may be 3 and 4, before these are replaced.
            one, other = os.dup(reads), os.dup(writes)
            os.dup2(one, 3)
            os.dup2(other, 4)

        self.process = subprocess.Popen(
            [
                program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--hide-scrollbars", "--remote-debugging-pipe", f"--user-data-dir={home}/profile",
                f"--proxy-server={REFUSING_PROXY}", "about:blank",
            ],
            preexec_fn=plumb, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home})
        os.close(reads)
        os.close(writes)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []

    def message(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.input, 1 << 16)
            if not piece:
                sys.exit("the browser ended")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.output, data):]
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    sys.exit(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message())

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            sys.exit(f"in the page: {result['exceptionDetails']}")
        return result["result"].get("value")

    def end(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(30)


MEASURE = """({
    inner: innerWidth, scroll: document.scrollingElement.scrollWidth,
    paper: getComputedStyle(document.documentElement).backgroundColor,
    ink: getComputedStyle(document.documentElement).color,
    cut: [...document.querySelectorAll('main *')].filter(e => !e.closest('.unseen')).filter(e => {
        const box = e.getBoundingClientRect();
        return box.width > 1 && box.right > innerWidth + 1;
    }).slice(0, 5).map(e => e.outerHTML.slice(0, 120)),
})"""

READ = """(() => {
    const text = e => e ? e.textContent : null;
    return {
        title: document.title, lang: document.documentElement.lang, scripts: document.scripts.length,
        headings: [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(e => [Number(e.tagName[1]), e.textContent]),
        landmarks: ['header', 'main', 'nav', 'footer'].map(n => document.querySelectorAll(n).length),
        skip: document.querySelector(document.querySelector('a').getAttribute('href')) !== null,
        brokenAnchors: [...document.querySelectorAll('a[href^="#"]')]
            .filter(a => !document.getElementById(a.getAttribute('href').slice(1))).map(a => a.outerHTML),
        links: [...document.querySelectorAll('a:not([href^="#"])')].map(a => [a.href, a.textContent, a.rel]),
        ids: document.querySelectorAll('[id]').length,
        differentIDs: new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size,
        handlers: [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on')))
            .length,
        tags: [...new Set([...document.querySelectorAll('*')].map(e => e.localName))].sort(),
        pins: [...document.querySelectorAll('article')].map(e => {
            const drawing = e.querySelector('svg[role=img]');
            const label = drawing && document.getElementById(drawing.getAttribute('aria-labelledby'));
            return {
                heading: text(e.querySelector('h3')), labelled: text(document.getElementById(
                    e.getAttribute('aria-labelledby'))),
                state: text(e.querySelector('.state')), timeline: text(label),
                marks: [...e.querySelectorAll('.timeline .mark')].map(m => m.getAttribute('class').replace('mark ', '')),
                tracked: text(e.querySelector('.tracked')), distance: text(e.querySelector('.distance')),
                reason: text(e.querySelector('.reason')), text: e.textContent,
            };
        }),
    };
})()"""


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("browser")
    arguments.add_argument("page", type=pathlib.Path)
    arguments.add_argument("--shots", type=pathlib.Path)
    arguments.add_argument("--axe", type=pathlib.Path)
    options = arguments.parse_args()
    home = tempfile.mkdtemp()
    browser = Browser(options.browser, home)
    try:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Network", "Log", "Runtime"]:
            browser.call(f"{domain}.enable")
        browser.call("Page.navigate", url=options.page.resolve().as_uri())
        browser.wait("Page.loadEventFired")

        views = []
        for width in [320, 400, 768, 1200]:
            for scheme in ["light", "dark"]:
                browser.call(
                    "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
                browser.call("Emulation.setEmulatedMedia",
                             features=[{"name": "prefers-color-scheme", "value": scheme}])
                view = {"width": width, "scheme": scheme, "open": False, **browser.evaluate(MEASURE)}
                views.append(view)
                if options.shots and width in [400, 1200]:
                    shot(browser, options.shots, f"{options.page.stem}-{width}-{scheme}")
                if options.axe and width in [400, 1200]:
                    view["violations"] = audit(browser, options.axe)
        # Once more with all that can be opened.
        browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        for width in [320, 400, 1200]:
            browser.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
            views.append({"width": width, "scheme": "dark", "open": True, **browser.evaluate(MEASURE)})
            if options.shots:
                shot(browser, options.shots, f"{options.page.stem}-{width}-open")
        if options.axe:
            views[-1]["violations"] = audit(browser, options.axe)
        if options.shots:
            paper = browser.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"]
            (options.shots / f"{options.page.stem}.pdf").write_bytes(base64.b64decode(paper))
        report = browser.evaluate(READ)
        report["views"] = views
        report["requests"] = [
            event["params"]["request"]["url"] for event in browser.events
            if event.get("method") == "Network.requestWillBeSent"]
        report["complaints"] = [
            event["params"]["entry"]["text"] for event in browser.events if event.get("method") == "Log.entryAdded"
        ] + [
            json.dumps(event["params"]["args"]) for event in browser.events
            if event.get("method") == "Runtime.consoleAPICalled"
        ] + [
            json.dumps(event["params"]) for event in browser.events if event.get("method") == "Runtime.exceptionThrown"]
        # The policy has to hold what the page does not do: a script that is put into it, and a picture.
        report["scriptRan"] = browser.evaluate("""(() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            return window.ran === true;
        })()""")
        report["pictureCame"] = browser.evaluate("""new Promise(done => {
            const image = new Image();
            image.onload = () => done(true);
            image.onerror = () => done(false);
            image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';
        })""")
        browser.end()
    finally:
        if browser.process.poll() is None:
            browser.process.kill()
            browser.process.wait()
        shutil.rmtree(home, ignore_errors=True)
    json.dump(report, sys.stdout)


def shot(browser, folder, name):
    height = browser.evaluate("document.documentElement.scrollHeight")
    width = browser.evaluate("innerWidth")
    data = browser.call(
        "Page.captureScreenshot", captureBeyondViewport=True,
        clip={"x": 0, "y": 0, "width": width, "height": min(height, 6000), "scale": 1})["data"]
    (folder / f"{name}.png").write_bytes(base64.b64decode(data))


def audit(browser, axe):
    browser.evaluate(axe.read_text() + "; true")
    # All articles are looked at, also those that are not on the screen.
    browser.evaluate("document.querySelectorAll('.pin').forEach(e => e.style.contentVisibility = 'visible')")
    return browser.evaluate("""axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(result =>
        result.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(' | ')))""")


main()
