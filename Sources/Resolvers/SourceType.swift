public import Git
internal import JSON
public import Lockfile
public import Versions

/// One kind of thing that a person can ask to track: a channel, a forge's repository, an archive.
///
/// A conforming type is the typed form of a pin's `source`, and knows how it is written and how to find out what it means
/// now. Adding a kind is one file that conforms, and one line in `SourceTypes.all`.
public protocol SourceType: Sendable {
    /// The value of `type` in `pins.json`.
    static var type: String { get }

    /// How `add` is told of it, and what that pins: a row of the help text and of the README for each.
    static var forms: [SourceForm] { get }

    /// What its notation has before the first colon, in small letters.
    static var schemes: [String] { get }

    /// The options of `add` and `set` that mean something to it.
    static var options: Set<SourceOptions.Name> { get }

    /// The fields that a source of this type may have.
    static var fields: Set<String> { get }

    /// Reads a notation that begins with one of `schemes`; options that mean nothing to the type are refused by the caller.
    /// - Throws: `ResolveError`, `GitError`
    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType

    /// Reads the URL of a web page, if it is one about a thing of this type; nil for anything else.
    /// - Throws: `ResolveError`, `.webPage` for a page that is no source.
    static func link(_ url: String, _ options: SourceOptions) throws -> (any SourceType)?

    /// Reads the fields of a source of this type.
    /// - Throws: `LockfileError` and `ResolveError.unsupportedField`
    init(_ source: Source) throws

    /// What is written into `pins.json`.
    var source: Source { get }

    /// What is tracked, in one line that reads like the notation.
    var summary: String { get }

    /// The name of a pin whose maker gave none.
    var suggestedName: String { get }

    /// Whether the source names one tag, revision or version, so that `update` never moves it.
    var isFixed: Bool { get }

    /// Whether the source names a tag, which can be moved or removed upstream though it should not.
    var staysAtTag: Bool { get }

    /// The order of the versions that it is locked to, one of which follows the other; nil where they have none.
    var versionScheme: VersionScheme? { get }

    /// Whether a version, once it is published, is the same file for ever.
    var keepsReleases: Bool { get }

    /// The same at a tag, revision or version where `update --to` takes a pin for once; it is never written.
    /// - Throws: `ResolveError.optionDoesNotFit` for what can be at one place alone.
    func visiting(_ ref: String) throws -> any SourceType

    /// The same with some options of `set` in the place of what it said before.
    /// - Throws: `ResolveError`
    func changed(by options: SourceOptions) throws -> any SourceType

    /// The same at the REF that stands behind a short name, in the place of whatever the name says of one.
    /// - Parameter notation: what a person typed.
    /// - Throws: `ResolveError`, `.malformedNotation` for what has no REF.
    func following(_ ref: String, _ options: SourceOptions, notation: String) throws -> any SourceType

    /// Finds out what a REF of the notation is, which takes a look at upstream: a branch, a tag, a revision.
    ///
    /// What has no REF is returned as it is.
    /// - Throws: `ResolveError`, `GitError`, `TransferError`
    func settled(in upstream: Upstream) async throws -> (source: any SourceType, remarks: [Resolution.Remark])

    /// What `resolve` will ask about a repository's refs, so that pins of one repository ask together; nil when it asks
    /// nothing about refs.
    /// - Throws: `GitError` for a URL that is none, as `resolve` does.
    func refQuestion(of hosts: ServiceHosts) throws -> RefQuestion?

    /// The name of a thing that has to be asked for as a whole, such as the list of a package's versions: what several pins
    /// have in common is kept for all of them; nil for what is small, or nobody else's.
    var sharedDocument: String? { get }

    /// Finds what the source means now, without fetching it.
    /// - Parameters:
    ///   - locked: what it is locked to, if it is; who can ask whether that is still so asks only that.
    ///   - limit: how old it has to be; nil for any age. Where upstream has several, the newest that is old enough and not
    ///     older than what is locked is taken; `Resolution.aging` says whether there was one.
    /// - Throws: `ResolveError`, `GitError`, `TransferError`
    func resolve(in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?) async throws -> Resolution

    /// The archive that is fetched for a commit, where that is what the source is locked to; nil for anything else.
    func archiveURL(ofCommit revision: String, at hosts: ServiceHosts) -> String?

    /// Where else the file behind a locked URL may be, because upstream moves files of that kind.
    func otherAddresses(of url: String) -> [String]

    /// What `tagState` will ask about a repository's refs; nil when it asks nothing about refs.
    /// - Throws: `GitError` for a URL that is none.
    func tagQuestion(_ locked: Locked, of hosts: ServiceHosts) throws -> RefQuestion?

    /// Finds out what became of the tag that a pin is locked to; nil when it is locked to none.
    /// - Throws: `ResolveError`, `GitError`, `TransferError`
    func tagState(_ locked: Locked, in upstream: Upstream) async throws -> TagState?

    /// The page that shows what lies between two revisions; nil where there is none.
    func compareURL(from old: String, to new: String, at hosts: ServiceHosts) -> String?

    /// The page where upstream says what is new in what a pin is locked to: that of a release, or a list of changes; nil
    /// where there is none at an address that stays.
    func releaseNotesURL(of locked: Locked, at hosts: ServiceHosts) -> String?

    /// The repository that has the commits that the source is locked to; nil where there is none that could be asked.
    func history(at hosts: ServiceHosts) -> GitURL?
}

extension SourceType {
    /// The same with some options of `set` in the place of what it said before; options that mean nothing to it are refused.
    /// - Throws: `ResolveError`
    public func changed(byGiven options: SourceOptions) throws -> any SourceType {
        try options.refuse(allBut: Self.options, in: summary)
        return try changed(by: options)
    }

    public func following(_ ref: String, _ options: SourceOptions, notation: String) throws -> any SourceType {
        throw ResolveError.malformedNotation(notation, form: "\(notation.prefix { $0 != "/" })")
    }
    public static func link(_ url: String, _ options: SourceOptions) throws -> (any SourceType)? { nil }
    public func archiveURL(ofCommit revision: String, at hosts: ServiceHosts) -> String? { nil }
    public func otherAddresses(of url: String) -> [String] { [] }
    public var isFixed: Bool { false }
    public var staysAtTag: Bool { false }
    public var versionScheme: VersionScheme? { nil }
    public var keepsReleases: Bool { false }
    public func visiting(_ ref: String) throws -> any SourceType {
        guard Self.options.contains(.at) else { throw ResolveError.optionDoesNotFit("--to", source: summary) }
        return try changed(by: SourceOptions(at: ref))
    }
    public func tagQuestion(_ locked: Locked, of hosts: ServiceHosts) throws -> RefQuestion? {
        staysAtTag ? try refQuestion(of: hosts) : nil
    }
    public func tagState(_ locked: Locked, in upstream: Upstream) async throws -> TagState? {
        guard staysAtTag else { return nil }
        do {
            let now = try await resolve(in: upstream).revision
            return now.map { $0 == locked.revision ? .there : .moved(to: $0) }
        } catch ResolveError.refNotFound {
            return .gone
        }
    }
    public var sharedDocument: String? { nil }
    public func refQuestion(of hosts: ServiceHosts) throws -> RefQuestion? { nil }
    public func settled(in upstream: Upstream) async throws -> (source: any SourceType, remarks: [Resolution.Remark]) {
        (self, [])
    }
    public func resolve(in upstream: Upstream) async throws -> Resolution {
        try await resolve(in: upstream, after: nil)
    }
    /// Finds what the source means now, however new that is.
    /// - Throws: `ResolveError`, `GitError`, `TransferError`
    public func resolve(in upstream: Upstream, after locked: Locked?) async throws -> Resolution {
        try await resolve(in: upstream, after: locked, within: nil)
    }
    public func compareURL(from old: String, to new: String, at hosts: ServiceHosts) -> String? { nil }
    public func releaseNotesURL(of locked: Locked, at hosts: ServiceHosts) -> String? { nil }
    public func history(at hosts: ServiceHosts) -> GitURL? { (try? refQuestion(of: hosts))??.url }
}

/// One way to write a source, and what it pins.
public struct SourceForm: Sendable, Equatable {
    /// The notation, with words in capitals for what is to be filled in.
    public let notation: String
    public let meaning: String

    init(_ notation: String, _ meaning: String) {
        self.notation = notation
        self.meaning = meaning
    }
}

/// The table of source types.
public enum SourceTypes {
    /// Every type this program resolves, in the order of the documentation.
    public static let all: [any SourceType.Type] = [
        ChannelSource.self,
        GitHubSource.self,
        GitLabSource.self,
        ForgejoSource.self,
        SourcehutSource.self,
        BitbucketSource.self,
        GitSource.self,
        PyPISource.self,
        CratesSource.self,
        NPMSource.self,
        RubyGemsSource.self,
        HackageSource.self,
        CRANSource.self,
        OCISource.self,
        TarballSource.self,
        FileSource.self,
    ]

    /// The typed form of a pin's source.
    /// - Throws: `ResolveError.unknownType` for a type that only a later version knows, and what the type's own reading
    ///   throws.
    public static func read(_ source: Source) throws -> any SourceType {
        guard let type = all.first(where: { $0.type.utf8.elementsEqual(source.type.utf8) }) else {
            throw ResolveError.unknownType(source.type)
        }
        for field in fieldsThatChangeMeaning where source.fields[field] != nil && !type.fields.contains(field) {
            throw ResolveError.unsupportedField(field, type: source.type)
        }
        // Who updates a pin whose policy cannot be read would do what its owner did not want.
        _ = try UpdatePolicy(source)
        return try type.init(source)
    }

    /// Whether a field is one that some type writes, so that it means nothing beside the fields that a source has now.
    public static func knows(_ field: String) -> Bool { all.contains { $0.fields.contains(field) } }

    /// Fields of the format that change what a source means: a source that has one which its type does not understand
    /// is left where it is, rather than moved to something its owner did not ask for.
    private static let fieldsThatChangeMeaning = [
        "release", "range", "mutable", "wheel", "unpack",
    ]
}
