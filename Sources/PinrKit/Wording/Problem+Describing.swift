internal import Archive
internal import Fetchers
internal import Git
internal import Lockfile
internal import NixHash
internal import NixStore
internal import OCI
internal import Resolvers
internal import SourceTree
internal import Templates
internal import Threads
internal import Transfer
internal import Updates

extension Problem {
    /// Puts any error of the rooms below into words, of which none can do harm on a terminal.
    public init(describing error: any Error) {
        self.init(wording: error)
        // Every wording quotes what comes from outside with care; this is the net below them.
        message = printable(message, limit: Self.longestText)
        hint = hint.map { printable($0, limit: Self.longestText) }
    }

    private static let longestText = 4000

    private init(wording error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as LockfileError: self.init(error)
        case let error as UndoError: self.init(error)
        case let error as TemplateError: self.init(error)
        case let error as PlacementError: self.init(error)
        case let error as ResolveError: self.init(error)
        case let error as TransferError: self.init(error)
        case let error as GitError: self.init(error)
        case let error as WorkingRepositoryError: self.init(error)
        case let error as CommitError: self.init(error)
        case let error as SubmoduleError: self.init(error)
        case let error as LFSError: self.init(error)
        case let error as OCIError: self.init(error)
        case let error as NixStoreError: self.init(error)
        case let error as ArchiveError: self.init(error)
        case let error as TreeError: self.init(error)
        case let error as ForgeError: self.init(error)
        case let error as FetchError: self.init(error)
        case let error as StorePathError: self.init(error)
        case let error as DigestError: self.init(error)
        case let error as DigesterError:
            self.init(
                .unsupported,
                "OpenSSL does not compute \(error.algorithm.rawValue) on this machine, which the registry uses",
                hint: "it may be configured to leave it out, as FIPS 140 asks")
        case let error as ThreadError:
            self.init(.io, "the system gives no more threads: \(systemMessage(error.errnum))")
        case is CancellationError: self.init(.interrupted, "interrupted")
        default: self.init(.internal, "\(error)", hint: "this is a defect of pinr; please report it")
        }
    }

    init(_ error: FetchError) {
        switch error {
        case .malformedFileURL(let url):
            self.init(
                .badSource, "`\(printable(url))` does not name a file on this machine", url: url,
                hint: "it should look like file:///PATH")
        case .encodedFile(let url, let encoding):
            self.init(
                .network,
                "`\(printable(url))` is sent \(printable(encoding))-encoded, though it was asked not to be: "
                    + "Nix would decode it and see other bytes", url: url, hint: "tell whoever runs the server")
        case .differsFromPublished(let url, let published, let actual):
            self = .differs(url, from: published, actual)
        case .sizeDiffersFromPublished(let url, let published, let actual):
            self = .sizeDiffers(url, from: published, actual)
        case .notCompared(let url):
            self.init(
                .network,
                "`\(printable(url))` is sent encoded, so that it cannot be compared with what its registry says of it",
                url: url, hint: "tell whoever runs the server")
        case .webPage(let url):
            self.init(
                .badArchive, "a web page came from `\(printable(url))`, and not an archive", url: url,
                hint: "is it the address of the archive, and open to everybody? `--no-unpack` pins the page")
        }
    }

    init(_ error: StorePathError) {
        switch error {
        case .emptyName: self.init(.badSource, "an empty text is no name in the Nix store")
        case .nameTooLong(let name, let count):
            self.init(.badSource, "`\(printable(name))` has \(count) bytes; a name in the Nix store has at most 211")
        case .illegalByte(let byte, let name):
            self.init(
                .badSource, "`\(printable(name))` has a byte (\(byte)) that no name in the Nix store has",
                hint: "letters, digits and `+-._?=` are allowed")
        case .reservedName(let name):
            self.init(.badSource, "`\(printable(name))` cannot be a name in the Nix store")
        }
    }

    init(_ error: DigestError) { self.init(.badLock, Self.sentence(error)) }

    /// Why a text is no SHA-256 digest.
    static func sentence(_ error: DigestError) -> String {
        switch error {
        case .missingAlgorithm(let text): "`\(printable(text))` is no hash: it should begin with `sha256-`"
        case .unsupportedAlgorithm(let algorithm, let text):
            "`\(printable(text))` is a \(printable(algorithm)) hash, and only sha256 is known"
        case .wrongLength(let count, let text):
            "`\(printable(text))` is no sha256 hash: it has \(count) digits"
        case .malformed(let text): "`\(printable(text))` is no sha256 hash"
        }
    }
}
