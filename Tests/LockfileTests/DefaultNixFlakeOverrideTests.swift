import Foundation
import Support
import Testing

/// `sources.NAME { inputs.X = …; }`: a pinned flake with other inputs than those that its lock names.
@Suite(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
struct DefaultNixFlakeOverrideTests {
    typealias Mode = DefaultNixSources.Mode

    /// The pin `x`, whose inputs `a` and `b` have inputs of their own, and `other` to take for them.
    struct Nested {
        let sources: DefaultNixSources
        var x: DefaultNixSources.Fetchable
        var other: DefaultNixSources.Fetchable

        init() async throws {
            sources = try DefaultNixSources()
            let leaf = try await sources.flake("leaf", DefaultNixFlakeTests.leaf)
            let data = try await sources.tarball("data")
            let mid = try await sources.flake(
                "mid",
                "{ outputs = { self, leaf, data ? null }: { name = \"mid of ${leaf.name}\"; inherit leaf data; }; }")
            x = try await sources.flake(
                "x",
                """
                { outputs = { self, leaf, a, b, data, ... }@inputs: {
                    names = [ leaf.name a.name b.name ];
                    data = import (data + "/lib");
                    self' = self.outPath;
                    inputs' = inputs;
                  }; }
                """,
                nodes: [
                    "root": ["inputs": ["leaf": "leaf", "a": "a", "b": "b", "data": "data"]],
                    "leaf": sources.node(leaf), "leaf_2": sources.node(leaf),
                    "a": sources.node(mid, inputs: ["leaf": ["leaf"], "data": "data"]),
                    "b": sources.node(mid, inputs: ["leaf": "leaf_2", "data": ["a", "data"]]),
                    "data": sources.node(data, ["flake": false]),
                ])
            other = try await sources.flake(
                "other", "{ outputs = { self }: { name = \"other\"; leaf.name = \"none\"; }; }\n",
                files: ["lib/default.nix": "\"of other\"\n"])
            try sources.write(pins: ["x": x, "other": other])
        }
    }

    static let names: [(inputs: String, names: String)] = [
        ("{ }", #"["leaf","mid of leaf","mid of leaf"]"#),
        // What follows an input follows what replaces it.
        ("{ leaf = sources.other; }", #"["other","mid of other","mid of leaf"]"#),
        ("{ leaf = sources.other.flake; }", #"["other","mid of other","mid of leaf"]"#),
        ("{ leaf = sources.other.outPath; }", #"["other","mid of other","mid of leaf"]"#),
        ("{ leaf = \"${sources.other}\"; }", #"["other","mid of other","mid of leaf"]"#),
        ("{ leaf = { inherit (sources.other) outPath; }; }", #"["other","mid of other","mid of leaf"]"#),
        ("{ leaf = sources.other { inputs = { }; }; }", #"["other","mid of other","mid of leaf"]"#),
        ("{ leaf = sources.other; a = sources.other; }", #"["other","other","mid of leaf"]"#),
        // That of an input's input.
        ("{ b.inputs.leaf = sources.other; }", #"["leaf","mid of leaf","mid of other"]"#),
        ("{ a.inputs.leaf = sources.other; }", #"["leaf","mid of other","mid of leaf"]"#),
        ("{ a = sources.x; }", #"["leaf",null,"mid of leaf"]"#),
        ("{ b.inputs = { leaf = sources.other; data = sources.other; }; }", #"["leaf","mid of leaf","mid of other"]"#),
    ]

    @Test(arguments: [Mode.impure, .pure]) func anInputIsReplaced(_ mode: Mode) async throws {
        let nested = try await Nested()
        for (inputs, names) in Self.names {
            for result in ["(sources.x { inputs = \(inputs); })", "(sources.x { inputs = \(inputs); }).flake"] {
                let list = "map (i: \(result).inputs.${i}.name or null) [ \"leaf\" \"a\" \"b\" ]"
                #expect(try await nested.sources.text(list, mode) == names, "\(inputs)")
            }
        }
    }

    /// The flake is a path that knows of itself, as the pin does.
    @Test func itIsStillThePin() async throws {
        let nested = try await Nested()
        let pin = "(sources.x { inputs.leaf = sources.other; })"
        for (expression, value) in [
            ("toString \(pin)", nested.x.path), ("\(pin).outPath", nested.x.path),
            ("\(pin).hash == sources.x.hash", "true"),
            ("\(pin).rev == sources.x.rev", "true"), ("\(pin).url == sources.x.url", "true"),
            ("\(pin).source.type", "test"), ("\(pin).self'", nested.x.path), ("\(pin)._type", "flake"),
            ("\(pin).flake._type", "flake"), ("\(pin).flake ? hash", "false"),
            ("builtins.readFile (\(pin) + \"/flake.nix\") == builtins.readFile (sources.x + \"/flake.nix\")", "true"),
            // Called once more, both count.
            (
                "toString (map (i: i.name) (builtins.attrValues (removeAttrs (\(pin) { inputs.b = sources.other; }).inputs [ \"data\" ])))",
                "mid of other other other"
            ),
            ("(\(pin) { pkgs = nixpkgs; }).type", "derivation"),
        ] {
            #expect(try await nested.sources.text(expression) == value, "\(expression)")
        }
    }

    /// An input that is no flake is what it is replaced by, as a tree.
    @Test func anInputThatIsNoFlakeIsATree() async throws {
        let nested = try await Nested()
        for replacement in [
            "sources.other", "sources.other.outPath", "sources.other.flake", "{ inherit (sources.other) outPath; }",
            "(sources.other { inputs = { }; })",
        ] {
            let pin = "(sources.x { inputs.data = \(replacement); })"
            #expect(try await nested.sources.text("\(pin).data") == "of other")
            #expect(try await nested.sources.text("\(pin).inputs.data.outPath") == nested.other.path)
            #expect(try await nested.sources.text("\(pin).inputs.data ? outputs") == "false")
            // Also for who follows it.
            let followed = "(sources.x { inputs.a.inputs.data = \(replacement); }).inputs.b.data.outPath"
            #expect(try await nested.sources.text(followed) == nested.other.path)
        }
    }

    /// A folder of this machine, which pure evaluation may not read.
    @Test func anInputIsReplacedByALocalFolder() async throws {
        let nested = try await Nested()
        let folder = try nested.sources.directory.makeDirectory("local")
        try nested.sources.directory.write(
            "local/flake.nix",
            "{ outputs = { self, ... }: { name = \"local of ${self.lastModifiedDate}${self.rev or \"\"}\"; }; }")
        for path in [folder, "\"\(folder)\"", "{ outPath = \"\(folder)\"; rev = \"7\"; lastModified = 1; }"] {
            let name = try await nested.sources.text("(sources.x { inputs.leaf = \(path); }).inputs.a.name")
            #expect(
                name == (path.contains("rev") ? "mid of local of 197001010000017" : "mid of local of 19700101000000"))
        }
    }

    static let refusals: [(argument: String, words: String)] = [
        ("{ inputs.lef = sources.other; }", "the pin `x` has no input `lef`; it has `a`, `b`, `data`, `leaf`"),
        (
            "{ inputs.a.inputs.lef = sources.other; }",
            "the input `a` of the pin `x` has no input `lef`; it has `data`, `leaf`"
        ),
        (
            "{ inputs.leaf.inputs.a = sources.other; }",
            "the input `leaf` of the pin `x` has no input `a`; it has none"
        ),
        (
            "{ inputs.a.inputs.leaf.inputs.z = sources.other; }",
            "the input `a/leaf` of the pin `x` follows `leaf`, whose inputs are to be replaced instead"
        ),
        (
            "{ inputs.leaf = 1; }",
            "the input `leaf` of the pin `x` can be replaced by a pin, a flake or an absolute path, not by this int"
        ),
        ("{ inputs.leaf = \"../there\"; }", "not by `../there`"),
        ("{ inputs.leaf = { }; }", "not by this set"),
        ("{ inputs = [ ]; }", "the pin `x` has a set of inputs, for which no list can be taken"),
        ("{ inputs.a.inputs = 1; }", "the input `a` of the pin `x` has a set of inputs, for which no int can be taken"),
        (
            "{ inputs.data.inputs.a = sources.other; }",
            "the input `data` of the pin `x` is no flake, so it has no inputs that could be replaced"
        ),
        ("{ inputs.self = sources.other; }", "the pin `x` has no input `self`"),
        ("{ inputs = { }; pkgs = nixpkgs; }", "the pin `x` was called with both `pkgs` and `inputs`"),
        ("{ inputs = { }; lib = 1; }", "the pin `x` was called with something else than"),
        ("{ input.leaf = sources.other; }", "the pin `x` was called with something else than"),
    ]

    @Test func whatCannotBeReplacedIsRefusedByName() async throws {
        let nested = try await Nested()
        for (argument, words) in Self.refusals {
            // All inputs, and theirs.
            let paths = "flake: map (input: input.outPath) (builtins.attrValues flake.inputs or { })"
            let all = "map (\(paths)) ([ flake ] ++ builtins.attrValues flake.inputs)"
            let refused = try await nested.sources.evaluate("let flake = sources.x \(argument); in \(all)")
            #expect(refused.status != 0)
            #expect(refused.stderr.contains("pinr: "), "\(argument): \(refused.value)")
            #expect(refused.stderr.contains(words), "\(argument): \(refused.value)")
        }
    }

    /// An error in what replaces an input says so.
    @Test func whatReplacesAnInputMayBeBroken() async throws {
        let nested = try await Nested()
        let folder = try nested.sources.directory.makeDirectory("empty")
        let refused = try await nested.sources.evaluate("(sources.x { inputs.leaf = \(folder); }).inputs.leaf.name")
        #expect(
            refused.stderr.contains(
                "pinr: what replaces the input `leaf` of the pin `x` has no `flake.nix`, so it is no flake"))
    }

    /// A flake without a lock is one whose inputs are all given.
    @Test func withoutALockInputsAreGiven() async throws {
        let sources = try DefaultNixSources()
        let leaf = try await sources.flake("leaf", DefaultNixFlakeTests.leaf)
        let x = try await sources.flake(
            "x",
            """
            { inputs.leaf.url = "github:o/leaf";
              inputs.data = { url = "github:o/data"; flake = false; };
              inputs.same.follows = "leaf";
              inputs.sames.follows = "other/same";
              outputs = { self, nixpkgs, ... }@inputs: { name = "x"; inherit inputs; };
            }
            """)
        try sources.write([("x", ["locked": x.locked]), ("leaf", ["locked": leaf.locked])])
        #expect(try await sources.text("sources.x.flake.name") == "x")
        #expect(
            try await sources.text("builtins.attrNames sources.x.flake.inputs")
                == #"["data","leaf","nixpkgs","same","sames"]"#)
        for input in ["leaf", "nixpkgs", "data"] {
            let refused = try await sources.evaluate("sources.x.flake.inputs.\(input).outPath")
            #expect(
                refused.stderr.contains(
                    "pinr: the input `\(input)` of the pin `x` is in no `flake.lock`, so nobody knows which it is; "
                        + "write: sources.\"x\" { inputs.\(input) = ...; }"), "\(refused.value)")
        }
        let given =
            "(sources.x { inputs = { leaf = sources.leaf; nixpkgs = sources.leaf; data = sources.leaf; }; }).inputs"
        #expect(try await sources.text("\(given).same.name") == "leaf")
        #expect(try await sources.text("\(given).nixpkgs.at") == leaf.path)
        #expect(try await sources.text("\(given).data.outPath") == leaf.path)
        #expect(try await sources.text("\(given).data ? outputs") == "false")
    }

    static let noFlakes: [(file: String, lock: String?, words: String)] = [
        ("{ }", nil, "has no function `outputs` in its `flake.nix`"),
        ("{ outputs = 1; }", nil, "has no function `outputs` in its `flake.nix`"),
        ("1", nil, "has no function `outputs` in its `flake.nix`"),
        (
            "{ outputs = { self, i }: { }; }", "{\"version\": 8}",
            "has a `flake.lock` of version 8, which this default.nix does not know; run, with the newest pinr: pinr init"
        ),
        ("{ outputs = { self, i }: { }; }", "{\"nodes\": {}}", "has a `flake.lock` of version null"),
        ("{ outputs = { self, i }: { }; }", "{\"version\": 4}", "has a `flake.lock` of version 4"),
    ]

    @Test(arguments: noFlakes.indices) func whatIsNoFlakeSaysSo(_ index: Int) async throws {
        let (file, lock, words) = Self.noFlakes[index]
        let sources = try DefaultNixSources()
        let pin = try await sources.flake("pin", file, files: lock.map { ["flake.lock": $0] } ?? [:])
        let none = try await sources.tarball()
        try sources.write([
            ("my pin", ["locked": pin.locked]), ("none", ["locked": none.locked]),
            ("folder", ["locked": none.locked, "source": ["dir": "a/b"]]),
        ])
        let refused = try await sources.evaluate("sources.\"my pin\".flake.inputs.i.outPath")
        #expect(refused.stderr.contains("pinr: the pin `my pin` \(words)"), "\(refused.value)")
        let noFile = try await sources.evaluate("sources.none.flake")
        #expect(noFile.stderr.contains("pinr: the pin `none` has no `flake.nix`, so it is no flake"))
        let noFolder = try await sources.evaluate("sources.folder.flake")
        #expect(noFolder.stderr.contains("pinr: the pin `folder` has no `a/b/flake.nix`, so it is no flake"))
    }

    /// A copy that the environment puts in a pin's place is the flake, and nothing is said of it that is of the pin.
    @Test func theEnvironmentReplacesAFlake() async throws {
        let nested = try await Nested()
        let folder = try nested.sources.directory.makeDirectory("copy")
        try nested.sources.directory.write(
            "copy/flake.nix",
            "{ outputs = { self, ... }: { name = \"copy ${self.rev or \"dirty\"} ${self.lastModifiedDate}\"; }; }")
        let environment = ["PINR_OVERRIDE_x": folder, "PINR_OVERRIDE_other": folder]
        for (expression, value) in [
            ("sources.x.flake.name", "copy dirty 19700101000000"), ("toString sources.x.flake", folder),
            ("(sources.x { inputs = { }; }).name", "copy dirty 19700101000000"),
        ] {
            #expect(try await nested.sources.text(expression, environment: environment) == value)
        }
        let other = ["PINR_OVERRIDE_other": folder]
        let names = "(sources.x { inputs.leaf = sources.other; }).inputs.a.name"
        #expect(try await nested.sources.text(names, environment: other) == "mid of copy dirty 19700101000000")
    }
}
