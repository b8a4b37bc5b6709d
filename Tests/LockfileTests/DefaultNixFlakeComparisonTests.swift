import Foundation
import Support
import Testing

/// A flake of ours beside the same flake of Nix's own, as it locks and evaluates it.
@Suite(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
struct DefaultNixFlakeComparisonTests {
    let sources: DefaultNixSources
    let top: TestRepository

    /// Three levels, a diamond, what follows at each level, an input twice, a folder, and one that is no flake.
    init() async throws {
        sources = try DefaultNixSources()
        let directory = sources.directory
        func repository(_ name: String, _ files: [String: String], date: Int) async throws -> TestRepository {
            let repository = try await TestRepository(at: directory.file("repositories/\(name)"))
            for (path, text) in files { try repository.write(path, text) }
            try await repository.git("add", ".")
            try await repository.commit(name, date: date)
            return repository
        }
        func url(_ name: String) -> String { "git+file://\(directory.file("repositories/\(name)"))" }
        _ = try await repository(
            "leaf", ["flake.nix": "{ outputs = { self }: { tag = \"leaf ${self.lastModifiedDate}\"; }; }\n"],
            date: 1_709_251_199)
        _ = try await repository("data", ["data": "of data\n"], date: 1_709_251_200)
        _ = try await repository(
            "low",
            [
                "in/flake.nix": """
                { inputs.leaf.url = "\(url("leaf"))";
                  inputs.data = { url = "\(url("data"))"; flake = false; };
                  outputs = { self, leaf, data }: { tag = "low over ${leaf.tag}"; text = builtins.readFile "${data}/data"; };
                }
                """
            ], date: 1_709_251_201)
        for name in ["left", "right"] {
            _ = try await repository(
                name,
                [
                    "flake.nix": """
                    { inputs.low.url = "\(url("low"))?dir=in";
                      inputs.leaf.url = "\(url("leaf"))";
                      inputs.low.inputs.leaf.follows = "\(name == "left" ? "leaf" : "")";
                      outputs = { self, low, leaf }: { tag = "\(name) over ${low.tag or "itself"}"; inherit (low) text; };
                    }
                    """
                ], date: 1_709_251_202)
        }
        top = try await repository(
            "top",
            [
                "flake.nix": """
                { inputs.leaf.url = "\(url("leaf"))";
                  inputs.left.url = "\(url("left"))";
                  inputs.left.inputs.leaf.follows = "leaf";
                  inputs.right.url = "\(url("right"))";
                  inputs.right.inputs.low.follows = "left/low";
                  inputs.low.follows = "right/low";
                  outputs = { self, leaf, left, right, low }@inputs: let about = \(Self.about); in {
                    tags = [ left.tag right.tag low.tag left.text right.text ];
                    me = "${self.rev} ${self.shortRev} ${self.lastModifiedDate} ${self} ${inputs.self.sourceInfo.outPath}";
                    all = builtins.mapAttrs (name: input: about input) (removeAttrs inputs [ "self" ]);
                    deep = about left.inputs.low.inputs.leaf // { inherit (left.inputs.low.inputs) data; };
                  };
                }
                """
            ], date: 1_709_251_203)
    }

    /// What is compared of an input.
    static let about =
        "i: { inherit (i) narHash rev shortRev lastModified lastModifiedDate submodules; names = builtins.attrNames i;"
        + " info = builtins.attrNames i.sourceInfo; tree = i.sourceInfo.outPath; inputs = builtins.attrNames (i.inputs or { }); }"

    @Test(arguments: DefaultNixSources.Mode.allCases)
    func everyInputIsWhatNixMakesOfIt(_ mode: DefaultNixSources.Mode) async throws {
        if try await sources.nixIsOlder(than: "2.4") {
            try Test.cancel("left out: this Nix has no flakes")
        }
        let nix = sources.nix
        let environment = [
            "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t",
        ]
        let locked = try await nix.nix(["nix", "flake", "lock", "."], environment: environment, directory: top.path)
        #expect(locked.status == 0, "\(locked.stderr)")
        try await top.git("add", ".")
        let revision = try await top.commit("lock", date: 1_709_251_204)

        let tree = sources.directory.file("tree")
        try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
        for file in ["flake.nix", "flake.lock"] {
            try FileManager.default.copyItem(atPath: "\(top.path)/\(file)", toPath: "\(tree)/\(file)")
        }
        let url = "file://\(top.path)"
        try sources.write([
            "fetcher": "git", "url": url, "revision": revision, "ref": "refs/heads/main", "lastModified": 1_709_251_204,
            "hash": try await nix.hashPath(tree),
        ])
        for output in ["tags", "me", "deep", "all"] {
            let theirs = try await nix.nix(
                ["nix", "eval", "--json", "git+\(url)?ref=main&rev=\(revision)#\(output)"], environment: environment)
            #expect(theirs.status == 0, "\(theirs.stderr)")
            let ours = try await sources.evaluate("sources.x.flake.\(output)", mode)
            #expect(normal(ours) == normal(theirs), "\(ours.value)\n\(theirs.value)")
        }
    }

    /// What an evaluation printed, less what differs from one Nix to the next.
    private func normal(_ result: ProcessResult) -> NSObject? {
        func strip(_ value: Any) -> Any {
            if let object = value as? [String: Any] {
                return object.filter { $0.key != "revCount" && $0.key != "_type" }.mapValues(strip)
            }
            guard let list = value as? [Any] else { return value }
            return list.filter { !["_type", "revCount"].contains($0 as? String) }.map(strip)
        }
        let value = try? JSONSerialization.jsonObject(with: Data(result.stdoutBytes), options: .fragmentsAllowed)
        return value.map(strip) as? NSObject
    }
}
