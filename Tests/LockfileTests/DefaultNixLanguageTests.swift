import Foundation
import Support
import Testing

@testable import Lockfile

/// `default.nix` is of the language of Nix 2.3, whatever Nix it is read by.
@Suite struct DefaultNixLanguageTests {
    static let text = String(decoding: DefaultNix.text, as: UTF8.self)

    /// What `builtins` has in Nix 2.3 (Tests/Fixtures/default-nix/README.md).
    static func known() throws -> Set<String> {
        let list = "\(packageRoot)/Tests/Fixtures/default-nix/builtins-2.3.txt"
        return Set(try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").map(String.init))
    }

    /// Newer ones, each of which is asked for by `builtins ? NAME` before it is used.
    static let newer: Set = ["fetchTree"]

    @Test func everyBuiltinIsOneOfNix23OrIsAskedForFirst() throws {
        let used = Set(Self.text.matches(of: /builtins\.([A-Za-z0-9_']+)/).map { String($0.output.1) })
        let known = try Self.known()
        #expect(used.isSuperset(of: ["fetchGit", "fetchTarball", "genericClosure"]))
        #expect(used.subtracting(known) == Self.newer)
        for name in Self.newer { #expect(Self.text.contains("if builtins ? \(name) then")) }
        // These are in scope without `builtins`, and were not in 2.3.
        let others = Self.text.replacing(/builtins(\.| \? )fetchTree/, with: "")
        for name in ["fetchTree", "break"] { #expect(!others.contains(name)) }
        // Nothing gets at them in a way that this does not see.
        #expect(Self.text.matches(of: /\bbuiltins\b(?!\.[A-Za-z]| \? fetchTree then)/).isEmpty)
        #expect(!Self.text.contains(/\bwith\b [^ ]+;/))
    }

    /// A Nix whose `builtins` are those of 2.3 and no more evaluates pins and flakes.
    @Test(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
    func theBuiltinsOfNix23AreEnough() async throws {
        let sources = try DefaultNixSources()
        let leaf = try await sources.flake("leaf", DefaultNixFlakeTests.leaf)
        let data = try await sources.tarball("data")
        let top = try await sources.flake(
            "top", "{ outputs = { self, leaf, data, odd }: { inherit (leaf) name; data = import \"${data}/lib\"; }; }",
            nodes: [
                "root": ["inputs": ["leaf": "leaf", "data": "data", "odd": "odd"]],
                "leaf": sources.node(leaf), "data": sources.node(data, ["flake": false]),
                "odd": sources.node(leaf, locked: ["type": "odd"], ["flake": false]),
            ])
        let file = try sources.file()
        try sources.write([
            ("top", ["locked": top.locked]), ("data", ["locked": data.locked]), ("file", ["locked": file.locked]),
        ])
        let names = try Self.known().sorted().map { "\"\($0)\"" }.joined(separator: " ")
        let pins = """
            (let
              builtins' = builtins.listToAttrs (builtins.concatMap
                (name: if builtins ? ${name} then [ { inherit name; value = builtins.${name}; } ] else [ ]) [ \(names) ])
                // {
                  nixVersion = "2.3.7";
                  # The arguments of 2.3, given to this Nix.
                  fetchGit =
                    if builtins.compareVersions builtins.nixVersion "2.4" >= 0 then
                      { ref, ... }@arguments: builtins.fetchGit (removeAttrs arguments [ "ref" ] // { allRefs = true; })
                    else
                      builtins.fetchGit;
                  path = { path, ... }: path;
                  unsafeDiscardStringContext = text: text;
                };
            in builtins.scopedImport { builtins = builtins'; } \(sources.directory.file("pins"))/default.nix)
            """
        for (expression, value) in [
            ("top.flake.name", "leaf"), ("top.flake.data", "of data"), ("data.outPath", data.path),
            ("file.outPath", file.path), ("data.flake", "so it is no flake"),
            ("top.flake.inputs.odd.outPath", "is of the type `odd`, which Nix 2.3.7 cannot fetch"),
        ] {
            let found = try await sources.evaluate("\(pins).\(expression)")
            #expect(found.value.contains(value), "\(expression): \(found.value)")
        }
    }

    /// What newer Nix has added to the syntax: absolute paths with `${}`, pipes, `?` after `or`, escapes of numbers.
    @Test func noSyntaxIsNewerThanNix23() {
        let code = Self.text.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { !$0.hasPrefix("#") }
        for line in code {
            #expect(!line.contains("|>") && !line.contains("<|"), "\(line)")
            // A path may have no `${}` in it; a string may.
            let bare = line.replacing(/"(\\.|[^"\\])*"/, with: "")
            #expect(!bare.contains(/(^|[ (\[])[.~]?\/[^ \/]*\$\{/), "\(line)")
            #expect(!bare.contains(/\b0[xob][0-9a-f]/), "\(line)")
        }
        #expect(code.count > 300)
    }
}
