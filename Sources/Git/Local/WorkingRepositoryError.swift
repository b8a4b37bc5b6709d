/// What went wrong with the repository of this machine in which the user works: facts, which the user interface puts
/// into words.
///
/// Paths are as the user would write them. What libgit2 says has no control characters.
public enum WorkingRepositoryError: Error, Sendable, Equatable {
    // MARK: The repository

    /// A `.git` file, or `GIT_DIR`, that leads to no repository.
    case notARepository(path: String)
    /// Its objects or refs are kept in a way that is not understood, such as `sha256` or `reftable`.
    case unsupportedFormat(path: String, format: String)
    /// A file of git's configuration that cannot be read; the line is 0 where it is the file as a whole.
    case configuration(path: String, line: Int)
    /// No variable of git's configuration can have that name.
    case illegalKey(String)
    /// A path that is not in the work tree.
    case outsideWorkTree(path: String, workTree: String)
    /// A repository without a work tree.
    case bare(path: String)

    // MARK: What is in it

    /// No commit has that name.
    case unknownRevision(String)
    /// Several objects have an id that begins so.
    case ambiguousRevision(String)
    /// The name is that of a tree or a file.
    case notACommit(String)
    /// A folder, a symbolic link or a submodule where a file is meant.
    case notAFile(path: String, commit: ObjectID)
    /// A file of more than so many bytes.
    case tooLarge(path: String, limit: Int)
    /// The object is not here, as in a partial clone, or it cannot be read.
    case missingObject(ObjectID)
    /// libgit2 failed: its function, its error code and its message.
    case library(function: String, code: Int32, message: String)
    /// A call of the operating system failed.
    case system(call: String, path: String, errnum: Int32)
}
