/// Why a commit cannot be made in a repository of this machine: facts, which the user interface puts into words.
public enum CommitError: Error, Sendable, Equatable {
    // MARK: The repository

    /// It belongs to another user, and its configuration names programs that would be run.
    case foreignOwner(path: String)
    /// It is a folder of git that no `.git` leads to, and `safe.bareRepository` says that such a one is not to be trusted.
    case bareRepository(path: String)
    /// Something is under way that ends with a commit of its own, or that HEAD is moved about for.
    case busy(Operation)
    /// Another git writes the index, or one that was ended has left its lock.
    case indexLocked(lock: String)
    /// The index cannot be read, or it is split or sparse, which is not understood; the words are libgit2's.
    case unreadableIndex(message: String)
    /// Files in the index that are not merged yet.
    case unmerged
    /// What is checked out is no longer what it was when the work began.
    case headMoved

    // MARK: The files

    /// The file has changes that are not committed, in the index or in the work tree.
    case uncommittedChanges(path: String)
    /// The file is not in the repository, and to be ignored.
    case ignored(path: String)
    /// The file passes through a program before it is committed, which is not run here.
    case filtered(path: String, driver: String)

    // MARK: Who commits

    /// Neither the configuration nor the environment says the name or the address.
    case noIdentity(Role, Part)
    /// A name of which nothing is left when git has cleaned it.
    case emptyIdentity(Role, Part)
    /// A date that cannot be read; the variable of the environment.
    case illegalDate(variable: String, value: String)

    // MARK: Signing

    /// `gpg.format` is none of `openpgp`, `ssh` and `x509`.
    case unknownSignatureFormat(String)
    /// Which key of ssh signs is not configured; or `gpg.ssh.defaultKeyCommand` named none.
    case noSigningKey
    /// The program that signs cannot be started; an error number of the system.
    case signerNotStarted(program: String, errnum: Int32)
    /// The program that signs made no signature: its exit status and its last words.
    case signingFailed(program: String, status: Int32, message: String)

    /// What is under way in a repository.
    public enum Operation: Sendable, Equatable, CaseIterable {
        case merge
        case revert
        case cherryPick
        case bisect
        case rebase
        case applyMailbox
    }

    /// What somebody is to a commit.
    public enum Role: String, Sendable, Equatable, CaseIterable {
        case author
        case committer
    }

    /// What is said of somebody.
    public enum Part: String, Sendable, Equatable, CaseIterable {
        case name
        case email
    }
}
