extension Problem {
    /// Does some work on what is at a place, and names the place when the trouble is with what was found there.
    ///
    /// What reads an archive or a tree knows only its bytes, not where they came from.
    /// - Parameters:
    ///   - place: the URL or the path, as the person gave it or the lock has it.
    ///   - isURL: whether it is a URL, which machine output has a place for.
    static func at<Value>(_ place: String, isURL: Bool = true, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            var problem = Problem(describing: error)
            guard [.badArchive, .badTree, .badGit].contains(problem.code), problem.url == nil else { throw error }
            problem.message = "`\(printable(place))`: \(problem.message)"
            if isURL { problem.url = place }
            throw problem
        }
    }
}
