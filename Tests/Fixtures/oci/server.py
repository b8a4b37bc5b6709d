"""An HTTP server that answers as FOLDER/rules.json says, and writes what it is asked into FOLDER/log.

usage: server.py FOLDER

A rule is {"path", "method"?, "authorization"?, "times"?, "status", "headers"?, "body"?, "cut"?, "hold"?}: the first whose `path` is
that of the request, whose `authorization` (null: none) is the one that came if it is given, and that has not answered
`times` times yet, answers. `body` names a file in FOLDER; `cut` is after how many of its bytes the connection is closed,
or with `hold` nothing more happens until the client goes away.
Its port is printed when it listens.
"""

import http.server
import json
import os
import sys
import threading

FOLDER = sys.argv[1]
LOCK = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        with LOCK:
            rules = self.server.rules
            rule = next((rule for rule in rules if self.fits(rule)), None)
            if rule and "times" in rule:
                rule["times"] -= 1
            with open(os.path.join(FOLDER, "log"), "a", encoding="utf-8") as log:
                print(json.dumps({
                    "method": self.command, "path": self.path,
                    "headers": {name.lower(): value for name, value in self.headers.items()}}), file=log)
        rule = rule or {"status": 404}
        body = b""
        if "body" in rule:
            with open(os.path.join(FOLDER, rule["body"]), "rb") as file:
                body = file.read()
        self.send_response(rule["status"])
        for name, value in rule.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body[:rule.get("cut", len(body))])
        if rule.get("hold"):
            self.wfile.flush()
            self.rfile.read(1)
        if "cut" in rule:
            self.close_connection = True

    def fits(self, rule):
        return (rule["path"] == self.path.split("?")[0]
                and rule.get("method", self.command) == self.command
                and ("authorization" not in rule or rule["authorization"] == self.headers.get("Authorization"))
                and rule.get("times", 1) > 0)

    do_GET = do_HEAD = answer

    def log_message(self, *_):
        pass


# Of a busy machine all that come at once wait, and are not turned away.
http.server.ThreadingHTTPServer.request_queue_size = 64
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(FOLDER, "rules.json"), encoding="utf-8") as file:
    server.rules = json.load(file)
print(server.server_address[1], flush=True)
server.serve_forever()
