public import Lockfile

/// What a person should know about a pin that goes from one tool to another, though it goes.
public enum ForeignRemark: Sendable, Equatable {
    /// The URL is made of a template that nothing here follows, so that the pin stays at the URL.
    case staysAtURL(template: String)
    /// A ref that moves there, and at which a pin stays here.
    case staysAtRef(String)
    /// Members of the other tool's pin that have no place here.
    case leftOut([String])
    /// The revision that the tool names is not the one that its URL leads to, which is what was hashed.
    case otherRevision(stated: String, url: String)
    /// The tool does not follow what the pin follows, so that it stays where it is there.
    case notFollowed(Source)
    /// The pin stays where it is here, and the tool moves it when it updates.
    case movesThere
}

/// A remark about one pin of several.
public struct PinRemark: Sendable, Equatable {
    public let name: String
    public let remark: ForeignRemark

    public init(name: String, remark: ForeignRemark) {
        self.name = name
        self.remark = remark
    }
}
