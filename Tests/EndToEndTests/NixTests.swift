import Foundation
import JSON
import Support
import Testing

/// Real Nix reads what the program wrote: the sources are there, and the hashes hold.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct NixTests {
    private func pins(_ project: Project) -> String { "(import \(project.file("pins")))" }

    @Test func everyKindOfPinEvaluates() async throws {
        let project = try await Sources.project()
        let nix = try NixSandbox()
        let pins = pins(project)
        #expect(
            try await nix.evaluate("builtins.attrNames \(pins)")
                == "[\(Sources.names.map { "\"\($0)\"" }.joined(separator: ","))]")
        for name in Sources.names {
            // That Nix gives the path at all means that what it fetched has the hash that is locked.
            let outPath = try await nix.evaluateString("\(pins).\(name).outPath")
            let locked = try project.pin(name)["locked"]
            let (file, text) = Sources.contents(of: name)
            let real = nix.realPath(outPath) + (file.isEmpty ? "" : "/\(file)")
            #expect(FileManager.default.contents(atPath: real) == Data(text.utf8), "\(name)")
            if locked?["fetcher"]?.string == "file" {
                #expect(outPath.hasSuffix("-\(locked?["name"]?.string ?? "?")"), "\(outPath)")
            } else {
                // The tree in the store, hashed by Nix once more.
                #expect(try await nix.hashPath(nix.realPath(outPath)) == locked?["hash"]?.string, "\(name)")
                #expect(outPath.hasSuffix("-source"), "\(outPath)")
            }
            for key in ["hash", "revision", "version", "url"] {
                guard let expected = locked?[key]?.string else { continue }
                #expect(try await nix.evaluateString("\(pins).\(name).\(key)") == expected, "\(name).\(key)")
            }
        }
    }

    @Test(.enabled(if: NixSandbox.canBuild, "left out: builders need namespaces, which this machine forbids"))
    func whatIsBuiltHasTheSourcesInIt() async throws {
        let project = try await Sources.project()
        let nix = try NixSandbox()
        let copies = Sources.names.map { "cp -r ${pins.\($0)} $out/\($0)" }.joined(separator: "\n")
        let built = try await nix.build(
            """
            let pins = import \(project.file("pins")); in derivation {
              name = "built"; system = builtins.currentSystem; builder = "/bin/sh";
              args = [ "-c" ''
                export PATH=/usr/bin:/bin
                mkdir $out
                \(copies)
              '' ];
            }
            """)
        let path = nix.realPath(try #require(built.first))
        for name in Sources.names {
            let (file, text) = Sources.contents(of: name)
            let copied = "\(path)/\(name)" + (file.isEmpty ? "" : "/\(file)")
            #expect(FileManager.default.contents(atPath: copied) == Data(text.utf8), "\(name)")
        }
    }

    @Test(arguments: Sources.names)
    func aWrongHashIsRefusedByNixAndFoundByVerify(_ name: String) async throws {
        let project = try await Sources.project([name])
        let nix = try NixSandbox()
        let right = try #require(try project.pin(name)["locked"]?["hash"]?.string)
        try project.edit(right, to: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        let result = try await nix.nix([
            "nix-instantiate", "--eval", "--strict", "-E", "\(pins(project)).\(name).outPath",
        ])
        #expect(result.status != 0)
        #expect(result.stderr.contains("hash mismatch") || result.stderr.contains("NAR hash"), "\(result.stderr)")
        try await project.pinr("verify").expect(2)
    }

    @Test func afterAnUpdateNixSeesTheNewRevision() async throws {
        let repository = try await Upstream.shared().github()
        let project = try await Project.connected()
        let nix = try NixSandbox()
        try await project.pinr("add", repository.notation, "--name", "a").expect(0)
        try await project.pinr("add", "git+\(repository.url)", "--name", "b").expect(0)
        let text = "builtins.map (pin: import pin) (builtins.attrValues \(pins(project)))"
        #expect(try await nix.evaluate(text) == #"["one","one"]"#)
        try await repository.advance("two")
        #expect(try await nix.evaluate(text) == #"["one","one"]"#)
        try await project.pinr("update").expect(0)
        #expect(try await nix.evaluate(text) == #"["two","two"]"#)
        #expect(
            try await nix.evaluateString("\(pins(project)).a.revision") == (try await repository.work.revision()))
    }

    @Test func anOverrideTakesThePlaceOfAPin() async throws {
        let project = try await Sources.project(["github"])
        try project.write("mine/default.nix", "\"mine\"\n")
        let nix = try NixSandbox()
        let text = "import \(pins(project)).github"
        #expect(try await nix.evaluate(text) == "\"one\"")
        let overridden = try await nix.evaluate(
            text, environment: ["PINR_OVERRIDE_github": project.file("mine")])
        #expect(overridden == "\"mine\"")
    }

    /// What has been fetched for the lock is not fetched again for Nix's prefetching.
    @Test func theStorePathIsTheOneThatHashSays() async throws {
        let project = try await Sources.project(["archive"])
        let nix = try NixSandbox()
        let url = try #require(try project.pin("archive")["locked"]?["url"]?.string)
        let path = try await project.pinr("hash", url, "--unpack", "--json").json["storePath"]?.string
        #expect(try await nix.evaluateString("\(pins(project)).archive.outPath") == path)
    }
}
