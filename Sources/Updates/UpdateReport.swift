public import JSON
public import Lockfile

/// What an update did, or would do, to each pin.
public struct UpdateReport: Sendable, Equatable {
    /// A pin that was left alone on purpose.
    public struct Skipped: Sendable, Equatable {
        public let name: PinName
        public let reason: String

        public init(name: PinName, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    public var changed: [PinChange] = []
    public var unchanged: [PinName] = []
    public var skipped: [Skipped] = []
    public var failed: [Failure] = []
    /// The commit that was made, 40 hexadecimal digits; nil where none was asked for, or there was nothing to commit.
    public var commit: String?
    /// Why the commit that was asked for could not be made, as the `error` object of machine output; the pins are saved.
    public var commitError: JSONObject?

    public init() {}

    /// The document of `update --json`.
    public var json: JSON {
        var document: JSONObject = [
            "changed": .array(changed.map(\.json)),
            "unchanged": .array(unchanged.map { .string($0.text) }),
            "skipped": .array(skipped.map { ["name": .string($0.name.text), "reason": .string($0.reason)] }),
            "failed": .array(failed.map(\.json)),
        ]
        document["commit"] = commit.map { .string($0) }
        document["error"] = commitError.map { .object($0) }
        return .object(document)
    }
}
