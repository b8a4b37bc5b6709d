import Foundation
import NixHash
import OCI
import Support
import Testing

/// Debian's `docker-registry` on a free port of the loopback interface.
final class TestRegistry: Sendable {
    let port: UInt16
    private let directory = TemporaryDirectory()
    private let server: BackgroundProcess
    private let isClosed: Bool

    /// The only user of a closed registry. The file has the password as bcrypt, which is all that it reads.
    static let user = Credentials(user: "me", password: "secret")
    private static let passwords = "me:$2y$05$b7q5L772XcoNomXpFVfM3OMqPP.vjwKqBwM0vI9vqKALkC/cGzEna\n"

    static let isAvailable = FileManager.default.isExecutableFile(atPath: "/usr/bin/docker-registry")
    static let absence: Comment = "left out: docker-registry is not installed"

    /// - Parameter isClosed: whether it lets in `user` alone.
    init(isClosed: Bool = false) async throws {
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

    var host: String { "127.0.0.1:\(port)" }
    var baseURL: String { "http://\(host)" }

    func stop() { server.stop() }

    // MARK: Pushing

    /// Puts a blob where a manifest of the repository may name it.
    func put(_ blob: [UInt8], into repository: String) async throws {
        let begun = try await curl(
            ["-X", "POST", "-D", "-", "-o", "/dev/null"], "/v2/\(repository)/blobs/uploads/", [])
        let location = try #require(
            begun.stdout.split(whereSeparator: \.isNewline).compactMap { line in
                line.lowercased().hasPrefix("location:") ? line.dropFirst(9).trimmingCharacters(in: .whitespaces) : nil
            }.first)
        let path = try #require(location.components(separatedBy: host).last)
        let mark = path.contains("?") ? "&" : "?"
        _ = try await curl(
            ["-X", "PUT", "-H", "Content-Type: application/octet-stream", "--data-binary", "@-"],
            "\(path)\(mark)digest=\(SHA256.hash(blob).imageText)", blob)
    }

    /// Puts a manifest under a tag, or under its digest.
    func put(manifest: [UInt8], type: String, into repository: String, as tag: String? = nil) async throws {
        _ = try await curl(
            ["-X", "PUT", "-H", "Content-Type: \(type)", "--data-binary", "@-"],
            "/v2/\(repository)/manifests/\(tag ?? SHA256.hash(manifest).imageText)", manifest)
    }

    /// Puts an image there, with all that it consists of.
    /// - Returns: the digest of its manifest.
    @discardableResult
    func push(_ image: TestImage, as repository: String, tag: String? = nil) async throws -> SHA256Digest {
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
