internal import Git
internal import NixHash
internal import Transfer

/// What a server says in the Lockable HTTP Tarball Protocol: the URL that will always give what it gives now, and what it
/// knows of that.
///
/// It stands in a `Link: <URL?rev=…&revCount=…&lastModified=…&narHash=…>; rel="immutable"`, in the answer itself or in a
/// redirect that led to it. The protocol is in Nix's manual, "Serving tarball flakes".
struct ImmutableLink: Equatable {
    /// Without what the protocol says in its query, which is not sent to the server, as in Nix.
    let url: String
    /// The commit, in hex.
    let revision: String?
    /// In seconds since 1970 UTC.
    let lastModified: Int64?
    /// The hash of the NAR of the unpacked archive.
    let hash: SHA256Digest?

    /// The link in a response, or nil where there is none.
    ///
    /// - Throws: `ResolveError.malformedLink`, and `TransferError` for one that cannot be requested.
    init?(in response: TransferResponse) throws {
        guard var link = response.links.first(where: { $0.relations.contains("immutable") }) else { return nil }
        // It is the reference of a flake, of which only archives are meant.
        let scheme = "tarball+"
        if link.reference.lowercased().hasPrefix(scheme) { link.reference.removeFirst(scheme.count) }
        let target = try link.target()

        let (url, own) = FlakeURL.split(target)
        self.url = url
        var values: [String: String] = [:]
        for (name, field) in own {
            guard let value = PercentEncoding.decode(field.utf8.drop { $0 != UInt8(ascii: "=") }.dropFirst()),
                values.updateValue(String(decoding: value, as: UTF8.self), forKey: name) == nil
            else { throw ResolveError.malformedLink(parameter: String(field), url: response.printableURL) }
        }

        func read<Value>(_ name: String, _ parse: (String) -> Value?) throws(ResolveError) -> Value? {
            guard let text = values[name] else { return nil }
            guard let value = parse(text) else {
                throw .malformedLink(parameter: "\(name)=\(text)", url: response.printableURL)
            }
            return value
        }
        revision = try read("rev") { ObjectID(hex: $0)?.hex }
        _ = try read("revCount", Self.count)
        lastModified = try read("lastModified", Self.count)
        hash = try read("narHash") { $0.hasPrefix("sha256-") ? try? SHA256Digest(parsing: $0) : nil }
    }

    /// A number of digits alone, below 2^53.
    private static func count(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text),
            number < 1 << 53
        else { return nil }
        return number
    }
}
