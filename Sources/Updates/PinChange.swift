public import JSON
public import Lockfile

/// A pin that moved: what it was locked to, and what it is locked to now.
public struct PinChange: Sendable, Equatable {
    public let name: PinName
    public let source: Source
    public let old: Locked
    public let new: Locked
    /// Whether the branch was rewritten: its history has no longer what was locked. False where nobody could tell.
    public var isRewritten: Bool
    /// The forge's page that shows what lies between the two; nil where there is none.
    public var compareURL: String?
    /// The page where upstream says what is new in what is locked now; nil where there is none, or nobody asked.
    public var releaseNotesURL: String?
    /// The commits in between; nil where there are none, nobody asked, or nobody could tell.
    public var commits: CommitsBetween?
    /// Whether the version is older than the one before.
    public var isOlder: Bool
    /// What else is to be known, each a sentence without its full stop.
    public var remarks: [String]

    public init(
        name: PinName, source: Source, old: Locked, new: Locked, isRewritten: Bool = false, compareURL: String? = nil,
        releaseNotesURL: String? = nil, commits: CommitsBetween? = nil, isOlder: Bool = false, remarks: [String] = []
    ) {
        self.name = name
        self.source = source
        self.old = old
        self.new = new
        self.isRewritten = isRewritten
        self.compareURL = compareURL
        self.releaseNotesURL = releaseNotesURL
        self.commits = commits
        self.isOlder = isOlder
        self.remarks = remarks
    }

    /// The change as `update --json` writes it; what nobody asked about is left out.
    public var json: JSON {
        var object: JSONObject = ["name": .string(name.text), "old": old.json, "new": new.json]
        object["compareURL"] = compareURL.map { .string($0) }
        object["releaseNotesURL"] = releaseNotesURL.map { .string($0) }
        object["commits"] = commits?.json
        if isRewritten { object["rewritten"] = true }
        if isOlder { object["older"] = true }
        if !remarks.isEmpty { object["remarks"] = .array(remarks.map { .string($0) }) }
        return .object(object)
    }
}
