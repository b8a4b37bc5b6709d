import Foundation

/// A web server that answers as a registry of packages documents, from the files below `Tests/Fixtures/registries`.
public final class RegistryServer: Sendable {
    /// The registry: `pypi`, and the folder of its fixtures.
    public let registry: String
    public let web: WebServer

    /// - Parameter locations: as for `WebServer`.
    public init(_ registry: String, locations: [String] = []) async throws {
        self.registry = registry
        web = try await WebServer(locations: ["location /src/contrib/Archive/ { autoindex on; }"] + locations)
    }

    /// As CRAN's own server does: an address that leads to a version wherever it is.
    public static let permanentAddresses = """
        location ~ "^/package=(?<name>[A-Za-z0-9.]+)&version=(?<version>[0-9.-]+)$" {
            if (-f $document_root/src/contrib/${name}_$version.tar.gz) { return 303 /src/contrib/${name}_$version.tar.gz; }
            return 303 /src/contrib/Archive/$name/${name}_$version.tar.gz;
        }
        """

    /// What points a program to it.
    public var environment: [String: String] { ["PINR_\(registry.uppercased())_HOST": web.baseURL] }

    /// A file of the registry: where it is below the root, and its bytes.
    public struct File: Sendable {
        public let path: String
        public let bytes: [UInt8]

        public init(_ path: String, _ bytes: some Sequence<UInt8>) {
            self.path = path
            self.bytes = Array(bytes)
        }
    }

    /// Puts files below the root; what a fixture says of each is what OpenSSL says of it.
    /// - Parameter files: by the key that fixtures have for each.
    public func publish(_ files: [String: File]) async throws -> [String: String] {
        var values: [String: String] = [:]
        for (key, file) in files {
            try web.put(file.path, file.bytes)
            values["@\(key).size@"] = "\(file.bytes.count)"
            for algorithm in ["md5", "sha1", "sha256"] {
                let said = try await run(["openssl", "dgst", "-\(algorithm)", "-r"], input: file.bytes)
                values["@\(key).\(algorithm)@"] = String(said.stdout.prefix { $0 != " " })
            }
            let sha512 = try await run(["openssl", "dgst", "-sha512", "-binary"], input: file.bytes)
            values["@\(key).sha512@"] = Data(sha512.stdoutBytes).base64EncodedString()
        }
        return values
    }

    /// Answers with a fixture from now on.
    /// - Parameters:
    ///   - fixture: its name in the registry's folder.
    ///   - path: where it is asked for, without a slash at its beginning.
    ///   - values: what stands in it for what.
    public func answer(_ fixture: String, at path: String, _ values: [String: String] = [:]) throws {
        try web.put(path, text(fixture, values))
    }

    /// A fixture with its values in it. Digests of files that are not there are those of nothing.
    public func text(_ fixture: String, _ values: [String: String] = [:]) throws -> String {
        let file = "\(packageRoot)/Tests/Fixtures/registries/\(registry)/\(fixture)"
        var text = try String(contentsOfFile: file, encoding: .utf8)
        for (key, value) in values.merging(["@BASE@": web.baseURL], uniquingKeysWith: { $1 }) {
            text = text.replacingOccurrences(of: key, with: value)
        }
        let absent = [("md5", 32), ("sha1", 40), ("sha256", 64)]
        for (algorithm, digits) in absent {
            text = text.replacing(try Regex("@[a-z0-9]+\\.\(algorithm)@"), with: String(repeating: "0", count: digits))
        }
        text = text.replacing(try Regex("@[a-z0-9]+\\.sha512@"), with: Data(count: 64).base64EncodedString())
        return text.replacing(try Regex("@[a-z0-9]+\\.size@"), with: "0")
    }
}
