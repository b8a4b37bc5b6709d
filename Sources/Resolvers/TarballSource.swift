internal import JSON
internal import Lockfile

/// An archive behind a URL, unpacked: `tarball {url, mutable?, unpack?}`.
struct TarballSource: SourceType {
    static let type = "tarball"
    static let forms = [
        SourceForm("https://….tar.gz", "an archive, unpacked; tarball+https://… whatever it is called")
    ]
    static let schemes = ["tarball+https", "tarball+http", "tarball+file"]
    static let options: Set<SourceOptions.Name> = [.unpack, .mutable]
    static let optionalFields: Set<String> = ["mutable", "unpack"]

    /// How the names of archives end that Nix unpacks.
    static let extensions = [
        ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.lzma",
        ".tar.lz", ".tlz", ".tar.lz4", ".tar.Z", ".zip",
    ]

    /// Whether the name of a file is an archive's.
    static func isArchive(_ name: String) -> Bool {
        let name = name.lowercased()
        return extensions.contains { name.hasSuffix($0.lowercased()) }
    }

    let file: WebFile

    init(url: String, isMutable: Bool = false) {
        file = WebFile(url: url, isMutable: isMutable, unpacks: true)
    }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        if options.unpack == false {
            throw ResolveError.optionDoesNotFit("--no-unpack", source: notation)
        }
        return TarballSource(
            url: try Notation.plainURL(notation, dropping: "tarball+"), isMutable: options.mutable ?? false)
    }

    init(_ source: Source) throws { file = try WebFile(source, unpacks: true) }

    var source: Source { Source(type: Self.type, fields: file.fields(unpacking: true)) }

    var summary: String { "\(Self.type) \(file.url)" + (file.isMutable ? " mutable" : "") }

    var suggestedName: String {
        let name = Notation.storeName(of: file.url)
        let ending = Self.extensions.filter { name.hasSuffix($0) && name != $0 }.max { $0.count < $1.count }
        return String(name.dropLast(ending?.count ?? 0))
    }

    func changed(by options: SourceOptions) throws -> any SourceType { file.changed(by: options) }

    func resolve(in upstream: Upstream, after locked: Locked?) async throws -> Resolution {
        try await file.resolve(in: upstream, after: locked)
    }
}
