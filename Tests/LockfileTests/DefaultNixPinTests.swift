import Support
import Testing

/// The attributes of a pin, the pins that fail, and those that the environment replaces.
@Suite(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
struct DefaultNixPinTests {
    typealias Mode = DefaultNixSources.Mode

    static let locked: Values = [
        "fetcher": "tarball", "url": "file:///nowhere.tar.gz",
        "hash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ]
    static let full = locked.merging(
        ["revision": "0123456789abcdef0123456789abcdef01234567", "version": "1.2", "lastModified": 1_747_267_200]
    ) { $1 }

    /// The names that JSON, Nix, a shell and an environment might each trip over.
    static let names = [
        "a", "a.b", "a b", "it's", "\"quoted\"", "back\\slash", "${x}", "''", "$", "a/b", "-", "_", "pins", "é",
        "e\u{301}",
        "名", "\u{1F600}", "or", "rec", "__functor", "outPath", "0", "a\u{A0}b",
    ]

    /// A string of the Nix language.
    static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("${", with: "\\${")
        return "\"\(escaped)\""
    }

    @Test func eachPinIsOneAttributeAndThereIsNothingElse() async throws {
        let sources = try DefaultNixSources()
        try sources.write(Self.names.map { ($0, ["locked": Self.locked, "source": ["is": $0]]) })
        let names = try await sources.evaluate("builtins.length (builtins.attrNames sources)").value
        #expect(names == "\(Self.names.count)")
        for name in Self.names {
            let value = try await sources.evaluate("sources.${\(Self.quoted(name))}.source.is").value
            #expect(value.utf8.elementsEqual(name.utf8), "\(name)")
        }
    }

    @Test func theEmptyLockIsTheEmptySet() async throws {
        let sources = try DefaultNixSources()
        try sources.write([])
        #expect(try await sources.evaluate("sources").value == "{}")
    }

    @Test func whatIsKnownIsThere() async throws {
        let sources = try DefaultNixSources()
        try sources.write([
            ("full", ["locked": Self.full, "source": ["type": "t"]]), ("bare", ["locked": Self.locked]),
        ])
        let attributes = "builtins.concatStringsSep \" \" (builtins.attrNames sources.%)"
        #expect(
            try await sources.evaluate(attributes.replacing("%", with: "full")).value
                == "__functor flake hash lastModified lastModifiedDate narHash outPath rev revision shortRev shortRevision"
                + " source url version")
        #expect(
            try await sources.evaluate(attributes.replacing("%", with: "bare")).value
                == "__functor flake hash narHash outPath source url")
        for (expression, value) in [
            ("revision", "0123456789abcdef0123456789abcdef01234567"), ("shortRevision", "0123456"),
            ("rev", "0123456789abcdef0123456789abcdef01234567"), ("shortRev", "0123456"), ("version", "1.2"),
            ("lastModified", "1747267200"), ("lastModifiedDate", "20250515000000"), ("url", "file:///nowhere.tar.gz"),
            ("source.type", "t"),
            ("hash", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ] {
            #expect(try await sources.evaluate("sources.full.\(expression)").value == value)
        }
        #expect(try await sources.evaluate("sources.bare.source").value == "{}")
    }

    /// Pins that cannot work, and what is said of each.
    static let broken: [(pin: Values, words: String)] = [
        (["locked": ["fetcher": "teleport"]], "is fetched by `teleport`, which this default.nix does not know"),
        ([:], "has nothing locked; pins.json is damaged"),
        (["locked": "soon"], "has nothing locked; pins.json is damaged"),
        (["locked": [String: String]()], "has no `fetcher` locked; pins.json is damaged"),
        (["locked": ["fetcher": "tarball", "url": "u"]], "has no `hash` locked"),
        (["locked": ["fetcher": "file", "url": "u", "hash": "h"]], "has no `name` locked"),
        (["locked": ["fetcher": "git", "url": "u", "hash": "h"]], "has no `revision` locked"),
        (["locked": ["fetcher": "oci", "image": "i"]], "is a container image"),
    ]

    @Test(arguments: broken.indices, [Mode.impure, .pure])
    func aBrokenPinFailsAloneAndByName(_ index: Int, _ mode: Mode) async throws {
        let (pin, words) = Self.broken[index]
        let sources = try DefaultNixSources()
        let good = try sources.file()
        try sources.write([("it's", pin), ("good", ["locked": good.locked])])
        #expect(try await sources.evaluate("sources.good.outPath", mode).value == good.path)
        #expect(try await sources.evaluate("builtins.attrNames sources", mode).value == "[\"good\",\"it's\"]")
        // `tryEval` catches it, as it catches every `throw`.
        let caught = "(builtins.tryEval sources.\"it's\".outPath).success"
        #expect(try await sources.evaluate(caught, mode).value == "false")
        let failed = try await sources.evaluate("sources.\"it's\".outPath", mode)
        #expect(failed.stderr.contains("pinr: the pin `it's` \(words)"), "\(failed.stderr)")
    }

    @Test func aLaterLockWorksAsFarAsItsFetchersAreKnown() async throws {
        let sources = try DefaultNixSources()
        let good = try sources.file()
        var locked = good.locked
        locked["fromTheFuture"] = ["a": 1]
        try sources.write([("good", ["locked": locked]), ("new", ["locked": ["fetcher": "teleport"]])], version: 9)
        #expect(try await sources.evaluate("sources.good.outPath").value == good.path)
        let failed = try await sources.evaluate("sources.new.outPath")
        #expect(failed.stderr.contains("(pins.json is of version 9); run, with the newest pinr: pinr init"))
    }

    @Test func aFileWithoutPinsSaysSo() async throws {
        let sources = try DefaultNixSources()
        try sources.write([])
        try sources.directory.write("pins/pins.json", "{}")
        #expect(try await sources.evaluate("sources").stderr.contains("pins.json has no `pins`; pins.json is damaged"))
    }

    @Test(arguments: names) func theEnvironmentReplacesAPin(_ name: String) async throws {
        let sources = try DefaultNixSources()
        try sources.write([(name, ["locked": Self.full])])
        let variable = "PINR_OVERRIDE_" + name.utf8.map(Self.environmentByte).joined()
        let local = try sources.directory.makeDirectory("my copy")
        let result = try await sources.evaluate(
            "toString sources.${\(Self.quoted(name))}", environment: [variable: local])
        #expect(result.value == local)
        #expect(result.stderr.contains("trace: pinr: \(variable) replaces the pin `\(name)` by \(local)"))
    }

    static func environmentByte(_ byte: UInt8) -> String {
        let scalar = Unicode.Scalar(byte)
        return scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)) ? "\(scalar)" : "_"
    }

    @Test func aReplacedPinIsAPathLikeAnyOther() async throws {
        let sources = try DefaultNixSources()
        try sources.write([("x", ["locked": Self.full]), ("y", ["locked": ["fetcher": "teleport"]])])
        try sources.directory.write("copy/default.nix", "\"local\"")
        let environment = [
            "PINR_OVERRIDE_x": sources.directory.file("copy"), "PINR_OVERRIDE_y": sources.directory.path,
        ]
        for (expression, value) in [
            ("import sources.x", "local"), ("import \"${sources.x}\"", "local"), ("sources.x.version", "1.2"),
            ("toString (sources.x { pkgs = throw \"unused\"; })", sources.directory.file("copy")),
            ("toString sources.y", sources.directory.path),
        ] {
            #expect(try await sources.evaluate(expression, environment: environment).value == value, "\(expression)")
        }
        // Said once, however often it is used.
        let twice = try await sources.evaluate(
            "\"${sources.x}${sources.x}${sources.x { pkgs = { }; }}\"", environment: environment)
        #expect(twice.stderr.split(separator: "\n").count { $0.contains("PINR_OVERRIDE_x") } == 1)
    }

    @Test(arguments: [Mode.pure, .restricted])
    func evaluationThatMayNotReadTheEnvironmentIgnoresIt(_ mode: Mode) async throws {
        let sources = try DefaultNixSources()
        let source = try sources.file()
        try sources.write(source.locked)
        let result = try await sources.evaluate(
            "sources.x.outPath", mode, environment: ["PINR_OVERRIDE_x": sources.directory.path])
        #expect(result.value == source.path)
        #expect(!result.stderr.contains("PINR_OVERRIDE"))
    }

    @Test(arguments: [
        ("here", "has to be an absolute path, not `here`"), ("./here", "has to be an absolute path, not `./here`"),
        ("~/here", "has to be an absolute path, not `~/here`"),
        ("/no/such/path", "is `/no/such/path`, where nothing is"),
    ])
    func aReplacementThatIsNoPathIsRefused(_ value: String, _ words: String) async throws {
        let sources = try DefaultNixSources()
        try sources.write(Self.locked)
        let result = try await sources.evaluate("sources.x.outPath", environment: ["PINR_OVERRIDE_x": value])
        #expect(result.stderr.contains("pinr: PINR_OVERRIDE_x, which replaces the pin `x`, \(words)"))
    }
}
