"""GitLab's API: https://docs.gitlab.com/api/."""

from schema import FLAG, NUMBER, TEXT, Endpoint, number_text
from server import Reply

PREFIX = "/api/v4"
DOCS = "https://docs.gitlab.com/api/"
PROJECT_ID = 278964
PROJECT = "/projects/{id}"
MERGE_REQUEST = PROJECT + "/merge_requests/{number:int}"


def said(status, message, headers=None):
    return Reply(status, {"message": message}, headers)


def not_found():
    return Reply(404, {"error": "404 Not Found"})


def unauthorized():
    return said(401, "401 Unauthorized")


def unprocessable(faults):
    # https://docs.gitlab.com/api/rest/troubleshooting/#validation-errors
    words = {"missing": "is missing", "unknown": "is invalid", "invalid": "is invalid"}
    return Reply(400, {"error": ", ".join("%s %s" % (name, words[why]) for name, why in faults)})


def authorizations(token):
    # https://docs.gitlab.com/api/rest/authentication/
    return ["Bearer " + token]


def faults_of_headers(headers, endpoint):
    return []


def check_project(state, parts, endpoint, path):
    if "id" not in parts:
        return
    if parts["id"] == state.rule("renamed"):
        raise Reply(301, None, {"Location": state.base + PREFIX + "/projects/%d" % PROJECT_ID})
    if parts["id"] not in (str(PROJECT_ID), state.project):
        raise said(404, "404 Project Not Found")


def check_access(state, endpoint, is_known):
    needs, may = endpoint.access, state.rule("access")
    if not is_known:
        if state.rule("private"):
            raise said(404, "404 Project Not Found")
        if needs != "read_api":
            raise unauthorized()
        return
    if may is not None and needs not in may:
        if needs == "api":
            raise Reply(403, {
                "error": "insufficient_scope", "scope": "api",
                "error_description": "The request requires higher privileges than provided by the access token."})
        raise said(403, "403 Forbidden")
    if state.rule("archived") and needs == "api":
        raise said(403, "403 Forbidden - Project is archived")


def user(state, name):
    return {"id": state.user_id(name), "username": name, "name": name.title(), "state": "active"}


def project(state):
    return {
        "id": PROJECT_ID, "path_with_namespace": state.project, "default_branch": state.default_branch(),
        "web_url": state.base + "/" + state.project, "merge_method": "merge", "squash_option": "default_off"}


def pipeline(state, one):
    states = state.rule("pipeline", ["running"])
    if not states:
        return None
    status = states[min(one["looks"], len(states) - 1)]
    return status and {"id": 1, "status": status}


def merge_request(state, one, is_alone=False):
    answer = {
        "id": 90000 + one["number"], "iid": one["number"], "project_id": PROJECT_ID,
        "source_project_id": 9 if one["fork"] else PROJECT_ID, "target_project_id": PROJECT_ID,
        "title": one["title"], "description": one["body"] or None, "state": {"open": "opened"}.get(one["state"], one["state"]),
        "source_branch": one["head"], "target_branch": one["base"], "draft": one["title"].lower().startswith("draft:"),
        "labels": one["labels"], "author": user(state, one["author"]), "sha": state.commit(one["head"]) or None,
        "assignees": [user(state, name) for name in one["assignees"]],
        "reviewers": [user(state, name) for name in one["reviewers"]],
        "merge_when_pipeline_succeeds": bool(one["autoMerge"]),
        "detailed_merge_status": "preparing" if pipeline(state, one) is None and state.rule("pipeline", [1]) else "ci_still_running",
        "web_url": "%s/%s/-/merge_requests/%d" % (state.base, state.project, one["number"])}
    if is_alone:
        answer["head_pipeline"] = pipeline(state, one)
        one["looks"] += 1
    return answer


def get_project(request):
    return Reply(200, project(request.state))


def list_merge_requests(request):
    state, query = request.state, request.query
    wanted = query.get("state", "all")
    pulls = [one for one in state.pulls if wanted in ("all", {"open": "opened"}.get(one["state"], one["state"]))]
    for parameter, field in (("source_branch", "head"), ("target_branch", "base")):
        if parameter in query:
            pulls = [one for one in pulls if one[field] == query[parameter]]
    if query.get("sort", "desc") == "desc":
        pulls = pulls[::-1]
    return request.page([merge_request(state, one) for one in pulls], "per_page", 20, 100)


def check_texts(state, body):
    if len(body.get("description", "")) > state.rule("body", 1048576):
        raise said(400, {"description": ["is too long (maximum is %d characters)" % state.rule("body", 1048576)]})
    if "title" in body and len(body["title"]) > 255:
        raise said(400, {"title": ["is too long (maximum is 255 characters)"]})


def set_labels(state, one, names):
    for name in names:
        name = name.strip()
        if name and state.label(name) is None:
            state.label_names().append(name)
        if name and state.label(name) not in one["labels"]:
            one["labels"].append(state.label(name))


def people(state, numbers):
    # Who may not see the project is passed over, and so is whoever is one too many.
    names = []
    for number in numbers:
        name = state.user_of(number)
        if name and state.user(name) and name not in names:
            names.append(name)
    return names[: state.rule("seats", 100)]


def create_merge_request(request):
    state, body = request.state, request.body
    check_texts(state, body)
    for field in ("source_branch", "target_branch"):
        if not state.commit(body[field]):
            raise said(400, {field: ["does not exist"]})
    existing = state.open_from(body["source_branch"], body["target_branch"])
    if existing:
        raise said(409, ["Another open merge request already exists for this source branch: !%d" % existing["number"]])
    one = state.add(
        title=body["title"], body=body.get("description", ""), head=body["source_branch"], base=body["target_branch"],
        draft=body["title"].lower().startswith("draft:"))
    set_labels(state, one, body.get("labels", "").split(","))
    one["assignees"] = people(state, body.get("assignee_ids", []))
    one["reviewers"] = people(state, body.get("reviewer_ids", []))
    return Reply(201, merge_request(state, one))


def get_merge_request(request):
    return Reply(200, merge_request(request.state, request.number(said(404, "404 Not found")), is_alone=True))


def update_merge_request(request):
    state, body = request.state, request.body
    one = request.number(said(404, "404 Not found"))
    if not body:
        raise Reply(400, {"error": "assignee_id, description, labels, title are missing, at least one parameter must be provided"})
    check_texts(state, body)
    if "target_branch" in body and not state.commit(body["target_branch"]):
        raise said(400, {"target_branch": ["does not exist"]})
    for field, name in (("title", "title"), ("description", "body"), ("target_branch", "base")):
        if field in body:
            one[name] = body[field]
    if "title" in body:
        one["draft"] = body["title"].lower().startswith("draft:")
    set_labels(state, one, body.get("add_labels", "").split(","))
    if "assignee_ids" in body:
        one["assignees"] = people(state, body["assignee_ids"])
    if "reviewer_ids" in body:
        one["reviewers"] = people(state, body["reviewer_ids"])
    if "state_event" in body:
        one["state"] = {"close": "closed", "reopen": "open"}[body["state_event"]]
    return Reply(200, merge_request(state, one))


def merge(request):
    state, body = request.state, request.body
    one = request.number(said(404, "404 Not found"))
    name = "auto_merge" if "auto_merge" in body else "merge_when_pipeline_succeeds"
    numbers = tuple(int(part) for part in state.rule("version", "18.2.0-ee").split("-")[0].split(".")[:2])
    if (name == "auto_merge") != (numbers >= (17, 11)):
        state.note("violations", "PUT merge: %s is not what GitLab %s takes" % (name, numbers))
    if body.get("sha") != state.commit(one["head"]):
        raise said(409, "SHA does not match HEAD of source branch: %s" % state.commit(one["head"]))
    if state.rule("autoMerge") == "notAllowed" or one["title"].lower().startswith("draft:"):
        raise said(405, "405 Method Not Allowed")
    if pipeline(state, one) is None:
        state.note("violations", "PUT merge: would merge at once, without a pipeline")
    one["autoMerge"] = "squash" if body.get("squash") else "merge"
    return Reply(200, merge_request(state, one))


def note(request):
    one = request.number(said(404, "404 Not found"))
    one["comments"].append(request.body["body"])
    return Reply(201, {"id": len(one["comments"]), "body": request.body["body"]})


def list_users(request):
    name = request.state.person(request.query.get("username", ""))
    return Reply(200, [user(request.state, name)] if name else [])


def version(request):
    return Reply(200, {"version": request.state.rule("version", "18.2.0-ee"), "revision": "225c2e"})


def compare(request):
    state, query = request.state, request.query
    if not all(state.git("rev-parse", "--verify", "--quiet", query[one] + "^{commit}") for one in ("from", "to")):
        raise said(404, "404 Not Found")
    commits = [
        {"id": one["id"], "short_id": one["id"][:11], "title": one["subject"], "message": one["subject"] + "\n",
         "created_at": one["time"], "committed_date": one["time"]}
        for one in state.commits(query["from"], query["to"])[::-1]]
    return Reply(200, {
        "commit": commits[-1] if commits else None, "commits": commits, "diffs": [], "compare_timeout": False,
        "compare_same_ref": query["from"] == query["to"]})


PAGES = {"per_page": number_text, "page": number_text}
FIELDS = {
    "description": TEXT, "assignee_id": NUMBER, "assignee_ids": [NUMBER], "reviewer_ids": [NUMBER], "milestone_id": NUMBER,
    "labels": TEXT, "add_labels": TEXT, "remove_labels": TEXT, "remove_source_branch": FLAG, "allow_collaboration": FLAG,
    "squash": FLAG, "discussion_locked": FLAG}

ENDPOINTS = [
    Endpoint("GET", PROJECT, get_project, DOCS + "projects/#retrieve-a-project", access="read_api"),
    Endpoint(
        "GET", PROJECT + "/merge_requests", list_merge_requests, DOCS + "merge_requests/#list-project-merge-requests",
        query={"state": {"opened", "closed", "locked", "merged", "all"}, "source_branch": TEXT, "target_branch": TEXT,
               "order_by": {"created_at", "updated_at", "title", "merged_at"}, "sort": {"asc", "desc"}, **PAGES},
        access="read_api"),
    Endpoint(
        "POST", PROJECT + "/merge_requests", create_merge_request, DOCS + "merge_requests/#create-mr",
        required={"source_branch": TEXT, "target_branch": TEXT, "title": TEXT},
        optional={"target_project_id": NUMBER, **{name: kind for name, kind in FIELDS.items() if name != "add_labels"}},
        access="api"),
    Endpoint("GET", MERGE_REQUEST, get_merge_request, DOCS + "merge_requests/#get-single-mr", access="read_api"),
    Endpoint(
        "PUT", MERGE_REQUEST, update_merge_request, DOCS + "merge_requests/#update-mr",
        optional={"title": TEXT, "target_branch": TEXT, "state_event": {"close", "reopen"}, **FIELDS}, access="api"),
    Endpoint(
        "PUT", MERGE_REQUEST + "/merge", merge, DOCS + "merge_requests/#merge-a-merge-request",
        optional={"auto_merge": FLAG, "merge_when_pipeline_succeeds": FLAG, "sha": TEXT, "squash": FLAG,
                  "merge_commit_message": TEXT, "squash_commit_message": TEXT, "should_remove_source_branch": FLAG},
        access="api"),
    Endpoint(
        "POST", MERGE_REQUEST + "/notes", note, DOCS + "notes/#create-a-merge-request-note",
        required={"body": TEXT}, optional={"created_at": TEXT, "internal": FLAG}, access="api"),
    Endpoint("GET", "/users", list_users, DOCS + "users/#list-users", query={"username": TEXT, **PAGES}, access="read_api"),
    Endpoint("GET", "/version", version, DOCS + "version/", access="read_api"),
    Endpoint(
        "GET", PROJECT + "/repository/compare", compare, DOCS + "repositories/#compare-branches-tags-or-commits",
        query={"from": TEXT, "to": TEXT, "from_project_id": number_text, "straight": {"true", "false"}}, access="read_api"),
]
