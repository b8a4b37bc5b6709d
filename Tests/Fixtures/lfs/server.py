#!/usr/bin/env python3
"""A server of Git LFS for tests: the batch API and the basic transfer, well-behaved or not.

server.py FOLDER

It listens on a free port of the loopback interface, which it prints. FOLDER/objects has the objects, each named by its
SHA-256; FOLDER/rules.json says how to misbehave, and is read again for each request; FOLDER/log gets a line of JSON a
request. "batch.md" and the like below are pages of git-lfs' docs/api.

Rules, all of them optional:
  authorization  what both kinds of requests must have as their `Authorization`; otherwise 401 with `LFS-Authenticate`
                 (batch.md, "Response Errors")
  batch          a list of answers to the next batch requests, null for a good one: {"status", "headers", "body"}; `body`
                 is sent as it is when it is a text (batch.md, "Response Errors": message, documentation_url, request_id)
  answer         members that replace those of a good answer: transfer, hash_algo, objects
  errors         {OID: {"code", "message"}} for objects that cannot be had (batch.md, "Successful Responses")
  object         members that replace those of each object of the answer: actions, size, oid
  download       members that replace those of each download action: href, header, expires_in
  needs          {NAME: VALUE} header fields that a download must have; otherwise 403
  objects        a list of answers to the next downloads, null for a good one: {"status", "headers"}
  redirect       where downloads are redirected to; the OID is appended
  contents       {OID: {"text", "times"}} what is sent instead, so many times over
  length         false to send no `Content-Length`, or a number to send that one
  cut            after how many bytes of an object the connection is closed
  pace           how many seconds pass after each 64 KiB
"""

import http.server
import json
import pathlib
import socketserver
import sys
import threading
import time

FOLDER = pathlib.Path(sys.argv[1])
MEDIA_TYPE = "application/vnd.git-lfs+json"
LOCK = threading.Lock()
TAKEN = {"batch": 0, "objects": 0}


def rules():
    try:
        return json.loads((FOLDER / "rules.json").read_text())
    except FileNotFoundError:
        return {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, body):
        line = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode("utf-8", "replace"),
        }
        with LOCK, open(FOLDER / "log", "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def answer(self, status, body, headers=None):
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        fields = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body))} | (headers or {})
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def next_of(self, kind, rule):
        """The answer that the rules have for this request, if any."""
        with LOCK:
            index = TAKEN[kind]
            TAKEN[kind] += 1
        listed = rule.get(kind, [])
        return listed[index] if index < len(listed) else None

    def refused(self, rule):
        wanted = rule.get("authorization")
        if wanted is None or self.headers.get("Authorization") == wanted:
            return False
        self.answer(
            401,
            {"message": "Credentials needed", "documentation_url": "https://lfs.example.org/docs", "request_id": "1"},
            {"LFS-Authenticate": 'Basic realm="Git LFS"', "WWW-Authenticate": 'Basic realm="Git LFS"'},
        )
        return True

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.note(body)
        rule = rules()
        if not self.path.endswith("/objects/batch"):
            return self.answer(404, {"message": "Not found"})
        listed = self.next_of("batch", rule)
        if listed is not None:
            return self.answer(listed["status"], listed.get("body", {}), listed.get("headers"))
        if self.refused(rule):
            return None
        # 406 and 422: batch.md, "Response Errors".
        if self.headers.get("Accept") != MEDIA_TYPE:
            return self.answer(406, {"message": "The Accept header needs to be " + MEDIA_TYPE})
        request = json.loads(body)
        if request.get("operation") != "download" or not self.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return self.answer(422, {"message": "Validation failed"})
        objects = [self.describe(wanted, rule) for wanted in request["objects"]]
        good = {"transfer": "basic", "objects": objects, "hash_algo": "sha256"}
        return self.answer(200, good | rule.get("answer", {}))

    def describe(self, wanted, rule):
        oid = wanted["oid"]
        described = {"oid": oid, "size": wanted["size"]}
        error = rule.get("errors", {}).get(oid)
        if error is None and not (FOLDER / "objects" / oid).exists() and oid not in rule.get("contents", {}):
            error = {"code": 404, "message": "Object does not exist"}
        if error is not None:
            return described | {"error": error}
        download = {"href": f"http://{self.headers['Host']}/objects/{oid}"} | rule.get("download", {})
        return described | {"authenticated": True, "actions": {"download": download}} | rule.get("object", {})

    def do_GET(self):
        self.note(b"")
        rule = rules()
        oid = self.path.split("?")[0].rsplit("/", 1)[-1]
        listed = self.next_of("objects", rule)
        if listed is not None:
            return self.answer(listed["status"], b"", listed.get("headers"))
        if any(self.headers.get(name) != value for name, value in rule.get("needs", {}).items()):
            return self.answer(403, {"message": "Forbidden"})
        if "redirect" in rule:
            return self.answer(302, b"", {"Location": rule["redirect"] + oid})
        text = rule.get("contents", {}).get(oid)
        if text is not None:
            return self.send_body([text["text"].encode()] * text.get("times", 1), rule)
        try:
            contents = (FOLDER / "objects" / oid).read_bytes()
        except FileNotFoundError:
            return self.answer(404, b"")
        return self.send_body([contents], rule)

    def send_body(self, pieces, rule):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        length = rule.get("length", True)
        if length is not False:
            self.send_header("Content-Length", str(sum(map(len, pieces)) if length is True else length))
        else:
            self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        left = rule.get("cut", sys.maxsize)
        try:
            for piece in pieces:
                for start in range(0, len(piece), 65536):
                    part = piece[start : start + min(65536, left)]
                    self.wfile.write(part)
                    left -= len(part)
                    if left <= 0:
                        return
                    if "pace" in rule:
                        self.wfile.flush()
                        time.sleep(rule["pace"])
        except (BrokenPipeError, ConnectionResetError):
            with LOCK, open(FOLDER / "log", "a", encoding="utf-8") as log:
                log.write(json.dumps({"method": "CLOSED", "path": self.path, "headers": {}, "body": ""}) + "\n")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print("listening on", server.server_address[1], flush=True)
    server.serve_forever()
