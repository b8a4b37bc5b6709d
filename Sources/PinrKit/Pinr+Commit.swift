internal import Git
internal import Lockfile
internal import Threads
internal import Updates

extension Pinr {
    /// Sees to it that what is about to be written can be committed, and the files had no changes.
    /// - Throws: `Problem` where there is no repository; `CommitError`, `WorkingRepositoryError`
    func prepareCommit(signing: Bool) async throws -> FileCommit {
        let (location, environment) = (context.store.location, context.environment)
        return try await onThread { _ in
            let repository = try WorkingRepository.require(
                holding: location.path, called: location.path, environment, else: ", and nothing can be committed",
                hint: "`git init` makes one; without `--commit` the pins are updated all the same")
            return try FileCommit(
                of: [location.path], companions: location.defaultNixPath.map { [$0] } ?? [], in: repository,
                signing: signing)
        }
    }

    /// Commits what has been written, and notes in the report what came of it.
    ///
    /// - Parameter saved: the lock before and after it was written.
    /// - Throws: `CancellationError`
    func finish(
        _ commit: FileCommit, _ saved: (before: LockDocument, after: LockDocument), into report: inout UpdateReport
    ) async throws {
        let message = CommitMessage.of(report.changed, adding: commit.newPaths)
        let (now, location) = (context.clock(), context.store.location)
        do {
            let made = try await onThread { cancellation in
                // While upstream was asked, another process may have written into the lock, and that is not in the message.
                if let path = commit.paths.first,
                    let bytes = try commit.committed(path, limit: LockDocument.maximumSize),
                    (try? LockDocument(parsing: bytes)) != saved.before
                {
                    throw CommitError.uncommittedChanges(path: path)
                }
                var written = [location.path: try saved.after.serialized()]
                if let path = location.defaultNixPath { written[path] = DefaultNix.text }
                return try commit.commit(message: message, written: written, at: now, cancellation: cancellation)
            }
            report.commit = made?.hex
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            var problem = Problem(describing: error)
            problem.message = "the pins are saved, but not committed: \(problem.message)"
            report.commitError = problem.json
        }
    }
}
