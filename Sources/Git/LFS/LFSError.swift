public import NixHash
public import Transfer

/// What went wrong with Git LFS: facts, which the user interface puts into words.
///
/// URLs have no query, which may be a signature, and no credentials. Words of a server are cut to a few hundred bytes and
/// have no control characters. Failures of HTTP itself are thrown as `TransferError`.
public enum LFSError: Error, Sendable, Equatable {
    /// A pointer that nothing can be fetched for; `path` is the file's, from the top.
    case illegalPointer(path: String, LFSPointerFault)
    /// What `lfs.url` in a repository's `.lfsconfig` names, and is not asked.
    case illegalConfiguredURL(repository: String, LFSURLFault)
    /// The server wants to know who asks (401), or refuses whoever asks (403).
    case authenticationRequired(url: String, message: String?, Refusal)
    /// The server has no such repository, or no LFS.
    case noServer(url: String)
    /// Another status than success, and what the server says about it.
    case refused(url: String, status: Int, message: String?, documentation: String?, retryAfter: Duration?)
    /// An answer that breaks the batch API.
    case malformedResponse(url: String, LFSResponseFault)
    /// One object that cannot be had; `path` is the file's whose pointer names it.
    case object(SHA256Digest, path: String, LFSObjectFault)
    /// All objects together have more bytes than are left where they would be kept.
    case noRoom(folder: String, needed: Int, available: Int)
    /// `ssh HOST git-lfs-authenticate` failed: its exit status, 128 and the signal if one ended it, and its last words.
    case authenticationCommandFailed(url: String, status: Int32, message: String)
}

/// Why a pointer cannot be used.
public enum LFSPointerFault: Error, Sendable, Equatable {
    /// The object's name is in upper case, which no object's hash is equal to.
    case upperCaseName
    /// More bytes than can be counted.
    case impossibleSize
    /// The target of a symbolic link, which Nix replaces, and git does not.
    case symbolicLink
}

/// Why a URL that a server or a repository names is not asked.
public enum LFSURLFault: Error, Sendable, Equatable {
    /// Not an absolute URL.
    case malformed
    /// Neither `https` nor `http`.
    case unsupportedScheme(String)
    /// A user name or a password stands in it.
    case credentials
    /// `http`, where what named it came over `https`.
    case insecure(host: String)
}

/// How an answer breaks the batch API.
public enum LFSResponseFault: Error, Sendable, Equatable {
    /// Not a JSON object; the `Content-Type`.
    case notJSON(contentType: String?)
    /// A member that is missing, or of the wrong type.
    case illegalMember(String)
    /// A way of transferring that was not offered.
    case unsupportedTransfer(String)
    /// Another hash than SHA-256.
    case unsupportedHash(String)
    /// The URL of the server in the answer to `git-lfs-authenticate`.
    case illegalURL(LFSURLFault)
}

/// Why an object cannot be had.
public enum LFSObjectFault: Error, Sendable, Equatable {
    /// The server does not have it (404).
    case missing
    /// It was removed (410).
    case removed
    /// Any other refusal of this object: the code that the server gives, and its words.
    case refused(code: Int, message: String?)
    /// The answer says nothing about it.
    case notAnswered
    /// The server offers no download for it, nor an error.
    case noDownload
    /// The server offers it under a URL that is not asked.
    case illegalURL(LFSURLFault)
    /// The server that it is offered at answers with another status than success.
    case notDownloaded(url: String, status: Int, retryAfter: Duration?)
    /// The server wanted to send it in an encoding, though asked not to.
    case encoded(String)
    /// So many bytes where the pointer says another number; `isWhole` unless it was cut off there.
    case wrongSize(expected: Int, actual: Int, isWhole: Bool)
    /// Other contents than the pointer names.
    case wrongContents(SHA256Digest)
    /// It is not in the `lfs/objects` of a repository of this machine.
    case notInStore(String)
}
