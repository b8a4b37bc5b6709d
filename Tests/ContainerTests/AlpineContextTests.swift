import Support
import Testing

/// What `templates/alpine/context.nix` says of pins that it cannot use, evaluated by real Nix.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct AlpineContextTests {
    private static let package =
        #""apk-nix": { "locked": { "fetcher": "file", "url": "https://example.org/nix-2.28.3-r2.apk" } }"#

    private func evaluate(
        _ pins: [String], sources: String = #"{ apk-nix = "/apk"; }"#,
        arguments: [String] = ["--arg", "pkgs", "{ runCommand = name: attributes: script: script; }"]
    ) async throws -> ProcessResult {
        let directory = TemporaryDirectory()
        try await ContainerTests.apply(["alpine"], to: directory.path)
        try directory.write("pins/pins.json", #"{ "pins": { \#(pins.joined(separator: ", ")) }, "version": 1 }"#)
        let command = ["nix-instantiate", "--eval", "--strict", directory.file("alpine/context.nix")]
        return try await NixSandbox().nix(command + ["--arg", "sources", sources] + arguments)
    }

    private static let base = #""alpine": { "locked": { "fetcher": "oci", "image": "i", "digest": "sha256:d" } }"#

    @Test func `Settings of nixpkgs in somebody's home have no say`() async throws {
        let folder = TemporaryDirectory()
        try folder.write(
            "default.nix",
            """
            { config, overlays }:
            assert config == { } && overlays == [ ];
            { runCommand = name: attributes: script: script; }
            """)
        let sources = #"{ apk-nix = "/apk"; nixpkgs = \#(folder.path); }"#
        let result = try await evaluate([Self.package, Self.base], sources: sources, arguments: [])
        #expect(result.status == 0 && result.stdout.contains("BASE_NAME=i"), "\(result)")
    }

    @Test(arguments: [
        ([package], "no pin called alpine"),
        ([package, #""alpine": { "locked": { "fetcher": "file" } }"#], "the pin alpine is no image"),
        ([#""alpine": { "locked": { "fetcher": "oci" } }"#], "alpine/packages.sh lock"),
    ])
    func `A pin that is missing or of another kind is named`(_ pins: [String], _ words: String) async throws {
        let result = try await evaluate(pins)
        #expect(result.status != 0 && result.stderr.contains(words), "\(result)")
    }

    @Test func `A pin of somebody's own is no package, whatever it is called`() async throws {
        let own = #""apk-tools": { "locked": { "fetcher": "git", "url": "https://example.org/apk-tools.git" } }"#
        let image = #""apk-image": { "locked": { "fetcher": "oci", "image": "i", "digest": "sha256:d" } }"#
        let result = try await evaluate([Self.package, Self.base, own, image])
        #expect(result.status == 0, "\(result)")
        #expect(!result.stdout.contains("tools") && result.stdout.contains("nix-2.28.3-r2.apk"), "\(result)")
    }

    @Test func `Packages keep the names that apk knows them by`() async throws {
        let result = try await evaluate([Self.package, Self.base])
        #expect(result.status == 0, "\(result)")
        #expect(result.stdout.contains("cp /apk 'packages/nix-2.28.3-r2.apk'"), "\(result)")
        #expect(result.stdout.contains(#"BASE_NAME=i\nBASE_DIGEST=sha256:d\n"#), "\(result)")
    }
}
