internal import JSON
internal import Lockfile

/// A Nix channel as other tools name it, by one of its files, which is unpacked there whichever it is.
struct ForeignChannel {
    let name: String
    let artifact: String

    /// The file that is meant where none is named.
    private static let expressions = "nixexprs.tar.xz"

    /// Where channels are, as their users write it.
    private static let places = [
        "https://channels.nixos.org/", "https://nixos.org/channels/", "http://channels.nixos.org/",
        "http://nixos.org/channels/",
    ]

    init(_ name: String, artifact: String?) {
        self.name = name
        self.artifact = artifact ?? Self.expressions
    }

    /// The channel whose file a URL is; nil for any other URL.
    init?(url: String) {
        guard let place = Self.places.first(where: { url.utf8.starts(with: $0.utf8) }) else { return nil }
        let path = url.utf8.dropFirst(place.utf8.count)
        let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && !$0.contains { "?#".utf8.contains($0) } })
        else { return nil }
        self.init(
            String(decoding: parts[0], as: UTF8.self), artifact: String(decoding: parts[1], as: UTF8.self))
    }

    /// The fields of the source that follows it.
    var fields: JSONObject {
        var fields: JSONObject = ["channel": .string(name)]
        if !artifact.utf8.elementsEqual(Self.expressions.utf8) {
            fields["artifact"] = .string(artifact)
            fields["unpack"] = true
        }
        return fields
    }

    /// The release that a URL is a file of: the folder that it is in. What is in a folder called as the channel is no
    /// release, but what the channel leads to today.
    func release(in url: String) -> String? {
        let path = url.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let folder = path.split(separator: UInt8(ascii: "/")).dropLast().last
        return folder.flatMap { $0.elementsEqual(name.utf8) ? nil : String($0) }
    }
}
