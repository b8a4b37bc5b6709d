internal import CGit2
public import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension WorkingRepository {
    /// Makes a commit of some files, and nothing else of it: no branch moves, and no index changes.
    ///
    /// Author and committer are whom git would take (git-commit(1), "COMMIT INFORMATION"). Hooks are not run.
    /// - Parameters:
    ///   - files: what they are to have, byte by byte, by their paths from the top; all else is as in the parent, and so are
    ///     modes.
    ///   - parent: nil for a first commit.
    ///   - signing: whether it is signed though the configuration (`commit.gpgSign`) does not ask for it.
    ///   - now: the time where the environment says no other, in seconds since 1970 UTC; nil for the machine's.
    /// - Throws: `CommitError`, `WorkingRepositoryError`; `CancellationError` while a program signs.
    public func makeCommit(
        _ files: [String: [UInt8]], onto parent: ObjectID?, message: String, signing: Bool, at now: Int64? = nil,
        cancellation: Cancellation = Cancellation()
    ) throws -> ObjectID {
        try makeCommit(files, onto: parent, signing: signing, at: now, cancellation: cancellation) { _ in message }
            .commit
    }

    /// Throws what would keep a commit from being made, as far as that can be told before.
    /// - Throws: `CommitError`, `WorkingRepositoryError`
    public func requireCommitter(signing: Bool) throws {
        _ = try CommitWriter(self, try settings(), signing: signing, at: nil)
    }
}

/// Who commits, and how.
struct CommitWriter {
    let author: CommitIdentity
    let committer: CommitIdentity
    private let signer: CommitSigner?

    /// - Throws: `CommitError`
    init(_ repository: WorkingRepository, _ settings: GitSettings, signing: Bool, at now: Int64?) throws(CommitError) {
        // Before anything that the configuration names is looked at.
        try repository.requireOwn(settings)
        let (environment, now) = (repository.environment, now ?? Int64(time(nil)))
        author = try .of(.author, settings, environment, now: now)
        committer = try .of(.committer, settings, environment, now: now)
        let signs = signing || settings.flag("commit.gpgsign") ?? false
        signer = signs ? try CommitSigner(settings, environment) : nil
    }

    /// Writes the commit, signed where it is to be.
    func write(
        _ tree: ObjectID, onto parent: ObjectID?, _ message: String, in repository: borrowing RepositoryHandle,
        _ cancellation: Cancellation
    ) throws -> ObjectID {
        var text = "tree \(tree.hex)\n"
        if let parent { text += "parent \(parent.hex)\n" }
        text += "author \(author.text)\ncommitter \(committer.text)\n\n"
        // A NUL would end the message for git.
        text += message.replacing("\0", with: " ")
        if text.utf8.last != UInt8(ascii: "\n") { text += "\n" }
        let bytes = Array(text.utf8)
        let signature = try signer?.signature(of: bytes, by: committer, cancellation)
        return try repository.makeCommit(bytes, signature: signature)
    }
}
