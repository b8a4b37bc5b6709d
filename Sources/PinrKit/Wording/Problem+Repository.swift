internal import Git

extension WorkingRepository {
    /// The repository that a file is in.
    ///
    /// - Parameters:
    ///   - name: what the file is called.
    ///   - consequence: what cannot be without a repository, as the sentence goes on.
    /// - Throws: `Problem` where there is none; `WorkingRepositoryError`
    static func require(
        holding path: String, called name: String, _ environment: [String: String], else consequence: String = "",
        hint: String
    ) throws -> WorkingRepository {
        if let repository = try discover(holding: path, environment: environment) { return repository }
        throw Problem(noRepositoryOf: name, consequence, hint: hint)
    }
}

extension Problem {
    /// A file is in no repository.
    init(noRepositoryOf name: String, _ consequence: String, hint: String) {
        self.init(.notFound, "`\(printable(name))` is in no git repository\(consequence)", hint: hint)
    }
}
