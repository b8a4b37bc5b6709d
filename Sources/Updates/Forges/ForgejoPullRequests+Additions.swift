internal import JSON
internal import Transfer

extension ForgejoPullRequests {
    /// `issueAddLabel`, which wants their ids. What the repository and its organisation do not have is not made: a label has a
    /// colour there, which is for people to choose.
    func add(labels: [String], to pull: inout PullRequest) async throws -> [ForgeWarning] {
        let ids = try await labelIDs()
        let known = labels.filter { ids[Self.folded($0)] != nil }
        let unknown = labels.filter { ids[Self.folded($0)] == nil }
        let warnings: [ForgeWarning] = unknown.isEmpty ? [] : [.labels(unknown, .unknown)]
        guard !known.isEmpty else { return warnings }
        let numbers = known.compactMap { ids[Self.folded($0)] }
        let response = try await client.send(
            .post, try await path("/issues/\(pull.number)/labels"),
            ["labels": .array(numbers.map { .number(JSONNumber($0)) })], isRepeatable: true, for: .addLabels)
        var names: [String] = []
        for label in try ForgeAnswer(response).elements() { names.append(try label.required("name").text()) }
        pull.labels = names
        return warnings
    }

    /// The ids of labels by their names: those of the repository, and those of its organisation that it has no own of.
    private func labelIDs() async throws -> [[UInt8]: Int] {
        var ids: [[UInt8]: Int] = [:]
        func take(_ labels: [ForgeAnswer]) throws {
            for label in labels {
                let name = Self.folded(try label.required("name").text())
                if ids[name] == nil { ids[name] = try label.required("id").number() }
            }
        }
        try take(try await client.pages(try await path("/labels"), size: Self.pageSize, for: .addLabels))
        do {
            let owner = PercentEncoding.encodeComponent(try await repository().owner)
            try take(try await client.pages("/orgs/\(owner)/labels", size: Self.pageSize, for: .addLabels))
        } catch ForgeError.invalid(_, _, status: 404, _) {
            // The owner is a person.
        } catch ForgeError.notAuthorised {
            // Those of an organisation are a matter of a scope of its own; those of the repository are known all the same.
        }
        return ids
    }

    /// `repoCreatePullReviewRequests`
    func add(reviewers: [String], to pull: inout PullRequest, isNew: Bool) async throws -> [ForgeWarning] {
        let place = try await path("/pulls/\(pull.number)")
        return try await requestReviews(of: reviewers, for: &pull, isNew: isNew, at: place, size: Self.pageSize)
    }

    /// `issueEditIssue`, which replaces the list.
    func add(assignees: [String], to pull: inout PullRequest) async throws -> [ForgeWarning] {
        let place = try await path("/issues/\(pull.number)")
        var present = try await client.get(place, for: .readPullRequests).names("assignees", "login")
        let refused = try await each(of: assignees) { names in
            let all = present + names
            _ = try await client.send(
                .patch, place, ["assignees": .array(all.map { .string($0) })], isRepeatable: true, for: .addAssignees)
            present = all
        }
        pull.assignees = present
        return refused.map { .assignee($0.name, $0.cause) }
    }

    /// `repoMergePullRequest` with `merge_when_checks_succeed`. A branch that requires nothing would be merged into at once.
    func mergeAutomatically(
        _ pull: inout PullRequest, _ method: MergeMethod, isNew: Bool
    ) async throws -> ForgeWarning.AutoMergeObstacle? {
        let name = pull.base.split(separator: "/", omittingEmptySubsequences: false)
            .map { PercentEncoding.encodeComponent(String($0)) }.joined(separator: "/")
        let branch = try await client.get(try await path("/branches/\(name)"), for: .mergeAutomatically)
        let needsChecks = try branch.member("enable_status_check")?.bool() ?? false
        let approvals = try branch.member("required_approvals")?.number() ?? 0
        guard needsChecks || approvals > 0 else { return .nothingToWaitFor }
        let usual = try await repository().defaultMethod ?? MergeMethod.merge.rawValue
        var body: JSONObject = [
            "Do": .string(method == .usual ? usual : method.rawValue), "merge_when_checks_succeed": true,
        ]
        body["head_commit_id"] = pull.headCommit.map { .string($0) }
        do {
            _ = try await client.send(
                .post, try await path("/pulls/\(pull.number)/merge"), .object(body), isRepeatable: false,
                for: .mergeAutomatically)
            return nil
        } catch ForgeError.invalid(_, _, status: 409, let said) where said.joined().contains("already scheduled") {
            return nil
        } catch ForgeError.invalid(_, _, status: 405, let said) {
            // It has not looked yet whether the two branches go together.
            let isAtWork = said.joined().lowercased().contains("try again later")
            return isAtWork ? .notYet : .other(.refused(status: 405, said: said))
        }
    }

    /// `repoCompareDiff`: from where the two part. How many are gone only the same question the other way round tells.
    func commits(from old: String, to new: String, limit: Int) async throws -> CommitsBetween? {
        guard let (count, commits) = try await compared(old, new), let (gone, _) = try await compared(new, old) else {
            return nil
        }
        return CommitsBetween(count: count, gone: gone, commits, to: new, limit: limit)
    }

    private func compared(_ old: String, _ new: String) async throws -> (count: Int, commits: [CommitLine])? {
        let range = PercentEncoding.encodeComponent(old) + "..." + PercentEncoding.encodeComponent(new)
        let answer: ForgeAnswer
        do {
            answer = try await client.get("/repos/\(client.project.path)/compare/\(range)", for: .readRepository)
        } catch ForgeError.repositoryNotFound {
            return nil
        }
        let commits = try answer.list("commits").map { try CommitLine(gitHub: $0) }
        return (try answer.member("total_commits")?.number() ?? commits.count, commits)
    }
}
