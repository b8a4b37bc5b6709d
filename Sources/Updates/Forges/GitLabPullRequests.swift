internal import JSON
internal import Threads
internal import Transfer

/// Merge requests on GitLab (https://docs.gitlab.com/api/merge_requests/).
struct GitLabPullRequests: ForgeDialect {
    /// https://docs.gitlab.com/api/merge_requests/#create-mr
    let bodyLimit = 1_048_576
    let titleLimit = 255
    let client: ForgeClient
    private let known = SharedWork<ForgeProject, Project>()

    private static let pageSize = ("per_page", 100)

    init(_ client: ForgeClient) { self.client = client }

    // MARK: The project

    /// What is to be known of the project (https://docs.gitlab.com/api/projects/#retrieve-a-project).
    struct Project: Sendable {
        /// By which it is asked for from then on: not every proxy lets the `%2F` of a path through.
        let id: Int
        let defaultBranch: String?
    }

    func gitLabProject() async throws -> Project {
        try await known.value(at: client.project) { [client] in
            let path = PercentEncoding.encodeComponent(client.project.path)
            let answer = try await client.get("/projects/\(path)", for: .readRepository)
            return Project(
                id: try answer.required("id").number(), defaultBranch: try answer.member("default_branch")?.text())
        }
    }

    /// The path of something of the project.
    func path(_ rest: String) async throws -> String { "/projects/\(try await gitLabProject().id)\(rest)" }

    func path(of pull: PullRequest, _ rest: String = "") async throws -> String {
        try await path("/merge_requests/\(pull.number)\(rest)")
    }

    func defaultBranch() async throws -> String {
        guard let branch = try await gitLabProject().defaultBranch else {
            throw ForgeError.noDefaultBranch(client.project)
        }
        return branch
    }

    // MARK: Merge requests

    func open(headPrefix: String) async throws -> [PullRequest] {
        try await opened([]).filter { $0.head.utf8.starts(with: headPrefix.utf8) }
    }

    func find(head: String, base: String) async throws -> PullRequest? {
        try await opened([("source_branch", head), ("target_branch", base)])
            .first { $0.head.utf8.elementsEqual(head.utf8) }
    }

    private func opened(_ query: [(String, String)]) async throws -> [PullRequest] {
        let project = try await gitLabProject()
        let answers = try await client.pages(
            try await path("/merge_requests"),
            [("state", "opened"), ("order_by", "created_at"), ("sort", "asc")] + query, size: Self.pageSize,
            for: .readPullRequests)
        return try answers.compactMap { answer in
            // From a fork, it has a branch of the same name perhaps, which is not ours.
            guard try answer.member("source_project_id")?.number() == project.id else { return nil }
            return try pull(answer)
        }
    }

    func pull(_ answer: ForgeAnswer) throws -> PullRequest {
        let (title, isMarked) = DraftMark.gitLab.split(try answer.required("title").text())
        return PullRequest(
            number: try answer.required("iid").number(), url: try answer.required("web_url").text(), title: title,
            body: try answer.member("description")?.text() ?? "", head: try answer.required("source_branch").text(),
            base: try answer.required("target_branch").text(),
            isDraft: try answer.member("draft")?.bool() ?? isMarked,
            labels: try answer.list("labels").map { try $0.text() },
            reviewers: try answer.names("reviewers", "username"),
            assignees: try answer.names("assignees", "username"),
            mergesItself: try answer.member("merge_when_pipeline_succeeds")?.bool() ?? false,
            headCommit: try answer.member("sha")?.text(),
            author: try answer.member("author")?.required("username").text())
    }

    /// https://docs.gitlab.com/api/merge_requests/#create-mr. With its labels, which pipelines may go by; one that the project
    /// does not have yet is made, if the token may.
    func post(_ wanted: WantedPullRequest) async throws -> PullRequest {
        let title = wanted.isDraft ? DraftMark.gitLab.marked(wanted.title, limit: titleLimit) : wanted.title
        var body: JSONObject = [
            "source_branch": .string(wanted.head), "target_branch": .string(wanted.base), "title": .string(title),
            "description": .string(wanted.body),
        ]
        if !wanted.labels.isEmpty { body["labels"] = .string(wanted.labels.joined(separator: ",")) }
        do {
            let response = try await client.send(
                .post, try await path("/merge_requests"), .object(body), isRepeatable: false, for: .openPullRequest)
            return try pull(try ForgeAnswer(response))
        } catch ForgeError.invalid(let task, let url, let status, let said) {
            if status == 409, said.joined().contains("already exists") {
                throw ForgeError.alreadyExists(head: wanted.head, url: url, said: said)
            }
            throw ForgeError.invalid(task, url: url, status: status, said: said)
        }
    }

    /// https://docs.gitlab.com/api/merge_requests/#update-mr
    func update(_ existing: PullRequest, _ fields: JSONObject, for task: ForgeTask) async throws -> PullRequest {
        let response = try await client.send(
            .put, try await path(of: existing), .object(fields), isRepeatable: true, for: task)
        return try pull(try ForgeAnswer(response))
    }

    func edit(_ existing: PullRequest, title: String?, body: String?, base: String?) async throws -> PullRequest {
        var fields = JSONObject()
        fields["title"] = title.map {
            .string(existing.isDraft ? DraftMark.gitLab.marked($0, limit: titleLimit) : $0)
        }
        fields["description"] = body.map { .string($0) }
        fields["target_branch"] = base.map { .string($0) }
        return try await update(existing, fields, for: .editPullRequest)
    }

    func setClosed(_ existing: PullRequest) async throws {
        _ = try await update(existing, ["state_event": "close"], for: .editPullRequest)
    }

    /// https://docs.gitlab.com/api/notes/#create-a-merge-request-note
    func comment(_ text: String, on existing: PullRequest) async throws {
        _ = try await client.send(
            .post, try await path(of: existing, "/notes"), ["body": .string(text)], isRepeatable: false, for: .comment)
    }
}
