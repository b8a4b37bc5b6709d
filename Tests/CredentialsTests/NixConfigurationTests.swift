import Testing

@testable import Credentials

/// Nix's configuration, as Nix reads it.
@Suite struct NixConfigurationTests {
    private func configuration(_ environment: [String: String], _ files: [String: String] = [:]) -> NixConfiguration {
        NixConfiguration(environment: environment) { files[$0].map { Array($0.utf8) } }
    }

    private func tokens(_ environment: [String: String], _ files: [String: String] = [:]) -> [String] {
        configuration(environment, files).accessTokens.map { "\($0.scope)=\($0.token) @\($0.place)" }
    }

    @Test(arguments: [
        ("access-tokens = a=1 b.example=x:y=z", ["a=1", "b.example=x:y=z"]),
        ("access-tokens = a=1 # b=2\n#access-tokens = c=3", ["a=1"]),
        ("\taccess-tokens\t=\ta=1\t\r\n", ["a=1"]),
        ("access-tokens = a=1\naccess-tokens = b=2", ["b=2"]),
        ("access-tokens = a=1 b=1\nextra-access-tokens = b=2 c=3", ["a=1", "b=2", "c=3"]),
        ("extra-access-tokens = a=1", ["a=1"]),
        ("access-tokens =", []), ("access-tokens = a= =b c", []), ("access-tokens", []), ("access-tokens a=1", []),
        ("experimental-features = flakes\nnonsense", []),
    ])
    func tokensOfAText(_ text: String, _ expected: [String]) {
        #expect(configuration(["NIX_CONFIG": text]).accessTokens.map { "\($0.scope)=\($0.token)" } == expected)
    }

    @Test func theStoreIsTheOneNamedLast() {
        let files = ["/etc/nix/nix.conf": "store = daemon\n", "/h/.config/nix/nix.conf": "store = local?root=/a#b\n"]
        #expect(configuration([:]).store == nil)
        #expect(configuration([:], files).store == "daemon")
        #expect(configuration(["HOME": "/h"], files).store == "local?root=/a")
        #expect(configuration(["HOME": "/h", "NIX_CONFIG": "store = /mnt"], files).store == "/mnt")
        #expect(configuration(["NIX_CONFIG": "store = a b\nstore\nstores = x"]).store == nil)
    }

    @Test func theOrderOfFiles() {
        let files = [
            "/etc/nix/nix.conf": "access-tokens = a=system b=system\n",
            "/etc/xdg/nix/nix.conf": "extra-access-tokens = b=shared c=shared\n",
            "/h/.config/nix/nix.conf": "extra-access-tokens = c=own\n",
        ]
        #expect(
            tokens(["HOME": "/h", "NIX_CONFIG": "extra-access-tokens = d=env"], files) == [
                "a=system @/etc/nix/nix.conf", "b=shared @/etc/xdg/nix/nix.conf", "c=own @/h/.config/nix/nix.conf",
                "d=env @NIX_CONFIG",
            ])
        #expect(tokens(["HOME": "/h", "NIX_CONFIG": "access-tokens = d=env"], files) == ["d=env @NIX_CONFIG"])
        #expect(tokens(["HOME": "/h", "NIX_USER_CONF_FILES": ""], files).count == 2)
        #expect(
            tokens(["NIX_USER_CONF_FILES": "/1:/2"], ["/1": "access-tokens = a=1", "/2": "access-tokens = a=2"])
                == ["a=1 @/1"])
        #expect(tokens(["XDG_CONFIG_HOME": "/x", "HOME": "/h"], ["/x/nix/nix.conf": "access-tokens = a=1"]).count == 1)
        #expect(tokens(["XDG_CONFIG_DIRS": "/1:/2"], ["/2/nix/nix.conf": "access-tokens = a=1"]).count == 1)
        #expect(tokens(["NIX_CONF_DIR": "/n"], ["/n/nix.conf": "access-tokens = a=1"]).count == 1)
        #expect(tokens(["NIX_CONF_DIR": "/n"], files.filter { $0.key.hasPrefix("/etc/nix") }).isEmpty)
    }

    @Test func includes() {
        let files = [
            "/etc/nix/nix.conf": "include tokens.conf\n!include absent\ninclude /abs\ninclude absent-too\n",
            "/etc/nix/tokens.conf": "access-tokens = a=1", "/abs": "extra-access-tokens = b=2\ninclude /abs",
        ]
        #expect(tokens([:], files) == ["a=1 @/etc/nix/tokens.conf", "b=2 @/abs"])
    }

    /// It comes to an end, though each of its files asks for a hundred more.
    @Test(.timeLimit(.minutes(10))) func aFileThatIncludesItselfAgainAndAgain() {
        let include = String(repeating: "include /etc/nix/nix.conf\n", count: 100)
        let files = ["/etc/nix/nix.conf": "access-tokens = a=1\n" + include]
        #expect(tokens([:], files) == ["a=1 @/etc/nix/nix.conf"])
    }

    @Test func theNetrcFile() {
        #expect(configuration([:]).netrcFile == "/etc/nix/netrc")
        #expect(configuration(["NIX_CONF_DIR": "/n"]).netrcFile == "/n/netrc")
        #expect(configuration(["NIX_CONFIG": "netrc-file = /secret/netrc"]).netrcFile == "/secret/netrc")
    }

    @Test(arguments: [
        ("/o/r", "repository"), ("/o/r.git/info/refs", "repository"), ("/o/r/archive/x", "repository"),
        ("/o/rr", "owner"),
        ("/o", "owner"), ("/oo/r", "host"), ("/", "host"), ("", "host"),
    ])
    func theLongestScopeCounts(_ path: String, _ token: String) {
        let text = "access-tokens = h=host h/o=owner h/o/r=repository h/o/r/s/t=deep hh=other"
        let configuration = configuration(["NIX_CONFIG": text])
        #expect(configuration.accessToken(forHost: "h", path: path)?.token == token)
        #expect(configuration.accessToken(forHost: "x", path: path) == nil)
        #expect(configuration.accessToken(forHost: "hhh", path: path) == nil)
    }
}
