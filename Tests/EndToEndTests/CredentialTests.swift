import Foundation
import JSON
import Support
import Testing

/// Private sources, through the program.
@Suite struct CredentialTests {
    @Test(arguments: CredentialPlace.allCases)
    func privateSourcesArePinned(_ place: CredentialPlace) async throws {
        let server = try await PrivateServer()
        let folder = TemporaryDirectory()
        let project = try Project(place.environment(server.user, server.secret, in: folder))
        let tarball = try await project.pinr("add", server.url("/x.tar.gz"), "--name", "t").expect(0, quietly: false)
        #expect(
            tarball.stderr.contains("machine 127.0.0.1 login USER password TOKEN")
                && tarball.stderr.contains("netrc-file"))
        let file = try await project.pinr("add", server.url("/file.txt"), "--name", "f").expect(0, quietly: false)
        #expect(file.stderr.contains("machine 127.0.0.1 login USER password TOKEN"))
        let git = try await project.pinr("add", "git+" + server.url("/o/r.git"), "--name", "g").expect(
            0, quietly: false)
        #expect(git.stderr.contains("git's credential helper") && !git.stderr.contains("machine 127"))
        // The two are one tree.
        #expect(try project.pin("t")["locked"]?["hash"] == project.pin("g")["locked"]?["hash"])
        try await project.pinr("update").expect(0)
        try await project.pinr("verify").expect(0)
        let posts = server.server.accessLog().filter { $0.method == "POST" }
        #expect(!posts.isEmpty && posts.allSatisfy { !$0.authorization.isEmpty && $0.status == "200" })
    }

    @Test func whatIsPublicNeedsNothing() async throws {
        let upstream = try await Upstream.shared()
        let repository = try await upstream.github()
        var project = try await Project.connected()
        project.environment["PINR_TOKEN_127_0_0_1"] = "unneeded-t0ken"
        try await project.pinr("add", repository.notation).expect(0)
        // Nobody else knows the owner. The log is everybody's, and is not cleared.
        let requests = upstream.forge.accessLog().filter { $0.uri.contains(repository.owner) }
        #expect(!requests.isEmpty && requests.allSatisfy { $0.authorization.isEmpty })
    }

    @Test(arguments: CredentialPlace.allCases)
    func aWrongCredentialIsNamed(_ place: CredentialPlace) async throws {
        let server = try await PrivateServer()
        let folder = TemporaryDirectory()
        let project = try Project(place.environment(server.user, "wr0ng-secret", in: folder))
        for source in [server.url("/x.tar.gz"), "git+" + server.url("/o/r.git")] {
            let run = try await project.pinr("add", source, "--name", "x")
            run.expectFailure(saying: "does not accept the credential from", place.name(in: folder), "HTTP 401")
            #expect(!run.stderr.contains("wr0ng"))
            try expectError("auth", await project.pinr("add", source, "--name", "x", "--json"))
        }
    }

    @Test func withoutOneTheWaysAreTold() async throws {
        let server = try await PrivateServer()
        let project = try Project()
        let port = server.server.web.port
        for source in [server.url("/x.tar.gz"), "git+" + server.url("/o/r.git")] {
            try await project.pinr("add", source, "--name", "x").expectFailure(
                saying: "no credential is known for `127.0.0.1:\(port)`", "`PINR_TOKEN_127_0_0_1_\(port)`",
                "machine 127.0.0.1 login", "credential helper")
        }
    }

    @Test func aForgesTokenStaysAtItsForge() async throws {
        let server = try await PrivateServer()
        var project = try Project(["PINR_GITHUB_HOST": server.url("")])
        for name in ["GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "CODEBERG_TOKEN", "BITBUCKET_TOKEN", "SRHT_TOKEN"] {
            project.environment[name] = server.secret
        }
        try await project.pinr("add", "github:o/r").expectFailure(saying: "no credential is known")
        #expect(server.server.accessLog().allSatisfy { $0.authorization.isEmpty })
    }

    @Test func anotherServerGetsNoCredential() async throws {
        let server = try await PrivateServer()
        let project = try Project([
            "PINR_TOKEN_127_0_0_1": server.secret, "PINR_TOKEN_localhost": server.secret,
        ])
        try await project.pinr("add", server.url("/away.tar.gz"), "--name", "x")
            .expectFailure(saying: "another server redirected there", "`localhost:\(server.server.web.port)`")
        let log = server.server.accessLog().filter { $0.host.hasPrefix("localhost") }
        #expect(log.count == 1 && log.allSatisfy { $0.authorization.isEmpty && $0.status == "401" })
    }

    /// A project of somebody else's may look like a bare repository to git, and the settings of one name programs.
    @Test func theProjectsFolderStartsNoProgram() async throws {
        let server = try await PrivateServer()
        let project = try Project()
        let asked = project.directory.file("asked")
        let environment = project.variables(try project.newTemporaryFolder(), [:])
        let settings = "!touch '\(asked)'; echo username=x; echo password=y; :"
        for command in [["init", "-q", "--bare", "."], ["config", "credential.helper", settings]] {
            let run = try await runProcess(["git"] + command, environment: environment, directory: project.path)
            #expect(run.status == 0)
        }
        try await project.pinr("add", server.url("/x.tar.gz"), "--name", "x").expectFailure(saying: "HTTP 401")
        #expect(!FileManager.default.fileExists(atPath: asked))
        #expect(server.server.accessLog().allSatisfy { $0.authorization.isEmpty })
    }

    @Test func whatHasTheSecretInItIsNotLocked() async throws {
        let server = try await PrivateServer()
        let project = try Project([
            "PINR_TOKEN_127_0_0_1": server.secret, "PINR_CHANNEL_HOST": server.url("/channels"),
        ])
        let run = try await project.pinr("add", "channel:closed")
        #expect(run.status == 1 && run.stderr.contains("a secret stands in what would be written"), "\(run)")
        #expect(!run.stderr.contains(server.secret))
        let isThere = FileManager.default.fileExists(atPath: project.file("pins/pins.json"))
        #expect(try !isThere || project.names() == [])
        // Nor what a person gives.
        let given = try await project.pinr("add", server.url("/x.tar.gz?t=\(server.secret)"), "--name", "x")
        #expect(given.status == 1 && !given.stderr.contains(server.secret), "\(given)")
    }

    @Test func aBrokenNetrcIsToldByItsLine() async throws {
        let server = try await PrivateServer()
        var project = try Project()
        project.environment["NETRC"] = try project.directory.write(
            "netrc", "machine 127.0.0.1\nlogin x pasword \(server.secret)\n")
        let run = try await project.pinr("add", server.url("/x.tar.gz"), "--name", "x")
        #expect(run.status == 1 && run.stderr.contains("netrc` cannot be understood at line 2"), "\(run)")
        #expect(!run.stderr.contains(server.secret))
    }

    /// libcurl repeats the whole URL of a proxy that it cannot use.
    @Test(arguments: [
        "http://me:pr0xy-secret@127.0.0.1:99999", "nonsense://me:pr0xy-secret@h", "http://me:pr0xy/secret@h:99999",
        "me:pr0xy-secret@h:99999", "http://me:abc@127.0.0.1:99999",
    ])
    func thePasswordOfAProxyIsNotShown(_ proxy: String) async throws {
        for name in ["http_proxy", "https_proxy"] {
            let project = try Project([name: proxy])
            let scheme = name.prefix { $0 != "_" }
            for extra in [["-v"], ["--json"]] {
                let run = try await project.pinr(
                    ["add", "\(scheme)://h.example/x.tar.gz", "--name", "x", "--retries", "0"] + extra)
                #expect(run.status == 1)
                for piece in ["secret", "pr0xy", ":abc"] {
                    #expect(!run.stdout.contains(piece) && !run.stderr.contains(piece), "\(run)")
                }
            }
        }
    }

    @Test func aTokenWithALineEndIsRefused() async throws {
        let server = try await PrivateServer()
        let project = try Project(["PINR_TOKEN_127_0_0_1": "\(server.secret)\r\nX: y"])
        let run = try await project.pinr("add", server.url("/x.tar.gz"), "--name", "x")
        run.expectFailure(saying: "`PINR_TOKEN_127_0_0_1` cannot be sent")
        #expect(!run.stderr.contains(server.secret))
    }
}
