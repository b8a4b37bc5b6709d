public import JSON
public import NixHash

/// What is wrong with a lock file, with a pin, or with the disk they lie on: facts alone.
public struct LockfileError: Error, Equatable, Sendable {
    /// What is wrong.
    public let reason: Reason
    /// The file it is about, where it was one on disk rather than bytes in memory.
    public var file: String?

    public init(_ reason: Reason, file: String? = nil) {
        self.reason = reason
        self.file = file
    }

    /// What can be wrong.
    public enum Reason: Equatable, Sendable {
        // The file.

        /// There is no such file, or the folder that should hold it is missing.
        case notFound
        /// A folder, a socket or a device is where the file should be.
        case notRegularFile
        /// The file has more bytes than any lock has.
        case tooLarge(limit: Int)
        /// A call of the system failed, with the error number it gave.
        case system(SystemCall, errnum: Int32)
        /// The work was cancelled while it waited for another process to finish with the folder.
        case cancelled

        // The document.

        /// The bytes are not JSON.
        case malformed(JSONError)
        /// The bytes are not JSON because git left the marks of a conflict in them, the first on this line; the pin that it
        /// is about, where that can be told.
        case mergeConflict(line: Int, pin: String? = nil)
        /// The top of the document is not an object, or it has no `version`.
        case missingVersion
        /// The `version` is no positive integer; what it is instead, as JSON.
        case invalidVersion(String)
        /// A later program wrote the file: it can be shown and must not be written.
        case laterVersion(found: Int64, supported: Int64)
        /// A value in the document is not what the format has in that place.
        case field(FieldPath, FieldProblem)

        // Names.

        /// A text that no pin can be called.
        case invalidName(String, NameProblem)
        /// Two pins that one environment variable would override.
        case overrideClash(first: String, second: String, variable: String)
        /// No pin of that name; the names that come near it.
        case noSuchPin(String, nearest: [String])
        /// A pin of that name is there already.
        case pinExists(String)
    }

    /// What was attempted on disk.
    public enum SystemCall: Equatable, Sendable {
        case resolve, open, read, list, lock, create, setMode, write, synchronize, rename, makeDirectory
    }

    /// Why a text cannot be the name of a pin.
    public enum NameProblem: Equatable, Sendable {
        case empty
        case controlCharacter
        case tooLong(byteCount: Int, limit: Int)
    }

    /// The same error about the file at `path`.
    public func inFile(_ path: String) -> LockfileError {
        LockfileError(reason, file: file ?? path)
    }

    /// The same error with the path of a pin's field made complete: `locked.hash` becomes `pins.NAME.locked.hash`.
    public func inPin(_ name: String) -> LockfileError {
        guard case .field(let path, let problem) = reason, path.pin == nil else { return self }
        return LockfileError(.field(path.prefixed(by: FieldPath("pins", name)), problem), file: file)
    }
}

/// Why a value is not what the format has in its place.
public enum FieldProblem: Equatable, Sendable {
    case missing
    case wrongType(expected: JSONType, found: JSONType)
    case emptyText
    case controlCharacter
    /// An integer that is not below 2⁵³ in magnitude, or a number with a fraction or an exponent; its literal text.
    case notInteger(String)
    /// Not 40 hexadecimal digits.
    case notRevision(String)
    /// Not a SHA-256 digest in a spelling that Nix reads.
    case notDigest(DigestError)
    /// Not `sha256:` and 64 hexadecimal digits, as registries name an image.
    case notImageDigest(String)
    /// Not the name of a container image.
    case notImageName(String)
    /// Not the tag of a container image.
    case notImageTag(String)
    /// Not a name that Nix's store takes.
    case notStoreName(StorePathError)
    /// Not one component of a URL's path, or one that a URL may take for something else.
    case notPathComponent(String)
    /// Not a folder of the tree: the path leads out of it.
    case outOfTree(String)
    /// What no package of the registry can be called.
    case notPackageName(String)
    /// Neither a host nor the base URL of a web server.
    case notWebHost(String)
    /// Not a number of days that something can have to be old.
    case notMinimumAge(String)
    /// Not the days of a schedule, or not in a form that this version knows.
    case notSchedule(String)
}

/// The types that JSON has.
public enum JSONType: Equatable, Sendable {
    case null, bool, number, string, array, object

    init(of value: JSON) {
        self =
            switch value {
            case .null: .null
            case .bool: .bool
            case .number: .number
            case .string: .string
            case .array: .array
            case .object: .object
            }
    }
}
