import Foundation
import JSON
import Lockfile
import NixHash
import Support
import Testing
import Transfer
import Versions

@testable import Resolvers

/// An Erlang or Elixir package: `hex {name, range? | at?, preReleases?, unpack?}`.
///
/// The HTTP API is asked (https://github.com/hexpm/specifications): once for the releases, and once for the digest of the
/// one that is taken. Files are at another address than the API.
struct HexSource: RegistrySource {
    static let type = "hex"
    static let service = Service("HEX", at: "https://hex.pm")
    static let scheme = VersionScheme.semver
    static let forms = [SourceForm("hex:NAME", "an Erlang or Elixir package, as it is")]

    private static let files = "https://repo.hex.pm"

    let package: RegistryPackage

    init(_ package: RegistryPackage) { self.package = package }

    static func canonical(name: String) -> String? {
        let isName = name.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
        return isName && name.utf8.first?.isLetter == true ? name : nil
    }

    static func package(ofPage url: URLParts) -> String? {
        let parts = url.components
        return url.authority == "hex.pm" && parts.count == 2 && parts[0] == "packages" ? parts[1] : nil
    }

    func catalogue(_ registry: Registry) async throws -> RegistryCatalogue {
        let path = "/api/packages/\(package.name)"
        guard let answer = try await registry.json(path) else { throw registry.notFound(path) }
        let retired = try answer.member("retirements")
        let releases = try answer.required("releases").elements().map { entry in
            var release = RegistryRelease(version: try entry.required("version").text())
            if let retirement = try retired?.member(release.version) {
                release.standing = .withdrawn(try retirement.member("message")?.text() ?? "")
            }
            return release
        }
        return RegistryCatalogue(releases: releases, url: answer.url)
    }

    func file(of release: RegistryRelease, in registry: Registry, after locked: Locked?) async throws -> RegistryFile {
        let version = PercentEncoding.encodeComponent(release.version)
        let path = "/api/packages/\(package.name)/releases/\(version)"
        guard let answer = try await registry.json(path) else { throw registry.notFound(path) }
        let base = registry.base == Self.service.defaultURL ? Self.files : registry.base
        var file = RegistryFile(url: "\(base)/tarballs/\(package.name)-\(version).tar")
        file.digests = [try answer.required("checksum").digest(.sha256)]
        file.uploaded = try answer.member("inserted_at")?.text().time
        return file
    }
}

/// The example of CONTRIBUTING.md is what stands above, and does what is said there: one file makes a source type.
struct ExampleSourceTests {
    /// Without its imports, which are others in a test.
    private static func withoutImports(_ code: some Sequence<Substring>) -> [Substring] {
        Array(code.drop { $0.isEmpty || $0.contains("import ") })
    }

    @Test func `The example of how a source type is added is this one`() throws {
        let guide = try String(contentsOfFile: "\(packageRoot)/CONTRIBUTING.md", encoding: .utf8)
        let block = guide.split(separator: "\n", omittingEmptySubsequences: false)
            .drop { $0 != "   ```swift" }.dropFirst().prefix { $0 != "   ```" }.map { $0.dropFirst(3) }
        let code = try String(contentsOfFile: #filePath, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            Self.withoutImports(block).starts(with: [
                "/// An Erlang or Elixir package: `hex {name, range? | at?, preReleases?, unpack?}`."
            ]))
        #expect(Self.withoutImports(code).starts(with: Self.withoutImports(block)))
    }

    @Test func `It resolves a package, by its digest and time`() async throws {
        let digest = SHA256.hash(Array("a tarball".utf8)).hex
        let server = try await WebServer()
        try server.put(
            "hex/thing/package",
            """
            {"releases": [{"version": "1.2.0"}, {"version": "1.10.0"}, {"version": "2.0.0-rc.1"}, {"version": "1.11.0"}],
             "retirements": {"1.11.0": {"reason": "security", "message": "broken"}}}
            """)
        try server.put("hex/thing/release", "{\"checksum\": \"\(digest)\", \"inserted_at\": \"2024-05-01T12:00:00Z\"}")
        let web = try await WebServer(locations: [
            "location = /api/packages/thing { alias \(server.root)/hex/thing/package; }",
            "location = /api/packages/thing/releases/1.10.0 { alias \(server.root)/hex/thing/release; }",
        ])
        let source = try HexSource(Source(type: "hex", fields: ["name": "thing"]))
        #expect(source.source == Source(type: "hex", fields: ["name": "thing"]))
        #expect(source.source.fields.keys.allSatisfy { HexSource.fields.contains($0) })
        #expect(try HexSource.link("https://hex.pm/packages/thing", SourceOptions())?.summary == "hex:thing")
        let resolution = try await source.resolve(in: upstream(["PINR_HEX_HOST": web.baseURL]))
        let url = "\(web.baseURL)/tarballs/thing-1.10.0.tar"
        #expect(resolution.fetch == .file(url: url, name: "thing-1.10.0.tar"))
        #expect(resolution.version == "1.10.0" && resolution.dating == .stated(1_714_564_800))
        #expect(resolution.publishedDigests.map(\.hex) == [digest])
        await #expect(throws: ResolveError.packageNotFound("hex:absent", url: "\(web.baseURL)/api/packages/absent")) {
            try await HexSource.parse("hex:absent", SourceOptions()).resolve(
                in: upstream(["PINR_HEX_HOST": web.baseURL]))
        }
    }
}
