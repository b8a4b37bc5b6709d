import Foundation
public import NixHash

/// Docker's own registry, as Debian packs it, on a free port of the loopback interface.
public final class ImageRegistry: Sendable {
    public let port: UInt16
    private let directory = TemporaryDirectory()
    private let server: BackgroundProcess
    private let isClosed: Bool

    /// The only user of a closed registry. The file has the password as bcrypt, which is all that it reads.
    public static let user = Credentials(user: "me", password: "secret")
    private static let passwords = "me:$2y$05$b7q5L772XcoNomXpFVfM3OMqPP.vjwKqBwM0vI9vqKALkC/cGzEna\n"

    public static let isAvailable = FileManager.default.isExecutableFile(atPath: "/usr/bin/docker-registry")

    /// - Parameter isClosed: whether it lets in `user` alone.
    public init(isClosed: Bool = false) async throws {
        self.isClosed = isClosed
        let directory = directory
        try directory.write("passwords", Self.passwords)
        let auth = isClosed ? "auth: {htpasswd: {realm: private, path: \(directory.file("passwords"))}}" : ""
        (port, server) = try await listenOnFreePort { port in
            try directory.write(
                "config.yml",
                """
                version: 0.1
                storage: {filesystem: {rootdirectory: \(directory.file("data"))}}
                http: {addr: "127.0.0.1:\(port)"}
                \(auth)

                """)
            return try BackgroundProcess(["/usr/bin/docker-registry", "serve", directory.file("config.yml")])
        } until: { server in
            server.output().contains("listening on")
        }
    }

    public var host: String { "127.0.0.1:\(port)" }
    public var baseURL: String { "http://\(host)" }

    public func stop() { server.stop() }

    // MARK: What it keeps

    /// The digests, in hexadecimal, of all that it has.
    public func blobs() throws -> [String] {
        let folder = directory.file("data/docker/registry/v2/blobs/sha256")
        return try FileManager.default.contentsOfDirectory(atPath: folder).flatMap {
            try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\($0)")
        }.sorted()
    }

    /// Makes a blob another one than its digest says, as somebody could who has the registry's disk.
    public func alter(_ digest: String) throws {
        let hex = digest.replacing("sha256:", with: "")
        let name = "data/docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data"
        var bytes = try directory.read(name)
        bytes[bytes.count / 2] ^= 1
        try directory.write(name, bytes)
    }

    // MARK: Pushing

    /// Puts a blob where a manifest of the repository may name it.
    public func put(_ blob: [UInt8], into repository: String) async throws {
        let begun = try await curl(
            ["-X", "POST", "-D", "-", "-o", "/dev/null"], "/v2/\(repository)/blobs/uploads/", [])
        let location =
            begun.stdout.split(whereSeparator: \.isNewline).compactMap { line in
                line.lowercased().hasPrefix("location:") ? line.dropFirst(9).trimmingCharacters(in: .whitespaces) : nil
            }.first ?? ""
        let path = location.components(separatedBy: host).last ?? ""
        let mark = path.contains("?") ? "&" : "?"
        _ = try await curl(
            ["-X", "PUT", "-H", "Content-Type: application/octet-stream", "--data-binary", "@-"],
            "\(path)\(mark)digest=\(SHA256.hash(blob).imageText)", blob)
    }

    /// Puts a manifest under a tag, or under its digest.
    public func put(manifest: [UInt8], type: String, into repository: String, as tag: String? = nil) async throws {
        _ = try await curl(
            ["-X", "PUT", "-H", "Content-Type: \(type)", "--data-binary", "@-"],
            "/v2/\(repository)/manifests/\(tag ?? SHA256.hash(manifest).imageText)", manifest)
    }

    /// Puts an image there, with all that it consists of.
    /// - Returns: the digest of its manifest.
    @discardableResult
    public func push(_ image: TestImage, as repository: String, tag: String? = nil) async throws -> SHA256Digest {
        let layers = try await image.packedLayers()
        for blob in Set(layers + [image.configuration]) { try await put(blob, into: repository) }
        let manifest = image.manifest(of: layers)
        try await put(manifest: manifest, type: image.manifestType, into: repository, as: tag)
        return SHA256.hash(manifest)
    }

    private func curl(_ options: [String], _ path: String, _ input: [UInt8]) async throws -> ProcessResult {
        let user = isClosed ? ["-u", "\(Self.user.user):\(Self.user.password)"] : []
        return try await run(["curl", "-sS", "--fail"] + user + options + ["\(baseURL)\(path)"], input: input)
    }
}
