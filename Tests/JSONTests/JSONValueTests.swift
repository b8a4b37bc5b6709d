import JSON
import Testing

@Suite
struct JSONValueTests {
    static let composed = "\u{E9}"
    static let decomposed = "e\u{301}"

    @Test
    func `Texts are compared by their bytes`() {
        #expect(Self.composed == Self.decomposed, "Swift takes them for one")
        #expect(JSON.string(Self.composed) != JSON.string(Self.decomposed))
        #expect(JSON.array([.string(Self.composed)]) != JSON.array([.string(Self.decomposed)]))
        let object: JSONObject = [Self.composed: 1]
        #expect(object == [Self.composed: 1])
        #expect(object != [Self.decomposed: 1])
    }

    @Test
    func `Two normalisations of a name are two keys, in the order of their bytes`() throws {
        var object: JSONObject = ["z": 3]
        object[Self.composed] = 1
        object[Self.decomposed] = 2
        #expect(object.count == 3)
        #expect(object[Self.composed] == 1)
        #expect(object[Self.decomposed] == 2)
        #expect(object.keys.map { Array($0.utf8) } == [[0x65, 0xCC, 0x81], [0x7A], [0xC3, 0xA9]])
        #expect(try JSON(parsing: JSON.object(object).serialized()) == .object(object))
        object.removeValue(forKey: Self.composed)
        #expect(object[Self.composed] == nil)
        #expect(object[Self.decomposed] == 2)
    }

    @Test
    func `Keys are ordered by UTF-8, not by UTF-16`() {
        let object: JSONObject = ["\u{1F600}": 1, "\u{FFEE}": 2, "a": 3, "B": 4, "": 5, "aa": 6]
        #expect(object.keys == ["", "B", "a", "aa", "\u{FFEE}", "\u{1F600}"])
    }

    @Test
    func `The last value under a key counts, and nil removes it`() {
        var object: JSONObject = ["a": 1, "b": 2, "a": 3]
        #expect(object == ["a": 3, "b": 2])
        object["a"] = nil
        object["c"] = nil
        #expect(object == ["b": 2])
        object["b"] = .null
        #expect(object["b"] == .null)
        object.merge(["b": true, "d": []])
        #expect(object == ["b": true, "d": []])
        #expect(object.removeValue(forKey: "x") == nil)
    }

    @Test(arguments: [
        "0", "-0", "1.0", "1e1000", "1E+2", "12345678901234567890123", "0.10", "-1.50e-07", "9007199254740993",
    ])
    func `Numbers keep the text they were written with`(literal: String) throws {
        let text = Array("[\(literal)]".utf8)
        #expect(try JSON(parsing: text).serializedCompactly() == text)
        #expect(JSONNumber(literal: literal)?.literal == literal)
    }

    @Test(arguments: ["", "-", "01", "+1", ".5", "1.", "1e", "1 ", " 1", "1_0", "NaN", "0x1", "--1", "1e5.0"])
    func `Other texts are no numbers`(literal: String) {
        #expect(JSONNumber(literal: literal) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("-7", -7), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
            ("9223372036854775808", nil), ("1.0", nil), ("1e3", nil),
        ] as [(String, Int64?)])
    func `Only whole numbers that fit are integers`(literal: String, integer: Int64?) throws {
        #expect(try JSON(parsing: Array(literal.utf8)).integer == integer)
    }

    @Test
    func `The largest unsigned number is written in full`() {
        #expect(JSON.number(JSONNumber(UInt64.max)).serializedCompactly() == Array("18446744073709551615".utf8))
    }

    @Test
    func `Typed views answer for their own kind alone`() {
        let value: JSON = ["s": "x", "b": true, "n": 1, "a": [.null], "o": [:]]
        #expect(value["s"]?.string == "x" && value["s"]?.bool == nil)
        #expect(value["b"]?.bool == true && value["b"]?.integer == nil)
        #expect(value["n"]?.integer == 1 && value["n"]?.string == nil)
        #expect(value["a"]?[0]?.isNull == true && value["a"]?[1] == nil && value["a"]?["x"] == nil)
        #expect(value["o"]?.object == [:] && value["o"]?.array == nil)
        #expect(value["none"] == nil)
    }
}
