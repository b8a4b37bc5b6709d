import JSON
import Lockfile
import Testing

@Suite
struct PinsTests {
    func pins(_ names: String...) throws -> Pins {
        var pins = Pins()
        for text in names { try pins.insert(Sample.pin(text), as: name(text)) }
        return pins
    }

    @Test
    func `Pins are in the order of the bytes of their names`() throws {
        let pins = try pins("z", "a-b", "\u{FFEE}x", "B", "a", "\u{1F600}xy", "aa")
        #expect(pins.names.map(\.text) == ["B", "a", "a-b", "aa", "z", "\u{FFEE}x", "\u{1F600}xy"])
        #expect(pins.map(\.pin) == pins.names.compactMap { pins[$0] })
    }

    @Test
    func `Each pin stays with its name, whatever becomes of the others`() throws {
        var pins = try pins("d", "b", "f", "a", "e", "c")
        try pins.remove(name("b"))
        try pins.rename(name("a"), to: name("g"))
        try pins.set(Sample.pin("new"), as: name("e"))
        let origins = [("c", "c"), ("d", "d"), ("e", "new"), ("f", "f"), ("g", "a")]
        #expect(pins.map(\.name.text) == origins.map(\.0))
        #expect(pins.map(\.pin) == origins.map { Sample.pin($0.1) })
        #expect(pins.count == 5 && Array(pins).count == 5)
    }

    @Test
    func `Two normalisations of a name are two pins`() throws {
        let composed = try name("caf\u{E9}")
        let decomposed = try name("cafe\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        var pins = Pins()
        try pins.insert(Sample.pin("one"), as: composed)
        try pins.insert(Sample.pin("two"), as: decomposed)
        #expect(pins.count == 2)
        #expect(pins[composed] == Sample.pin("one"))
        try pins.remove(decomposed)
        #expect(pins[composed] == Sample.pin("one") && pins[decomposed] == nil)
    }

    @Test(arguments: ["a", "a b", "ä", "\u{1F600}", "-", ".", "..", "a/b", "\"", String(repeating: "x", count: 211)])
    func `Any text can be a name`(text: String) throws {
        #expect(try name(text).text == text)
    }

    @Test(
        arguments: [
            ("", .empty), ("a\nb", .controlCharacter), ("\0", .controlCharacter), ("\u{7F}", .controlCharacter),
            ("\u{80}", .controlCharacter), ("\u{9F}", .controlCharacter),
            (String(repeating: "x", count: 212), .tooLong(byteCount: 212, limit: 211)),
            (String(repeating: "ä", count: 106), .tooLong(byteCount: 212, limit: 211)),
        ] as [(String, LockfileError.NameProblem)])
    func `Other texts cannot`(text: String, problem: LockfileError.NameProblem) {
        #expect(reason { try PinName(text) } == .invalidName(text, problem))
        let document = Sample.document([text: Sample.pin().json])
        #expect(reason { try LockDocument(parsing: document.serialized()) } == .invalidName(text, problem))
    }

    @Test(arguments: [
        ("nixpkgs", "PINR_OVERRIDE_nixpkgs"), ("home-manager", "PINR_OVERRIDE_home_manager"),
        ("a.b/c d", "PINR_OVERRIDE_a_b_c_d"), ("A9z_", "PINR_OVERRIDE_A9z_"), ("\u{E9}", "PINR_OVERRIDE___"),
        ("e\u{301}", "PINR_OVERRIDE_e__"), ("\u{1F600}", "PINR_OVERRIDE_____"),
    ])
    func `Each byte that a variable cannot have is an underscore`(text: String, variable: String) throws {
        #expect(PinName.overrideVariable(for: text) == variable)
        #expect(try name(text).overrideVariable == variable)
    }

    @Test
    func `Two names with one override variable are refused wherever they meet`() throws {
        let clash = LockfileError.Reason.overrideClash(first: "a-b", second: "a.b", variable: "PINR_OVERRIDE_a_b")
        var pins = try pins("a.b", "c")
        let before = pins
        #expect(reason { try pins.insert(Sample.pin(), as: name("a-b")) } == clash)
        #expect(reason { try pins.set(Sample.pin(), as: name("a-b")) } == clash)
        #expect(reason { try pins.rename(name("c"), to: name("a-b")) } == clash)
        #expect(pins == before)

        let document = Sample.document(["a.b": Sample.pin().json, "a-b": Sample.pin().json])
        #expect(reason { try LockDocument(parsing: document.serialized()) } == clash)

        try pins.rename(name("a.b"), to: name("a-b"))
        #expect(pins.names.map(\.text) == ["a-b", "c"])
        try pins.remove(name("a-b"))
        try pins.insert(Sample.pin(), as: name("a_b"))
        #expect(pins.names.map(\.text) == ["a_b", "c"])
    }

    @Test
    func `Adding, replacing, changing, removing and renaming`() throws {
        var pins = try pins("a", "b")
        #expect(reason { try pins.insert(Sample.pin("new"), as: name("a")) } == .pinExists("a"))
        #expect(try pins[name("a")] == Sample.pin("a"))
        try pins.set(Sample.pin("new"), as: name("a"))
        #expect(try pins[name("a")] == Sample.pin("new"))
        try pins.modify(name("b")) { $0.note = "noted" }
        #expect(try pins.pin(named: name("b")).note == "noted")
        #expect(reason { try pins.rename(name("a"), to: name("b")) } == .pinExists("b"))
        try pins.rename(name("a"), to: name("a"))
        try pins.rename(name("a"), to: name("c"))
        #expect(try pins[name("c")] == Sample.pin("new"))
        #expect(try pins.remove(name("c")) == Sample.pin("new"))
        #expect(pins.names.map(\.text) == ["b"])

        let missing = LockfileError.Reason.noSuchPin("x", nearest: ["b"])
        #expect(reason { try pins.remove(name("x")) } == missing)
        #expect(reason { try pins.rename(name("x"), to: name("y")) } == missing)
        #expect(reason { try pins.modify(name("x")) { _ in } } == missing)
        #expect(reason { try pins.pin(named: name("x")) } == missing)
    }

    @Test(arguments: [
        ("nixpkg", ["nixpkgs"]), ("nixpgks", ["nixpkgs"]), ("NIXPKGS", ["nixpkgs"]), ("nixos", []),
        ("homemanager", ["home-manager"]), ("lib", ["lib1", "lib2", "lib3"]), ("lib5", ["lib1", "lib2", "lib3"]),
        ("zzz", []), ("", []),
    ])
    func `Names near a mistyped one are found`(text: String, names: [String]) throws {
        let pins = try pins("nixpkgs", "home-manager", "lib1", "lib2", "lib3", "lib4", "completely-different")
        #expect(pins.nearestNames(to: text).map(\.text) == names)
    }
}
