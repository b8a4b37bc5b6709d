import Support
import Testing

/// `alpine/packages.sh` where apk does not say all: no pin is removed for that.
@Suite struct PackagesScriptTests {
    private let home = TemporaryDirectory()

    /// Runs `packages.sh lock` with an apk that answers so, in a project where `nix` and `openssl` are pinned.
    private func lock(
        plan: String, fetch: String, show: String = "cat \"$HOME/pins\"", besides: String = "",
        variables: [String: String] = [:], script: String = "\(packageRoot)/templates/alpine/packages.sh"
    ) async throws -> ProcessResult {
        try home.write(
            "pins",
            """
            {"pins": {"alpine": {"image": "docker.io/library/alpine", "digest": "sha256:0", "os": "linux", "arch": "amd64"},
            "apk-nix": {"url": "https://example.org/nix-1-r0.apk"}, "apk-openssl": {"url": "https://example.org/openssl-1-r0.apk"}\(besides)}}

            """)
        let programs = try StandIns([
            // What is run in the container is run here.
            "podman": #"while [ "$1" != -c ]; do shift; done; exec sh "$@""#,
            "apk": "case $1 in add) \(plan) ;; fetch) \(fetch) ;; esac",
            "pinr": """
            case "$*" in
                "show alpine --json") head -n 1 "$HOME/pins" ;;
                "show "*" --json") grep -o "\\"$2\\": {[^}]*}" "$HOME/pins" ;;
                "show --json") \(show) ;;
                *) echo "$*" >>"$HOME/changes" ;;
            esac
            """,
        ])
        return try await programs.run(
            [script, "lock"], environment: isolatedEnvironment(home: home.path).merging(variables) { $1 })
    }

    private var changes: String { (try? home.readText("changes")) ?? "" }

    private static let both = "printf '(%s/2) Installing %s (1-r0)\\n' 1 nix 2 openssl; echo OK"
    private static let addresses = "printf 'https://example.org/%s-1-r0.apk\\n' nix openssl"

    @Test func `what is pinned as it is stays`() async throws {
        let result = try await lock(plan: Self.both, fetch: Self.addresses)
        #expect(result.status == 0 && changes.isEmpty, "\(result) \(changes)")
        #expect(result.stderr.hasSuffix("every package is pinned as it is\n"), "\(result)")
    }

    @Test func `what is not needed goes`() async throws {
        let result = try await lock(
            plan: "echo '(1/1) Installing nix (1-r0)'", fetch: "echo https://example.org/nix-1-r0.apk")
        #expect(result.status == 0 && changes == "remove --quiet apk-openssl\n", "\(result) \(changes)")
    }

    /// A repository, a program for Android, a name of two words of which one is a pin too.
    @Test(arguments: [
        #""apk-tools": {"url": "https://example.org/apk-tools"}"#,
        #""apk-shop": {"url": "https://example.org/shop-release.apk"}"#,
        #""apk-nix2": {"url": "https://example.org/nix-1-r0.apk"}"#,
        #""apk-my tool": {"url": "https://example.org/my-1-r0.apk"}, "tool": {"url": "https://example.org/x"}"#,
    ])
    func `a pin of somebody's own stays, whatever it is called`(_ own: String) async throws {
        let result = try await lock(plan: Self.both, fetch: Self.addresses, besides: ", " + own)
        #expect(result.status == 0 && changes.isEmpty, "\(result) \(changes)")
    }

    @Test func `a pin of somebody's own is not replaced by a package`() async throws {
        let result = try await lock(
            plan: "printf '(1/1) Installing tools (1-r0)\\n'", fetch: "echo https://example.org/tools-1-r0.apk",
            besides: #", "apk-tools": {"url": "https://example.org/apk-tools"}"#)
        #expect(result.status == 1 && changes.isEmpty, "\(result) \(changes)")
        #expect(
            result.stderr.contains("tools-1-r0.apk") && result.stderr.contains("pinr rename apk-tools"), "\(result)")
    }

    @Test(arguments: [
        // It breaks off.
        (both, "echo https://example.org/nix-1-r0.apk; echo 'ERROR: network' >&2; exit 1", "ERROR: network"),
        // It leaves one out.
        (both, "echo https://example.org/nix-1-r0.apk", "no address for some of these: nix"),
        ("echo 'ERROR: no such package' >&2; exit 1", addresses, "no such package"),
        ("echo OK", addresses, "apk named no package"),
    ])
    func `half an answer is none`(_ plan: String, _ fetch: String, _ words: String) async throws {
        let result = try await lock(plan: plan, fetch: fetch)
        #expect(result.status == 1 && changes.isEmpty, "\(result) \(changes)")
        #expect(result.stderr.contains(words), "\(result)")
    }

    /// StandIns runs it in `/`.
    @Test func `the pins are those beside it, wherever cd looks for folders`() async throws {
        let script = String("\(packageRoot)/templates/alpine/packages.sh".dropFirst())
        let result = try await lock(
            plan: Self.both, fetch: "echo \"$PINR_DIRECTORY\" >&2; \(Self.addresses)", variables: ["CDPATH": "/"],
            script: script)
        #expect(result.status == 0 && result.stderr.contains("\n\(packageRoot)/templates/pins\n"), "\(result)")
    }

    @Test func `pins that cannot be read are not taken for none`() async throws {
        let result = try await lock(plan: Self.both, fetch: Self.addresses, show: "echo broken >&2; exit 1")
        #expect(result.status == 1 && changes.isEmpty, "\(result) \(changes)")
        #expect(result.stderr.contains("could not show what is pinned"), "\(result)")
    }
}
