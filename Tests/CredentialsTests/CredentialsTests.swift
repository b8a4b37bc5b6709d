import Foundation
import Support
import Testing

@testable import Credentials
@testable import Transfer

/// Which credential is for whom.
@Suite struct CredentialsTests {
    static func query(_ text: String, _ reason: CredentialQuery.Reason = .refused(status: 401)) throws
        -> CredentialQuery
    {
        CredentialQuery(try WebURL(text), reason)
    }

    /// What would be sent: `USER:SECRET ORIGIN`.
    private func found(
        _ environment: [String: String], _ url: String, _ reason: CredentialQuery.Reason = .refused(status: 404)
    ) async throws -> String? {
        let credential = try await Credentials(environment: environment, secrets: Secrets())
            .credential(for: Self.query(url, reason))
        return credential.map { credential in
            let bytes = Data(base64Encoded: String(credential.authorization.dropFirst(6))) ?? Data()
            return "\(String(decoding: bytes, as: UTF8.self)) \(credential.origin)"
        }
    }

    @Test(arguments: [
        ("https://git.example.org/x", "PINR_TOKEN_git_example_org"),
        ("https://GIT.example.org", "PINR_TOKEN_git_example_org"),
        ("https://git.example.org:443/x", "PINR_TOKEN_git_example_org"),
        ("https://git.example.org:8443/x", "PINR_TOKEN_git_example_org_8443"),
        ("https://git.example.org:8443/x", "PINR_TOKEN_git_example_org"),
        ("http://127.0.0.1:80/x", "PINR_TOKEN_127_0_0_1"), ("https://[::1]:8443/x", "PINR_TOKEN____1__8443"),
        ("https://[::1]/x", "PINR_TOKEN____1_"), ("https://a-b.c", "PINR_TOKEN_a_b_c"),
        ("https://a_b.c", "PINR_TOKEN_a_b_c"),
    ])
    func ownVariables(_ url: String, _ name: String) async throws {
        let expected = "x-access-token:secret variable(\"\(name)\")"
        #expect(try await found([name: "secret"], url) == expected)
        #expect(try await found([name: "me:se:cret"], url) == "me:se:cret variable(\"\(name)\")")
        #expect(try await found([name: ""], url) == nil)
    }

    @Test(arguments: [
        ("github.com", ["GITHUB_TOKEN", "PINR_TOKEN_github_com"]),
        ("api.github.com", ["GITHUB_TOKEN", "PINR_TOKEN_api_github_com"]),
        ("gitlab.com", ["GITLAB_TOKEN", "PINR_TOKEN_gitlab_com"]),
        ("codeberg.org", ["CODEBERG_TOKEN", "PINR_TOKEN_codeberg_org"]),
        ("git.example.org:8443", ["PINR_TOKEN_git_example_org_8443"]),
    ])
    func theVariablesOfAServer(_ authority: String, _ names: [String]) {
        #expect(Credentials.variables(for: authority) == names)
    }

    @Test func aPortOfItsOwnCountsFirst() async throws {
        let environment = ["PINR_TOKEN_h": "host", "PINR_TOKEN_h_8443": "port", "PINR_TOKEN_h_443": "never"]
        #expect(try await found(environment, "https://h:8443")?.hasPrefix("x-access-token:port ") == true)
        #expect(try await found(environment, "https://h:8444")?.hasPrefix("x-access-token:host ") == true)
        #expect(try await found(environment, "https://h")?.hasPrefix("x-access-token:host ") == true)
        #expect(try await found(environment, "https://h.example") == nil)
    }

    @Test(arguments: [
        ("GITHUB_TOKEN", "github.com", "x-access-token"), ("GH_TOKEN", "github.com", "x-access-token"),
        ("GITHUB_TOKEN", "api.github.com", "x-access-token"), ("GITLAB_TOKEN", "gitlab.com", "oauth2"),
        ("CODEBERG_TOKEN", "codeberg.org", "x-access-token"), ("FORGEJO_TOKEN", "codeberg.org", "x-access-token"),
        ("GITEA_TOKEN", "codeberg.org", "x-access-token"), ("BITBUCKET_TOKEN", "bitbucket.org", "x-token-auth"),
        ("SRHT_TOKEN", "git.sr.ht", "x-access-token"), ("SOURCEHUT_TOKEN", "git.sr.ht", "x-access-token"),
    ])
    func forgeVariables(_ name: String, _ host: String, _ user: String) async throws {
        let environment = [name: "secret"]
        #expect(try await found(environment, "https://\(host)/o/r") == "\(user):secret variable(\"\(name)\")")
        // Neither another host, nor one whose name begins or ends so, nor another port or scheme.
        for url in [
            "https://example.org/o/r", "https://\(host).example.org/", "https://x\(host)/", "https://www.\(host)/",
            "https://\(host):8443/", "http://\(host)/", "http://127.0.0.1/\(host)", "https://127.0.0.1:1/",
        ] {
            #expect(try await found(environment, url) == nil, "\(url)")
        }
        #expect(Credentials.holdsToken(variable: name))
    }

    @Test(arguments: ["https://ghe.example.org", "https://GHE.example.org/", "https://ghe.example.org:443"])
    func onTheRunnerOfAnotherInstallation(_ server: String) async throws {
        let environment = ["GITHUB_TOKEN": "secret", "GITHUB_SERVER_URL": server]
        #expect(try await found(environment, "https://ghe.example.org/o/r")?.hasPrefix("x-access-token:secret") == true)
        #expect(try await found(environment, "https://github.com/o/r") == nil)
        #expect(try await found(environment, "https://ghe.example.org:8443/o/r") == nil)
    }

    @Test(
        arguments: [
            // A runner's token goes to its own server and API, and nowhere else.
            (
                [
                    "GITHUB_TOKEN": "s", "GITHUB_SERVER_URL": "https://o.ghe.com",
                    "GITHUB_API_URL": "https://api.o.ghe.com",
                ],
                ["https://o.ghe.com/x", "https://api.o.ghe.com/x"],
                [
                    "https://api.github.com/x", "https://github.com/x", "https://api.p.ghe.com/x",
                    "http://api.o.ghe.com/x",
                ]
            ),
            (
                ["GITHUB_TOKEN": "s", "GITHUB_API_URL": "https://evil.example"],
                ["https://api.github.com/x"], ["https://evil.example/x"]
            ),
            (
                ["GITLAB_TOKEN": "s", "CI_SERVER_URL": "https://gl.example:8443/git"],
                ["https://gl.example:8443/git/api/v4/projects/1"],
                ["https://gitlab.com/x", "https://gl.example/x", "http://gl.example:8443/x"]
            ),
            (
                ["GITLAB_TOKEN": "s", "CI_SERVER_URL": "https://gitlab.com"], ["https://gitlab.com/x"],
                ["https://gl.example/x"]
            ),
            // The runners of Forgejo and Gitea have GitHub's variables, and those of their own.
            (
                [
                    "FORGEJO_TOKEN": "s", "FORGEJO_ACTIONS": "true", "GITHUB_SERVER_URL": "https://fj.example:3000/git",
                    "GITHUB_API_URL": "https://fj.example:3000/git/api/v1",
                ],
                ["https://fj.example:3000/git/o/r.git/info/refs", "https://fj.example:3000/git/api/v1/repos/o/r"],
                [
                    "https://codeberg.org/x", "https://github.com/x", "https://fj.example/x",
                    "http://fj.example:3000/x",
                    "https://fj.example.org:3000/x",
                ]
            ),
            (
                [
                    "FORGEJO_TOKEN": "s", "FORGEJO_ACTIONS": "true", "FORGEJO_SERVER_URL": "https://fj.example",
                    "FORGEJO_API_URL": "https://api.fj.example/api/v1", "GITHUB_SERVER_URL": "https://gh.example",
                ],
                ["https://fj.example/o/r", "https://api.fj.example/api/v1/repos/o/r"],
                ["https://gh.example/o/r", "https://codeberg.org/x"]
            ),
            (
                ["GITEA_TOKEN": "s", "GITEA_ACTIONS": "true", "GITHUB_SERVER_URL": "https://gt.example"],
                ["https://gt.example/o/r", "https://gt.example/api/v1/repos/o/r"],
                ["https://codeberg.org/x", "https://gitea.com/x"]
            ),
            // On a runner of GitHub they are what they are at home; and what is for Codeberg is for nobody else.
            (
                ["FORGEJO_TOKEN": "s", "GITEA_TOKEN": "s", "GITHUB_SERVER_URL": "https://ghe.example"],
                ["https://codeberg.org/x"], ["https://ghe.example/x", "https://github.com/x"]
            ),
            (
                ["FORGEJO_TOKEN": "s", "FORGEJO_ACTIONS": "false", "GITHUB_SERVER_URL": "https://fj.example"],
                ["https://codeberg.org/x"], ["https://fj.example/x"]
            ),
            (
                ["CODEBERG_TOKEN": "s", "FORGEJO_ACTIONS": "true", "GITHUB_SERVER_URL": "https://fj.example"],
                ["https://codeberg.org/x"], ["https://fj.example/x"]
            ),
            (
                ["FORGEJO_TOKEN": "s", "FORGEJO_ACTIONS": "true", "GITHUB_SERVER_URL": "https://codeberg.org"],
                ["https://codeberg.org/x"], ["https://fj.example/x"]
            ),
            // Whoever has a token for GitHub has one for its API, which is another host.
            (
                ["PINR_TOKEN_github_com": "s"], ["https://github.com/x", "https://api.github.com/x"],
                [
                    "https://api.example.com/x", "http://api.github.com/x", "https://api.github.com:8443/x",
                    "https://github.io/",
                ]
            ),
            (
                ["NIX_CONFIG": "access-tokens = github.com=s o.ghe.com=t"],
                ["https://api.github.com/x", "https://api.o.ghe.com/x"],
                ["https://api.ghe.com/x", "https://api.p.ghe.com/"]
            ),
        ] as [([String: String], [String], [String])])
    func `An API has a host of its own`(
        environment: [String: String], known: [String], unknown: [String]
    ) async throws {
        let environment = environment.merging(["HOME": "/nonexistent", "PATH": "/nowhere"]) { first, _ in first }
        for url in known { #expect(try await found(environment, url) != nil, "\(url)") }
        for url in unknown { #expect(try await found(environment, url) == nil, "\(url)") }
    }

    @Test(arguments: ["https://github.com", "https://github.com/", "", "nonsense", "https://me@ghe.example.org"])
    func onTheForgesOwnRunner(_ server: String) async throws {
        let environment = ["GITHUB_TOKEN": "secret", "GITHUB_SERVER_URL": server]
        #expect(try await found(environment, "https://github.com/o/r")?.hasPrefix("x-access-token:secret") == true)
        #expect(try await found(environment, "https://ghe.example.org/o/r") == nil)
    }

    @Test func theOrderOfSources() async throws {
        let home = TemporaryDirectory()
        try home.write(".netrc", "machine github.com login me password netrc\n")
        try home.write("nix/netrc", "machine nix.example login me password nix\ndefault login any password default\n")
        var environment = [
            "HOME": home.path, "PATH": "/nowhere", "NIX_CONF_DIR": home.file("nix"), "GITHUB_TOKEN": "forge",
            "PINR_TOKEN_github_com": "own",
            "NIX_CONFIG":
                "access-tokens = github.com=nix gl.example=PAT:pat gl2.example=OAuth2:oauth odd.example=X-H:v",
        ]
        let github = "https://github.com/o/r"
        #expect(try await found(environment, github)?.hasPrefix("x-access-token:own ") == true)
        environment["PINR_TOKEN_github_com"] = nil
        #expect(try await found(environment, github)?.hasPrefix("x-access-token:forge ") == true)
        environment["GITHUB_TOKEN"] = nil
        #expect(try await found(environment, github) == "me:netrc netrc(path: \"\(home.file(".netrc"))\")")
        environment["NETRC"] = "/dev/null"
        #expect(try await found(environment, github) == "x-access-token:nix accessTokens(place: \"NIX_CONFIG\")")
        #expect(try await found(environment, "https://nix.example/")?.hasPrefix("me:nix ") == true)
        #expect(try await found(environment, "https://gl.example/")?.hasPrefix("oauth2:pat ") == true)
        #expect(try await found(environment, "https://gl2.example/")?.hasPrefix("oauth2:oauth ") == true)
        // What is for every host goes to none that only says that there is nothing.
        #expect(try await found(environment, "https://odd.example/") == nil)
        #expect(try await found(environment, "https://other.example/", .refused(status: 403)) == nil)
        #expect(
            try await found(environment, "https://other.example/", .refused(status: 401))?.hasPrefix("any:default ")
                == true)
    }

    @Test(arguments: ["sec\nret", "sec\rret", "secret\n", "sec\u{0}ret", "me:sec\u{7F}ret", "m\u{1B}e:secret"])
    func aBrokenVariableIsNamedAndNotShown(_ value: String) async throws {
        do {
            _ = try await found(["PINR_TOKEN_h": value], "https://h/")
            Issue.record("it was taken")
        } catch let error as TransferError {
            #expect(error == .unusableCredential(.variable("PINR_TOKEN_h")))
            #expect(!"\(error)".contains("sec"))
        }
    }

    @Test func aBrokenFileIsToldOnceAndNotUsed() async throws {
        let home = TemporaryDirectory()
        try home.write(".netrc", "machine h login me password first\npasswort s3cr3t\n")
        let warnings = Log<CredentialWarning>()
        let credentials = Credentials(
            environment: ["HOME": home.path, "PATH": "/nowhere"], secrets: Secrets(), warn: { warnings.append($0) })
        for _ in 1...2 { #expect(try await credentials.credential(for: Self.query("https://h/")) == nil) }
        #expect(warnings.all == [.netrcSyntax(path: home.file(".netrc"), line: 2)])
    }

    @Test(.timeLimit(.minutes(10))) func whatIsNoFileIsSkipped() async throws {
        let home = TemporaryDirectory()
        mkfifo(home.file(".netrc"), 0o600)
        #expect(try await found(["HOME": home.path, "NIX_CONF_DIR": home.path], "https://h/") == nil)
    }

    @Test func aCredentialDoesNotShowItself() throws {
        let credential = try Credential(user: "somebody", secret: "s3cr3t-token", origin: .variable("X"))
        var dumped = ""
        dump(credential, to: &dumped)
        let texts = [
            "\(credential)", String(reflecting: credential), dumped, "\([credential])",
            "\(Optional(credential) as Any)",
            "\(Mirror(reflecting: credential).children.map { "\($0)" })",
        ]
        for text in texts {
            #expect(!text.contains("s3cr3t") && !text.contains("czNjcjN0"), "\(text)")
            #expect(text.contains("X"))
        }
    }

    // MARK: The forges' APIs

    @Test(arguments: [
        ("/api/v4/projects/g%2Fr/repository/archive.tar.gz", ForgeAPI.gitLab), ("/base/api/v4/projects/1", .gitLab),
        ("/api/v1/repos/o/r/archive/x.tar.gz", .forgejo), ("/git/api/v1/repos/o/r", .forgejo),
        ("/api/v4/version", nil), ("/o/r/archive/x.tar.gz", nil), ("/api/v4projects/x", nil), ("/", nil), ("", nil),
    ])
    func anAPIIsToldByItsPath(_ path: String, _ api: ForgeAPI?) {
        #expect(ForgeAPI(path: path) == api)
    }

    @Test func gitLabsAPITakesATokenAsBearer() async throws {
        let environments = [
            ["PINR_TOKEN_h": "t0ken"], ["PINR_TOKEN_h": "me:t0ken"], ["NIX_CONFIG": "access-tokens = h=PAT:t0ken"],
            ["NIX_CONFIG": "access-tokens = h=OAuth2:t0ken"],
        ]
        for environment in environments {
            let credentials = Credentials(environment: environment, secrets: Secrets())
            func sent(_ path: String) async throws -> String? {
                try await credentials.credential(for: Self.query("https://h\(path)", .refused(status: 404)))?
                    .authorization
            }
            #expect(try await sent("/api/v4/projects/g%2Fr/repository/archive.tar.gz?sha=x") == "Bearer t0ken")
            // Git on the same server, and everything else.
            for path in ["/g/r.git/info/refs", "/api/v1/repos/o/r/archive/x.tar.gz", "/", "/g/r/-/archive/x/x.tar.gz"] {
                #expect(try await sent(path)?.hasPrefix("Basic ") == true, "\(path)")
            }
        }
    }

    /// An API has the same answer for what is not there and what is private; a web page has another.
    @Test func whatIsHiddenIsWorthAskingGitFor() async throws {
        let folder = TemporaryDirectory()
        let netrc = try folder.write("netrc", "default login me password s3cr3t\n")
        for (path, isFound) in [
            ("/api/v4/projects/1/x", true), ("/api/v1/repos/o/r/archive/x.tar.gz", true),
            ("/o/r/archive/x.tar.gz", false),
        ] {
            let credential = try await Credentials(environment: ["NETRC": netrc], secrets: Secrets())
                .credential(for: Self.query("https://h\(path)", .refused(status: 404)))
            #expect((credential != nil) == isFound, "\(path)")
        }
    }
}
