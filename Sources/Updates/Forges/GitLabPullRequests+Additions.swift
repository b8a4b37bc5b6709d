internal import JSON
internal import Transfer

extension GitLabPullRequests {
    func add(labels: [String], to pull: inout PullRequest) async throws -> [ForgeWarning] {
        let fields: JSONObject = ["add_labels": .string(labels.joined(separator: ","))]
        pull.labels = try await update(pull, fields, for: .addLabels).labels
        let missing = Self.missing(labels, in: pull.labels)
        return missing.isEmpty ? [] : [.labels(missing, .passedOver)]
    }

    func add(reviewers: [String], to pull: inout PullRequest, isNew: Bool) async throws -> [ForgeWarning] {
        let (ids, unknown) = try await users(reviewers)
        guard !ids.isEmpty else { return unknown.map { .reviewer($0, .unknown) } }
        // The list is replaced, so that it has to have whom others added a moment ago.
        let field = try await ids + present("reviewers", of: pull)
        pull.reviewers =
            try await update(pull, ["reviewer_ids": .array(field.map { .number(JSONNumber($0)) })], for: .addReviewers)
            .reviewers
        let missing = Self.missing(reviewers.filter { !unknown.contains($0) }, in: pull.reviewers)
        return unknown.map { .reviewer($0, .unknown) } + missing.map { .reviewer($0, .passedOver) }
    }

    func add(assignees: [String], to pull: inout PullRequest) async throws -> [ForgeWarning] {
        let (ids, unknown) = try await users(assignees)
        guard !ids.isEmpty else { return unknown.map { .assignee($0, .unknown) } }
        let field = try await ids + present("assignees", of: pull)
        pull.assignees =
            try await update(pull, ["assignee_ids": .array(field.map { .number(JSONNumber($0)) })], for: .addAssignees)
            .assignees
        let missing = Self.missing(assignees.filter { !unknown.contains($0) }, in: pull.assignees)
        return unknown.map { .assignee($0, .unknown) } + missing.map { .assignee($0, .passedOver) }
    }

    /// The ids of users by their names (https://docs.gitlab.com/api/users/#list-users), and the names that nobody has.
    private func users(_ names: [String]) async throws -> (ids: [Int], unknown: [String]) {
        var ids: [Int] = []
        var unknown: [String] = []
        for name in names {
            let found = try await client.get("/users", [("username", name)], for: .readPullRequests).elements()
            if let user = found.first { ids.append(try user.required("id").number()) } else { unknown.append(name) }
        }
        return (ids, unknown)
    }

    /// The ids of those who are there now.
    private func present(_ key: String, of pull: PullRequest) async throws -> [Int] {
        let answer = try await client.get(try await path(of: pull), for: .readPullRequests)
        return try answer.list(key).map { try $0.required("id").number() }
    }

    // MARK: Merging

    /// How often a merge request is looked at that GitLab is still at work on, and how long after each other.
    private static let looks = 5
    private static let pace = Duration.seconds(2)
    private static let preparing: Set<String> = ["preparing", "checking", "unchecked", "approvals_syncing"]
    /// What becomes of a pipeline that is over and did not succeed.
    private static let ended: Set<String> = ["failed", "canceled", "skipped"]

    /// https://docs.gitlab.com/api/merge_requests/#merge-a-merge-request. Asked before there is a pipeline, GitLab merges at
    /// once or refuses, by its version.
    func mergeAutomatically(
        _ pull: inout PullRequest, _ method: MergeMethod, isNew: Bool
    ) async throws -> ForgeWarning.AutoMergeObstacle? {
        var pipeline: String?
        var status = ""
        for look in 1...Self.looks {
            let answer = try await client.get(try await path(of: pull), for: .readPullRequests)
            status = try answer.member("detailed_merge_status")?.text() ?? ""
            pipeline = try answer.member("head_pipeline")?.member("status")?.text()
            pull.headCommit = try answer.member("sha")?.text()
            if pipeline != nil, !Self.preparing.contains(status) { break }
            // A pipeline of a new one takes a moment to be made.
            if look == Self.looks || pipeline == nil && !isNew && !Self.preparing.contains(status) { break }
            try await client.pause(Self.pace)
        }
        if Self.preparing.contains(status) { return .notYet }
        guard let pipeline else { return .nothingToWaitFor }
        if Self.ended.contains(pipeline) {
            return .other(.refused(status: 200, said: ["the pipeline has \(pipeline)"]))
        }

        var fields = JSONObject()
        fields[try await hasAutoMerge() ? "auto_merge" : "merge_when_pipeline_succeeds"] = true
        // Only what was looked at, should somebody push meanwhile.
        fields["sha"] = pull.headCommit.map { .string($0) }
        if method == .squash { fields["squash"] = true }
        do {
            _ = try await client.send(
                .put, try await path(of: pull, "/merge"), .object(fields), isRepeatable: false,
                for: .mergeAutomatically)
            return nil
        } catch ForgeError.invalid(_, _, status: 405, _) {
            return .notAllowed
        }
    }

    /// Whether it knows `auto_merge`, the newer name, as GitLab 17.11 and later do.
    private func hasAutoMerge() async throws -> Bool {
        // https://docs.gitlab.com/api/version/
        let version = try await client.get("/version", for: .readRepository).required("version").text()
        let numbers = version.split { $0 == "." || $0 == "-" }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (17, 11)
    }

    /// https://docs.gitlab.com/api/repositories/#compare-branches-tags-or-commits: from where the two part. How many are gone
    /// only the same question the other way round tells.
    func commits(from old: String, to new: String, limit: Int) async throws -> CommitsBetween? {
        guard let commits = try await compared(old, new), let gone = try await compared(new, old) else { return nil }
        return CommitsBetween(count: commits.count, gone: gone.count, commits, to: new, limit: limit)
    }

    private func compared(_ old: String, _ new: String) async throws -> [CommitLine]? {
        let place = "/projects/\(PercentEncoding.encodeComponent(client.project.path))/repository/compare"
        let answer: ForgeAnswer
        do {
            answer = try await client.get(place, [("from", old), ("to", new)], for: .readRepository)
        } catch ForgeError.repositoryNotFound {
            return nil
        }
        // It gave up on what is too much for it.
        if try answer.member("compare_timeout")?.bool() ?? false { return nil }
        return try answer.list("commits").map { try CommitLine(gitLab: $0) }
    }
}
