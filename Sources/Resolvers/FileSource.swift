internal import JSON
public import Lockfile
internal import NixHash
internal import Transfer

/// A file behind a URL, as it is: `file {url}`.
public struct FileSource: SourceType {
    public static let type = "file"

    let url: String

    init(url: String) { self.url = url }

    public init(_ source: Source) throws { url = try source.requiredText("url") }

    public var source: Source { Source(type: Self.type, fields: ["url": .string(url)]) }

    public var suggestedName: String { Self.storeName(of: url) }

    public func resolve(in upstream: Upstream) async throws -> Resolution {
        Resolution(.file(url: url, name: Self.storeName(of: url)), dating: .server)
    }

    /// The name that a URL's file gets in the Nix store: the last component of its path, decoded and made a legal name.
    public static func storeName(of url: String) -> String {
        let path = URLParts(url).path
        let last = path.split(separator: UInt8(ascii: "/")).last.map { PercentEncoding.decode($0) ?? Array($0) }
        return StorePath.sanitized(bytes: last ?? [])
    }
}
