"""GitHub's API: https://docs.github.com/en/rest, version 2022-11-28, as a GitHub Enterprise Server has it below /api/v3."""

import base64  # noqa: F401
import re

from schema import FLAG, NUMBER, TEXT, Endpoint, number_text
from server import Reply

PREFIX = "/api"
DOCS = "https://docs.github.com/en/rest/"
VERSIONS = ("2022-11-28", "2026-03-10")
REPO = "/v3/repos/{owner}/{repo}"


def said(status, message, headers=None, **more):
    return Reply(status, {"message": message, "documentation_url": DOCS, "status": str(status), **more}, headers)


def not_found():
    return said(404, "Not Found")


def unauthorized():
    return said(401, "Bad credentials")


def invalid(resource, field, code, message=None):
    error = {"resource": resource, "field": field, "code": code}
    if message:
        error["message"] = message
    return said(422, "Validation Failed", errors=[error])


def custom(resource, message):
    return said(422, "Validation Failed", errors=[{"resource": resource, "code": "custom", "message": message}])


def unprocessable(faults):
    words = {"missing": "missing_field", "unknown": "invalid", "invalid": "invalid"}
    return said(
        422, "Validation Failed",
        errors=[{"resource": "PullRequest", "field": name, "code": words[why]} for name, why in faults])


def authorizations(token):
    # https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
    return ["Bearer " + token, "token " + token]


def faults_of_headers(headers, endpoint):
    if headers.get("Accept") != "application/vnd.github+json":
        yield "Accept is %r" % headers.get("Accept")
    if headers.get("X-GitHub-Api-Version") not in VERSIONS:
        yield "X-GitHub-Api-Version is %r" % headers.get("X-GitHub-Api-Version")
    if not headers.get("User-Agent"):
        yield "there is no User-Agent, which is refused"


def check_project(state, parts, endpoint, path):
    if "owner" not in parts:
        return
    asked = parts["owner"] + "/" + parts["repo"]
    if asked == state.rule("renamed"):
        raise said(
            301 if endpoint.method == "GET" else 307, "Moved Permanently",
            {"Location": state.base + PREFIX + path.replace(asked, state.project)})
    if asked.lower() != state.project.lower():
        raise not_found()


def check_access(state, endpoint, is_known):
    needs, may = endpoint.access, state.rule("access")
    if not is_known:
        if state.rule("private") or needs not in ("read", "metadata"):
            raise not_found() if state.rule("private") else said(401, "Requires authentication")
        return
    if may is not None and needs not in may:
        if state.rule("private") and "metadata" not in may:
            raise not_found()
        raise said(
            403, "Resource not accessible by integration", {"X-Accepted-GitHub-Permissions": needs})
    if state.rule("archived") and needs not in ("read", "metadata"):
        raise said(403, "Repository was archived so is read-only.")


# What things look like.


def user(state, name):
    return {"login": name, "id": state.user_id(name), "type": "User"}


def team(name):
    return {"id": 7, "slug": name, "name": name.title()}


def repository(state):
    methods = state.rule("methods", ["merge", "squash", "rebase"])
    return {
        "id": 1296269, "node_id": "R_1", "name": state.name, "full_name": state.project,
        "owner": {"login": state.owner, "id": 1, "type": "Organization" if state.rule("organisation") else "User"},
        "private": bool(state.rule("private")), "html_url": state.base + "/" + state.project,
        "default_branch": state.default_branch(), "allow_merge_commit": "merge" in methods,
        "allow_squash_merge": "squash" in methods, "allow_rebase_merge": "rebase" in methods,
        "allow_auto_merge": state.rule("autoMerge") != "notAllowed", "archived": bool(state.rule("archived")),
    }


def pull(state, one):
    origin = {"id": 1296269, "full_name": state.project} if not one["fork"] else {"id": 9, "full_name": "else/where"}
    if one["fork"] == "gone":
        origin = None
    return {
        "number": one["number"], "id": 1000 + one["number"], "node_id": "PR_%d" % one["number"],
        "html_url": "%s/%s/pull/%d" % (state.base, state.project, one["number"]), "state": one["state"],
        "title": one["title"], "body": one["body"] or None, "draft": one["draft"], "user": user(state, one["author"]),
        "labels": [{"id": 1, "name": name, "color": "ededed"} for name in one["labels"]],
        "assignees": [user(state, name) for name in one["assignees"]],
        "requested_reviewers": [user(state, name) for name in one["reviewers"]],
        "requested_teams": [team(name) for name in one["teams"]],
        "head": {"label": state.owner + ":" + one["head"], "ref": one["head"], "sha": state.commit(one["head"]) or "0" * 40,
                 "repo": origin},
        "base": {"label": state.owner + ":" + one["base"], "ref": one["base"], "sha": state.commit(one["base"]),
                 "repo": {"id": 1296269, "full_name": state.project}},
        "auto_merge": one["autoMerge"] and {"merge_method": one["autoMerge"], "enabled_by": user(state, "pinr-bot")},
    }


# What is asked.


def get_repository(request):
    return Reply(200, repository(request.state))


def list_pulls(request):
    state, query = request.state, request.query
    pulls = [one for one in state.pulls if query.get("state", "open") in ("all", one["state"])]
    if "head" in query:
        owner, _, branch = query["head"].partition(":")
        pulls = [
            one for one in pulls if one["head"] == branch and owner == ("else" if one["fork"] else state.owner)]
    if "base" in query:
        pulls = [one for one in pulls if one["base"] == query["base"]]
    if query.get("direction", "desc" if query.get("sort", "created") == "created" else "asc") == "desc":
        pulls = pulls[::-1]
    return request.page([pull(state, one) for one in pulls], "per_page", 30, 100)


def check_texts(state, body):
    limit = state.rule("body", 65536)
    if len(body.get("body") or "") > limit:
        raise said(422, "Validation Failed", errors=[{
            "resource": "Issue", "code": "custom", "field": "body", "message": "body is too long (maximum is %d characters)" % limit}])
    if "title" in body and not 0 < len(body["title"]) <= 256:
        raise invalid("PullRequest", "title", "missing_field" if not body["title"] else "too_long")


def create_pull(request):
    state, body = request.state, request.body
    if state.rule("workflows") is False:
        raise said(403, "GitHub Actions is not permitted to create or approve pull requests.")
    check_texts(state, body)
    for field in ("head", "base"):
        branch = body[field].split(":", 1)[-1]
        if not state.commit(branch):
            raise invalid("PullRequest", field, "invalid")
    if body.get("draft") and state.rule("drafts") is False:
        raise said(422, "Draft pull requests are not supported in this repository.")
    if state.open_from(body["head"], body["base"]):
        raise custom("PullRequest", "A pull request already exists for %s:%s." % (state.owner, body["head"]))
    if not state.is_ahead(body["head"], body["base"]):
        raise custom("PullRequest", "No commits between %s and %s" % (body["base"], body["head"]))
    one = state.add(
        title=body["title"], body=body.get("body", ""), head=body["head"], base=body["base"],
        draft=body.get("draft", False))
    return Reply(201, pull(state, one))


def update_pull(request):
    state, body = request.state, request.body
    one = request.number(not_found())
    check_texts(state, body)
    if "base" in body and not state.commit(body["base"]):
        raise invalid("PullRequest", "base", "invalid")
    one.update({name: body[name] for name in ("title", "body", "base", "state") if name in body})
    return Reply(200, pull(state, one))


def add_labels(request):
    state = request.state
    one = request.number(not_found())
    for name in request.body["labels"]:
        if state.label(name) is None:
            state.label_names().append(name)
        spelling = state.label(name)
        if spelling not in one["labels"]:
            one["labels"].append(spelling)
    return Reply(200, pull(state, one)["labels"])


def add_assignees(request):
    state = request.state
    one = request.number(not_found())
    for name in request.body["assignees"]:
        name = state.user(name)
        # Who has no access is passed over.
        if name and name not in one["assignees"] and len(one["assignees"]) < min(10, state.rule("seats", 10)):
            one["assignees"].append(name)
    return Reply(201, pull(state, one))


def request_reviewers(request):
    state, body = request.state, request.body
    one = request.number(not_found())
    names = [state.user(name) for name in body.get("reviewers", [])]
    teams = body.get("team_reviewers", [])
    if one["author"] in body.get("reviewers", []):
        raise said(422, "Review cannot be requested from pull request author.")
    if None in names or any(name not in state.rule("teams", []) for name in teams):
        raise said(
            422, "Reviews may only be requested from collaborators. One or more of the users or teams you specified is "
            "not a collaborator of the %s repository." % state.project)
    one["reviewers"] += [name for name in names if name not in one["reviewers"]]
    one["teams"] += [name for name in teams if name not in one["teams"]]
    return Reply(201, pull(state, one))


def list_reviews(request):
    state = request.state
    one = request.number(not_found())
    reviews = [{"id": 1, "user": user(state, name), "state": "APPROVED"} for name in one["reviews"]]
    return request.page(reviews, "per_page", 30, 100)


def comment(request):
    one = request.number(not_found())
    one["comments"].append(request.body["body"])
    return Reply(201, {"id": len(one["comments"]), "body": request.body["body"]})


def compare(request):
    state = request.state
    old, dots, new = request.parts["basehead"].partition("...")
    if not dots or not all(state.git("rev-parse", "--verify", "--quiet", one + "^{commit}") for one in (old, new)):
        raise not_found()
    commits = state.commits(old, new)[::-1]
    answers = [
        {"sha": one["id"], "commit": {"message": one["subject"] + "\n\nMore.", "committer": {"date": one["time"]}}}
        for one in commits]
    page = request.page(answers, "per_page", 250, 250)
    gone = len(state.commits(new, old))
    page.body = {"status": "ahead", "ahead_by": len(commits), "behind_by": gone, "total_commits": len(commits),
                 "commits": page.body, "files": []}
    return page


def graphql(request):
    """Only what enables auto-merge: https://docs.github.com/en/graphql/reference/mutations#enablepullrequestautomerge."""
    state, body = request.state, request.body
    text = re.sub(r"\s+", " ", body["query"]).strip()
    expected = (
        r"mutation\(\$id: ID!, \$method: PullRequestMergeMethod!\) \{ enablePullRequestAutoMerge\(input: "
        r"\{pullRequestId: \$id, mergeMethod: \$method\}\) \{ pullRequest \{ autoMergeRequest \{ enabledAt \} \} \} \}")
    variables = body.get("variables", {})
    if not re.fullmatch(expected, text) or set(variables) != {"id", "method"}:
        state.note("violations", "POST /graphql: is not understood: " + text)
        return Reply(200, {"errors": [{"message": "Parse error"}]})
    if variables["method"] not in ("MERGE", "SQUASH", "REBASE"):
        state.note("violations", "POST /graphql: is no method: %s" % variables["method"])

    def refused(message):
        return Reply(200, {
            "data": {"enablePullRequestAutoMerge": None},
            "errors": [{"type": "UNPROCESSABLE", "path": ["enablePullRequestAutoMerge"], "message": message}]})

    one = next((one for one in state.pulls if "PR_%d" % one["number"] == variables["id"]), None)
    if one is None:
        return refused("Could not resolve to a node with the global id of '%s'" % variables["id"])
    if variables["method"].lower() not in state.rule("methods", ["merge", "squash", "rebase"]):
        return refused("%s method %s commits are not allowed on this repository" % ("Merge", variables["method"].lower()))
    if state.rule("autoMerge") == "notAllowed":
        return refused("Pull request Auto merge is not allowed for this repository")
    if state.rule("autoMerge") == "clean":
        return refused("Pull request Pull request is in clean status")
    one["autoMerge"] = variables["method"].lower()
    return Reply(200, {"data": {"enablePullRequestAutoMerge": {"pullRequest": {"autoMergeRequest": {"enabledAt": "2026-01-01T00:00:00Z"}}}}})


PAGES = {"per_page": number_text, "page": number_text}
WRITE, ISSUES = "pull_requests=write", "issues=write"

ENDPOINTS = [
    Endpoint("GET", REPO, get_repository, DOCS + "repos/repos#get-a-repository", access="metadata"),
    Endpoint(
        "GET", REPO + "/pulls", list_pulls, DOCS + "pulls/pulls#list-pull-requests",
        query={"state": {"open", "closed", "all"}, "head": TEXT, "base": TEXT,
               "sort": {"created", "updated", "popularity", "long-running"}, "direction": {"asc", "desc"}, **PAGES}),
    Endpoint(
        "POST", REPO + "/pulls", create_pull, DOCS + "pulls/pulls#create-a-pull-request",
        required={"head": TEXT, "base": TEXT},
        optional={"title": TEXT, "head_repo": TEXT, "body": TEXT, "maintainer_can_modify": FLAG, "draft": FLAG, "issue": NUMBER},
        access=WRITE),
    Endpoint(
        "PATCH", REPO + "/pulls/{number:int}", update_pull, DOCS + "pulls/pulls#update-a-pull-request",
        optional={"title": TEXT, "body": TEXT, "state": {"open", "closed"}, "base": TEXT, "maintainer_can_modify": FLAG},
        access=WRITE),
    Endpoint(
        "GET", REPO + "/pulls/{number:int}/reviews", list_reviews, DOCS + "pulls/reviews#list-reviews-for-a-pull-request",
        query=PAGES),
    Endpoint(
        "POST", REPO + "/pulls/{number:int}/requested_reviewers", request_reviewers,
        DOCS + "pulls/review-requests#request-reviewers-for-a-pull-request",
        optional={"reviewers": [TEXT], "team_reviewers": [TEXT]}, access=WRITE),
    Endpoint(
        "POST", REPO + "/issues/{number:int}/labels", add_labels, DOCS + "issues/labels#add-labels-to-an-issue",
        required={"labels": [TEXT]}, access=WRITE),
    Endpoint(
        "POST", REPO + "/issues/{number:int}/assignees", add_assignees, DOCS + "issues/assignees#add-assignees-to-an-issue",
        required={"assignees": [TEXT]}, access=WRITE),
    Endpoint(
        "POST", REPO + "/issues/{number:int}/comments", comment, DOCS + "issues/comments#create-an-issue-comment",
        required={"body": TEXT}, access=WRITE),
    Endpoint(
        "GET", REPO + "/compare/{basehead}", compare, DOCS + "commits/commits#compare-two-commits", query=PAGES),
    Endpoint(
        "POST", "/graphql", graphql, "https://docs.github.com/en/graphql/guides/forming-calls-with-graphql",
        required={"query": TEXT}, optional={"variables": dict, "operationName": TEXT}, access="contents=write"),
]
