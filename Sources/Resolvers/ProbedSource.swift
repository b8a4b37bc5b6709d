internal import Git
internal import JSON
internal import Lockfile
internal import Transfer

/// A URL of a server that nobody has named: what it is, is found out once, before it is pinned.
///
/// It never stands in a lock. What settles it is a forge's source with the server as its host, a git repository, or a file.
struct ProbedSource: SourceType {
    static let type = "probed"
    static let forms: [SourceForm] = []
    static let schemes: [String] = []
    static let options = GitSource.options
    static let fields: Set<String> = []

    private let address: ProbedAddress
    private let given: SourceOptions

    /// - Returns: nil for a URL that is no repository's by its looks, or of a server that is known.
    /// - Throws: `ResolveError.malformedNotation`
    init?(_ url: URLParts, _ text: String, _ options: SourceOptions) throws {
        guard let address = ProbedAddress(url, text), !Self.knownHosts.contains(url.authority) else { return nil }
        _ = try Notation.plainURL(text, dropping: "")
        self.address = address
        given = options
    }

    private static let knownHosts: Set<String> = Set(
        SourceTypes.all.compactMap { ($0 as? any ForgeSource.Type)?.service.host }.flatMap { [$0, "www.\($0)"] })

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        throw ResolveError.malformedNotation(notation, form: "https://HOST/PATH")
    }

    init(_ source: Source) throws { throw ResolveError.unknownType(source.type) }

    var source: Source { Source(type: Self.type, fields: ["url": .string(address.text)]) }
    var summary: String { address.text }
    var suggestedName: String { Notation.pinName(ofRepository: address.components.last ?? address.text) }

    func changed(by options: SourceOptions) throws -> any SourceType { self }

    func settled(in upstream: Upstream) async throws -> (source: any SourceType, remarks: [Resolution.Remark]) {
        switch try await ForgeProbe(address: address, transfer: upstream.transfer).find() {
        case .forge(let type, let base, let depth):
            guard let source = try forge(type, base, depth) else { return (try file(), []) }
            return try await source.settled(in: upstream)
        case .git(let url):
            let source = GitSource(
                url: try GitURL(parsing: url),
                tracking: try Tracking(ref: nil, options: given, notation: address.text),
                contents: TreeContents(submodules: given.submodules ?? false, lfs: given.lfs ?? false))
            return try await source.settled(in: upstream)
        case .neither: return (try file(), [])
        }
    }

    /// What the URL means on a forge; nil for what is no repository's page after all.
    private func forge(_ type: any ForgeSource.Type, _ base: String, _ depth: Int) throws -> (any SourceType)? {
        let path = address.components.dropFirst(depth).joined(separator: "/")
        let url = URLParts("https://forge/\(path)" + (address.query.map { "?\($0)" } ?? ""))
        // A bare host stands for https.
        let host = base.hasPrefix("https://") && depth == 0 ? String(base.dropFirst(8)) : base
        let repository = try type.repository(of: url, host: host, given, notation: address.text)
        return repository.map { type.init($0) }
    }

    /// What the notation says otherwise.
    private func file() throws -> FileSource {
        try given.refuse(allBut: FileSource.options, in: address.text)
        return FileSource(url: try Notation.plainURL(address.text, dropping: ""))
    }

    func resolve(
        in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Resolution {
        try await settled(in: upstream).source.resolve(in: upstream, after: locked, within: limit)
    }
}
