public import JSON
internal import Lockfile
public import Updates

/// What went wrong, in the words that a person reads and the code that a script reads.
///
/// The rooms below throw facts; this is what they look like to the outside. The wording of each is in `Wording/`.
public struct Problem: Error, Equatable, Sendable {
    /// A stable word for scripts. New ones may come; none changes its meaning.
    public enum Code: String, Sendable, CaseIterable {
        case usage
        case notFound = "not-found"
        case exists
        case frozen
        case network
        case tls
        case timeout
        case offline
        case rateLimited = "rate-limited"
        case auth
        case badSource = "bad-source"
        case unsupported
        case hashMismatch = "hash-mismatch"
        case badAnswer = "bad-answer"
        case badArchive = "bad-archive"
        case badTree = "bad-tree"
        case badGit = "bad-git"
        case badLock = "bad-lock"
        case laterVersion = "later-version"
        case changedMeanwhile = "changed-meanwhile"
        case nix
        case io
        case interrupted
        case `internal`
    }

    public var code: Code
    /// What went wrong and where, as a sentence without its full stop.
    public var message: String
    /// The pin that was concerned.
    public var pin: String?
    public var url: String?
    /// What to do about it.
    public var hint: String?

    public init(_ code: Code, _ message: String, pin: String? = nil, url: String? = nil, hint: String? = nil) {
        self.code = code
        self.message = message
        self.pin = pin
        self.url = url
        self.hint = hint
    }

    /// The `error` object of machine output.
    public var json: JSONObject {
        var object: JSONObject = ["code": .string(code.rawValue), "message": .string(message)]
        object["pin"] = pin.map { .string($0) }
        object["url"] = url.map { .string($0) }
        object["hint"] = hint.map { .string($0) }
        return object
    }

    /// The problem of one pin of many, as a report has it.
    public init(_ failure: Failure) { self.init(failure.error, pin: failure.name.text) }

    /// The problem that an `error` object of machine output is about.
    public init(_ error: JSONObject, pin: String? = nil) {
        func text(_ key: String) -> String? { error[key]?.string }
        self.init(
            text("code").flatMap(Code.init) ?? .internal, text("message") ?? "", pin: pin, url: text("url"),
            hint: text("hint"))
    }

    /// The problem as that of one pin of many.
    func failure(of name: PinName) -> Failure { Failure(name: name, error: json) }
}
