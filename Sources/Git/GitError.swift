public import Transfer

/// What went wrong with a git repository: facts, which the user interface puts into words.
///
/// `url` is always the canonical URL, which has no password in it. Words of a server are cut to a few hundred bytes and
/// have no control characters. Failures of HTTP itself are thrown as `TransferError`.
public enum GitError: Error, Sendable, Equatable {
    // MARK: Notation

    /// Not a URL of a git repository; `text` has no credentials in it.
    case invalidURL(text: String, GitURLFault)
    /// Not a name that git allows for a ref.
    case invalidRefName(String)

    // MARK: Remotes

    /// The server has no such repository, or does not tell a stranger.
    case notFound(url: String)
    /// The server wants to know who asks (401), refuses whoever asks (403), or shows nothing to the credential that was
    /// tried (404).
    case authenticationRequired(url: String, Refusal)
    /// A web server that answers, but not in git's smart protocol.
    case notSmartHTTP(url: String, contentType: String?)
    /// The objects are named by SHA-256, which Nix cannot fetch.
    case sha256Repository(url: String)
    /// A repository of this machine whose history is cut off, which Nix refuses to fetch from.
    case shallowRepository(url: String)
    /// What the server said instead of an answer.
    case refusedByServer(url: String, message: String)
    /// An answer that breaks the protocol.
    case malformedResponse(url: String, ProtocolFault)
    /// No history that the server shows has the commit.
    case revisionNotOnServer(ObjectID, url: String)
    /// Several objects have an id that begins with these digits.
    case ambiguousRevision(String, url: String)
    /// No ref is at a commit whose id begins with these digits, nor is one in the history that the server shows.
    case unknownAbbreviation(String, url: String)
    /// No host of that name.
    case hostNotFound(host: String)
    /// The system's error number for a connection that failed.
    case connectionFailed(url: String, errnum: Int32)
    /// Nothing came for that many seconds.
    case timedOut(url: String, seconds: Int)
    /// The `ssh` program cannot be started; an error number of the system.
    case sshUnsupported(program: String, errnum: Int32)
    /// The `ssh` program ended before git's server spoke: its exit status, 128 and the signal if one ended it, and its
    /// last words.
    case sshFailed(url: String, status: Int32, message: String)

    /// libgit2's ssh found no key of that host in the known hosts, or another one than the host shows.
    case hostKeyRefused(host: String)
    /// The server takes none of the keys that libgit2's ssh has.
    case sshKeyRefused(url: String)

    // MARK: Repositories and objects

    /// No repository in that folder.
    case notARepository(path: String)
    /// The object is not in the repository.
    case missingObject(ObjectID)
    /// The object is not what its name says, or cannot be read.
    case corruptObject(ObjectID, ObjectFault)
    /// The id names a tree or a file.
    case notACommit(ObjectID)
    /// A tree that no Nix archive can hold; `path` is the entry's, from the top.
    case unrepresentableTree(path: String, TreeFault)
    /// A submodule that is not fetched; `path` is that of its place.
    case submodule(path: String, SubmoduleFault)
    /// A `.gitmodules` file that does not say what the submodules are.
    case illegalGitmodules(GitmodulesFault)
    /// libgit2 failed: its function, its error code and its message.
    case library(function: String, code: Int32, message: String)
    /// What was fetched cannot be written into the temporary folder; the words are libgit2's and the system's.
    case unwritablePack(message: String)
    /// A call of the operating system failed.
    case system(call: String, path: String, errnum: Int32)
}

/// Why a text is not a URL of a git repository.
public enum GitURLFault: Error, Sendable, Equatable {
    case empty
    /// No scheme and not `user@host:path` either.
    case noScheme
    /// A scheme that is none of `https`, `http`, `ssh`, `git` and `file`; `ext::` and other remote programs too.
    case unsupportedScheme(String)
    /// A space, a control character or a byte outside ASCII where there must be none.
    case illegalCharacter(UInt8)
    /// A user name or a password where it would end up in the lock file.
    case credentials
    /// No host, or one with characters that no host has, or that would be read as an option.
    case illegalHost(String)
    /// Not a number from 1 to 65535.
    case illegalPort(String)
    /// No path, or one that would be read as an option.
    case illegalPath
    /// `%` without two hexadecimal digits after it, or an encoded NUL or line end, or encoded bytes that are no text
    /// where the path is used decoded.
    case illegalEscape
    /// `#…`, which no git URL has.
    case fragment
    /// A query parameter that means nothing here.
    case unknownParameter(String)
    /// A query parameter that is there twice.
    case duplicateParameter(String)
    /// A query parameter with a value that it cannot have.
    case illegalParameter(String, value: String)
}

/// How an answer breaks git's protocol.
public enum ProtocolFault: Error, Sendable, Equatable {
    /// The answer ends in the middle.
    case truncated
    /// A packet's length that is no number or not a possible one.
    case illegalPacketLength
    /// A packet that has no place where it stands; its first bytes, made printable.
    case unexpectedPacket(String)
    /// A version that was not asked for.
    case unsupportedVersion(String)
    /// A command that this protocol needs and the server does not have.
    case missingCapability(String)
    /// More bytes than an answer of that kind can have.
    case tooLong
    /// A pack that cannot be indexed; the words of libgit2.
    case illegalPack(String)
}

/// What is wrong with an object.
public enum ObjectFault: Sendable, Equatable {
    /// Its bytes do not hash to its name.
    case wrongHash
    /// It cannot be parsed as what it is said to be.
    case malformed
    /// Another kind of object than its place needs.
    case wrongType
    /// It cannot be read; the words of libgit2.
    case unreadable(String)
}

/// What keeps a git tree from being a Nix archive.
public enum TreeFault: Sendable, Equatable {
    /// Empty, `.`, `..`, or with a slash in it.
    case illegalName
    /// Longer than 255 bytes.
    case nameTooLong
    /// The same name twice in one folder.
    case duplicateName
    /// A file mode that git never writes.
    case illegalMode(UInt32)
    /// A symbolic link without a target, or with a NUL in it.
    case illegalTarget
    /// A symbolic link's target of more than 4095 bytes.
    case targetTooLong
    /// More than 63 folders inside each other.
    case tooDeep
    /// More than so many files, links and folders in all; a few small objects can stand for any number.
    case tooManyEntries(limit: Int)
}
