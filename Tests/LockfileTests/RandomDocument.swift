import JSON
import NixHash
import Support

/// Lock files as other programs and later versions of this one could write them; the same in every run.
struct RandomDocument: RandomNumberGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { generator.next() }

    private mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }

    mutating func document() -> JSON {
        var pins = JSONObject()
        for index in 0..<Int.random(in: 0..<12, using: &self) {
            // The number keeps the override variables apart.
            pins["\(pick(["caf\u{E9}", "cafe\u{301}", "lib", "a b", "\u{1F600}", "\"quoted\"", "Ω"]))\(index)"] = pin()
        }
        var object = unknown()
        object["pins"] = .object(pins)
        object["version"] = 1
        return .object(object)
    }

    private mutating func pin() -> JSON {
        var object = unknown()
        var source = unknown()
        source["type"] = .string(pick(["git", "github", "channel", "something-later"]))
        object["source"] = .object(source)
        object["locked"] = locked()
        if chance(3) { object["note"] = .string(text()) }
        if chance(3) {
            var frozen = unknown()
            if chance(2) { frozen["reason"] = .string(text()) }
            if chance(2) { frozen["since"] = "2026-11-22" }
            object["frozen"] = .object(frozen)
        }
        return .object(object)
    }

    private mutating func locked() -> JSON {
        var object = unknown()
        let fetcher = pick(["tarball", "file", "git", "oci", "later"])
        object["fetcher"] = .string(fetcher)
        if fetcher != "later" { object["hash"] = .string(digest().sri) }
        if ["tarball", "file", "git"].contains(fetcher) { object["url"] = .string("https://example.org/\(word())") }
        switch fetcher {
        case "file": object["name"] = .string(word())
        case "git":
            object["revision"] = .string(revision())
            if chance(2) { object["ref"] = .string("refs/heads/\(word())") }
            if chance(2) { object["submodules"] = true }
            if chance(2) { object["lfs"] = true }
            if chance(2) { object["attributes"] = ["eol", "export-subst"] }
        case "oci":
            for key in ["image", "tag", "os", "arch"] { object[key] = .string(word()) }
            object["digest"] = .string("sha256:\(digest().hex)")
        default: break
        }
        if fetcher != "git", chance(2) { object["revision"] = .string(revision()) }
        if chance(2) { object["version"] = .string(word()) }
        if chance(2) { object["lastModified"] = .number(JSONNumber(Int64.random(in: -9...(1 << 52), using: &self))) }
        return .object(object)
    }

    private mutating func unknown() -> JSONObject {
        var object = JSONObject()
        while chance(2) { object["x-\(text())"] = value(depth: 3) }
        return object
    }

    private mutating func value(depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth == 0 ? 4 : 6), using: &self) {
        case 0: .null
        case 1: .bool(chance(2))
        case 2: .string(text())
        case 3: number()
        case 4: .array([value(depth: depth - 1), value(depth: depth - 1)])
        default: .object([text(): value(depth: depth - 1), text(): value(depth: depth - 1)])
        }
    }

    private mutating func number() -> JSON {
        let literal = pick(["0", "-0", "1.0", "1e400", "12345678901234567890", "-1.50E-7", "9007199254740993"])
        return JSONNumber(literal: literal).map { .number($0) } ?? .null
    }

    private mutating func text() -> String {
        (0..<Int.random(in: 0..<6, using: &self)).map { _ in
            pick(["a", "\u{E9}", "e\u{301}", "\"", "\\", "\n", "\u{7F}", "\u{1F600}", "\0", "\u{2028}", " "])
        }.joined()
    }

    private mutating func word() -> String { String(UInt32.random(in: .min ... .max, using: &self), radix: 36) }

    private mutating func digest() -> SHA256Digest { SHA256.hash(Array(word().utf8)) }

    private mutating func revision() -> String { String(digest().hex.prefix(40)) }
}
