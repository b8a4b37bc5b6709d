internal import JSON
internal import Transfer

// Requests for reviews as GitHub has them, and Forgejo after it.

extension ForgeDialect {
    /// Asks people, and teams as `ORGANISATION/TEAM`, to look at a pull request, and returns who could not be asked.
    /// - Parameters:
    ///   - isNew: whether nobody can have reviewed it yet.
    ///   - place: the path of the pull request in the forge's API.
    ///   - size: how its lists are asked for in pages.
    func requestReviews(
        of reviewers: [String], for pull: inout PullRequest, isNew: Bool, at place: String, size: (String, Int)
    ) async throws -> [ForgeWarning] {
        var wanted = reviewers
        if !isNew {
            // Who has answered a request is no longer among those who are asked, and is not to be asked at every update.
            let reviews = try await client.pages("\(place)/reviews", size: size, for: .readPullRequests)
            let answered = try whoAnswered(in: reviews, of: pull)
            wanted = Self.missing(wanted, in: answered)
            // Who answered for a team, a review does not say.
            if !answered.isEmpty { wanted.removeAll { $0.contains("/") } }
        }
        guard !wanted.isEmpty else { return [] }
        var present = pull.reviewers
        let refused = try await each(of: wanted) { names in
            let users = names.filter { !$0.contains("/") }
            let teams = names.filter { $0.contains("/") }.compactMap { $0.split(separator: "/").last.map(String.init) }
            var body = JSONObject()
            if !users.isEmpty { body["reviewers"] = .array(users.map { .string($0) }) }
            if !teams.isEmpty { body["team_reviewers"] = .array(teams.map { .string($0) }) }
            _ = try await client.send(
                .post, "\(place)/requested_reviewers", .object(body), isRepeatable: true, for: .addReviewers)
            present += names
        }
        pull.reviewers = present
        return refused.map { .reviewer($0.name, $0.cause) }
    }

    /// Who reviewed it, of the reviews as GitHub and Forgejo list them; nobody is asked to look at what is their own.
    private func whoAnswered(in reviews: [ForgeAnswer], of pull: PullRequest) throws(ForgeError) -> [String] {
        var names: [String] = []
        for review in reviews {
            // Forgejo has those who are still asked among them.
            guard let user = try review.member("user"), try review.member("state")?.text() != "REQUEST_REVIEW" else {
                continue
            }
            names.append(try user.required("login").text())
        }
        return names.filter { name in !(pull.author.map { Self.folded($0) == Self.folded(name) } ?? false) }
    }
}
