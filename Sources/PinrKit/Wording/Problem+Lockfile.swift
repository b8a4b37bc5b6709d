internal import JSON
internal import Lockfile
internal import NixHash
internal import Transfer

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension Problem {
    init(_ error: LockfileError) {
        let file = error.file.map { "`\(printable($0))`" } ?? "the lock"
        switch error.reason {
        case .notFound:
            self.init(.notFound, "there is no \(file)", hint: "`pinr init` makes one, and so does `pinr add`")
        case .notRegularFile: self.init(.badLock, "\(file) is not a file")
        case .tooLarge(let limit): self.init(.badLock, "\(file) is no lock: it has more than \(limit >> 20) MiB")
        case .system(let call, let errnum):
            self.init(
                .io, "cannot \(Self.verb(call)) \(file): \(systemMessage(errnum))", hint: Self.hint(forErrnum: errnum))
        case .cancelled: self.init(.interrupted, "interrupted")
        case .malformed(let error):
            self.init(
                .badLock,
                "\(file) is not JSON: line \(error.line), column \(error.column): \(Self.clause(error.reason))",
                hint: "mend it by hand, or take it from your version control")
        case .mergeConflict(let line, let pin):
            let about = pin.map { ", about the pin `\(printable($0))`" } ?? ""
            self.init(
                .badLock, "\(file) has a merge conflict in it, at line \(line)\(about)", pin: pin,
                hint:
                    "resolve the conflict first: of each, keep what is between two of its marks, and take out the rest and "
                    + "the marks (`<<<<<<<`, `=======`, `>>>>>>>`)")
        case .missingVersion:
            self.init(.badLock, "\(file) has no `version`, so it is no lock of pinr")
        case .invalidVersion(let text):
            self.init(.badLock, "the `version` of \(file) is `\(printable(text))`, which no version of pinr wrote")
        case .laterVersion(let found, let supported):
            self.init(
                .laterVersion,
                "\(file) is of version \(found) of the format, and this version of pinr writes version \(supported): "
                    + "nothing was changed", hint: "use a newer pinr")
        case .field(let path, let problem):
            self.init(.badLock, "`\(printable(path.description))` in \(file) \(Self.clause(problem))", pin: path.pin)
        case .invalidName(let name, let problem):
            self.init(.usage, "`\(printable(name))` cannot be the name of a pin: \(Self.clause(problem))")
        case .overrideClash(let first, let second, let variable):
            self.init(
                .exists, "`\(printable(first))` and `\(printable(second))` would both be overridden by \(variable)",
                pin: second, hint: "give one of them another name")
        case .noSuchPin(let name, let nearest):
            self.init(
                .notFound, "there is no pin `\(printable(name))`", pin: name,
                hint: nearest.isEmpty
                    ? "`pinr show` lists the pins"
                    : "did you mean \(nearest.map { "`\(printable($0))`" }.joined(separator: " or "))?")
        case .pinExists(let name):
            self.init(.exists, "there is a pin `\(printable(name))` already", pin: name)
        }
    }

    private static func verb(_ call: LockfileError.SystemCall) -> String {
        switch call {
        case .resolve: "follow the path of"
        case .open: "open"
        case .read: "read"
        case .list: "list the folder of"
        case .lock: "lock the folder of"
        case .create: "make a new file beside"
        case .setMode: "set the mode of"
        case .write: "write"
        case .synchronize: "write to disk"
        case .rename: "replace"
        case .makeDirectory: "make the folder"
        }
    }

    private static func hint(forErrnum errnum: Int32) -> String? {
        switch errnum {
        case EACCES, EPERM: "check who may write there"
        case EROFS: "the disk is read-only"
        case ENOSPC, EDQUOT: "make room on the disk"
        case ENOENT, ENOTDIR: "check the path that `--directory` gives"
        default: nil
        }
    }

    private static func clause(_ problem: LockfileError.NameProblem) -> String {
        switch problem {
        case .empty: "it is empty"
        case .controlCharacter: "it has a control character in it"
        case .tooLong(let count, let limit): "it has \(count) bytes, and \(limit) is the most"
        }
    }

    private static func clause(_ problem: FieldProblem) -> String {
        switch problem {
        case .missing: "is missing"
        case .wrongType(let expected, let found): "is \(noun(found)) and should be \(noun(expected))"
        case .emptyText: "is empty"
        case .controlCharacter: "has a control character in it"
        case .notInteger(let text): "is `\(printable(text))`, which is no integer below 2^53"
        case .notRevision(let text): "is `\(printable(text))`, which is no revision of 40 digits"
        case .notDigest(let error): "is no hash: \(sentence(error))"
        case .notImageDigest(let text): "is `\(printable(text))`, which is no digest of an image"
        case .notImageName(let text): "is `\(printable(withoutPassword(text)))`, which is no name of an image"
        case .notImageTag(let text): "is `\(printable(text))`, which is no tag of an image"
        case .notStoreName(let error): "is no name for the Nix store: \(Problem(error).message)"
        case .notPathComponent(let text): "is `\(printable(text))`, which cannot stand between two slashes of a URL"
        case .outOfTree(let text): "is `\(printable(text))`, which leads out of the tree that is pinned"
        case .notPackageName(let text): "is `\(printable(text))`, which no package of that registry can be called"
        case .notWebHost(let text):
            "is `\(printable(withoutPassword(text)))`, which is neither a host nor an http or https URL"
        case .notMinimumAge(let text):
            "is `\(printable(text))`, which is no number of days from \(UpdatePolicy.minimumAges.lowerBound) to "
                + "\(UpdatePolicy.minimumAges.upperBound)"
        case .notSchedule(let text):
            "is `\(printable(text))`, which this version of pinr does not know as a schedule, so that the pin stays where it is"
        }
    }

    /// A text that is not what it should be, without what may be a password in it: whatever stands before an `@`, unless that
    /// is the one before an image's digest.
    private static func withoutPassword(_ text: String) -> String {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        if parts.count == 2, ["sha256:", "sha512:"].contains(where: { parts[1].hasPrefix($0) }) { return text }
        return URLText.withoutCredentials(text, isMalformed: true)
    }

    private static func noun(_ type: JSONType) -> String {
        switch type {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    private static func clause(_ reason: JSONError.Reason) -> String {
        switch reason {
        case .unexpectedEnd(let expected): "it ends where \(noun(expected)) should follow"
        case .unexpected(let scalar, let expected):
            "`\(printable(String(Character(scalar))))` where \(noun(expected)) should be"
        case .invalidLiteral: "a word that is none of `true`, `false` and `null`"
        case .invalidNumber: "a number that JSON does not have"
        case .unterminatedString: "a string without an end"
        case .controlCharacter: "a control character in a string"
        case .invalidEscape: "a backslash that escapes nothing"
        case .loneSurrogate: "half of a surrogate pair"
        case .invalidUTF8: "bytes that are not UTF-8"
        case .byteOrderMark: "a byte order mark"
        case .duplicateKey(let key): "the key `\(printable(key))` for the second time"
        case .tooDeep(let limit): "more than \(limit) levels of arrays and objects"
        }
    }

    private static func noun(_ expectation: JSONError.Expectation) -> String {
        switch expectation {
        case .value: "a value"
        case .valueOrClosingBracket: "a value or `]`"
        case .key: "a key"
        case .keyOrClosingBrace: "a key or `}`"
        case .colon: "`:`"
        case .commaOrClosingBracket: "`,` or `]`"
        case .commaOrClosingBrace: "`,` or `}`"
        case .endOfText: "the end"
        }
    }
}
