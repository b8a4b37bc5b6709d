internal import JSON
public import Lockfile

/// One kind of thing that a person can ask to track: a channel, a forge's repository, an archive.
///
/// A conforming type is the typed form of a pin's `source`, and knows how to find out what it means now. Adding a kind
/// is one file that conforms, and one line in `SourceTypes.all`.
public protocol SourceType: Sendable {
    /// The value of `type` in `pins.json`.
    static var type: String { get }

    /// Reads the fields of a source of this type.
    /// - Throws: `LockfileError` and `ResolveError.unsupportedField`
    init(_ source: Source) throws

    /// What is written into `pins.json`.
    var source: Source { get }

    /// The name of a pin whose maker gave none.
    var suggestedName: String { get }

    /// Whether the source names one tag or revision, so that `update` never moves it.
    var isFixed: Bool { get }

    /// Whether the source names a tag, which can be moved or removed upstream though it should not.
    var staysAtTag: Bool { get }

    /// Finds out what a REF of the notation is, which takes a look at upstream: a branch, a tag, a revision.
    ///
    /// What has no REF is returned as it is.
    /// - Throws: `ResolveError`, `GitError`, `TransferError`
    func settled(in upstream: Upstream) async throws -> (source: Self, remarks: [Resolution.Remark])

    /// What `resolve` will ask about a repository's refs, so that pins of one repository ask together; nil when it asks
    /// nothing about refs.
    /// - Throws: `GitError` for a URL that is none, as `resolve` does.
    func refQuestion(of hosts: ServiceHosts) throws -> RefQuestion?

    /// Finds what the source means now, without fetching it.
    /// - Throws: `ResolveError`, `GitError`, `TransferError`
    func resolve(in upstream: Upstream) async throws -> Resolution
}

extension SourceType {
    public var isFixed: Bool { false }
    public var staysAtTag: Bool { false }
    public func refQuestion(of hosts: ServiceHosts) throws -> RefQuestion? { nil }
    public func settled(in upstream: Upstream) async throws -> (source: Self, remarks: [Resolution.Remark]) {
        (self, [])
    }
}

/// The table of source types.
public enum SourceTypes {
    /// Every type this program resolves, in the order of the documentation.
    public static let all: [any SourceType.Type] = [
        ChannelSource.self, GitHubSource.self, GitSource.self, TarballSource.self, FileSource.self,
    ]

    /// The typed form of a pin's source.
    /// - Throws: `ResolveError.unknownType` for a type that only a later version knows, and what the type's own reading
    ///   throws.
    public static func read(_ source: Source) throws -> any SourceType {
        guard let type = all.first(where: { $0.type == source.type }) else {
            throw ResolveError.unknownType(source.type)
        }
        for field in fieldsOfLaterVersions where source.fields[field] != nil {
            throw ResolveError.unsupportedField(field, type: source.type)
        }
        return try type.init(source)
    }

    /// Fields of the format that change what a source means, and that this version cannot honour: a source that has one
    /// is left where it is, rather than moved to something its owner did not ask for.
    private static let fieldsOfLaterVersions = [
        "release", "range", "mutable", "wheel", "unpack", "minimumAge", "schedule",
    ]
}
