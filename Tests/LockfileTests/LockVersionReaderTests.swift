import JSON
import Support
import Testing

@testable import Lockfile

/// Versions of a lock that are read one after the other, as each is read alone.
struct LockVersionReaderTests {
    /// What the reader makes of bytes, as the one that reads whole documents sees it.
    private func expectSame(_ bytes: [UInt8], _ reader: inout LockVersionReader) {
        let alone = Result { () throws(LockfileError) in try LockDocument(parsing: bytes).pins }
        switch (alone, reader.read(bytes)) {
        case (.success(let pins), .success(let snapshot)):
            let (rest, others) = LockSnapshot.differing(LockSnapshot(pins), snapshot)
            #expect(rest == pins && others == pins, "\(String(decoding: bytes, as: UTF8.self))")
        case (.failure(let one), .failure(let other)): #expect(one == other)
        case (let one, let other):
            Issue.record("\(one) and \(other) of \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    static let texts = [
        "", "{", "{}", "[]", "null", #"{"pins":{},"version":1}"#, #" { "version" : 1 , "pins" : { } } "#,
        #"{"pins":{},"version":1}x"#, #"{"pins":{},"version":1,}"#, #"{"pins":{} "version":1}"#,
        #"{"pins":{},"version":1,"version":1}"#, #"{"pins":{},"pins":{},"version":1}"#, #"{"pins":[],"version":1}"#,
        #"{"pins":{},"version":2}"#, #"{"pins":{},"version":1e0}"#, #"{"pins":{},"version":"1"}"#,
        #"{"pi\u006es":{},"version":1}"#, #"{"pins":{},"version":1,"x":tru}"#, #"{"pins":{},"version":1,"x":[1,}]}"#,
        #"{"pins":{"a":1},"version":1}"#, #"{"pins":{"a":PIN,"a":PIN},"version":1}"#,
        #"{"pins":{"a":PIN,"\u0061":PIN},"version":1}"#, #"{"pins":{"a-b":PIN,"a_b":PIN},"version":1}"#,
        #"{"pins":{"":PIN},"version":1}"#, #"{"pins":{"a\"}\\":PIN},"version":1,"s":"}\"]{"}"#,
        #"{"pins":{"a":PIN,},"version":1}"#, #"{"pins":{"a":PIN"b":PIN},"version":1}"#,
        #"{"pins":{"a" PIN},"version":1}"#, #"{"pins":{"a":},"version":1}"#, #"{"pins":{"a":PIN]},"version":1}"#,
        #"{"pins":{"a":PIN}},"version":1}"#, #"{"pins":{"a":"x" PIN},"version":1}"#, "\u{FEFF}{}",
        #"{"pins":{"caf\u00e9":PIN,"cafe\u0301":PIN},"version":1}"#, "<<<<<<< x\n{}", #"{"pins":{"a":PIN"#,
    ]

    @Test func `A text is read as by itself, and refused with the same words`() {
        var reader = LockVersionReader()
        let pin = String(decoding: Sample.pin().json.serialized(), as: UTF8.self)
        for text in Self.texts { expectSame(Array(text.replacing("PIN", with: pin).utf8), &reader) }
    }

    @Test(arguments: 0..<200)
    func `So is one with a byte that is another`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var reader = LockVersionReader()
        var document = LockDocument(unknown: ["mine": ["a": [1, "}", .null]]])
        for number in 0..<4 { try document.pins.insert(Sample.pin("x\(number)"), as: name("p\(number)")) }
        let bytes = try document.serialized()
        expectSame(bytes, &reader)
        for _ in 0..<10 {
            var changed = bytes
            let index = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: changed.remove(at: index)
            case 1: changed[index] = Array("{}[]\",:\\ 1x\n".utf8).randomElement(using: &generator) ?? 0
            default: changed.insert(bytes[Int.random(in: bytes.indices, using: &generator)], at: index)
            }
            expectSame(changed, &reader)
        }
    }

    @Test func `Only what is written in another way may differ`() throws {
        var reader = LockVersionReader()
        var document = LockDocument()
        for text in ["a", "b", "c"] { try document.pins.insert(Sample.pin(text), as: name(text)) }
        let old = try reader.read(document.serialized()).get()
        try document.pins.set(Sample.pin("other"), as: name("b"))
        try document.pins.rename(name("c"), to: name("d"))
        let new = try reader.read(document.serialized()).get()
        let (before, after) = LockSnapshot.differing(old, new)
        #expect(before.names.map(\.text) == ["b", "c"])
        #expect(after.names.map(\.text) == ["b", "d"])
        #expect(try new[name("d")] == Sample.pin("c"))
    }
}
