"""Holds requests against tables of what a forge's API takes."""

import re

# What a field may be: a type, a list of one type, a set of texts, or a function.
TEXT, NUMBER, FLAG = str, int, bool


def number_text(value):
    """A number in a query."""
    return isinstance(value, str) and value.isdigit()


class Endpoint:
    """A method and a path with the fields that it takes.

    path      a pattern in which {name} is one component as it was sent, {name:path} any number of them, and {name:int} a number
    query     {NAME: kind} of the parameters
    required  {NAME: kind} of the body's fields that have to be there
    optional  {NAME: kind} of those that may be
    access    what a token needs: a word of the forge's own
    page      where it is documented
    """

    def __init__(self, method, path, handler, page, query=None, required=None, optional=None, access="read"):
        self.method, self.path, self.handler, self.page = method, path, handler, page
        self.query, self.required, self.optional = query or {}, required or {}, optional or {}
        self.access = access
        pattern = ""
        for part in re.split(r"(\{[^}]*\})", path):
            if part.startswith("{"):
                name, _, kind = part[1:-1].partition(":")
                pattern += "(?P<%s>%s)" % (name, {"": "[^/]+", "int": "[0-9]+", "path": ".+"}[kind])
            else:
                pattern += re.escape(part)
        self.pattern = re.compile(pattern + r"\Z")

    @property
    def takes_body(self):
        return self.method in ("POST", "PUT", "PATCH")


def fits(value, kind):
    if isinstance(kind, list):
        return isinstance(value, list) and all(fits(element, kind[0]) for element in value)
    if isinstance(kind, (set, frozenset)):
        return isinstance(value, str) and value in kind
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(kind, type):
        return isinstance(value, kind)
    return kind(value)


def faults_of_query(endpoint, query):
    """What is wrong with the parameters, each as (NAME, why)."""
    faults = []
    for name, value in query:
        if name not in endpoint.query:
            faults.append((name, "is not a parameter"))
        elif not fits(value, endpoint.query[name]):
            faults.append((name, "cannot be %r" % value))
    names = [name for name, _ in query]
    return faults + [(name, "is there twice") for name in set(names) if names.count(name) > 1]


def faults_of_body(endpoint, body):
    """What is wrong with the fields, each as (NAME, why), where why is `missing`, `unknown` or `invalid`."""
    if not isinstance(body, dict):
        return [("", "invalid")]
    faults = [(name, "missing") for name in endpoint.required if name not in body]
    for name, value in body.items():
        kind = endpoint.required.get(name, endpoint.optional.get(name))
        if kind is None:
            faults.append((name, "unknown"))
        elif not fits(value, kind):
            faults.append((name, "invalid"))
    return faults
