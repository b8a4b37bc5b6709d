internal import JSON
public import Lockfile

/// What another tool does with a pin that is written for it, and pinr does not, or the other way round.
public enum ExportRemark: Sendable, Equatable {
    /// The tool does not follow what the pin follows, so that it stays where it is there.
    case notFollowed(Source)
    /// The pin stays where it is here, and the tool moves it when it updates.
    case movesThere
    /// The tool has no place for these members of the pin.
    case leftOut([String])
}

extension Pin {
    /// What of it other tools have no place for, by the names of the members; the day of a freeze is nothing that matters.
    /// - Parameter keepsNote: whether the tool has a place for the note.
    func membersLeftOut(keepsNote: Bool) -> ExportRemark? {
        var names: [String] = []
        if source["dir"] != nil { names.append("source.dir") }
        names += source.fields.keys.filter { Source.timing.contains($0) }.map { "source.\($0)" }
        if note != nil && !keepsNote { names.append("note") }
        if frozen?.reason != nil { names.append("frozen.reason") }
        names += unknown.keys
        return names.isEmpty ? nil : .leftOut(names)
    }
}

/// A remark about one pin of several.
public struct PinRemark: Sendable, Equatable {
    public let name: String
    public let remark: ExportRemark

    public init(name: String, remark: ExportRemark) {
        self.name = name
        self.remark = remark
    }
}
