public import NixHash

/// Why the Nix store of the machine does not do what was asked: facts alone.
public enum NixStoreError: Error, Equatable, Sendable {
    /// There is no such program of Nix in `PATH`.
    case noNix(program: String)
    /// A program of Nix ended so; `words` are the last that it said on standard error.
    case failed(program: String, status: Int32, words: [UInt8])
    /// A program of Nix was not done in time, and has been ended.
    case timedOut(program: String)
    /// A program of Nix could not be run; an error number of the system.
    case notStarted(program: String, errnum: Int32)
    /// A program of Nix answered what nobody can make sense of.
    case malformedAnswer(program: String, [UInt8])
    /// Nix put a source somewhere else than where it has to be.
    case otherPath(expected: StorePath, actual: String)
    /// The directory of the store is no absolute path.
    case relativeDirectory(variable: String, path: String)
    /// The store is on no disk of this machine, so that nothing can be looked at in it.
    case elsewhere(url: String)
    /// Something else than a link into the store is where a root has to be.
    case rootTaken(path: String)
    /// A file or folder cannot be made or looked at; an error number of the system.
    case system(path: String, errnum: Int32)
}
