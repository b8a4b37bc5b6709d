import Foundation
import NixHash
import Support
import Testing

/// `sources.NAME.flake`: the outputs of a pinned flake, without Nix's own flakes.
@Suite(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
struct DefaultNixFlakeTests {
    typealias Mode = DefaultNixSources.Mode

    static let leaf = "{ outputs = { self }: { name = \"leaf\"; at = self.outPath; }; }\n"

    @Test(arguments: Mode.allCases) func aFlakeIsItsOutputsAndWhatIsKnownOfIt(_ mode: Mode) async throws {
        let sources = try DefaultNixSources()
        let pin = try await sources.flake(
            "flake",
            """
            { outputs = { self, ... }@inputs: {
                version = "${builtins.substring 0 8 self.lastModifiedDate}.${self.shortRev or "dirty"}";
                fixed = self.version + "!";
                file = builtins.readFile (self + "/data");
                same = inputs.self.outPath == self.outPath;
              }; }
            """, files: ["data": "data\n"])
        try sources.write(pins: ["x": pin])
        let revision = try #require(pin.locked["revision"] as? String)
        let hash = try #require(pin.locked["hash"] as? String)
        for (expression, value) in [
            ("version", "20240229.\(revision.prefix(7))"), ("fixed", "20240229.\(revision.prefix(7))!"),
            ("file", "data\n"), ("same", "true"), ("_type", "flake"), ("outPath", pin.path), ("rev", revision),
            ("shortRev", "\(revision.prefix(7))"), ("narHash", hash), ("lastModified", "1709251199"),
            ("lastModifiedDate", "20240229235959"), ("sourceInfo.outPath", pin.path), ("sourceInfo.rev", revision),
            ("inputs", "{}"), ("outputs.same", "true"), ("submodules", "false"),
        ] {
            #expect(try await sources.text("sources.x.flake.\(expression)", mode) == value, "\(expression)")
        }
        #expect(try await sources.text("\"${sources.x.flake}/data\"", mode) == "\(pin.path)/data")
        #expect(
            try await sources.text("builtins.attrNames sources.x.flake.sourceInfo", mode)
                == #"["lastModified","lastModifiedDate","narHash","outPath","rev","shortRev","submodules"]"#)
    }

    static let dates = [
        (0, "19700101000000"), (59, "19700101000059"), (86399, "19700101235959"), (86400, "19700102000000"),
        (68_169_600, "19720229000000"), (68_256_000, "19720301000000"), (946_684_799, "19991231235959"),
        (951_782_400, "20000229000000"), (951_868_800, "20000301000000"), (978_220_800, "20001231000000"),
        (1_709_164_800, "20240229000000"), (1_709_251_200, "20240301000000"), (1_735_689_599, "20241231235959"),
        (1_740_787_199, "20250228235959"), (1_740_787_200, "20250301000000"), (2_147_483_648, "20380119031408"),
        (4_107_542_399, "21000228235959"), (4_107_542_400, "21000301000000"), (253_402_300_799, "99991231235959"),
    ]

    /// By the calendar's rules, leap years and centuries included.
    @Test func theDateIsThatOfTheSeconds() async throws {
        let sources = try DefaultNixSources()
        let locked = DefaultNixPinTests.locked
        try sources.write(
            Self.dates.map { ("at \($0.0)", ["locked": locked.merging(["lastModified": $0.0]) { $1 }]) })
        let all = try await sources.text("builtins.mapAttrs (name: pin: pin.lastModifiedDate) sources")
        let found = try JSONDecoder().decode([String: String].self, from: Data(all.utf8))
        #expect(found == Dictionary(uniqueKeysWithValues: Self.dates.map { ("at \($0.0)", $0.1) }))
        // Nix's own words for the same seconds.
        if try await !sources.nixIsOlder(than: "2.4") {
            let tree = try sources.directory.makeDirectory("tree")
            // As far as file systems count.
            for (seconds, date) in Self.dates where seconds < 1 << 33 {
                let time = Date(timeIntervalSince1970: TimeInterval(seconds))
                try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: tree)
                let fetch = "builtins.fetchTree { type = \"path\"; path = \"\(tree)\"; }"
                #expect(try await sources.text("(\(fetch)).lastModifiedDate") == date)
            }
        }
    }

    @Test func inputsAreThoseOfTheLock() async throws {
        let sources = try DefaultNixSources()
        let leaf = try await sources.flake("leaf", Self.leaf)
        let data = try await sources.tarball("data")
        let mid = try await sources.flake(
            "mid", "{ outputs = { self, leaf, ... }@all: { name = \"mid of ${leaf.name}\"; inherit all; }; }\n")
        let top = try await sources.flake(
            "top", "{ outputs = { self, leaf, a, b, data }: { inherit leaf a b data; }; }\n",
            nodes: [
                "root": ["inputs": ["leaf": "leaf", "a": "a", "b": "b", "data": "data"]],
                "leaf": sources.node(leaf), "leaf_2": sources.node(leaf),
                "a": sources.node(mid, inputs: ["leaf": ["leaf"], "data": ["data"]]),
                "b": sources.node(mid, inputs: ["leaf": ["a", "leaf"], "self_": "leaf_2", "up": [String]()]),
                "data": sources.node(data, ["flake": false]),
            ])
        try sources.write(pins: ["x": top])
        for mode in Mode.allCases {
            for (expression, value) in [
                ("a.name", "mid of leaf"), ("b.name", "mid of leaf"), ("a.inputs.leaf.at", leaf.path),
                ("b.inputs.leaf.outPath", leaf.path), ("b.inputs.self_.at", leaf.path),
                ("b.inputs.up.outPath", top.path), ("b.inputs.up.a.outPath", mid.path),
                ("data.outPath", data.path), ("data ? outputs", "false"), ("data ? _type", "false"),
                ("data.narHash", "\(data.locked["hash"] ?? "")"), ("a.all.self.outPath", mid.path),
                ("leaf.rev", "\(leaf.locked["revision"] ?? "")"), ("leaf.lastModifiedDate", "20240229235959"),
                ("data.lastModifiedDate", "19700101000000"), ("leaf.submodules", "false"),
                ("inputs.a.inputs.data.outPath", data.path),
            ] {
                #expect(try await sources.text("sources.x.flake.\(expression)", mode) == value, "\(expression)")
            }
            #expect(
                try await sources.text("builtins.attrNames sources.x.flake.inputs", mode)
                    == #"["a","b","data","leaf"]"#)
            #expect(try await sources.text("import (sources.x.flake.data + \"/lib\")", mode) == "of data")
        }
    }

    /// A flake in a folder is that folder, and its source the whole tree.
    @Test func aFlakeMayBeInAFolder() async throws {
        let sources = try DefaultNixSources()
        let leaf = try await sources.flake("leaf", Self.leaf, folder: "in/side/")
        let top = try await sources.flake(
            "top", "{ outputs = { self, leaf }: { inherit leaf; up = import ../up.nix; }; }\n",
            nodes: ["root": ["inputs": ["leaf": "leaf"]], "leaf": sources.node(leaf, locked: ["dir": "in/side"])],
            files: ["up.nix": "\"up\""], folder: "sub/")
        try sources.write(pins: ["x": top], source: ["type": "git", "dir": "sub"])
        for (expression, value) in [
            ("x.flake.outPath", "\(top.path)/sub"), ("x.flake.sourceInfo.outPath", top.path), ("x.outPath", top.path),
            ("x.flake.leaf.outPath", "\(leaf.path)/in/side"), ("x.flake.leaf.sourceInfo.outPath", leaf.path),
            ("x.flake.leaf.at", "\(leaf.path)/in/side"), ("x.flake.up", "up"),
        ] {
            #expect(try await sources.text("sources.\(expression)") == value, "\(expression)")
        }
    }

    /// Inputs that are folders of the flake that has them.
    @Test(arguments: [Mode.impure, .pure]) func anInputMayBeInTheSameTree(_ mode: Mode) async throws {
        let sources = try DefaultNixSources()
        let inner = try await sources.flake(
            "inner", "{ outputs = { self, deep }: { inherit deep; }; }\n", files: ["deep/flake.nix": Self.leaf])
        let top = try await sources.flake(
            "top", "{ outputs = { self, sub, plain, inner, low, none }@all: all; }\n",
            nodes: [
                "root": [
                    "inputs": ["sub": "sub", "plain": "plain", "inner": "inner", "low": "low", "none": "none"]
                ],
                "sub": sources.node(
                    locked: ["type": "path", "path": "./sub"], inputs: ["next": "next"], ["parent": [String]()]),
                "next": sources.node(locked: ["type": "path", "path": "../next"], ["parent": ["sub"]]),
                "plain": sources.node(locked: ["type": "path", "path": "./sub"], ["flake": false]),
                "low": sources.node(
                    locked: ["type": "path", "path": "./sub", "dir": "in/side"], ["parent": [String]()]),
                "none": sources.node(
                    locked: ["type": "path", "path": "./sub", "dir": "no"], ["parent": [String]()]),
                "inner": sources.node(inner, inputs: ["deep": "deep"]),
                "deep": sources.node(locked: ["type": "path", "path": "deep"], ["parent": ["inner"]]),
            ],
            files: [
                "sub/flake.nix": "{ outputs = { self, next }: { inherit next; }; }\n", "next/flake.nix": Self.leaf,
                "sub/in/side/flake.nix": Self.leaf,
            ])
        try sources.write(pins: ["x": top])
        for (expression, value) in [
            ("sub.outPath", "\(top.path)/./sub"), ("sub.sourceInfo.outPath", top.path),
            ("sub.next.name", "leaf"), ("plain.outPath", "\(top.path)/./sub"), ("plain ? outputs", "false"),
            ("plain.sourceInfo.outPath", top.path), ("low.outPath", "\(top.path)/./sub/in/side"), ("low.name", "leaf"),
            ("inner.deep.name", "leaf"), ("inner.deep.outPath", "\(inner.path)/deep"),
            ("sub.rev", "\(top.locked["revision"] ?? "")"),
        ] {
            #expect(try await sources.text("sources.x.flake.\(expression)", mode) == value, "\(expression)")
        }
        let none = try await sources.evaluate("sources.x.flake.none.outPath", mode)
        #expect(none.stderr.contains("the input `none` of the pin `x` has no `./sub/no/flake.nix`, so it is no flake"))
    }

    /// An input that is no flake may be a folder too, as in Nix since 2.30.
    @Test func whatIsNoFlakeMayBeAFolder() async throws {
        let sources = try DefaultNixSources()
        let data = try await sources.git("data", files: ["in/side/lib": "of data"])
        let top = try await sources.flake(
            "top", "{ outputs = { self, data }: { text = builtins.readFile \"${data}/lib\"; }; }\n",
            nodes: [
                "root": ["inputs": ["data": "data"]],
                "data": sources.node(data, locked: ["dir": "in/side"], ["flake": false]),
            ])
        try sources.write(pins: ["x": top])
        for (expression, value) in [
            ("text", "of data"), ("inputs.data.outPath", "\(data.path)/in/side"),
            ("inputs.data.sourceInfo.outPath", data.path),
        ] {
            #expect(try await sources.text("sources.x.flake.\(expression)") == value, "\(expression)")
        }
    }

    /// What lies beside a tree is pinned by nobody, whatever a lock in the tree says.
    @Test(arguments: [Mode.impure, .pure]) func noPathLeadsOutOfTheTree(_ mode: Mode) async throws {
        let sources = try DefaultNixSources()
        let leaf = try await sources.flake("leaf", Self.leaf, files: ["in/flake.nix": Self.leaf])
        let paths: [String: (path: String, isFlake: Bool, words: String?)] = [
            "plain": ("./../../../etc", false, "`../../../etc`"), "flake": ("..", true, "`..`"),
            "sly": ("sub/../../sub", true, "`sub/../../sub`"), "within": ("./sub/../sub", true, nil),
            "dots": ("./s..b", false, nil),
        ]
        var nodes: [String: Values] = [
            "root": ["inputs": Dictionary(uniqueKeysWithValues: (paths.keys + ["far", "near"]).map { ($0, $0) })],
            "far": sources.node(leaf, locked: ["dir": "in/../.."]),
            "near": sources.node(leaf, locked: ["dir": "in/../in"]),
        ]
        for (name, input) in paths {
            nodes[name] = sources.node(
                locked: ["type": "path", "path": input.path], ["parent": [String](), "flake": input.isFlake])
        }
        let top = try await sources.flake(
            "top",
            "{ outputs = inputs@{ self, \(nodes.keys.filter { $0 != "root" }.joined(separator: ", ")) }: inputs; }\n",
            nodes: nodes, files: ["sub/flake.nix": Self.leaf, "s..b/x": ""])
        try sources.write(pins: ["x": top])
        for (name, words) in paths.mapValues(\.words).merging(
            ["far": "`in/../..`", "near": nil], uniquingKeysWith: { $1 })
        {
            let result = try await sources.evaluate("sources.x.flake.\(name).outPath", mode)
            guard let words else {
                #expect(result.status == 0, "\(name): \(result.stderr)")
                continue
            }
            #expect(result.status != 0, "\(name)")
            let said =
                "pinr: the input `\(name)` of the pin `x` is at \(words), which leads out of the tree that is pinned"
            #expect(result.stderr.contains(said), "\(name): \(result.stderr)")
        }
    }

    /// Lock files of version 5 have some of what is locked in `info`.
    @Test(arguments: [5, 6, 7]) func everyVersionOfTheLockIsRead(_ version: Int) async throws {
        let sources = try DefaultNixSources()
        let leaf = try await sources.flake("leaf", Self.leaf)
        var node = sources.node(leaf)
        if version == 5 {
            node = sources.node(
                locked: ["type": "git", "url": leaf.locked["url"] ?? "", "rev": leaf.locked["revision"] ?? ""],
                ["info": ["narHash": leaf.locked["hash"] ?? "", "lastModified": 86400]])
        }
        let top = try await sources.flake(
            "top", "{ outputs = { self, leaf }: { inherit leaf; }; }\n",
            nodes: ["root": ["inputs": ["leaf": "leaf"]], "leaf": node], version: version)
        try sources.write(pins: ["x": top])
        #expect(try await sources.text("sources.x.flake.leaf.at") == leaf.path)
        #expect(
            try await sources.text("sources.x.flake.leaf.lastModifiedDate")
                == (version == 5 ? "19700102000000" : "20240229235959"))
    }

    /// Who does not use a pin as a flake pays nothing: its `flake.nix` is not looked at, nor its inputs.
    @Test(arguments: Mode.allCases) func nothingIsReadBeforeItIsUsed(_ mode: Mode) async throws {
        let sources = try DefaultNixSources()
        let bad = try await sources.flake("bad", "throw \"looked at\"", files: ["flake.lock": "no JSON"])
        let good = try await sources.flake(
            "good", "{ outputs = { self, gone }: { name = \"good\"; inherit (gone) x; }; }\n",
            nodes: [
                "root": ["inputs": ["gone": "gone"]],
                "gone": sources.node(
                    bad, locked: ["url": "file:///gone.git", "rev": String(repeating: "1", count: 40)]),
            ])
        try sources.write(pins: ["x": bad, "y": good])
        #expect(try await sources.text("builtins.attrNames sources", mode) == #"["x","y"]"#)
        #expect(try await sources.text("builtins.attrNames sources.x ++ [ sources.x.rev ]", mode).contains("flake"))
        #expect(try await sources.text("builtins.toJSON sources.x", mode) == "\"\(bad.path)\"")
        #expect(try await sources.text("sources.x.outPath", mode) == bad.path)
        #expect(try await sources.text("sources.y.flake.name", mode) == "good")
        #expect(try await sources.text("sources.y.flake.inputs ? gone", mode) == "true")
        #expect(try await sources.evaluate("sources.x.flake", mode).status != 0)
        #expect(try await sources.evaluate("sources.y.flake.x", mode).status != 0)
    }
}
