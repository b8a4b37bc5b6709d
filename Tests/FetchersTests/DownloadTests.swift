import Archive
import Fetchers
import Foundation
import Git
import NixHash
import Support
import Testing
import Transfer

/// Archives and files, from a real web server and from disk, hashed as they come in.
struct DownloadTests {
    private func fetchers(_ folder: TemporaryDirectory, isOffline: Bool = false) -> Fetchers {
        var configuration = TransferConfiguration()
        configuration.retries = 0
        configuration.isOffline = isOffline
        let transfer = TransferEngine(configuration: configuration)
        let git = GitRemotes(transfer: transfer, environment: [:], temporaryDirectory: folder.path)
        return Fetchers(transfer: transfer, git: git, temporaryDirectory: folder.path)
    }

    /// A folder `top` with a file, packed; the archive, and what Nix says of the folder.
    private func packed(
        _ folder: TemporaryDirectory, command: String = "tar cz top"
    ) async throws -> (archive: [UInt8], hash: String) {
        try folder.write("top/hello", "hello\n")
        try folder.write("top/run", "#!/bin/sh\n", mode: 0o755)
        let script = "touch -d @1000000000 top/* top && \(command)"
        let archive = try await run(["sh", "-ec", script], directory: folder.path).stdoutBytes
        return (archive, try await NixSandbox().hashPath(folder.file("top")))
    }

    @Test(
        .enabled(if: NixSandbox.isAvailable), arguments: ["tar cz top", "tar c top", "zip -qry a.zip top && cat a.zip"])
    func `An archive hashes as its folder does`(command: String) async throws {
        let folder = TemporaryDirectory()
        let (archive, expected) = try await packed(folder, command: command)
        let server = try await WebServer()
        try server.put("a b.tar.gz", archive)
        let date = Date(timeIntervalSince1970: 1_600_000_000)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: "\(server.root)/a b.tar.gz")

        let fetchers = fetchers(folder)
        let download = try await fetchers.tarball(url: server.url("/a%20b.tar.gz"))
        #expect(download.hash.sri == expected)
        #expect(download.lastModified == 1_600_000_000)
        #expect(download.newestEntry == 1_000_000_000)

        let onDisk = try await fetchers.tarball(url: "file://\(server.root)/a%20b.tar.gz")
        #expect(onDisk.hash.sri == expected)
        #expect(onDisk.lastModified == nil)
        #expect(onDisk.newestEntry == 1_000_000_000)
    }

    @Test(.enabled(if: NixSandbox.isAvailable))
    func `A file hashes as Nix hashes it`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer()
        for size in [0, 1, 64, 262_144, 1_000_003] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            try server.put("file-\(size)", bytes)
            let nix = try await run(
                [
                    "nix", "--extra-experimental-features", "nix-command", "hash", "file",
                    "\(server.root)/file-\(size)",
                ], environment: NixSandbox().environment
            ).trimmed
            let download = try await fetchers(folder).file(url: server.url("/file-\(size)"))
            #expect(download.hash.sri == nix)
            #expect(download.newestEntry == nil)
            #expect(download.lastModified != nil)
            #expect(try await fetchers(folder).file(url: "file://\(server.root)/file-\(size)").hash.sri == nix)
        }
    }

    // MARK: What goes wrong

    @Test func `A file that is sent encoded is refused, and an archive is not`() async throws {
        let folder = TemporaryDirectory()
        let (archive, _) = try await packed(folder)
        let server = try await WebServer(locations: ["location / { add_header Content-Encoding gzip; }"])
        try server.put("a.tar", archive)
        let url = server.url("/a.tar")
        await #expect(throws: FetchError.encodedFile(url: url, encoding: "gzip")) {
            try await fetchers(folder).file(url: url)
        }
        #expect(try await fetchers(folder).tarball(url: url).newestEntry == 1_000_000_000)
    }

    @Test func `What is no archive is said to be none, and what is not there not to be there`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer()
        try server.put("page.tar.gz", "Sign in first.\n")
        await #expect {
            _ = try await fetchers(folder).tarball(url: server.url("/page.tar.gz"))
        } throws: { error in
            if case .notAnArchive = error as? ArchiveError { true } else { false }
        }
        let url = server.url("/gone.tar.gz")
        await #expect(throws: TransferError.status(code: 404, url: url, retryAfter: nil)) {
            try await fetchers(folder).tarball(url: url)
        }
        await #expect(throws: TransferError.status(code: 404, url: url, retryAfter: nil)) {
            try await fetchers(folder).file(url: url)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test(.timeLimit(.minutes(10))) func `A damaged archive ends the download, and is what is reported`() async throws {
        let folder = TemporaryDirectory()
        let (archive, _) = try await packed(folder, command: "tar c top")
        // The second header is broken, and much comes behind it, more slowly than a test would wait for.
        var broken = archive
        for offset in 512..<broken.count { broken[offset] = 0x55 }
        broken += [UInt8](repeating: 0x55, count: 48 << 20)
        let server = try await WebServer(locations: ["location / { limit_rate 200k; }"])
        try server.put("a.tar", broken)
        await #expect {
            _ = try await fetchers(folder).tarball(url: server.url("/a.tar"))
        } throws: { error in
            if case .malformed = error as? ArchiveError { true } else { false }
        }
        let request = try await firstRequest(of: server)
        #expect(Int(request.bytes) ?? .max < broken.count)
    }

    @Test(.timeLimit(.minutes(10))) func `A format that Nix takes no more is refused before the rest is downloaded`()
        async throws
    {
        let folder = TemporaryDirectory()
        let server = try await WebServer(locations: ["location / { limit_rate 200k; }"])
        try server.put("a.7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C] + [UInt8](repeating: 7, count: 48 << 20))
        await #expect(throws: ArchiveError.unsupportedFormat("7-Zip")) {
            _ = try await fetchers(folder).tarball(url: server.url("/a.7z"))
        }
    }

    /// The archive itself is whole in what arrives: what is missing lies behind its end.
    @Test func `A download that is cut short is said to be, even where the archive is whole`() async throws {
        let folder = TemporaryDirectory()
        let (archive, _) = try await packed(folder, command: "tar c top")
        let padded = archive + [UInt8](repeating: 0, count: 100_000)
        let server = try await ShortServer(body: padded, claims: padded.count + 1000)
        await #expect {
            _ = try await fetchers(folder).tarball(url: server.url)
        } throws: { error in
            switch error as? TransferError {
            case .truncated(_, padded.count, padded.count + 1000), .connectionLost: true
            default: false
            }
        }
        await #expect(throws: TransferError.self) { try await fetchers(folder).file(url: server.url) }
    }

    @Test func `Offline, files on disk are all there is`() async throws {
        let folder = TemporaryDirectory()
        try folder.write("f", "f")
        let fetchers = fetchers(folder, isOffline: true)
        await #expect(throws: TransferError.offline(url: "http://127.0.0.1:9/f")) {
            try await fetchers.file(url: "http://127.0.0.1:9/f")
        }
        #expect(try await fetchers.file(url: "file://\(folder.path)/f").hash == SHA256.hash(Array("f".utf8)))
    }

    @Test(arguments: ["file:relative", "file://host/f", "file:///a%", "file:///a%00b", "file://"])
    func `A file URL that names nothing here is refused`(url: String) async {
        await #expect(throws: FetchError.malformedFileURL(url)) {
            try await fetchers(TemporaryDirectory()).file(url: url)
        }
    }

    @Test func `What the server can be asked with later is that of the answer that was hashed`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer()
        try server.put("a.txt", "a")
        let fetchers = fetchers(folder)
        let first = try await fetchers.file(url: server.url("/a.txt")).validator
        #expect(first?.text.hasPrefix("\"") == true)
        #expect(try await fetchers.file(url: server.url("/a.txt")).validator == first)
        try server.put("a.txt", "longer")
        #expect(try await fetchers.file(url: server.url("/a.txt")).validator != first)
        #expect(try await fetchers.file(url: "file://\(server.root)/a.txt").validator == nil)
    }

    /// By what it is sent as, where it has no bytes that tell; by its bytes, whatever it is sent as.
    @Test(arguments: [
        ("page.html", "<!DOCTYPE html>\n<p>Log in", true), ("a.tar.gz", "  <html><body>Log in", true),
        ("a.tar", "no page and no archive", false),
        ("a.json", "{\"message\": \"no\"}", false),
    ])
    func `A web page is no archive, and is called what it is`(name: String, text: String, isPage: Bool) async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer()
        try server.put(name, text)
        let url = server.url("/\(name)")
        await #expect {
            try await fetchers(folder).tarball(url: url)
        } throws: { error in
            (error as? FetchError == .webPage(url: url)) == isPage
        }
    }

    @Test(.enabled(if: NixSandbox.isAvailable))
    func `An archive that is sent as a web page is an archive`() async throws {
        let folder = TemporaryDirectory()
        let (archive, expected) = try await packed(folder)
        let server = try await WebServer()
        try server.put("a.html", archive)
        #expect(try await fetchers(folder).tarball(url: server.url("/a.html")).hash.sri == expected)
    }

    @Test func `A file that is not there is named by its path`() async {
        await #expect(throws: ArchiveError.unreadable(path: "/nowhere/a b", errnum: ENOENT)) {
            try await fetchers(TemporaryDirectory()).tarball(url: "file:///nowhere/a%20b")
        }
    }

    @Test(.timeLimit(.minutes(10))) func `A cancelled fetch ends at once and leaves nothing`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer(locations: ["location / { limit_rate 10k; }"])
        try server.put("slow", [UInt8](repeating: 1, count: 4 << 20))
        let fetchers = fetchers(folder)
        let url = server.url("/slow")
        let task = Task { try await fetchers.file(url: url) }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    /// The first request that a server has written down: one that holds a transfer back notices only after its pause that
    /// nobody reads any more.
    private func firstRequest(of server: WebServer) async throws -> LoggedRequest {
        while true {
            if let request = server.accessLog().first { return request }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
