public import Lockfile

/// What another tool does with a pin that is written for it, and pinr does not, or the other way round.
public enum ExportRemark: Sendable, Equatable {
    /// The tool does not follow what the pin follows, so that it stays where it is there.
    case notFollowed(Source)
    /// The pin stays where it is here, and the tool moves it when it updates.
    case movesThere
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
