public import JSON
public import Updates

/// What came of a merge.
public struct MergeReport: Sendable, Equatable {
    /// What is merged, by its path in the work tree.
    public let path: String
    /// What was decided of the pins, in the order of their names.
    public let facts: [MergeFact]
    /// Whether a person has to choose.
    public let isConflict: Bool

    public init(path: String, facts: [MergeFact], isConflict: Bool) {
        (self.path, self.facts, self.isConflict) = (path, facts, isConflict)
    }

    /// What was weighed, a line each; with `isFull` also what needed no weighing.
    public func lines(isFull: Bool) -> [String] {
        let lines = facts.filter { isFull || $0.isWeighed }.map { fact in
            "\(printable(path)): \(printable(fact.name)): \(Problem.clause(fact.kind))"
        }
        return isConflict && facts.isEmpty
            ? ["\(printable(path)): conflict: it was changed by hand; choose between the marks"] : lines
    }

    /// The document of `merge-driver --json`.
    public var json: JSON {
        func object(_ fact: MergeFact) -> JSON {
            let word = Problem.word(fact.kind)
            var object: JSONObject = ["name": .string(fact.name), "reason": .string(Problem.clause(fact.kind))]
            if !fact.isConflict { object["decision"] = .string(word.decision) }
            object["side"] = word.side.map { .string($0.rawValue) }
            return .object(object)
        }
        return [
            "file": .string(path), "merged": .array(facts.filter { !$0.isConflict }.map(object)),
            "conflicts": .array(facts.filter(\.isConflict).map(object)), "clean": .bool(!isConflict),
        ]
    }
}
