internal import Lockfile
internal import Migration
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension Problem {
    /// Another tool's lock that cannot be read.
    init(unreadable path: String, _ error: WholeFileError, of tool: ForeignTool) {
        let file = "`\(printable(path))`"
        switch error {
        case .system(errnum: ENOENT), .system(errnum: ENOTDIR):
            self.init(
                .notFound, "there is no \(file)",
                hint: "`pinr import \(tool.rawValue) PATH` reads a lock that is elsewhere")
        case .system(let errnum): self.init(.io, "cannot read \(file): \(systemMessage(errnum))")
        case .notRegular: self.init(.badSource, "\(file) is not a file")
        case .tooLarge(let limit): self.init(.badSource, "\(file) is no lock: it has more than \(limit >> 20) MiB")
        }
    }

    /// Why another tool's lock cannot be taken over.
    init(describing error: MigrationError, in path: String) {
        switch error {
        case .unknownVersion(let version, let newest):
            self.init(
                .laterVersion,
                "`\(printable(path))` is of version \(printable(version)), and the newest that is known is \(newest)",
                hint: "use a newer pinr, or an older version of the tool")
        case .notItsLock(let tool):
            self.init(
                .badSource, "`\(printable(path))` is no lock of \(tool == .flake ? "a flake" : tool.rawValue)",
                hint: "give the path of the file; it is usually `\(tool.usualPath)`")
        }
    }

    /// Why a pin is not taken from one tool to another, as a clause.
    static func sentence(_ reason: SkipReason) -> String {
        switch reason {
        case .localFolder(let path):
            "it is the folder `\(printable(path))`, and a folder is no pin; PINR_OVERRIDE_… puts one in a pin's place"
        case .unknownType(let type): "`\(printable(type))` is a kind of source that pinr does not have"
        case .notLocked: "it was never locked; `pinr add` pins it"
        case .unreadable(let error): Problem(describing: error).message
        case .refused(let error): Problem(describing: error).message
        case .badRepository(let error): Problem(describing: error).message
        case .secretInURL: "the URL that it is locked to has a secret in it; `pinr add` pins it without"
        case .followsNothing(let path):
            path.isEmpty
                ? "it follows the flake itself" : "it follows `\(printable(path))`, which is no input that is locked"
        case .taken(let source): "there is a pin of that name already, of \(source.summary); `--force` replaces it"
        case .noCounterpart(let type): "the tool has no source like `\(printable(type))`"
        case .notTracked(let what): "the tool cannot track `\(printable(what))`"
        case .attributes(let names):
            "the tool hashes a checkout, which the attributes \(names.joined(separator: ", ")) of its tree change"
        case .defaultBranch: "the tool has to be told a branch, and upstream does not say which the default one is"
        }
    }

    /// Why something was hashed, though it was locked, as a clause.
    static func sentence(_ reason: Rehash) -> String {
        switch reason {
        case .noHash: "it was locked without a hash"
        case .checkout: "its attributes change a checkout, which is what was hashed"
        case .emptySubtrees: "it has empty subtrees, which a checkout, which is what was hashed, leaves out"
        case .fileNAR: "the NAR of the file was hashed, and not the file"
        case .otherAlgorithm: "its hash was not SHA-256"
        case .secretInURL: "the URL that it was locked to has a secret in it"
        }
    }
}
