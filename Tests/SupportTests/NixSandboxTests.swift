import Foundation
import Support
import Testing

@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed")) struct NixSandboxTests {
    @Test func evaluates() async throws {
        let nix = try NixSandbox()
        #expect(try await nix.evaluate("{ a = [ 1 \"x\" ]; }") == #"{"a":[1,"x"]}"#)
        await #expect(throws: ProcessError.self) { try await nix.evaluate("throw \"no\"") }
    }

    @Test(.enabled(if: NixSandbox.canBuild, "left out: builders need namespaces, which are forbidden here"))
    func buildsInItsOwnStore() async throws {
        let nix = try NixSandbox()
        let expression = """
            derivation {
              name = "made"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo hi > $out" ];
            }
            """
        let derivations = try await nix.instantiate(expression)
        #expect(derivations.count == 1 && derivations[0].hasSuffix("-made.drv"))
        let built = try await nix.build(expression)
        let path = try #require(built.first)
        #expect(try String(contentsOfFile: nix.realPath(path), encoding: .utf8) == "hi\n")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// Nix makes a store when it is first used; two of them at once would both, and one of them could fail.
    @Test func isThereBeforeItIsUsed() throws {
        let nix = try NixSandbox()
        for made in ["store/.links", "var/nix/db/schema", "var/nix/gcroots/profiles"] {
            #expect(FileManager.default.fileExists(atPath: "\(nix.root)/nix/\(made)"), "\(made)")
        }
    }

    @Test func hashesAFolder() async throws {
        let nix = try NixSandbox()
        let directory = TemporaryDirectory()
        try directory.write("tree/a", "x")
        let first = try await nix.hashPath(directory.file("tree"))
        try directory.write("tree/a", "y")
        let second = try await nix.hashPath(directory.file("tree"))
        #expect(first.hasPrefix("sha256-") && second.hasPrefix("sha256-") && first != second)
    }

    @Test func fetchesFromAServer() async throws {
        let nix = try NixSandbox()
        let server = try await WebServer()
        try server.put("f.txt", "hello")
        let path = try await nix.evaluateString("builtins.fetchurl \"\(server.url("/f.txt"))\"")
        #expect(path.hasPrefix("/nix/store/"))
        #expect(try String(contentsOfFile: nix.realPath(path), encoding: .utf8) == "hello")
    }
}
