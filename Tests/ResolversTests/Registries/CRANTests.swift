import Foundation
import Lockfile
import NixHash
import Support
import Testing

@testable import Resolvers

/// R's packages: the current ones, and those that moved to the Archive.
struct CRANTests {
    private func server(isMirror: Bool = true, compressed: Bool = false) async throws -> RegistryServer {
        let server = try await RegistryServer("cran", locations: isMirror ? [] : [RegistryServer.permanentAddresses])
        let values = ["@VERSION@": "1.10-2", "@MD5@": String(repeating: "a", count: 32)]
        if compressed {
            let gzip = try await run(["gzip", "-9n"], input: Array(server.text("PACKAGES", values).utf8))
            try server.web.put("src/contrib/PACKAGES.gz", gzip.stdoutBytes)
        } else {
            try server.answer("PACKAGES", at: "src/contrib/PACKAGES", values)
        }
        try server.web.put("src/contrib/thing_1.10-2.tar.gz", "current")
        for version in ["1.9", "1.10", "0.2-1"] {
            try server.web.put("src/contrib/Archive/thing/thing_\(version).tar.gz", version)
        }
        try server.web.put("src/contrib/Archive/thing/thinger_9.9.tar.gz", "no version of it")
        try server.web.put("src/contrib/Archive/gone/gone_0.5.tar.gz", "taken off")
        return server
    }

    private func resolve(
        _ notation: String, _ server: RegistryServer, at: String? = nil, range: String? = nil,
        after locked: Locked? = nil
    ) async throws -> Resolution {
        var options = SourceOptions(at: at)
        options.range = range
        return try await Notation.parse(notation, options: options)
            .resolve(in: upstream(server.environment), after: locked)
    }

    @Test(arguments: [false, true])
    func `The current version is the one in the index`(compressed: Bool) async throws {
        let server = try await server(compressed: compressed)
        let resolution = try await resolve("cran:thing", server)
        #expect(
            resolution.fetch
                == .file(url: server.web.url("/src/contrib/thing_1.10-2.tar.gz"), name: "thing_1.10-2.tar.gz"))
        #expect(resolution.version == "1.10-2")
        #expect(
            resolution.publishedDigests == [try #require(PublishedDigest(.md5, hex: String(repeating: "a", count: 32)))]
        )
        #expect(resolution.dating == .server)
        #expect(!server.web.accessLog().contains { $0.uri.contains("Archive") })
    }

    @Test(arguments: [("1.9", "1.9"), ("1.10", "1.10"), ("1.10.2", "1.10-2")])
    func `A version is where it is now`(at: String, version: String) async throws {
        let server = try await server()
        let resolution = try await resolve("cran:thing", server, at: at)
        #expect(resolution.version == version)
        let folder = version == "1.10-2" ? "" : "Archive/thing/"
        #expect(
            resolution.fetch
                == .file(
                    url: server.web.url("/src/contrib/\(folder)thing_\(version).tar.gz"),
                    name: "thing_\(version).tar.gz"))
        #expect(resolution.publishedDigests.isEmpty == !folder.isEmpty)
    }

    @Test func `A range that the current version is not in looks into the Archive`() async throws {
        let server = try await server()
        #expect(try await resolve("cran:thing", server, range: "<1.10-2").version == "1.10")
        #expect(try await resolve("cran:thing", server, range: "<1.9").version == "0.2-1")
    }

    @Test func `A package that is no longer listed is had from the Archive, and that is said`() async throws {
        let server = try await server()
        let resolution = try await resolve("cran:gone", server)
        #expect(resolution.version == "0.5")
        #expect(resolution.remarks == [.release(.notListed("cran:gone"))])
    }

    @Test func `The address that never moves is locked where there is one`() async throws {
        let server = try await server(isMirror: false)
        let resolution = try await resolve("cran:thing", server)
        let permanent = server.web.url("/package=thing&version=1.10-2")
        #expect(resolution.fetch == .file(url: permanent, name: "thing_1.10-2.tar.gz"))
        // What is locked is not asked for again.
        let locked = Locked(
            fetch: .file(url: permanent, hash: SHA256.hash([]), name: "thing_1.10-2.tar.gz"), version: "1.10-2")
        server.web.clearAccessLog()
        #expect(try await resolve("cran:thing", server, after: locked).isLocked(as: locked))
        #expect(!server.web.accessLog().contains { $0.uri.hasPrefix("/package=") })
    }

    @Test(
        arguments: [
            ("https://h/src/contrib/a.b_1.0.tar.gz", "a.b", "https://h/src/contrib/Archive/a.b/a.b_1.0.tar.gz"),
            ("https://h/x/src/contrib/a_1.tar.gz", "a", "https://h/x/src/contrib/Archive/a/a_1.tar.gz"),
            ("https://h/src/contrib/Archive/a/a_1.tar.gz", "a", nil), ("https://h/src/contrib/b_1.tar.gz", "a", nil),
            ("https://h/package=a&version=1", "a", nil), ("", "a", nil),
        ] as [(String, String, String?)])
    func `Where a file moves to`(url: String, package: String, archived: String?) {
        #expect(CRANSource.archived(url, package) == archived)
    }

    @Test func `One index serves all pins of a run`() async throws {
        let server = try await server()
        let upstream = upstream(server.environment)
        let source = try Notation.parse("cran:thing", options: SourceOptions())
        for _ in 1...3 { #expect(try await source.resolve(in: upstream).version == "1.10-2") }
        #expect(server.web.accessLog().filter { $0.uri.hasSuffix("/PACKAGES") }.count == 1)
    }

    @Test func `A page is no index`() async throws {
        let server = try await RegistryServer("cran")
        try server.web.put("src/contrib/PACKAGES", "<!DOCTYPE html><title>Please log in</title>")
        await #expect(
            throws: ResolveError.malformedAnswer(
                url: server.web.url("/src/contrib/PACKAGES"), .notAnIndex(contentType: "application/octet-stream"))
        ) { try await resolve("cran:thing", server) }
    }

    @Test(arguments: [
        ("Package: thing\nMD5sum: x\n", "Version of thing"),
        ("Package: thing\nVersion: 1.0\nMD5sum: x\n", "MD5sum of thing"),
    ])
    func `An index that says nonsense is refused`(text: String, path: String) {
        let index = CRANIndex(text: Array(text.utf8), url: "u")
        #expect {
            try index.newest(of: "thing")
        } throws: { error in
            switch error as? ResolveError {
            case .malformedAnswer("u", .missing(path)), .malformedAnswer("u", .illegal(path, _, _)): true
            default: false
            }
        }
    }

    @Test(arguments: [
        "Package: thing\nVersion: 1.0", "\nPackage: thing\nVersion: 1.0\n\n",
        "Package: a\n\nPackage: thing\nVersion: 1.0\n",
        "Package: a\r\nVersion: 2.0\r\n\r\nPackage: thing\r\nVersion: 1.0\r\n\r\nPackage: things\r\nVersion: 3.0\r\n",
        "Package: thing\nNote: x\n Version: 3.0\nVersion: 1.0\r\n\nVersion: 2.0\n",
        "Package: thing\nVersion: 0.9\n\nPackage: thing\nVersion: 1.0\n",
        "Package: thing\nVersion: 1.0\n\nPackage: thing\nVersion: 2.0\nPath: 4.3.0/Other\n",
        "Depends: Package: thing\nVersion: 9\n\nPackage: thing\nVersion: 1.0\n",
    ])
    func `A stanza is found wherever it is`(text: String) throws {
        #expect(try CRANIndex(text: Array(text.utf8), url: "u").newest(of: "thing")?.version == "1.0")
        #expect(try CRANIndex(text: Array(text.utf8), url: "u").newest(of: "hing") == nil)
    }
}
