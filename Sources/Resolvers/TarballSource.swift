internal import JSON
public import Lockfile

/// An archive behind a URL, unpacked: `tarball {url}`.
public struct TarballSource: SourceType {
    public static let type = "tarball"

    /// How the names of archives end that Nix unpacks.
    static let extensions = [
        ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.lzma",
        ".tar.lz", ".tlz", ".tar.lz4", ".tar.Z", ".zip",
    ]

    let url: String

    init(url: String) { self.url = url }

    public init(_ source: Source) throws { url = try source.requiredText("url") }

    public var source: Source { Source(type: Self.type, fields: ["url": .string(url)]) }

    public var suggestedName: String {
        let name = FileSource.storeName(of: url)
        let ending = Self.extensions.filter { name.hasSuffix($0) && name != $0 }.max { $0.count < $1.count }
        return String(name.dropLast(ending?.count ?? 0))
    }

    public func resolve(in upstream: Upstream) async throws -> Resolution {
        Resolution(.tarball(url: url), dating: .server)
    }
}
