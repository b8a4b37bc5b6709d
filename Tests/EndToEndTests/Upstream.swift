import Foundation
import Support
import Synchronization

/// The servers that all tests share: a forge with git repositories and their archives, channels, and a web server's
/// files, each behind one nginx on loopback. Every test puts what it needs under names of its own.
final class Upstream: Sendable {
    private static let starting = Task { try await Upstream() }
    private static let counter = Atomic(0)

    /// The servers, started by whoever comes first.
    static func shared() async throws -> Upstream { try await starting.value }

    let directory = TemporaryDirectory()
    let forge: GitHTTPServer

    private init() async throws {
        let root = try directory.makeDirectory("root")
        forge = try await GitHTTPServer(root: root, locations: Self.locations)
    }

    /// Where `github` and `channel` are for a program under test.
    var environment: [String: String] {
        ["PINR_GITHUB_HOST": "\(forge.baseURL)/github", "PINR_CHANNEL_HOST": "\(forge.baseURL)/channels/"]
    }

    /// The directory that is served.
    var root: String { directory.file("root") }

    /// The URL of a path below the root, which starts with a slash.
    func url(_ path: String) -> String { forge.web.url(path) }

    /// A name that no other test has.
    func uniqueName(_ word: String = "thing") -> String {
        // Ends in a letter, so that none is the beginning of another.
        "\(word)\(Self.counter.add(1, ordering: .relaxed).newValue)x"
    }

    /// Puts a file below the root; its URL.
    @discardableResult
    func put(_ path: String, _ contents: some Sequence<UInt8>) throws -> String {
        try forge.web.put(path, contents)
        return url("/\(path)")
    }

    private static let locations = [
        // As channels.nixos.org does: a name that moves leads to a release that never changes.
        """
        location ~ ^/channels/(?<channel>[a-z0-9.-]+)/(?<file>[^/]+)$ {
            set $release 1;
            if (-f $document_root/releases/$channel/moved) { set $release 2; }
            if (!-d $document_root/releases/$channel) { return 404; }
            return 302 /releases/$channel/$channel-$release.abc/$file;
        }
        """,
        // A server so slow that whoever asks it is still waiting when a signal comes.
        "location /slow/ { limit_rate 2k; }",
        "location /failing/ { return 503; }",
        "location /private/ { return 401; }",
        "location /limited/ { return 429; }",
        "location /odd/ { return 302 ftp://127.0.0.1/x.tar.gz; }",
        "location /loop/ { return 302 /loop/again.tar.gz; }",
    ]

    // MARK: What is served

    /// An archive of a folder `NAME` with these files in it.
    func archive(
        _ name: String, _ files: [String: String], command: [String] = ["tar", "-czf"], ending: String = "tar.gz"
    )
        async throws -> [UInt8]
    {
        let work = TemporaryDirectory()
        for (path, text) in files { try work.write("\(name)/\(path)", text) }
        let archive = work.file("out.\(ending)")
        try await run(command + [archive, name], directory: work.path)
        return try work.read("out.\(ending)")
    }

    /// A channel that leads to its first release, and after `move` to its second.
    func channel(_ channel: String) async throws -> Channel {
        let channel = Channel(name: channel, upstream: self)
        for number in 1...2 {
            let bytes = try await archive(
                "\(channel.name)-\(number).abc",
                ["default.nix": "{ }: \"release \(number)\"\n", "lib/x": "\(number)\n"],
                command: ["tar", "-cJf"], ending: "tar.xz")
            try put("releases/\(channel.name)/\(channel.release(number))/nixexprs.tar.xz", bytes)
            try put("releases/\(channel.name)/\(channel.release(number))/git-revision", channel.revision(number).utf8)
            try put("releases/\(channel.name)/\(channel.release(number))/packages.json", "{\"n\":\(number)}\n".utf8)
        }
        return channel
    }

    /// A repository on the forge, with the archives of its revisions beside it.
    func github(_ repo: String? = nil) async throws -> Repository {
        let (owner, repo) = (uniqueName("owner"), repo ?? uniqueName("repo"))
        let work = try await TestRepository(at: directory.file("work/\(owner)/\(repo)"))
        try work.write("default.nix", "\"one\"\n")
        try work.write("bin/run", "#!/bin/sh\n", executable: true)
        try work.symlink("link", to: "default.nix")
        try await work.commit("one")
        let bare = try await work.bareCopy(at: "\(root)/github/\(owner)/\(repo).git")
        let repository = Repository(owner: owner, repo: repo, work: work, bare: bare, upstream: self)
        try await repository.publish()
        return repository
    }
}

/// A channel of the test server.
struct Channel: Sendable {
    let name: String
    let upstream: Upstream

    /// The name of its first or second release.
    func release(_ number: Int) -> String { "\(name)-\(number).abc" }

    /// The commit that a release says it was made of.
    func revision(_ number: Int) -> String { String(repeating: "\(number)", count: 40) }

    /// The URL of a release's file, which never changes.
    func url(_ number: Int, file: String = "nixexprs.tar.xz") -> String {
        upstream.url("/releases/\(name)/\(release(number))/\(file)")
    }

    /// Makes the channel lead to its second release.
    func move() throws { try upstream.put("releases/\(name)/moved", []) }
}

/// A repository of the test forge.
struct Repository: Sendable {
    let owner: String
    let repo: String
    /// Where commits are made.
    let work: TestRepository
    /// What is served.
    let bare: TestRepository
    let upstream: Upstream

    var notation: String { "github:\(owner)/\(repo)" }
    var url: String { upstream.url("/github/\(owner)/\(repo).git") }

    /// The URL of the archive of a revision.
    func archiveURL(_ revision: String) -> String {
        upstream.url("/github/\(owner)/\(repo)/archive/\(revision).tar.gz")
    }

    /// Makes every ref of the work tree's repository, and the archives of their commits, visible to the world.
    func publish() async throws {
        try await work.push(to: bare)
        for ref in try await bare.git("for-each-ref", "--format=%(refname)").split(separator: "\n") {
            let revision = try await bare.revision(String(ref))
            let path = "github/\(owner)/\(repo)/archive/\(revision).tar.gz"
            guard !FileManager.default.fileExists(atPath: "\(upstream.root)/\(path)") else { continue }
            try upstream.put(path, try await bare.archive(revision, prefix: "\(repo)-\(revision)/"))
        }
    }

    /// Commits a new text of `default.nix` and publishes it; the revision.
    @discardableResult
    func advance(_ text: String = "two") async throws -> String {
        try work.write("default.nix", "\"\(text)\"\n")
        let revision = try await work.commit(text, date: TestRepository.epoch + 86400)
        try await publish()
        return revision
    }
}
