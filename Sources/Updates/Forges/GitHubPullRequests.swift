internal import JSON
internal import Threads
internal import Transfer

/// Pull requests on GitHub (https://docs.github.com/en/rest/pulls/pulls).
struct GitHubPullRequests: ForgeDialect {
    /// It says so itself of a body that is longer.
    let bodyLimit = 65_536
    let titleLimit = 256
    let client: ForgeClient
    private let known = SharedWork<ForgeProject, Repository>()

    static let pageSize = ("per_page", 100)

    init(_ client: ForgeClient) { self.client = client }

    // MARK: The repository

    /// What is to be known of the repository (https://docs.github.com/en/rest/repos/repos#get-a-repository).
    struct Repository: Sendable {
        let id: Int
        /// As it is called now: after it was renamed, what is written under its old name is redirected.
        let path: String
        let owner: String
        let defaultBranch: String?
        /// Those that are allowed; of a token that may not write nothing is said.
        let methods: [MergeMethod]
    }

    func repository() async throws -> Repository {
        try await known.value(at: client.project) { [client] in
            let answer = try await client.get("/repos/\(client.project.path)", for: .readRepository)
            var methods: [MergeMethod] = []
            for (key, method) in [
                ("allow_merge_commit", MergeMethod.merge), ("allow_squash_merge", .squash),
                ("allow_rebase_merge", .rebase),
            ] where try answer.member(key)?.bool() ?? false {
                methods.append(method)
            }
            return Repository(
                id: try answer.required("id").number(), path: try answer.required("full_name").text(),
                owner: try answer.required("owner").required("login").text(),
                defaultBranch: try answer.member("default_branch")?.text(), methods: methods)
        }
    }

    func defaultBranch() async throws -> String {
        guard let branch = try await repository().defaultBranch else {
            throw ForgeError.noDefaultBranch(client.project)
        }
        return branch
    }

    // MARK: Pull requests

    func open(headPrefix: String) async throws -> [PullRequest] {
        let repository = try await repository()
        let answers = try await client.pages(
            "/repos/\(repository.path)/pulls", [("state", "open"), ("sort", "created"), ("direction", "asc")],
            size: Self.pageSize, for: .readPullRequests)
        return try answers.compactMap { try pull($0, of: repository) }
            .filter { $0.head.utf8.starts(with: headPrefix.utf8) }
    }

    func find(head: String, base: String) async throws -> PullRequest? {
        let repository = try await repository()
        let answers = try await client.pages(
            "/repos/\(repository.path)/pulls",
            [("state", "open"), ("head", "\(repository.owner):\(head)"), ("base", base)], size: Self.pageSize,
            for: .readPullRequests)
        return try answers.compactMap { try pull($0, of: repository) }.first { $0.head.utf8.elementsEqual(head.utf8) }
    }

    /// Reads a pull request; nil where its branch is one of another repository, or of one that is gone.
    private func pull(_ answer: ForgeAnswer, of repository: Repository) throws -> PullRequest? {
        let head = try answer.required("head")
        guard try head.member("repo")?.required("id").number() == repository.id else { return nil }
        let teams = try answer.names("requested_teams", "slug").map { "\(repository.owner)/\($0)" }
        return PullRequest(
            number: try answer.required("number").number(), url: try answer.required("html_url").text(),
            title: try answer.required("title").text(), body: try answer.member("body")?.text() ?? "",
            head: try head.required("ref").text(), base: try answer.required("base").required("ref").text(),
            isDraft: try answer.member("draft")?.bool() ?? false, labels: try answer.names("labels", "name"),
            reviewers: try answer.names("requested_reviewers", "login") + teams,
            assignees: try answer.names("assignees", "login"), mergesItself: try answer.member("auto_merge") != nil,
            headCommit: try head.member("sha")?.text(), author: try answer.member("user")?.required("login").text(),
            nodeID: try answer.member("node_id")?.text())
    }

    private func ownPull(_ response: TransferResponse, of repository: Repository) throws -> PullRequest {
        let answer = try ForgeAnswer(response)
        guard let pull = try pull(answer, of: repository) else {
            throw ForgeError.malformedAnswer(url: answer.url, path: ".head.repo.id", expected: "\(repository.id)")
        }
        return pull
    }

    /// https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request
    func post(_ wanted: WantedPullRequest) async throws -> PullRequest {
        let repository = try await repository()
        var body: JSONObject = [
            "title": .string(wanted.title), "body": .string(wanted.body), "head": .string(wanted.head),
            "base": .string(wanted.base),
        ]
        if wanted.isDraft { body["draft"] = true }
        do {
            let response = try await client.send(
                .post, "/repos/\(repository.path)/pulls", .object(body), isRepeatable: false, for: .openPullRequest)
            return try ownPull(response, of: repository)
        } catch ForgeError.invalid(let task, let url, let status, let said) where status == 422 {
            let words = said.joined(separator: "\n").lowercased()
            if words.contains("a pull request already exists") {
                throw ForgeError.alreadyExists(head: wanted.head, url: url, said: said)
            }
            if words.contains("draft pull requests are not supported") { throw ForgeError.draftsUnsupported(url: url) }
            throw ForgeError.invalid(task, url: url, status: status, said: said)
        }
    }

    /// https://docs.github.com/en/rest/pulls/pulls#update-a-pull-request
    func edit(_ existing: PullRequest, title: String?, body: String?, base: String?) async throws -> PullRequest {
        let repository = try await repository()
        var fields = JSONObject()
        fields["title"] = title.map { .string($0) }
        fields["body"] = body.map { .string($0) }
        fields["base"] = base.map { .string($0) }
        let response = try await client.send(
            .patch, "/repos/\(repository.path)/pulls/\(existing.number)", .object(fields), isRepeatable: true,
            for: .editPullRequest)
        return try ownPull(response, of: repository)
    }

    func setClosed(_ existing: PullRequest) async throws {
        _ = try await client.send(
            .patch, "/repos/\(try await repository().path)/pulls/\(existing.number)", ["state": "closed"],
            isRepeatable: true, for: .editPullRequest)
    }

    /// https://docs.github.com/en/rest/issues/comments#create-an-issue-comment
    func comment(_ text: String, on existing: PullRequest) async throws {
        _ = try await client.send(
            .post, "/repos/\(try await repository().path)/issues/\(existing.number)/comments", ["body": .string(text)],
            isRepeatable: false, for: .comment)
    }
}
