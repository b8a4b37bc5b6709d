import Archive
import Fetchers
import Foundation
import Git
import NixHash
import Support
import Testing
import Transfer

/// Servers that send an archive under a `Content-Encoding`, though they were asked not to.
struct EncodedBodyTests {
    private func fetchers(_ folder: TemporaryDirectory) -> Fetchers {
        var configuration = TransferConfiguration()
        configuration.retries = 0
        let transfer = TransferEngine(configuration: configuration)
        let git = GitRemotes(transfer: transfer, environment: [:], temporaryDirectory: folder.path)
        return Fetchers(transfer: transfer, git: git, temporaryDirectory: folder.path)
    }

    /// A tree whose modes and links a zip archive keeps at its end.
    private func packed(_ folder: TemporaryDirectory, _ command: String) async throws -> [UInt8] {
        try folder.write("top/hello", String(repeating: "hello\n", count: 5000))
        try folder.write("top/run", "#!/bin/sh\n", mode: 0o755)
        let script = "ln -sf run top/link && \(command)"
        return try await run(["sh", "-ec", script], directory: folder.path).stdoutBytes
    }

    /// What each is packed by, where it is, and how its server says that it is encoded.
    static let bodies: [(command: String, name: String, encoding: String)] = [
        ("{ zip -qry a.zip top && cat a.zip; } | gzip", "a.zip", "gzip"),
        ("{ zip -qry a.zip top && cat a.zip; } | gzip", "a.zip", "x-gzip"),
        ("{ zip -qry a.zip top && cat a.zip; } | zstd", "a.zip", "zstd"), ("tar c top | gzip", "a.tar", "gzip"),
        // As older versions of Apache are set up for every file of that name.
        ("tar c top | gzip", "a.tar.gz", "x-gzip"), ("tar c top | gzip | gzip", "a.tar.gz", "gzip"),
        ("tar c top | xz | gzip", "a.tar.xz", "gzip"),
    ]

    @Test(.enabled(if: NixSandbox.isAvailable), .timeLimit(.minutes(10)), arguments: bodies)
    func `An encoded archive is the one that Nix decodes`(
        body: (command: String, name: String, encoding: String)
    ) async throws {
        let folder = TemporaryDirectory()
        let location = "location / { add_header Content-Encoding \(body.encoding); }"
        let server = try await WebServer(locations: [location])
        try server.put(body.name, try await packed(folder, body.command))
        let url = server.url("/\(body.name)")

        let nix = try NixSandbox()
        let path = try await nix.evaluateString("builtins.fetchTarball \"\(url)\"")
        let expected = try await nix.hashPath(nix.realPath(path))
        #expect(try await nix.hashPath(folder.file("top")) == expected)
        #expect(try await fetchers(folder).tarball(url: url).hash.sri == expected)
    }

    /// Every version of Nix reads a zip archive that is compressed for good as a stream, and sees no modes and links.
    @Test(.enabled(if: NixSandbox.isAvailable))
    func `A compressed zip archive is read as a stream, as Nix reads it`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer()
        try server.put("a.zip", try await packed(folder, "{ zip -qry a.zip top && cat a.zip; } | gzip"))
        let url = server.url("/a.zip")
        let nix = try NixSandbox()
        let path = try await nix.evaluateString("builtins.fetchTarball \"\(url)\"")
        let expected = try await nix.hashPath(nix.realPath(path))
        #expect(try await nix.hashPath(folder.file("top")) != expected)
        #expect(try await fetchers(folder).tarball(url: url).hash.sri == expected)
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["br", "deflate", "gzip, gzip"])
    func `An encoding that is not decoded is refused`(encoding: String) async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer(locations: ["location / { add_header Content-Encoding '\(encoding)'; }"])
        try server.put("a.tar", try await packed(folder, "tar c top"))
        let url = server.url("/a.tar")
        await #expect(throws: FetchError.encodedFile(url: url, encoding: encoding)) {
            try await fetchers(folder).tarball(url: url)
        }
    }

    @Test func `The signature of a place that redirects led to is not repeated`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer(locations: [
            "location = /a.tar { return 302 /b.tar?signature=secret; }",
            "location = /b.tar { add_header Content-Encoding br; }",
        ])
        try server.put("b.tar", "b")
        await #expect(throws: FetchError.encodedFile(url: server.url("/b.tar"), encoding: "br")) {
            try await fetchers(folder).file(url: server.url("/a.tar"))
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["zip -qry a.zip top && cat a.zip", "tar c top"])
    func `What is said to be encoded and is not is refused`(command: String) async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer(locations: ["location / { add_header Content-Encoding gzip; }"])
        try server.put("a", try await packed(folder, command))
        await #expect {
            _ = try await fetchers(folder).tarball(url: server.url("/a"))
        } throws: { error in
            if case .malformed = error as? ArchiveError { true } else { false }
        }
    }

    /// More than fits between the download and the hash: a download that nobody reads on would never end.
    @Test(.timeLimit(.minutes(10))) func `What stands behind the encoded archive arrives too`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer(locations: ["location = /encoded { add_header Content-Encoding gzip; }"])
        let archive = try await packed(folder, "tar c top | gzip") + [UInt8](repeating: 0, count: 9 << 20)
        for path in ["plain", "encoded"] { try server.put(path, archive) }
        let plain = try await fetchers(folder).tarball(url: server.url("/plain"))
        #expect(try await fetchers(folder).tarball(url: server.url("/encoded")).hash == plain.hash)
    }

    @Test(.timeLimit(.minutes(10))) func `An encoded archive that is cut short is refused`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer(locations: ["location / { add_header Content-Encoding gzip; }"])
        let archive = try await packed(folder, "tar c top | gzip")
        // The tar archive is whole in it; only the end of its coat is missing.
        try server.put("a.tar", archive.dropLast(6))
        await #expect {
            _ = try await fetchers(folder).tarball(url: server.url("/a.tar"))
        } throws: { error in
            if case .malformed = error as? ArchiveError { true } else { false }
        }
    }
}
