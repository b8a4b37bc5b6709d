public import JSON
public import Lockfile

/// A pin that moved: what it was locked to, and what it is locked to now.
public struct PinChange: Sendable, Equatable {
    public let name: PinName
    public let source: Source
    public let old: Locked
    public let new: Locked
    /// Whether the branch was rewritten: its history has no longer what was locked. False where nobody could tell.
    public let isRewritten: Bool
    /// The forge's page that shows what lies between the two; nil where there is none.
    public let compareURL: String?

    public init(
        name: PinName, source: Source, old: Locked, new: Locked, isRewritten: Bool = false, compareURL: String? = nil
    ) {
        self.name = name
        self.source = source
        self.old = old
        self.new = new
        self.isRewritten = isRewritten
        self.compareURL = compareURL
    }

    /// The change as `update --json` writes it.
    public var json: JSON {
        var object: JSONObject = ["name": .string(name.text), "old": old.json, "new": new.json]
        object["compareURL"] = compareURL.map { .string($0) }
        if isRewritten { object["rewritten"] = true }
        return .object(object)
    }
}
