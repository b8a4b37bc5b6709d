import Foundation
import Git
import Lockfile
import NixHash
import Support
import Testing

@testable import Resolvers

/// What another tool has locked is no change for pinr, where it is the same thing by another name.
struct OtherToolsLockTests {
    /// A repository with an annotated tag, which all forges of the test have.
    private struct Setting {
        let folder = TemporaryDirectory()
        let server: GitHTTPServer
        let commit: String
        let tag: String

        init() async throws {
            let work = try await TestRepository(at: folder.file("work"))
            commit = try await work.commit("first")
            try await work.tag("v1.2", message: "first")
            let bare = try await work.bareCopy(at: folder.file("srv/o/r.git"))
            tag = try await bare.git("rev-parse", "refs/tags/v1.2")
            server = try await GitHTTPServer(root: folder.file("srv"))
        }

        /// Puts the repository where sourcehut has it.
        func linkOwner() throws {
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("srv/~o"), withDestinationPath: folder.file("srv/o"))
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("srv/o/r"), withDestinationPath: folder.file("srv/o/r.git"))
        }

        func resolve(
            _ forge: String, release: Bool, repository: String = "o/r", after locked: Locked? = nil
        ) async throws -> Resolution {
            var options = SourceOptions(branch: release ? nil : "main")
            if release { options.release = true }
            let source = try Notation.parse("\(forge):\(repository)?host=\(server.baseURL)", options: options)
            return try await source.resolve(in: upstream(), after: locked)
        }

        func locked(_ path: String, revision: String?, version: String? = "v1.2") -> Locked {
            Locked(
                fetch: .tarball(url: server.baseURL + path, hash: SHA256.hash([]), isStripped: true),
                revision: revision, version: version, lastModified: 7)
        }
    }

    private static let releases = [
        ("github", ["/api/v3/repos/o/r/tarball/v1.2", "/api/v3/repos/o/r/tarball/refs/tags/v1.2"]),
        ("gitlab", ["/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha=v1.2"]),
        ("forgejo", ["/api/v1/repos/o/r/archive/v1.2.tar.gz", "/o/r/archive/v1.2.tar.gz"]),
    ]

    @Test(arguments: releases) func aReleaseByTheURLOfItsTag(_ forge: String, _ paths: [String]) async throws {
        let setting = try await Setting()
        let resolution = try await setting.resolve(forge, release: true)
        #expect(resolution.revision == setting.commit && setting.tag != setting.commit)
        for path in paths {
            // The id of the tag is taken for the commit, and becomes it.
            let tagged = setting.locked(path, revision: setting.tag)
            #expect(resolution.isLocked(as: tagged), "\(path)")
            #expect(resolution.completing(tagged) == setting.locked(path, revision: setting.commit), "\(path)")
            let exact = setting.locked(path, revision: setting.commit)
            #expect(resolution.isLocked(as: exact) && resolution.completing(exact) == exact, "\(path)")
            // A tag leads where it leads: without a commit, nobody knows which one was meant.
            #expect(!resolution.isLocked(as: setting.locked(path, revision: nil)), "\(path)")
            let moved = setting.locked(path, revision: String(repeating: "1", count: 40))
            #expect(!resolution.isLocked(as: moved) && resolution.completing(moved) == moved, "\(path)")
            #expect(!resolution.isLocked(as: setting.locked(path, revision: setting.tag, version: "v1.1")), "\(path)")
            #expect(!resolution.isLocked(as: setting.locked("/x" + path, revision: setting.commit)), "\(path)")
        }
    }

    @Test(arguments: ["github", "gitlab", "forgejo"]) func aCommitAtAnotherAddress(_ forge: String) async throws {
        let setting = try await Setting()
        let resolution = try await setting.resolve(forge, release: false)
        let paths = [
            "github": "/api/v3/repos/o/r/tarball/\(setting.commit)",
            "forgejo": "/api/v1/repos/o/r/archive/\(setting.commit).tar.gz",
        ]
        guard let path = paths[forge] else {
            #expect(resolution.otherURLs.allSatisfy { $0.hasPrefix(setting.server.baseURL) })
            return
        }
        #expect(resolution.isLocked(as: setting.locked(path, revision: setting.commit, version: nil)))
        // Of a branch, no tag leads to it.
        #expect(!resolution.isLocked(as: setting.locked(path, revision: setting.tag, version: nil)))
    }

    /// Where a forge takes capital and small letters for the same, so does whoever wrote the lock.
    @Test(arguments: [
        ("github", "/O/r/archive/REV.tar.gz", true), ("github", "/api/v3/repos/O/R/tarball/REV", true),
        ("gitlab", "/api/v4/projects/O%2FR/repository/archive.tar.gz?sha=REV", true),
        ("forgejo", "/O/R/archive/REV.tar.gz", true), ("bitbucket", "/O/R/get/REV.tar.gz", true),
        ("sourcehut", "/~O/r/archive/REV.tar.gz", false),
        // Everything else is what it is.
        ("github", "/O/r/ARCHIVE/REV.tar.gz", false), ("github", "/X/O/r/archive/REV.tar.gz", false),
        ("github", "/O/r2/archive/REV.tar.gz", false), ("github", "/o/R/archive/OTHER.tar.gz", false),
    ])
    func aRepositoryInOtherLetters(_ forge: String, _ path: String, _ isSame: Bool) async throws {
        let setting = try await Setting()
        if forge == "sourcehut" { try setting.linkOwner() }
        let url = path.replacing("REV", with: setting.commit)
            .replacing("OTHER", with: String(repeating: "3", count: 40))
        let repository = forge == "sourcehut" ? "~o/r" : "o/r"
        let locked = setting.locked(url, revision: setting.commit, version: nil)
        let resolution = try await setting.resolve(forge, release: false, repository: repository, after: locked)
        #expect(resolution.revision == setting.commit)
        #expect(resolution.isLocked(as: locked) == isSame)
        // Another commit is another one in any letters.
        let moved = setting.locked(url, revision: String(repeating: "1", count: 40), version: nil)
        #expect(
            !(try await setting.resolve(forge, release: false, repository: repository, after: moved))
                .isLocked(as: moved))
    }

    /// A tag of another name may be there too: the letters of a tag are its own.
    @Test func aTagInOtherLettersIsAnotherOne() async throws {
        let setting = try await Setting()
        for (path, isSame) in [
            ("/O/R/archive/refs/tags/v1.2.tar.gz", true), ("/O/R/archive/refs/tags/V1.2.tar.gz", false),
        ] {
            let locked = setting.locked(path, revision: setting.commit)
            let resolution = try await setting.resolve("github", release: true, after: locked)
            #expect(resolution.isLocked(as: locked) == isSame, "\(path)")
        }
    }

    /// Who locked a commit may not have known which ref led to it.
    @Test func aCommitUnderNoRef() throws {
        let url = try GitURL(parsing: "https://git.example.org/r.git")
        let revision = String(repeating: "2", count: 40)
        let id = try #require(ObjectID(hex: revision))
        let resolution = Resolution(
            .git(url: url, ref: "refs/heads/main", revision: id), revision: revision, dating: .commit)
        func locked(_ ref: String?, _ revision: String, submodules: Bool = false) -> Locked {
            Locked(
                fetch: .git(
                    GitFetch(
                        url: url.text, ref: ref, revision: revision, hash: SHA256.hash([]), submodules: submodules)))
        }
        for ref in [nil, "HEAD"] {
            #expect(resolution.isLocked(as: locked(ref, revision)))
            #expect(resolution.completing(locked(ref, revision)) == locked("refs/heads/main", revision))
            let other = locked(ref, String(repeating: "3", count: 40))
            #expect(!resolution.isLocked(as: other) && resolution.completing(other) == other)
            #expect(!resolution.isLocked(as: locked(ref, revision, submodules: true)))
        }
        // What is known is not changed.
        let elsewhere = locked("refs/heads/other", revision)
        #expect(!resolution.isLocked(as: elsewhere) && resolution.completing(elsewhere) == elsewhere)
    }

    /// The public API of GitHub is at a host of its own.
    @Test func theAddressesOfGitHubItself() async throws {
        let setting = try await Setting()
        let source = try Notation.parse("github:o/r", options: SourceOptions(branch: "main"))
        let resolution = try await source.resolve(in: upstream(["PINR_GITHUB_HOST": setting.server.baseURL]))
        #expect(resolution.otherURLs.contains("\(setting.server.baseURL)/api/v3/repos/o/r/tarball/\(setting.commit)"))
        #expect(!resolution.otherURLs.contains { $0.contains("api.github.com") })
        let github = try #require(source as? GitHubSource)
        #expect(
            github.otherArchiveURLs(at: GitHubSource.service.defaultURL, of: "v1.2") == [
                "https://api.github.com/repos/o/r/tarball/v1.2",
                "https://api.github.com/repos/o/r/tarball/refs/tags/v1.2",
                "https://github.com/o/r/archive/refs/tags/v1.2.tar.gz",
            ])
    }

    /// The release of a channel is the same one for ever, whether its commit was written down or not.
    @Test func aReleaseOfAChannelWithoutItsCommit() {
        let commit = String(repeating: "2", count: 40)
        let hash = SHA256.hash([])
        let release = Resolution(.tarball(url: "u"), revision: commit, version: "nixos-1", dating: .newestEntry)
        func locked(_ url: String, _ revision: String?, _ version: String?) -> Locked {
            Locked(fetch: .tarball(url: url, hash: hash), revision: revision, version: version)
        }
        #expect(release.isLocked(as: locked("u", nil, "nixos-1")))
        #expect(release.completing(locked("u", nil, "nixos-1")) == locked("u", commit, "nixos-1"))
        #expect(!release.isLocked(as: locked("other", nil, "nixos-1")))
        #expect(!release.isLocked(as: locked("u", nil, "nixos-0")))
        #expect(!release.isLocked(as: locked("u", String(repeating: "3", count: 40), "nixos-1")))
        let untold = Resolution(.tarball(url: "u"), revision: commit, dating: .newestEntry)
        #expect(!untold.isLocked(as: locked("u", nil, nil)))
    }
}
