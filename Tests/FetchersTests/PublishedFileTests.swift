import Archive
import Fetchers
import Git
import NixHash
import Support
import Testing
import Transfer

/// Files that are compared with what their publisher says of them, while they are downloaded.
struct PublishedFileTests {
    private func fetchers(_ folder: TemporaryDirectory) -> Fetchers {
        var configuration = TransferConfiguration()
        configuration.retries = 0
        let transfer = TransferEngine(configuration: configuration)
        let git = GitRemotes(transfer: transfer, environment: [:], temporaryDirectory: folder.path)
        return Fetchers(transfer: transfer, git: git, temporaryDirectory: folder.path)
    }

    private func digest(_ algorithm: PublishedDigest.Algorithm, _ bytes: [UInt8]) throws -> PublishedDigest {
        var digester = try Digester([algorithm])
        digester.update(bytes)
        return try #require(digester.finish().first)
    }

    private func wrong(_ algorithm: PublishedDigest.Algorithm) throws -> PublishedDigest {
        try digest(algorithm, Array("another file".utf8))
    }

    /// An archive that has to be read twice: what should come first comes last, behind more than is gathered.
    private func disorderly(_ folder: TemporaryDirectory) async throws -> [UInt8] {
        try folder.write("top/a", "1")
        try folder.write("top/b", [UInt8](repeating: 7, count: 6 << 20))
        return try await run(["tar", "-cz", "top/b", "top/a"], directory: folder.path).stdoutBytes
    }

    @Test(arguments: PublishedDigest.Algorithm.allCases)
    func `What is as it should be is taken, and nothing else`(algorithm: PublishedDigest.Algorithm) async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer()
        let archive = try await disorderly(folder)
        try server.put("a.tar.gz", archive)
        let (fetchers, url) = (fetchers(folder), server.url("/a.tar.gz"))
        let (right, wrong) = (try digest(algorithm, archive), try wrong(algorithm))

        let plain = (try await fetchers.file(url: url).hash, try await fetchers.tarball(url: url).hash)
        // One of several of the same algorithm is enough.
        for digests in [[right], [wrong, right]] {
            let published = PublishedFile(digests: digests, size: Int64(archive.count))
            #expect(try await fetchers.file(url: url, published: published).hash == plain.0)
            #expect(try await fetchers.tarball(url: url, published: published).hash == plain.1)
        }
        let error = FetchError.differsFromPublished(url: url, published: [wrong], actual: right)
        await #expect(throws: error) {
            try await fetchers.file(url: url, published: PublishedFile(digests: [wrong]))
        }
        await #expect(throws: error) {
            try await fetchers.tarball(url: url, published: PublishedFile(digests: [wrong]))
        }
    }

    @Test func `Every algorithm that is stated has to agree`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer()
        let bytes = Array("a file".utf8)
        try server.put("f", bytes)
        let published = PublishedFile(digests: [try digest(.sha512, bytes), try wrong(.sha1)])
        await #expect(
            throws: FetchError.differsFromPublished(
                url: server.url("/f"), published: [try wrong(.sha1)], actual: try digest(.sha1, bytes))
        ) { try await fetchers(folder).file(url: server.url("/f"), published: published) }
    }

    @Test func `A file of another length is refused`() async throws {
        let folder = TemporaryDirectory()
        let server = try await WebServer()
        try server.put("f", "four")
        await #expect(
            throws: FetchError.sizeDiffersFromPublished(url: server.url("/f"), published: 5, actual: 4)
        ) { try await fetchers(folder).file(url: server.url("/f"), published: PublishedFile(size: 5)) }
    }

    /// Whoever unpacks has no need to read on behind the end of an archive, and the digest is of all of it.
    @Test(arguments: ["tar -c top", "tar -cz top", "zip -qr - top"], [0, 3 << 20])
    func `What stands behind an archive is compared too`(command: String, length: Int) async throws {
        let folder = TemporaryDirectory()
        try folder.write("top/a", "1")
        let packed = try await run(["sh", "-c", command], directory: folder.path).stdoutBytes
        // Zeros are what tapes are filled up with; behind a zip archive they are taken for its comment.
        let archive = packed + [UInt8](repeating: 0, count: command.hasPrefix("zip") ? min(length, 100) : length)
        let server = try await WebServer()
        try server.put("a", archive)
        let (fetchers, url) = (fetchers(folder), server.url("/a"))
        let plain = try await fetchers.tarball(url: url).hash
        let right = PublishedFile(digests: [try digest(.sha512, archive)], size: Int64(archive.count))
        #expect(try await fetchers.tarball(url: url, published: right).hash == plain)
        let cut = PublishedFile(digests: [try digest(.sha512, packed)])
        if length > 0 {
            await #expect(throws: FetchError.self) { try await fetchers.tarball(url: url, published: cut) }
        }
    }

    @Test func `What is compared is what lies on the server`() async throws {
        let folder = TemporaryDirectory()
        // As some servers do: the compression of the file is said to be that of the body.
        let server = try await WebServer(locations: ["location = /a.tar.gz { add_header Content-Encoding gzip; }"])
        let archive = try await disorderly(folder)
        try server.put("a.tar.gz", archive)
        let published = PublishedFile(digests: [try digest(.sha256, archive)])
        let download = try await fetchers(folder).tarball(url: server.url("/a.tar.gz"), published: published)
        #expect(download.archive == nil)
    }
}
