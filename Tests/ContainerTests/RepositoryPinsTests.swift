import Foundation
import JSON
import Support
import Testing

/// The pins of this repository: pinr is used by itself.
@Suite struct RepositoryPinsTests {
    private static let folder = "\(packageRoot)/pins"

    private func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name)")))
    }

    /// A copy to run pinr in, offline.
    private func copy() throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        try directory.makeDirectory("pins")
        for name in ["pins.json", "default.nix"] { try directory.write("pins/\(name)", try read(name)) }
        return directory
    }

    private func pinr(_ arguments: String..., in directory: TemporaryDirectory) async throws -> ProcessResult {
        try await runProcess(
            [Binary.pinr] + arguments, environment: isolatedEnvironment(home: directory.file("home")),
            directory: directory.path)
    }

    @Test func theFilesAreThoseThatThisPinrWrites() async throws {
        let directory = try copy()
        // A note is changed and changed back, so that both files are written anew.
        let shown = try await pinr("show", "--json", "alpine", in: directory)
        let note = try #require(try JSON(parsing: shown.stdoutBytes)["pins"]?["alpine"]?["note"]?.string)
        #expect(try await pinr("note", "alpine", "x", in: directory).status == 0)
        #expect(try await pinr("note", "alpine", note, in: directory).status == 0)
        #expect(try await pinr("init", in: directory).status == 0)
        for name in ["pins.json", "default.nix"] {
            let now = [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory.file("pins/\(name)"))))
            #expect(now == (try read(name)), "pins/\(name) is not what pinr writes: run `pinr upgrade`")
        }
    }

    @Test func eachPinSaysWhatItIsFor() async throws {
        let directory = try copy()
        let shown = try await pinr("show", "--json", in: directory)
        #expect(shown.status == 0, "\(shown)")
        let pins = try #require(try JSON(parsing: shown.stdoutBytes)["pins"]?.object)
        #expect(pins["nixpkgs"] != nil && pins["alpine"] != nil)
        let readme = String(decoding: try read("README.md"), as: UTF8.self)
        for name in pins.keys {
            #expect(pins[name]?["note"] != nil, "\(name) has no note")
            #expect(readme.contains("| `\(name)` |"), "pins/README.md does not name \(name)")
        }
    }

    @Test(.enabled(if: NixSandbox.isAvailable, "left out: no Nix"))
    func theyEvaluate() async throws {
        let nix = try NixSandbox()
        let expression = "let s = import \(Self.folder); in [ s.nixpkgs.revision s.alpine.source.image s.alpine.hash ]"
        let result = try await nix.nix(["nix-instantiate", "--eval", "--strict", "--json", "-E", expression])
        #expect(result.status == 0, "\(result)")
        #expect(result.stdout.contains("docker.io/library/alpine"), "\(result)")
    }

    /// The shell's packages, with a stand-in for each: what the names mean only a real Nixpkgs knows.
    @Test(.enabled(if: NixSandbox.isAvailable, "left out: no Nix"))
    func theShellTakesWhatItNeedsFromThem() async throws {
        let nix = try NixSandbox()
        let real = ProcessInfo.processInfo.environment["PINR_TEST_NIXPKGS"]
        let standIns = """
            let names = [ "pkg-config" "curl" "isa-l" "libarchive" "libgit2" "openssl" "xz" "git" "hadolint" "jq" "nixfmt"
              "shellcheck" "shfmt" ];
            in builtins.listToAttrs (map (name: { inherit name; value = name; }) names)
               // { mkShell = arguments: { names = arguments.packages; }; }
            """
        let expression =
            real.map { "(import \(packageRoot)/shell.nix { pkgs = import \($0) { }; }).drvPath" }
            ?? "(import \(packageRoot)/shell.nix { pkgs = \(standIns); }).names"
        let result = try await nix.nix(["nix-instantiate", "--eval", "--strict", "--json", "-E", expression])
        #expect(result.status == 0, "\(result)")
        #expect(result.stdout.contains(real == nil ? "libgit2" : "/nix/store/"), "\(result)")
    }
}
