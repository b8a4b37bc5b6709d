import Foundation
import Support
import Testing

/// The examples of docs/default-nix.md, run by real Nix as they stand there.
@Suite(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
struct DefaultNixDocumentationTests {
    /// The block of code whose first line begins so, without its fences.
    static func example(_ language: String, _ beginning: String) throws -> String {
        let page = try String(contentsOfFile: "\(packageRoot)/docs/default-nix.md", encoding: .utf8)
        let fence = "```\(language)\n"
        let begin = try #require(page.range(of: fence + beginning), "no example begins with \(beginning)")
        let end = try #require(page.range(of: "\n```", range: begin.upperBound..<page.endIndex))
        return String(page[page.index(begin.lowerBound, offsetBy: fence.count)..<end.lowerBound]) + "\n"
    }

    /// The project of the examples: the pins `nixpkgs`, `mylib` and `tool`, which has a nixpkgs of its own.
    struct Project {
        let sources: DefaultNixSources
        let mylib: DefaultNixSources.Fetchable

        init() async throws {
            sources = try DefaultNixSources()
            mylib = try await sources.tarball("mylib")
            let packages = "{ name = \"NAME\"; system = \"x86_64-linux\"; builder = \"/bin/sh\"; }"
            func nixpkgs(_ name: String) async throws -> DefaultNixSources.Fetchable {
                let jq = packages.replacing("NAME", with: "jq-of-\(name)")
                return try await sources.flake(
                    name, "{ outputs = { self }: { legacyPackages.x86_64-linux = import ./. { }; }; }\n",
                    files: [
                        "default.nix": """
                        { ... }: rec {
                          jq = derivation \(jq);
                          mkShell = { packages }: derivation { name = "shell"; system = "x86_64-linux"; builder = "/bin/sh"; inherit packages; };
                          # Unpacks what is on this machine; the hash is checked by Nix.
                          fetchzip = { name, url, sha256 }: derivation {
                            inherit name;
                            system = builtins.currentSystem;
                            builder = "/bin/sh";
                            src = /. + builtins.substring 7 9999 url;
                            args = [ "-c" "export PATH=/usr/bin:/bin; mkdir $out; tar -xzf $src -C $out --strip-components=1" ];
                            outputHashMode = "recursive";
                            outputHashAlgo = "sha256";
                            outputHash = sha256;
                          };
                        }
                        """
                    ])
            }
            let old = try await nixpkgs("old-nixpkgs")
            let tool = try await sources.flake(
                "tool",
                """
                { inputs.nixpkgs.url = "github:NixOS/nixpkgs";
                  outputs = { self, nixpkgs }: {
                    packages.x86_64-linux.default = nixpkgs.legacyPackages.x86_64-linux.jq // { at = self.shortRev; };
                  };
                }
                """,
                nodes: ["root": ["inputs": ["nixpkgs": "nixpkgs"]], "nixpkgs": sources.node(old)])
            let new = try await nixpkgs("nixpkgs")
            try sources.write(pins: ["mylib": mylib, "tool": tool, "nixpkgs": new])
        }
    }

    @Test func aShell() async throws {
        let project = try await Project()
        let file = try project.sources.directory.write("shell.nix", Self.example("nix", "# shell.nix"))
        let packages = try await project.sources.text("map (p: p.name) (import \(file)).drvAttrs.packages")
        #expect(packages == #"["jq-of-nixpkgs"]"#)
    }

    @Test func aPinnedFlake() async throws {
        let project = try await Project()
        for (beginning, name) in [
            ("# a package of a pinned flake", "jq-of-old-nixpkgs"), ("# one nixpkgs for all", "jq-of-nixpkgs"),
        ] {
            let file = try project.sources.directory.write("default.nix", Self.example("nix", beginning))
            #expect(try await project.sources.text("(import \(file)).name") == name)
        }
    }

    /// Real flakes, in pure evaluation: nothing but what git knows is there.
    @Test func pinsInAFlake() async throws {
        let project = try await Project()
        if try await project.sources.nixIsOlder(than: "2.4") {
            try Test.cancel("left out: this Nix has no flakes")
        }
        let repository = try await TestRepository(at: project.sources.directory.file("flake"))
        try repository.write("flake.nix", Self.example("nix", "# flake.nix"))
        for file in ["pins/default.nix", "pins/pins.json"] {
            try repository.write(file, project.sources.directory.read(file))
        }
        try await repository.commit("one")
        for (output, value) in [
            ("lib", "\"of mylib\""), ("packages.x86_64-linux.default.name", "\"jq-of-old-nixpkgs\""),
        ] {
            let result = try await project.sources.nix.nix(
                ["nix", "eval", "--json", "git+file://\(repository.path)#\(output)"])
            #expect(result.trimmed == value, "\(result.stderr)")
        }
    }

    @Test(.enabled(if: NixSandbox.canBuild, "left out: builders need namespaces, which this machine forbids"))
    func aSourceIsBuiltOnTheCommandLine() async throws {
        let project = try await Project()
        let command = try Self.example("sh", "nix-build -E")
        let result = try await project.sources.nix.nix(
            ["sh", "-ec", command], directory: project.sources.directory.path)
        #expect(result.trimmed == project.mylib.path, "\(result.stderr)")
        let file = project.sources.nix.realPath(project.mylib.path) + "/lib/default.nix"
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "\"of mylib\"\n")
    }
}
