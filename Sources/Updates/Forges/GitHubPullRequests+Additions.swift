internal import JSON
internal import Transfer

extension GitHubPullRequests {
    /// https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue: a label that the repository does not have yet is
    /// made.
    func add(labels: [String], to pull: inout PullRequest) async throws -> [ForgeWarning] {
        let response = try await client.send(
            .post, "/repos/\(try await repository().path)/issues/\(pull.number)/labels",
            ["labels": .array(labels.map { .string($0) })], isRepeatable: true, for: .addLabels)
        var names: [String] = []
        for label in try ForgeAnswer(response).elements() { names.append(try label.required("name").text()) }
        pull.labels = names
        let missing = Self.missing(labels, in: names)
        return missing.isEmpty ? [] : [.labels(missing, .passedOver)]
    }

    /// https://docs.github.com/en/rest/issues/assignees#add-assignees-to-an-issue: who cannot be assigned is passed over.
    func add(assignees: [String], to pull: inout PullRequest) async throws -> [ForgeWarning] {
        let response = try await client.send(
            .post, "/repos/\(try await repository().path)/issues/\(pull.number)/assignees",
            ["assignees": .array(assignees.map { .string($0) })], isRepeatable: true, for: .addAssignees)
        pull.assignees = try ForgeAnswer(response).names("assignees", "login")
        return Self.missing(assignees, in: pull.assignees).map { .assignee($0, .passedOver) }
    }

    /// https://docs.github.com/en/rest/pulls/review-requests#request-reviewers-for-a-pull-request: all are refused when one
    /// is no collaborator.
    func add(reviewers: [String], to pull: inout PullRequest, isNew: Bool) async throws -> [ForgeWarning] {
        let place = "/repos/\(try await repository().path)/pulls/\(pull.number)"
        return try await requestReviews(of: reviewers, for: &pull, isNew: isNew, at: place, size: Self.pageSize)
    }

    /// Only GraphQL has it (https://docs.github.com/en/graphql/reference/mutations#enablepullrequestautomerge).
    func mergeAutomatically(
        _ pull: inout PullRequest, _ method: MergeMethod, isNew: Bool
    ) async throws -> ForgeWarning.AutoMergeObstacle? {
        guard let id = pull.nodeID else {
            throw ForgeError.malformedAnswer(url: pull.url, path: ".node_id", expected: "there")
        }
        let allowed = try await repository().methods
        let chosen = method == .usual ? allowed.first ?? .merge : method
        let query = """
            mutation($id: ID!, $method: PullRequestMergeMethod!) {
              enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method}) {
                pullRequest { autoMergeRequest { enabledAt } }
              }
            }
            """
        let response = try await client.send(
            .post, client.project.graphQLURL,
            [
                "query": .string(query),
                "variables": ["id": .string(id), "method": .string(chosen.rawValue.uppercased())],
            ], isRepeatable: true, for: .mergeAutomatically)
        let answer = try ForgeAnswer(response)
        guard let errors = try answer.member("errors"), try !errors.elements().isEmpty else { return nil }
        let said = ForgeWords.of(response.body)
        let words = said.joined(separator: "\n").lowercased()
        if words.contains("auto merge is not allowed") || words.contains("auto-merge is not allowed") {
            return .notAllowed
        }
        // `clean` and `unstable` are the states in which nothing keeps it from being merged.
        let isFree = ["clean status", "unstable status", "protected branch rules not configured"]
        if isFree.contains(where: words.contains) { return .nothingToWaitFor }
        if words.contains("resource not accessible") || words.contains("must have") {
            return .other(.notAuthorised(.mergeAutomatically, .gitHub, said: said))
        }
        return .other(.refused(status: response.status, said: said))
    }

    /// https://docs.github.com/en/rest/commits/commits#compare-two-commits: the oldest first, in pages.
    func commits(from old: String, to new: String, limit: Int) async throws -> CommitsBetween? {
        let size = min(max(limit, 1), 100)
        let path =
            "/repos/\(client.project.path)/compare/\(PercentEncoding.encodeComponent(old))..."
            + PercentEncoding.encodeComponent(new)
        func page(_ number: Int) async throws -> (total: Int, gone: Int?, commits: [CommitLine]) {
            let answer = try await client.get(
                path, [("per_page", "\(size)"), ("page", "\(number)")], for: .readRepository)
            let commits = try answer.list("commits").map { try CommitLine(gitHub: $0) }
            return (try answer.required("total_commits").number(), try answer.member("behind_by")?.number(), commits)
        }
        let first: (total: Int, gone: Int?, commits: [CommitLine])
        do { first = try await page(1) } catch ForgeError.repositoryNotFound { return nil }
        var commits = first.commits
        let last = (first.total + size - 1) / size
        if last > 1 {
            commits = last > 2 ? try await page(last - 1).commits : first.commits
            commits += try await page(last).commits
        }
        return CommitsBetween(count: first.total, gone: first.gone, commits, to: new, limit: limit)
    }
}
