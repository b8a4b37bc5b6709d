public import JSON
public import Lockfile
public import Migration
public import Updates

/// What `import` did.
public struct ImportReport: Sendable {
    /// A pin with another hash than it had there.
    public struct Rehashed: Sendable, Equatable {
        public let name: PinName
        public let reason: Rehash

        /// Why, as a clause.
        public var sentence: String { Problem.sentence(reason) }
    }

    /// The file that was read.
    public let path: String
    /// The pins that are in the lock now, or would be.
    public var taken: [(name: PinName, pin: Pin)] = []
    /// Those of them that are locked to the same revision with another hash, and why.
    public var rehashed: [Rehashed] = []
    /// Pins that were here already with the same source, and stay as they are.
    public var unchanged: [PinName] = []
    /// What the other tool has and pinr cannot take.
    public var skipped: [SkippedPin] = []
    /// What should have been taken, and failed.
    public var failed: [Failure] = []

    init(path: String) { self.path = path }

    /// The document of `import --json`.
    public var json: JSON {
        [
            "pins": .object(JSONObject(taken.map { ($0.name.text, $0.pin.json) })),
            "rehashed": .array(
                rehashed.map { ["name": .string($0.name.text), "reason": .string($0.sentence)] }),
            "unchanged": .array(unchanged.map { .string($0.text) }), "skipped": Self.json(of: skipped),
            "failed": .array(failed.map(\.json)),
        ]
    }

    /// Pins with the reasons why they were left out.
    static func json(of skipped: [SkippedPin]) -> JSON {
        .array(skipped.map { ["name": .string($0.name), "reason": .string($0.sentence)] })
    }
}

extension SkippedPin {
    /// Why it was left out, in words that do no harm on a terminal.
    public var sentence: String { printable(Problem.sentence(reason), limit: 1000) }
}
