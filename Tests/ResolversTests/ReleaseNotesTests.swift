import Git
import JSON
import Lockfile
import NixHash
import Resolvers
import Testing

/// The pages where upstream says what is new.
@Suite struct ReleaseNotesTests {
    private static let revision = String(repeating: "a", count: 40)

    private static func locked(_ version: String?, ref: String? = nil) -> Locked {
        let hash = SHA256.hash([])
        if let ref {
            let fetch = GitFetch(url: "https://x.example/r.git", ref: ref, revision: revision, hash: hash)
            return Locked(fetch: .git(fetch), version: version)
        }
        return Locked(
            fetch: .tarball(url: "https://x.example/a.tar.gz", hash: hash), revision: revision, version: version)
    }

    private static func page(
        _ type: String, _ fields: JSONObject, _ locked: Locked, environment: [String: String] = [:]
    ) throws -> String? {
        try SourceTypes.read(Source(type: type, fields: fields))
            .releaseNotesURL(of: locked, at: ServiceHosts(environment: environment))
    }

    private static let repository: JSONObject = ["owner": "o", "repo": "r"]

    private static func released(_ prefix: String? = nil, _ more: JSONObject = [:]) -> JSONObject {
        var fields = repository
        fields["release"] = prefix.map { ["prefix": .string($0)] } ?? [:]
        fields.merge(more)
        return fields
    }

    @Test(arguments: [
        ("github", "https://github.com/o/r/releases/tag/v1.0"), ("gitlab", "https://gitlab.com/o/r/-/releases/v1.0"),
        ("forgejo", "https://codeberg.org/o/r/releases/tag/v1.0"),
    ])
    func ofAReleaseOnAForge(_ type: String, _ expected: String) throws {
        #expect(try Self.page(type, Self.released("v"), Self.locked("1.0")) == expected)
        #expect(try Self.page(type, Self.released(), Self.locked("v1.0")) == expected)
        // What is locked by git has the tag itself.
        #expect(try Self.page(type, Self.released("v"), Self.locked("1.0", ref: "refs/tags/v1.0")) == expected)
        var at = Self.repository
        at["at"] = "v1.0"
        #expect(try Self.page(type, at, Self.locked(nil)) == expected)
        at["at"] = "refs/tags/v1.0"
        #expect(try Self.page(type, at, Self.locked(nil)) == expected)
        // No tag, no page.
        at["at"] = .string(Self.revision)
        #expect(try Self.page(type, at, Self.locked(nil)) == nil)
        #expect(try Self.page(type, Self.repository, Self.locked(nil)) == nil)
        #expect(try Self.page(type, Self.released("v"), Self.locked(nil)) == nil)
    }

    @Test func ofATagWithStrangeCharacters() throws {
        let fields = Self.released("a b/#")
        #expect(
            try Self.page("github", fields, Self.locked("1?")) == "https://github.com/o/r/releases/tag/a%20b/%231%3F")
        #expect(
            try Self.page("gitlab", fields, Self.locked("1?")) == "https://gitlab.com/o/r/-/releases/a%20b%2F%231%3F")
        let host: JSONObject = ["host": "forge.example"]
        #expect(
            try Self.page("forgejo", Self.released("v", host), Self.locked("1"))
                == "https://forge.example/o/r/releases/tag/v1")
    }

    @Test(arguments: [
        ("pypi", "requests", "2.32.0", "https://pypi.org/project/requests/2.32.0/"),
        ("crates", "serde", "1.0.0+x", "https://crates.io/crates/serde/1.0.0%2Bx"),
        ("npm", "@types/node", "1.0.0", "https://www.npmjs.com/package/@types/node/v/1.0.0"),
        ("rubygems", "rails", "8.0.0", "https://rubygems.org/gems/rails/versions/8.0.0"),
        ("hackage", "aeson", "2.2", "https://hackage.haskell.org/package/aeson-2.2/changelog"),
        ("cran", "dplyr", "1.1", "https://cran.r-project.org/web/packages/dplyr/news/news.html"),
    ])
    func ofAVersionInARegistry(_ type: String, _ name: String, _ version: String, _ expected: String) throws {
        #expect(try Self.page(type, ["name": .string(name)], Self.locked(version)) == expected)
        #expect(try Self.page(type, ["name": .string(name)], Self.locked(nil)) == nil)
        // What has that name at a registry of one's own may be another package.
        let variable = "PINR_\(type.uppercased())_URL"
        let elsewhere = try Self.page(
            type, ["name": .string(name)], Self.locked(version), environment: [variable: "https://own.example"])
        #expect(elsewhere == nil)
    }

    @Test(arguments: [
        ("https://github.com/o/r", "https://github.com/o/r"), ("https://github.com/o/r.git", "https://github.com/o/r"),
        ("ssh://git@github.com/o/r.git", "https://github.com/o/r"),
        ("https://codeberg.org/o/r", "https://codeberg.org/o/r"),
        ("https://gitlab.com/a/b/r.git", "https://gitlab.com/a/b/r/-"), ("https://github.com/o/r/x", nil),
        ("https://example.org/o/r.git", nil), ("file:///github.com/o/r", nil),
    ])
    func ofARepositoryThatIsOnAForge(_ url: String, _ page: String?) throws {
        let fields: JSONObject = ["url": .string(url), "release": ["prefix": "v"]]
        let source = try SourceTypes.read(Source(type: "git", fields: fields))
        let hosts = ServiceHosts(environment: ["PINR_GITHUB_HOST": "https://elsewhere.example"])
        #expect(source.compareURL(from: "a", to: "b", at: hosts) == page.map { "\($0)/compare/a...b" })
        let notes = source.releaseNotesURL(of: Self.locked("1", ref: "refs/tags/v1"), at: hosts)
        let isGitLab = url.contains("gitlab")
        #expect(notes == page.map { isGitLab ? "\($0)/releases/v1" : "\($0)/releases/tag/v1" })
    }

    @Test func ofAChannelItIsTheHistoryOfNixpkgs() throws {
        for (channel, isNixpkgs) in [("nixos-25.05", true), ("nixpkgs-unstable", true), ("mine", false)] {
            let source = try SourceTypes.read(Source(type: "channel", fields: ["channel": .string(channel)]))
            let hosts = ServiceHosts(environment: [:])
            #expect(
                source.compareURL(from: "a", to: "b", at: hosts)
                    == (isNixpkgs ? "https://github.com/NixOS/nixpkgs/compare/a...b" : nil))
            #expect(source.history(at: hosts)?.text == (isNixpkgs ? "https://github.com/NixOS/nixpkgs.git" : nil))
            #expect(source.releaseNotesURL(of: Self.locked("1"), at: hosts) == nil)
        }
    }
}
