internal import JSON
internal import Resolvers
public import Transfer

extension ForgeProject {
    /// What lies between two commits of the repository, by the forge's own comparison, which costs a question or two; nil where
    /// it cannot tell.
    ///
    /// Nothing is waited for, and nothing tried again: git can tell too.
    /// - Parameter limit: how many of the newest commits are listed.
    /// - Throws: `ForgeError`, `TransferError`, `CancellationError`
    public func commits(
        from old: String, to new: String, limit: Int, over transfer: TransferEngine
    ) async throws -> CommitsBetween? {
        let client = ForgeClient(project: self, transfer: transfer, pause: { _ in }, isPatient: false)
        let compared = try await pullRequests(with: client).commits(from: old, to: new, limit: limit)
        guard let compared, compared.count == 0 ? compared.isReturn : compared.newest.first?.id == new else {
            return nil
        }
        return compared
    }
}

extension CommitsBetween {
    /// - Parameters:
    ///   - commits: in the forge's order, which is by age one way or the other.
    ///   - new: the commit that is the newest.
    init(count: Int, gone: Int?, _ commits: [CommitLine], to new: String, limit: Int) {
        // Which way is told by the end at which the newest is.
        let isNewestFirst = commits.first.map { $0.id.utf8.elementsEqual(new.utf8) } ?? false
        let ordered = isNewestFirst ? commits : commits.reversed()
        self.init(count: max(count, commits.count), gone: gone, newest: Array(ordered.prefix(limit)))
    }
}

extension CommitLine {
    /// As GitHub and Forgejo describe a commit.
    /// - Throws: `ForgeError.malformedAnswer`
    init(gitHub answer: ForgeAnswer) throws(ForgeError) {
        let commit = try answer.required("commit")
        try self.init(
            answer, id: answer.required("sha"), subject: commit.required("message"),
            time: commit.required("committer").required("date"))
    }

    /// As GitLab describes a commit.
    /// - Throws: `ForgeError.malformedAnswer`
    init(gitLab answer: ForgeAnswer) throws(ForgeError) {
        try self.init(
            answer, id: answer.required("id"), subject: answer.required("title"),
            time: answer.required("committed_date"))
    }

    private init(
        _ answer: ForgeAnswer, id: ForgeAnswer, subject: ForgeAnswer, time: ForgeAnswer
    ) throws(ForgeError) {
        guard let seconds = Timestamp.seconds(try time.text()) else {
            throw .malformedAnswer(url: time.url, path: time.path, expected: "a time")
        }
        self.init(id: try id.text(), subject: String(try subject.text().prefix { !$0.isNewline }), time: seconds)
    }
}
