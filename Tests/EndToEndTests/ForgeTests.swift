import Foundation
import JSON
import Support
import Testing

/// Repositories on each kind of forge, through the program.
@Suite struct ForgeTests {
    /// A forge with one repository on it, and a project that knows where the forge is.
    private struct Scene {
        let forge: ForgeServer
        let project: Project
        let work: TestRepository
        let name: String
        let first: String
        private let folder = TemporaryDirectory()

        init(_ kind: ForgeKind, _ name: String, token: String? = nil, isClosed: Bool = false) async throws {
            forge = try await ForgeServer(kind, token: token, isClosed: isClosed)
            self.name = name
            work = try await TestRepository(at: folder.file("work"))
            try work.write("default.nix", "\"one\"\n")
            try work.write("bin/run", "#!/bin/sh\n", executable: true)
            try work.symlink("link", to: "default.nix")
            first = try await work.commit("one")
            try await work.tag("v1", message: "version one")
            try await work.branch("feature/x")
            try await forge.publish(work, as: name)
            var environment: [String: String] = [:]
            if let service = Self.services[kind] { environment["PINR_\(service)_HOST"] = forge.baseURL }
            if let token { environment["PINR_TOKEN_127_0_0_1"] = token }
            project = try Project(environment)
        }

        private static let services: [ForgeKind: String] = [
            .github: "GITHUB", .gitlab: "GITLAB", .forgejo: "FORGEJO", .gitea: "FORGEJO", .sourcehut: "SOURCEHUT",
            .bitbucket: "BITBUCKET",
        ]

        /// Commits a new text of `default.nix` and publishes it; the revision.
        func advance() async throws -> String {
            try work.write("default.nix", "\"two\"\n")
            let revision = try await work.commit("two", date: TestRepository.epoch + 86400)
            try await forge.publish(work, as: name)
            return revision
        }

        /// What Nix finds in `default.nix` of a pin; that it finds anything means that the hash is right.
        func evaluate(_ pin: String, netrc: String? = nil) async throws -> ProcessResult {
            let nix = try NixSandbox()
            return try await nix.nix(
                ["nix-instantiate", "--eval", "--strict", "--json"]
                    + (netrc.map { ["--option", "netrc-file", $0] } ?? [])
                    + ["-E", "import (import \(project.file("pins"))).\(pin)"])
        }
    }

    static let forges: [(ForgeKind, notation: String, project: String)] = [
        (.github, "github:o/r", "o/r"), (.gitlab, "gitlab:g/r", "g/r"),
        (.gitlab, "gitlab:g%2Fs%2Ft/r", "g/s/t/r"), (.forgejo, "forgejo:o/r", "o/r"),
        (.forgejo, "codeberg:o/r", "o/r"), (.gitea, "forgejo:o/R.nix", "o/R.nix"),
        (.sourcehut, "sourcehut:~o/r", "~o/r"), (.bitbucket, "bitbucket:o/r", "o/r"),
    ]

    @Test(arguments: forges.indices)
    func aRepositoryIsPinnedUpdatedAndVerified(_ index: Int) async throws {
        let (kind, notation, name) = Self.forges[index]
        let scene = try await Scene(kind, name)
        let project = scene.project
        try await project.pinr("add", notation, "--name", "a").expect(0)
        try await project.pinr("add", notation + "/v1", "--name", "tag").expect(0)
        try await project.pinr("add", notation + "/feature/x", "--name", "branch").expect(0)

        let shown = try await project.pinr("show", "a", "--json").expect(0).json["pins"]?["a"]
        let source = try #require(shown?["source"]?.object)
        #expect(source["host"] == nil && source["at"] == nil && source["branch"] == nil)
        #expect(source["owner"]?.string == name.split(separator: "/").dropLast().joined(separator: "/"))
        let locked = try #require(shown?["locked"])
        #expect(locked["fetcher"]?.string == "tarball")
        #expect(locked["url"]?.string == scene.forge.archiveURL(name, scene.first))
        #expect(locked["revision"]?.string == scene.first)
        // The committer's date.
        #expect(locked["lastModified"]?.integer == Int64(TestRepository.epoch))
        // The tree as git has it.
        try await project.pinr("add", "git+file://\(scene.forge.path(of: name))", "--name", "git").expect(0)
        #expect(try project.pin("git")["locked"]?["hash"] == locked["hash"])
        #expect(try project.pin("tag")["source"]?["at"]?.string == "v1")
        #expect(try project.pin("tag")["locked"]?["revision"]?.string == scene.first)
        #expect(try project.pin("branch")["source"]?["branch"]?.string == "feature/x")
        if NixSandbox.isAvailable {
            let result = try await scene.evaluate("a")
            #expect(result.stdout.trimmingCharacters(in: .newlines) == "\"one\"", "\(result.stderr)")
        }

        let second = try await scene.advance()
        let report = try await project.pinr("update", "--json").expect(0).json
        let changed = try #require(report["changed"]?.array)
        #expect(changed.compactMap { $0["name"]?.string }.sorted() == ["a", "git"])
        let compare = changed.first { $0["name"]?.string == "a" }?["compareURL"]?.string
        #expect((compare == nil) == (kind == .sourcehut))
        #expect(compare?.contains(scene.first) ?? true && compare?.contains(second) ?? true)
        #expect(try project.pin("a")["locked"]?["url"]?.string == scene.forge.archiveURL(name, second))
        #expect(try project.pin("a")["locked"]?["hash"] == project.pin("git")["locked"]?["hash"])
        try await project.pinr("verify").expect(0)
        if NixSandbox.isAvailable {
            let result = try await scene.evaluate("a")
            #expect(result.stdout.trimmingCharacters(in: .newlines) == "\"two\"", "\(result.stderr)")
        }
    }

    @Test(arguments: forges.indices)
    func withSubmodulesGitFetches(_ index: Int) async throws {
        let (kind, notation, name) = Self.forges[index]
        let scene = try await Scene(kind, name)
        try await scene.project.pinr("add", notation, "--name", "a", "--submodules").expect(0)
        let locked = try scene.project.pin("a")["locked"]
        #expect(locked?["fetcher"]?.string == "git" && locked?["submodules"]?.bool == true)
        #expect(locked?["url"]?.string == "\(scene.forge.baseURL)/\(name)" + (kind == .sourcehut ? "" : ".git"))
    }

    @Test(arguments: forges.indices)
    func whatIsNotThereIsNamed(_ index: Int) async throws {
        let (kind, notation, name) = Self.forges[index]
        let scene = try await Scene(kind, name)
        try await scene.project.pinr("add", notation + "/nope").expectFailure(
            saying: "`nope` is not a branch or tag of `\(scene.forge.baseURL)/\(name)")
        try await scene.project.pinr("add", notation + "x").expectFailure(saying: "\(scene.forge.baseURL)/\(name)x")
    }

    /// What forges and what stands before them answer in the place of an archive.
    @Test(arguments: [
        ("return 200 '<html>are you a person?</html>'", "bad-archive", "archive"),
        ("return 404", "not-found", "there is nothing at"),
        ("add_header Retry-After 3600 always; return 429", "rate-limited", "asks to wait 3600 seconds"),
        ("return 503", "network", "failed (HTTP 503)"), ("return 302 $request_uri", "network", "redirects more than"),
    ])
    func whatIsNoArchiveIsNotLocked(_ answer: String, _ code: String, _ text: String) async throws {
        let forge = try await ForgeServer(
            .sourcehut, locations: ["location ~ /archive/ { default_type text/html; \(answer); }"])
        let folder = TemporaryDirectory()
        let work = try await TestRepository(at: folder.file("work"))
        try await work.commit("one")
        try await forge.publish(work, as: "~o/r")
        let project = try Project(["PINR_SOURCEHUT_HOST": forge.baseURL])
        let run = try await project.pinr("add", "sourcehut:~o/r", "--json", "--retries", "1")
        #expect(run.status == 1, "\(run)")
        let error = try run.json["error"]
        #expect(error?["message"]?.string?.contains(text) == true, "\(run)")
        #expect(error?["code"]?.string == code, "\(run)")
        #expect(try !FileManager.default.fileExists(atPath: project.file("pins/pins.json")) || project.names() == [])
    }

    // MARK: Servers that nobody has named

    @Test(arguments: [
        (ForgeKind.gitlab, "g/s/r", "g/s/r/-/tree/feature/x"), (.forgejo, "o/r", "o/r/src/branch/feature/x"),
        (.github, "o/r", "o/r/tree/feature/x"), (.sourcehut, "~o/r", "~o/r/log/feature/x"),
    ])
    func aServerIsAskedOnceWhatItIs(_ kind: ForgeKind, _ name: String, _ page: String) async throws {
        let scene = try await Scene(kind, name)
        let project = scene.project
        try await project.pinr("add", "\(scene.forge.baseURL)/\(page)").expect(0)
        #expect(try project.names() == ["r"])
        let pin = try project.pin("r")
        #expect(pin["source"]?["type"]?.string == kind.rawValue)
        #expect(pin["source"]?["host"]?.string == scene.forge.baseURL)
        #expect(pin["source"]?["branch"]?.string == "feature/x")
        #expect(pin["locked"]?["url"]?.string == scene.forge.archiveURL(name, scene.first))

        try await scene.work.branch("feature/x", at: try await scene.advance())
        try await scene.forge.publish(scene.work, as: name)
        scene.forge.server.web.clearAccessLog()
        try await project.pinr("update").expect(0)
        try await project.pinr("verify").expect(0)
        let asked = scene.forge.server.accessLog().map(\.uri)
        #expect(
            !asked.isEmpty && asked.allSatisfy { !$0.contains("version") && !$0.contains("meta") && $0 != "/query" })
        let revision = try await scene.work.revision("feature/x")
        #expect(try project.pin("r")["locked"]?["revision"]?.string == revision)
        // The same page is the same pin.
        try await project.pinr("add", "\(scene.forge.baseURL)/\(page)").expect(0)
    }

    @Test func aGitServerOfAnotherKindIsPinnedWithGit() async throws {
        let scene = try await Scene(.plain, "repositories/r")
        let url = "\(scene.forge.baseURL)/repositories/r"
        try await scene.project.pinr("add", url).expect(0)
        let pin = try scene.project.pin("r")
        #expect(pin["source"] == ["type": "git", "url": .string(url)])
        #expect(pin["locked"]?["revision"]?.string == scene.first)
        try await scene.project.pinr("verify").expect(0)
        // What no git server has is a file.
        try scene.forge.server.web.put("some/where/LICENSE", "free\n")
        try await scene.project.pinr("add", "\(scene.forge.baseURL)/some/where/LICENSE").expect(0)
        #expect(try scene.project.pin("LICENSE")["locked"]?["fetcher"]?.string == "file")
    }

    @Test func aPageToLogInAtIsNoFile() async throws {
        let web = try await WebServer(locations: [
            "location /login { return 200 '<html>'; }", "location / { return 302 /login; }",
        ])
        let project = try Project()
        let url = web.url("/o/r")
        try await project.pinr("add", url).expectFailure(
            saying: "does not say to a stranger what is there", "`git+\(url)`", "`file+\(url)`")
        try expectError("auth", await project.pinr("add", url, "--json"))
        #expect(!FileManager.default.fileExists(atPath: project.file("pins/pins.json")))
    }

    // MARK: Private repositories

    static let privates: [(ForgeKind, notation: String, project: String)] = [
        (.github, "github:o/r", "o/r"), (.gitlab, "gitlab:g%2Fs/r", "g/s/r"), (.forgejo, "forgejo:o/r", "o/r"),
        (.bitbucket, "bitbucket:o/r", "o/r"),
    ]

    @Test(arguments: privates.indices)
    func aPrivateRepositoryIsHadWithItsToken(_ index: Int) async throws {
        let (kind, notation, name) = Self.privates[index]
        let token = "s3cr3t-\(UUID().uuidString.prefix(13).lowercased())"
        let scene = try await Scene(kind, name, token: token)
        let project = scene.project
        let run = try await project.pinr("add", notation, "--name", "a").expect(0, quietly: false)
        #expect(try project.pin("a")["locked"]?["url"]?.string == scene.forge.archiveURL(name, scene.first))
        try await project.pinr("verify").expect(0)
        let second = try await scene.advance()
        try await project.pinr("update").expect(0)
        #expect(try project.pin("a")["locked"]?["revision"]?.string == second)

        // A stranger asks first, and what is sent then is in the form that the forge takes.
        let archives = scene.forge.server.accessLog().filter { $0.uri.contains("archive") || $0.uri.contains("/get/") }
        let sent =
            kind == .gitlab ? "Bearer \(token)" : Credentials(user: "x-access-token", password: token).authorization
        #expect(Set(archives.map(\.authorization)) == ["", sent])
        #expect(archives.filter { $0.status == "200" }.allSatisfy { $0.authorization == sent })
        let lock = String(decoding: try project.read("pins/pins.json"), as: UTF8.self)
        #expect(!run.stderr.contains(token) && !run.stdout.contains(token) && !lock.contains(token))

        // What `add` says of Nix's needs is so.
        #expect(run.stderr.contains("machine 127.0.0.1 login") == (kind != .gitlab))
        if !NixSandbox.isAvailable { try Test.cancel("left out: what Nix makes of it, which is not installed") }
        let netrc = try project.directory.write(
            "netrc", "machine 127.0.0.1 login x-access-token password \(token)\n", mode: 0o600)
        let (stranger, known) = (try await scene.evaluate("a"), try await scene.evaluate("a", netrc: netrc))
        #expect(stranger.status != 0)
        #expect((known.status == 0) == (kind != .gitlab), "\(known.stderr)")
    }

    @Test func whatNixCannotFetchOfGitLabIsSaid() async throws {
        let scene = try await Scene(.gitlab, "g/s/r", token: "s3cr3t-token")
        let run = try await scene.project.pinr("add", "gitlab:g%2Fs/r").expect(0, quietly: false)
        let repository = "git+\(scene.forge.baseURL)/g/s/r.git"
        #expect(run.stderr.contains("Nix cannot fetch this pin") && run.stderr.contains("`\(repository)`"), "\(run)")
        // And that one it can, with git's credentials.
        let git = try await scene.project.pinr("add", repository, "--name", "git").expect(0, quietly: false)
        #expect(git.stderr.contains("git's credential helper"), "\(git)")
        #expect(try scene.project.pin("git")["locked"]?["hash"] == scene.project.pin("r")["locked"]?["hash"])
    }

    @Test(arguments: privates.indices)
    func withoutOrWithAWrongTokenThereIsNoPin(_ index: Int) async throws {
        let (kind, notation, name) = Self.privates[index]
        let scene = try await Scene(kind, name, token: "s3cr3t-token")
        let none = try await scene.project.pinr(["add", notation], environment: ["PINR_TOKEN_127_0_0_1": ""])
        none.expectFailure(saying: "no credential is known", "PINR_TOKEN_127_0_0_1_\(scene.forge.server.web.port)")
        let wrong = try await scene.project.pinr(["add", notation], environment: ["PINR_TOKEN_127_0_0_1": "wr0ng-one"])
        wrong.expectFailure(saying: "does not accept the credential from", "PINR_TOKEN_127_0_0_1")
        #expect(!wrong.stderr.contains("wr0ng"))
    }

    /// A token is for the forge's own server, wherever the forge is pointed to.
    @Test(arguments: privates.indices)
    func aForgesTokenGoesToNoOtherServer(_ index: Int) async throws {
        let (kind, notation, name) = Self.privates[index]
        let scene = try await Scene(kind, name, token: "s3cr3t-token")
        var environment = ["PINR_TOKEN_127_0_0_1": ""]
        for variable in [
            "GITHUB_TOKEN", "GITLAB_TOKEN", "CODEBERG_TOKEN", "FORGEJO_TOKEN", "GITEA_TOKEN", "BITBUCKET_TOKEN",
            "PINR_TOKEN_gitlab_com", "PINR_TOKEN_codeberg_org",
        ] {
            environment[variable] = "s3cr3t-token"
        }
        for source in [notation, "\(scene.forge.baseURL)/\(name)", "git+\(scene.forge.baseURL)/\(name).git"] {
            let run = try await scene.project.pinr(["add", source], environment: environment)
            #expect(run.status == 1 && !run.stderr.contains("s3cr3t"), "\(run)")
        }
        let log = scene.forge.server.accessLog()
        #expect(!log.isEmpty && log.allSatisfy { $0.authorization.isEmpty })
    }

    @Test(arguments: [(ForgeKind.gitlab, "g/r"), (.forgejo, "o/r")])
    func aPrivateServerIsFoundOutWithoutItsToken(_ kind: ForgeKind, _ name: String) async throws {
        let scene = try await Scene(kind, name, token: "s3cr3t-token", isClosed: true)
        try await scene.project.pinr("add", "\(scene.forge.baseURL)/\(name)", "--name", "a").expect(0, quietly: false)
        #expect(try scene.project.pin("a")["source"]?["type"]?.string == kind.rawValue)
        #expect(try scene.project.pin("a")["locked"]?["url"]?.string == scene.forge.archiveURL(name, scene.first))
        let questions = scene.forge.server.accessLog().filter { $0.uri.contains("version") }
        #expect(!questions.isEmpty && questions.allSatisfy { $0.authorization.isEmpty })
    }
}
