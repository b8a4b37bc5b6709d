#!/usr/bin/env python3
"""The pull-request API of a forge, with real state.

server.py FORGE FOLDER REPOSITORY PROJECT

FORGE is github, gitlab or forgejo; REPOSITORY a bare repository; PROJECT its path on the forge. It listens on a free port of
the loopback interface, which it prints. FOLDER/rules.json says how to misbehave, and is read again for each request;
FOLDER/log gets a line of JSON for each request, FOLDER/violations one for each that is not as documented, and FOLDER/state.json
has the pull requests after each. A request to /control with {"pulls": [...]} puts pull requests there as other people's.

Rules, all of them optional:
  token        what every request has to bring; without it, strangers may read
  access       what the token may do: a list of the tables' words; all when it is not there
  page         the most elements that a page has
  private      whether strangers and tokens without access do not even see the repository
  renamed      the path that the project had before: redirected, as the forge does it
  archived     whether it is read only
  users        the names of people with access; others of them are unknown or have none
  outsiders    names of people without access
  teams        names of teams
  labels       names of the repository's labels; orgLabels those of its organisation
  organisation whether the owner is one
  seats        how many reviewers or assignees there may be
  drafts       false where the plan has none
  autoMerge    "allowed" (as by default), "notAllowed", "clean"
  pipeline     GitLab: the states of the pipeline of a merge request by look, the last for ever; null for none
  version      GitLab: its version
  checks       Forgejo: whether the base branch requires checks
  workflows    false where workflows may not open pull requests
  body         the longest body
  fail         {"METHOD PATH-PATTERN": [{"status", "headers", "body", "after"}]}: answers to the next such requests, in
               place of good ones; with "after" the request is carried out all the same, and with status 0 the connection
               is closed without an answer
"""

import http.server
import json
import pathlib
import re
import socketserver
import subprocess
import sys
import threading
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True

import schema  # noqa: E402


class Reply(Exception):
    """An answer, wherever it is decided."""

    def __init__(self, status, body=None, headers=None):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


class State:
    def __init__(self, folder, repository, project):
        self.folder, self.repository, self.project = pathlib.Path(folder), repository, project
        self.pulls, self.labels, self.org_labels = [], None, None
        self.used = {}
        self.lock = threading.RLock()
        self.base = ""

    @property
    def rules(self):
        try:
            return json.loads((self.folder / "rules.json").read_text())
        except FileNotFoundError:
            return {}

    def rule(self, name, default=None):
        return self.rules.get(name, default)

    @property
    def owner(self):
        return self.project.rsplit("/", 1)[0]

    @property
    def name(self):
        return self.project.rsplit("/", 1)[1]

    def note(self, file, line):
        with (self.folder / file).open("a") as out:
            out.write(json.dumps(line) + "\n")

    # The repository.

    def git(self, *arguments):
        return subprocess.run(
            ["git", "-C", self.repository, *arguments], capture_output=True, text=True, check=False
        ).stdout.strip()

    def commit(self, branch):
        """What a branch is at; nothing for a branch that is not there."""
        return self.git("rev-parse", "--verify", "--quiet", "refs/heads/" + branch + "^{commit}")

    def default_branch(self):
        return self.git("symbolic-ref", "--short", "HEAD")

    def commits(self, old, new):
        """The commits between two, the newest first."""
        lines = self.git("log", "--format=%H%x09%cI%x09%s", old + ".." + new).splitlines()
        return [dict(zip(("id", "time", "subject"), line.split("\t", 2))) for line in lines]

    def is_ahead(self, head, base):
        return bool(self.git("rev-list", "-1", "refs/heads/" + head, "--not", "refs/heads/" + base))

    # Names.

    def label_names(self):
        if self.labels is None:
            self.labels = list(self.rule("labels", []))
        return self.labels

    def org_label_names(self):
        return list(self.rule("orgLabels", []))

    def label(self, name):
        """Its spelling; nothing where there is none."""
        return next((one for one in self.label_names() + self.org_label_names() if one.lower() == name.lower()), None)

    def user(self, name):
        return next((one for one in self.rule("users", []) if one.lower() == name.lower()), None)

    def person(self, name):
        """With access or without."""
        known = self.rule("users", []) + self.rule("outsiders", [])
        return next((one for one in known if one.lower() == name.lower()), None)

    def user_id(self, name):
        known = self.rule("users", []) + self.rule("outsiders", [])
        return 100 + known.index(name) if name in known else 99

    def user_of(self, number):
        known = self.rule("users", []) + self.rule("outsiders", [])
        return known[number - 100] if 0 <= number - 100 < len(known) else None

    # Pull requests.

    def add(self, **fields):
        pull = {
            "number": len(self.pulls) + 1, "title": "", "body": "", "head": "", "base": self.default_branch(),
            "draft": False, "labels": [], "reviewers": [], "teams": [], "assignees": [], "state": "open",
            "autoMerge": None, "comments": [], "reviews": [], "fork": False, "author": "pinr-bot", "looks": 0,
            **fields,
        }
        self.pulls.append(pull)
        return pull

    def pull(self, number):
        return next((pull for pull in self.pulls if pull["number"] == int(number)), None)

    def open_from(self, head, base=None):
        return next(
            (
                pull for pull in self.pulls
                if pull["state"] == "open" and not pull["fork"] and pull["head"] == head
                and (base is None or pull["base"] == base)
            ), None)

    def save(self):
        (self.folder / "state.json.new").write_text(json.dumps({"pulls": self.pulls, "labels": self.label_names()}))
        (self.folder / "state.json.new").rename(self.folder / "state.json")


class Request:
    """What a handler is given: the parts of the path, the query and the body, and whose request it is."""

    def __init__(self, server, endpoint, parts, query, body, is_known, url):
        self.state, self.endpoint, self.parts = server.state, endpoint, parts
        self.query, self.body, self.is_known, self.url = dict(query), body, is_known, url

    def number(self, missing):
        pull = self.state.pull(self.parts["number"])
        if pull is None:
            raise missing
        return pull

    def page(self, elements, size_name, default, most):
        """A page of a list, with the links to the others (RFC 8288)."""
        size = min(int(self.query.get(size_name, default)), most, self.state.rule("page", most))
        page = max(1, int(self.query.get("page", 1)))
        last = max(1, -(-len(elements) // size))

        def link(number, relation):
            query = urllib.parse.urlencode({**self.query, "page": number})
            return '<%s%s?%s>; rel="%s"' % (self.state.base, self.url, query, relation)

        links = []
        if page < last:
            links += [link(page + 1, "next"), link(last, "last")]
        if page > 1:
            links += [link(1, "first"), link(page - 1, "prev")]
        headers = {"Link": ", ".join(links)} if links else {}
        return Reply(200, elements[(page - 1) * size : page * size], headers)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def any(self):
        state, forge = self.server.state, self.server.forge
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        with state.lock:
            folder = self.headers.get("X-Forwarded-Prefix", "")
            state.base = "http://" + (self.headers.get("Host") or "") + folder
            self.path = self.path[len(folder) :]
            path, _, query = self.path.partition("?")
            if path == "/control":
                for pull in json.loads(sent)["pulls"]:
                    state.add(**pull)
                state.save()
                return self.answer(Reply(200, {}))
            secret = self.headers.get("Authorization", "")
            state.note(
                "log", {"method": self.command, "path": self.path, "body": sent.decode("utf-8", "replace"),
                        "isAuthorised": bool(secret)})
            try:
                failure = self.next_failure(path)
                if failure and not failure.get("after"):
                    raise Reply(failure["status"], failure.get("body"), failure.get("headers"))
                try:
                    reply = self.carry_out(path, query, sent)
                except Reply as refused:
                    reply = refused
                state.save()
                if failure:
                    raise Reply(failure["status"], failure.get("body"), failure.get("headers"))
            except Reply as decided:
                reply = decided
        return self.answer(reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = any

    def violation(self, why):
        self.server.state.note("violations", "%s %s: %s" % (self.command, self.path, why))

    def next_failure(self, path):
        state = self.server.state
        for key, answers in state.rule("fail", {}).items():
            method, pattern = key.split(" ", 1)
            if method == self.command and re.search(pattern, path):
                taken = state.used.get(key, 0)
                state.used[key] = taken + 1
                if taken < len(answers):
                    return answers[taken]
        return None

    def carry_out(self, path, query, sent):
        state, forge = self.server.state, self.server.forge
        if not path.startswith(forge.PREFIX):
            self.violation("is not the API")
            raise Reply(404)
        path = path[len(forge.PREFIX) :]
        known = forge.ENDPOINTS
        matching = [(one, one.pattern.match(path)) for one in known if one.pattern.match(path)]
        endpoint, match = next(((one, match) for one, match in matching if one.method == self.command), (None, None))
        if endpoint is None:
            self.violation("is not an endpoint")
            raise forge.not_found()
        is_known = self.identify(forge)
        for fault in forge.faults_of_headers(self.headers, endpoint):
            self.violation(fault)
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        for name, why in schema.faults_of_query(endpoint, pairs):
            self.violation("the parameter %s %s (%s)" % (name, why, endpoint.page))
        parts = {name: urllib.parse.unquote(value) for name, value in match.groupdict().items()}
        forge.check_project(state, parts, endpoint, path)
        forge.check_access(state, endpoint, is_known)
        body = None
        if endpoint.takes_body:
            if not (self.headers.get("Content-Type") or "").startswith("application/json"):
                self.violation("the body is not said to be JSON")
            try:
                body = json.loads(sent)
            except ValueError:
                self.violation("the body is not JSON")
                raise Reply(400, {"message": "Problems parsing JSON"}) from None
            faults = schema.faults_of_body(endpoint, body)
            for name, why in faults:
                self.violation("the field %s is %s (%s)" % (name, why, endpoint.page))
            if faults:
                raise forge.unprocessable(faults)
        elif sent:
            self.violation("has a body")
        return endpoint.handler(Request(self.server, endpoint, parts, pairs, body, is_known, forge.PREFIX + path))

    def identify(self, forge):
        """Whether the request has the right token; a wrong one is refused, and so is one in a URL."""
        state = self.server.state
        token = state.rule("token")
        authorization = self.headers.get("Authorization")
        if "token=" in self.path or token and token in self.path:
            self.violation("has the token in its URL")
        if authorization is None:
            return False
        if authorization not in forge.authorizations(token):
            raise forge.unauthorized()
        return True

    def answer(self, reply):
        if reply.status == 0:
            self.close_connection = True
            return
        body = b"" if reply.body is None else json.dumps(reply.body).encode()
        if isinstance(reply.body, str):
            body = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/html" if isinstance(reply.body, str) else "application/json; charset=utf-8")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    # Of a busy machine all that come at once wait, and are not turned away.
    request_queue_size = 64


def main():
    forge, folder, repository, project = sys.argv[1:]
    server = Server(("127.0.0.1", 0), Handler)
    server.forge = __import__(forge)
    server.state = State(folder, repository, project)
    server.state.save()
    print("port", server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    # The forges' tables import this file by its name.
    sys.modules["server"] = sys.modules["__main__"]
    main()
