"""The API of Forgejo and Gitea: https://codeberg.org/swagger.v1.json, shown at https://codeberg.org/api/swagger."""

import base64

from schema import FLAG, NUMBER, TEXT, Endpoint, number_text
from server import Reply

PREFIX = "/api/v1"
DOCS = "https://codeberg.org/api/swagger#/"
REPO = "/repos/{owner}/{repo}"
REPO_ID = 4711
USERS = ("x-access-token", "pinr-bot")


def said(status, message, errors=None, headers=None):
    return Reply(status, {"message": message, "url": "https://forge.example/api/swagger", "errors": errors}, headers)


def not_found(errors=None):
    return said(404, "The target couldn't be found.", errors)


def unauthorized():
    return said(401, "invalid username, password or token")


def unprocessable(faults):
    words = {"missing": "Required", "unknown": "Unknown", "invalid": "Invalid"}
    return said(422, ", ".join("[%s]: %s" % (name, words[why]) for name, why in faults))


def authorizations(token):
    # https://docs.gitea.com/development/api-usage#authentication
    basic = [base64.b64encode(("%s:%s" % (user, token)).encode()).decode() for user in USERS]
    return ["token " + token, "Bearer " + token] + ["Basic " + text for text in basic]


def faults_of_headers(headers, endpoint):
    return []


def check_project(state, parts, endpoint, path):
    if "owner" not in parts or "repo" not in parts:
        return
    asked = parts["owner"] + "/" + parts["repo"]
    if asked == state.rule("renamed"):
        raise Reply(
            301 if endpoint.method == "GET" else 307, None,
            {"Location": PREFIX + path.replace(asked, state.project)})
    if asked.lower() != state.project.lower():
        raise not_found()


def check_access(state, endpoint, is_known):
    needs, may = endpoint.access, state.rule("access")
    if not is_known:
        if state.rule("private"):
            raise not_found()
        if needs.startswith("write"):
            raise said(401, "token is required")
        return
    if may is not None and needs not in may:
        raise said(403, "token does not have at least one of required scope(s): [%s]" % needs)
    if state.rule("archived") and needs.startswith("write"):
        raise said(423, "%s is archived" % state.project)


def user(state, name):
    return {"id": state.user_id(name), "login": name, "full_name": ""}


def label_id(state, name):
    known = state.label_names()
    return 1 + known.index(name) if name in known else 501 + state.org_label_names().index(name)


def label(state, name):
    return {"id": label_id(state, name), "name": name, "color": "00aabb"}


def repository(state):
    return {
        "id": REPO_ID, "name": state.name, "full_name": state.project, "owner": user(state, state.owner),
        "private": bool(state.rule("private")), "empty": not state.git("for-each-ref"), "archived": bool(state.rule("archived")),
        "default_branch": state.default_branch(), "default_merge_style": state.rule("style", "merge"),
        "html_url": state.base + "/" + state.project}


def pull(state, one):
    origin = 99 if one["fork"] else REPO_ID
    head = {"label": one["head"], "ref": one["head"], "sha": state.commit(one["head"]), "repo_id": origin,
            "repo": None if one["fork"] == "gone" else {"id": origin}}
    if one["fork"] == "gone":
        head["repo_id"] = 0
    answer = {
        "id": 3000 + one["number"], "number": one["number"], "state": one["state"], "title": one["title"], "body": one["body"],
        "user": user(state, one["author"]), "labels": [label(state, name) for name in one["labels"]],
        "assignee": None, "assignees": [user(state, name) for name in one["assignees"]] or None,
        "requested_reviewers": [user(state, name) for name in one["reviewers"]] or None,
        "requested_reviewers_teams": [{"id": 1, "name": name} for name in one["teams"]],
        "html_url": "%s/%s/pulls/%d" % (state.base, state.project, one["number"]),
        "base": {"label": one["base"], "ref": one["base"], "sha": state.commit(one["base"]), "repo_id": REPO_ID},
        "head": head}
    # Gitea before 1.22 does not have it.
    if not state.rule("old"):
        answer["draft"] = one["title"].lower().startswith(("wip:", "[wip]"))
    return answer


def get_repository(request):
    return Reply(200, repository(request.state))


def list_pulls(request):
    state, query = request.state, request.query
    pulls = [one for one in state.pulls if query.get("state", "open") in ("all", one["state"])]
    if query.get("sort") != "oldest":
        pulls = pulls[::-1]
    page = request.page([pull(state, one) for one in pulls], "limit", 30, 50)
    page.headers["X-Total-Count"] = str(len(pulls))
    return page


def create_pull(request):
    state, body = request.state, request.body
    if not body["title"]:
        raise said(422, "[Title]: Required")
    for field in ("base", "head"):
        if not state.commit(body[field].split(":", 1)[-1]):
            raise not_found(["Could not find '%s' to be a commit, branch or tag in the repository" % body[field]])
    existing = state.open_from(body["head"], body["base"])
    if existing:
        raise said(
            409, "pull request already exists for these targets [id: %d, issue_id: 1, head_repo_id: %d, base_repo_id: %d, "
            "head_branch: %s, base_branch: %s]" % (existing["number"], REPO_ID, REPO_ID, body["head"], body["base"]))
    check_assignees(state, body)
    one = state.add(title=body["title"][:255], body=body.get("body", ""), head=body["head"], base=body["base"])
    set_labels(state, one, body.get("labels", []))
    one["assignees"] = list(body.get("assignees", []))
    return Reply(201, pull(state, one))


def check_assignees(state, body):
    for name in body.get("assignees", []):
        if state.person(name) is None:
            raise said(422, "Assignee does not exist: [name: %s]" % name)
        if state.user(name) is None:
            raise said(422, "user doesn't have access to repo [user_id: %d, repo_name: %s]" % (state.user_id(name), state.name))


def set_labels(state, one, numbers):
    for number in numbers:
        known = {label_id(state, name): name for name in state.label_names() + state.org_label_names()}
        # One that is not there is passed over.
        if number in known and known[number] not in one["labels"]:
            one["labels"].append(known[number])


def update_pull(request):
    state, body = request.state, request.body
    one = request.number(not_found())
    check_assignees(state, body)
    if "base" in body and not state.commit(body["base"]):
        raise not_found(["the base branch does not exist"])
    one.update({name: body[name] for name in ("title", "body", "base", "state") if name in body})
    if "assignees" in body:
        one["assignees"] = [state.user(name) for name in body["assignees"]]
    return Reply(201, pull(state, one))


def get_issue(request):
    return Reply(200, pull(request.state, request.number(not_found())))


def update_issue(request):
    return update_pull(request)


def add_labels(request):
    state = request.state
    one = request.number(not_found())
    set_labels(state, one, request.body["labels"])
    return Reply(200, [label(state, name) for name in one["labels"]])


def list_labels(request):
    state = request.state
    return request.page([label(state, name) for name in state.label_names()], "limit", 30, 50)


def list_org_labels(request):
    state = request.state
    if not state.rule("organisation") or request.parts["org"] != state.owner:
        raise not_found()
    return request.page([label(state, name) for name in state.org_label_names()], "limit", 30, 50)


def request_reviewers(request):
    state, body = request.state, request.body
    one = request.number(not_found())
    for name in body.get("reviewers", []):
        if state.person(name) is None:
            raise not_found(["user does not exist [uid: 0, name: %s]" % name])
        if state.user(name) is None:
            raise said(422, "Reviewer can't read [user_id: %d, repo_name: %s]" % (state.user_id(name), state.name))
        if name == one["author"]:
            raise said(422, "poster of pr can't be reviewer [user_id: 1]")
    for name in body.get("team_reviewers", []):
        if name not in state.rule("teams", []):
            raise not_found(["team does not exist [org_id 1, team_id 0, name: %s]" % name])
    one["reviewers"] += [state.user(name) for name in body.get("reviewers", []) if state.user(name) not in one["reviewers"]]
    one["teams"] += [name for name in body.get("team_reviewers", []) if name not in one["teams"]]
    return Reply(201, [{"id": 1, "state": "REQUEST_REVIEW", "user": user(state, name)} for name in one["reviewers"]])


def list_reviews(request):
    state = request.state
    one = request.number(not_found())
    answered = [{"id": 1, "user": user(state, name), "team": None, "state": "APPROVED"} for name in one["reviews"]]
    asked = [{"id": 2, "user": user(state, name), "team": None, "state": "REQUEST_REVIEW"} for name in one["reviewers"]]
    teams = [{"id": 3, "user": None, "team": {"name": name}, "state": "REQUEST_REVIEW"} for name in one["teams"]]
    return request.page(answered + asked + teams, "limit", 30, 50)


def comment(request):
    one = request.number(not_found())
    one["comments"].append(request.body["body"])
    return Reply(201, {"id": len(one["comments"]), "body": request.body["body"]})


def get_branch(request):
    state, name = request.state, request.parts["branch"]
    if not state.commit(name):
        raise not_found()
    checks = bool(state.rule("checks", True))
    return Reply(200, {
        "name": name, "commit": {"id": state.commit(name)}, "protected": checks, "required_approvals": 0,
        "enable_status_check": checks, "status_check_contexts": ["ci"] if checks else []})


def merge(request):
    state, body = request.state, request.body
    one = request.number(not_found())
    if not body.get("merge_when_checks_succeed") or not state.rule("checks", True):
        state.note("violations", "POST merge: would merge at once")
    if body.get("head_commit_id", state.commit(one["head"])) != state.commit(one["head"]):
        raise said(409, "head out of date")
    if state.rule("autoMerge") == "notAllowed":
        raise said(405, "Does not have enough approvals")
    if state.rule("autoMerge") == "clean":
        raise said(405, "Please try again later")
    if one["autoMerge"]:
        raise said(409, "pull request is already scheduled to auto merge when checks succeed [pull_id: %d]" % one["number"])
    one["autoMerge"] = body["Do"]
    return Reply(201)


def compare(request):
    state = request.state
    old, dots, new = request.parts["basehead"].partition("...")
    if not dots or not all(state.git("rev-parse", "--verify", "--quiet", one + "^{commit}") for one in (old, new)):
        raise not_found()
    commits = [
        {"sha": one["id"], "commit": {"message": one["subject"] + "\n", "committer": {"date": one["time"]}}}
        for one in state.commits(old, new)]
    return Reply(200, {"total_commits": len(commits), "commits": commits})


PAGES = {"limit": number_text, "page": number_text}
EDIT = {
    "title": TEXT, "body": TEXT, "state": {"open", "closed"}, "assignee": TEXT, "assignees": [TEXT], "milestone": NUMBER,
    "due_date": TEXT, "unset_due_date": FLAG}
READ, WRITE = "read:repository", "write:repository"
ISSUES = "write:issue"

ENDPOINTS = [
    Endpoint("GET", REPO, get_repository, DOCS + "repository/repoGet", access=READ),
    Endpoint(
        "GET", REPO + "/pulls", list_pulls, DOCS + "repository/repoListPullRequests",
        query={"state": {"open", "closed", "all"}, "milestone": number_text, "labels": number_text, "poster": TEXT,
               "sort": {"oldest", "recentupdate", "leastupdate", "mostcomment", "leastcomment", "priority"}, **PAGES},
        access=READ),
    Endpoint(
        "POST", REPO + "/pulls", create_pull, DOCS + "repository/repoCreatePullRequest",
        required={"title": TEXT, "head": TEXT, "base": TEXT},
        optional={"body": TEXT, "assignee": TEXT, "assignees": [TEXT], "labels": [NUMBER], "milestone": NUMBER, "due_date": TEXT},
        access=WRITE),
    Endpoint(
        "PATCH", REPO + "/pulls/{number:int}", update_pull, DOCS + "repository/repoEditPullRequest",
        optional={**EDIT, "base": TEXT, "labels": [NUMBER], "allow_maintainer_edit": FLAG}, access=WRITE),
    Endpoint("GET", REPO + "/issues/{number:int}", get_issue, DOCS + "issue/issueGetIssue", access="read:issue"),
    Endpoint(
        "PATCH", REPO + "/issues/{number:int}", update_issue, DOCS + "issue/issueEditIssue",
        optional={**EDIT, "ref": TEXT, "updated_at": TEXT}, access=ISSUES),
    Endpoint(
        "POST", REPO + "/issues/{number:int}/labels", add_labels, DOCS + "issue/issueAddLabel",
        required={"labels": [NUMBER]}, optional={"updated_at": TEXT}, access=ISSUES),
    Endpoint(
        "POST", REPO + "/issues/{number:int}/comments", comment, DOCS + "issue/issueCreateComment",
        required={"body": TEXT}, optional={"updated_at": TEXT}, access=ISSUES),
    Endpoint("GET", REPO + "/labels", list_labels, DOCS + "issue/issueListLabels", query=PAGES, access="read:issue"),
    Endpoint("GET", "/orgs/{org}/labels", list_org_labels, DOCS + "organization/orgListLabels", query=PAGES,
             access="read:organization"),
    Endpoint(
        "POST", REPO + "/pulls/{number:int}/requested_reviewers", request_reviewers,
        DOCS + "repository/repoCreatePullReviewRequests", optional={"reviewers": [TEXT], "team_reviewers": [TEXT]}, access=WRITE),
    Endpoint(
        "GET", REPO + "/pulls/{number:int}/reviews", list_reviews, DOCS + "repository/repoListPullReviews", query=PAGES,
        access=READ),
    Endpoint(
        "POST", REPO + "/pulls/{number:int}/merge", merge, DOCS + "repository/repoMergePullRequest",
        required={"Do": {"merge", "rebase", "rebase-merge", "squash", "fast-forward-only", "manually-merged"}},
        optional={"MergeCommitID": TEXT, "MergeMessageField": TEXT, "MergeTitleField": TEXT, "delete_branch_after_merge": FLAG,
                  "force_merge": FLAG, "head_commit_id": TEXT, "merge_when_checks_succeed": FLAG}, access=WRITE),
    Endpoint("GET", REPO + "/branches/{branch:path}", get_branch, DOCS + "repository/repoGetBranch", access=READ),
    Endpoint("GET", REPO + "/compare/{basehead:path}", compare, DOCS + "repository/repoCompareDiff", access=READ),
]
