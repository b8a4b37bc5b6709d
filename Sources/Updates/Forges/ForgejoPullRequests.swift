internal import JSON
internal import Threads
internal import Transfer

/// Pull requests on Forgejo and Gitea (https://codeberg.org/api/swagger, https://docs.gitea.com/api/).
struct ForgejoPullRequests: ForgeDialect {
    /// Neither documents a limit, and what their databases take is far more; nobody reads as much either.
    let bodyLimit = 65_536
    let titleLimit = 255
    let client: ForgeClient
    private let known = SharedWork<ForgeProject, Repository>()

    /// `MAX_RESPONSE_ITEMS` as it is set when nobody changes it.
    static let pageSize = ("limit", 50)

    init(_ client: ForgeClient) { self.client = client }

    // MARK: The repository

    struct Repository: Sendable {
        let id: Int
        /// As it is called now.
        let path: String
        let owner: String
        let defaultBranch: String?
        /// How the forge's own button merges.
        let defaultMethod: String?
    }

    func repository() async throws -> Repository {
        try await known.value(at: client.project) { [client] in
            let answer = try await client.get("/repos/\(client.project.path)", for: .readRepository)
            let isEmpty = try answer.member("empty")?.bool() ?? false
            return Repository(
                id: try answer.required("id").number(), path: try answer.required("full_name").text(),
                owner: try answer.required("owner").required("login").text(),
                defaultBranch: isEmpty ? nil : try answer.member("default_branch")?.text(),
                defaultMethod: try answer.member("default_merge_style")?.text())
        }
    }

    func path(_ rest: String) async throws -> String { "/repos/\(try await repository().path)\(rest)" }

    func defaultBranch() async throws -> String {
        guard let branch = try await repository().defaultBranch, !branch.isEmpty else {
            throw ForgeError.noDefaultBranch(client.project)
        }
        return branch
    }

    // MARK: Pull requests

    func open(headPrefix: String) async throws -> [PullRequest] {
        let repository = try await repository()
        let answers = try await client.pages(
            try await path("/pulls"), [("state", "open"), ("sort", "oldest")], size: Self.pageSize,
            for: .readPullRequests)
        return try answers.compactMap { try pull($0, of: repository) }
            .filter { $0.head.utf8.starts(with: headPrefix.utf8) }
    }

    func find(head: String, base: String) async throws -> PullRequest? {
        try await open(headPrefix: head).first {
            $0.head.utf8.elementsEqual(head.utf8) && $0.base.utf8.elementsEqual(base.utf8)
        }
    }

    /// Reads a pull request; nil where its branch is one of another repository.
    private func pull(_ answer: ForgeAnswer, of repository: Repository) throws -> PullRequest? {
        let head = try answer.required("head")
        let origin = try head.member("repo_id") ?? head.member("repo")?.required("id")
        guard try origin?.number() == repository.id else { return nil }
        let (title, isMarked) = DraftMark.forgejo.split(try answer.required("title").text())
        let teams = try answer.names("requested_reviewers_teams", "name").map { "\(repository.owner)/\($0)" }
        return PullRequest(
            number: try answer.required("number").number(), url: try answer.required("html_url").text(), title: title,
            body: try answer.member("body")?.text() ?? "", head: try head.required("ref").text(),
            base: try answer.required("base").required("ref").text(),
            isDraft: try answer.member("draft")?.bool() ?? isMarked, labels: try answer.names("labels", "name"),
            reviewers: try answer.names("requested_reviewers", "login") + teams,
            assignees: try answer.names("assignees", "login"), headCommit: try head.member("sha")?.text(),
            author: try answer.member("user")?.required("login").text())
    }

    private func ownPull(_ response: TransferResponse, of repository: Repository) throws -> PullRequest {
        let answer = try ForgeAnswer(response)
        guard let pull = try pull(answer, of: repository) else {
            throw ForgeError.malformedAnswer(url: answer.url, path: ".head.repo_id", expected: "\(repository.id)")
        }
        return pull
    }

    /// `repoCreatePullRequest`: 201, 404 for a branch that is not there, 409 for one that is open already, 422.
    func post(_ wanted: WantedPullRequest) async throws -> PullRequest {
        let repository = try await repository()
        let title = wanted.isDraft ? DraftMark.forgejo.marked(wanted.title, limit: titleLimit) : wanted.title
        do {
            let response = try await client.send(
                .post, try await path("/pulls"),
                [
                    "title": .string(title), "body": .string(wanted.body), "head": .string(wanted.head),
                    "base": .string(wanted.base),
                ], isRepeatable: false, for: .openPullRequest)
            return try ownPull(response, of: repository)
        } catch ForgeError.invalid(let task, let url, let status, let said) {
            if status == 409, said.joined().contains("already exists") {
                throw ForgeError.alreadyExists(head: wanted.head, url: url, said: said)
            }
            throw ForgeError.invalid(task, url: url, status: status, said: said)
        }
    }

    /// `repoEditPullRequest`
    func edit(_ existing: PullRequest, title: String?, body: String?, base: String?) async throws -> PullRequest {
        var fields = JSONObject()
        fields["title"] = title.map {
            .string(existing.isDraft ? DraftMark.forgejo.marked($0, limit: titleLimit) : $0)
        }
        fields["body"] = body.map { .string($0) }
        fields["base"] = base.map { .string($0) }
        let response = try await client.send(
            .patch, try await path("/pulls/\(existing.number)"), .object(fields), isRepeatable: true,
            for: .editPullRequest)
        return try ownPull(response, of: try await repository())
    }

    func setClosed(_ existing: PullRequest) async throws {
        _ = try await client.send(
            .patch, try await path("/pulls/\(existing.number)"), ["state": "closed"], isRepeatable: true,
            for: .editPullRequest)
    }

    /// `issueCreateComment`
    func comment(_ text: String, on existing: PullRequest) async throws {
        _ = try await client.send(
            .post, try await path("/issues/\(existing.number)/comments"), ["body": .string(text)], isRepeatable: false,
            for: .comment)
    }
}
