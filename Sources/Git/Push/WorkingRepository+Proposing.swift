public import Threads

extension WorkingRepository {
    /// The same repository as git would see it with further variables in its environment.
    public func withVariables(_ variables: [String: String]) -> WorkingRepository {
        WorkingRepository(
            gitDirectory: gitDirectory, commonDirectory: commonDirectory, workTree: workTree,
            environment: environment.merging(variables) { $1 }, isImplicitlyBare: isImplicitlyBare)
    }

    /// Makes a commit as `makeCommit(_:onto:message:signing:)` does, whose message depends on its tree.
    ///
    /// - Parameter message: is given the tree.
    /// - Throws: `CommitError`, `WorkingRepositoryError`; `CancellationError` while a program signs.
    public func makeCommit(
        _ files: [String: [UInt8]], onto parent: ObjectID?, signing: Bool, at now: Int64? = nil,
        cancellation: Cancellation, message: (ObjectID) -> String
    ) throws -> (commit: ObjectID, tree: ObjectID) {
        let settings = try settings()
        let writer = try CommitWriter(self, settings, signing: signing, at: now)
        let repository = try openForWriting(settings)
        var blobs: [(path: String, id: ObjectID)] = []
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            blobs.append((path, try repository.makeBlob(bytes)))
        }
        let tree = try repository.makeTree(blobs, onto: parent)
        let commit = try writer.write(tree, onto: parent, message(tree), in: repository, cancellation)
        return (commit, tree)
    }
}
