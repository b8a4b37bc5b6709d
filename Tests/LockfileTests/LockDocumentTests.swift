import JSON
import Lockfile
import Support
import Testing

@Suite
struct LockDocumentTests {
    @Test(arguments: 0..<40)
    func `Reading and writing any document changes nothing`(seed: UInt64) async throws {
        var random = RandomDocument(seed: seed)
        let json = random.document()
        let document = try LockDocument(parsing: json.serializedCompactly())
        let bytes = try document.serialized()
        #expect(bytes == json.serialized())
        #expect(try LockDocument(parsing: bytes) == document)
    }

    @Test(.enabled(if: isInstalled("jq"), "needs jq"))
    func `The bytes are those of jq`() async throws {
        let pins = Sample.locked.mapValues { Sample.pinJSON(locked: $0) }
        let json = Sample.document(pins, extra: ["later": ["b": [], "a": [1, "\u{7F}"]], "Z": [:]])
        let bytes = try LockDocument(parsing: json.serializedCompactly()).serialized()
        #expect(try await run(["jq", "-S", "."], input: json.serializedCompactly()).stdoutBytes == bytes)
    }

    @Test
    func `A new document is small`() throws {
        #expect(try LockDocument().serialized() == Array("{\n  \"pins\": {},\n  \"version\": 1\n}\n".utf8))
    }

    @Test(
        arguments: [
            (#"{"pins": {}}"#, .missingVersion), (#"{}"#, .missingVersion), ("[]", .missingVersion),
            ("null", .missingVersion), (#"{"version": 0, "pins": {}}"#, .invalidVersion("0")),
            (#"{"version": -1}"#, .invalidVersion("-1")), (#"{"version": "1"}"#, .invalidVersion(#""1""#)),
            (#"{"version": 1.0}"#, .invalidVersion("1.0")), (#"{"version": null}"#, .invalidVersion("null")),
        ] as [(String, LockfileError.Reason)])
    func `A document without a version is none`(text: String, wanted: LockfileError.Reason) {
        #expect(reason { try LockDocument(parsing: Array(text.utf8)) } == wanted)
    }

    @Test(arguments: [(#"{"version": 1}"#, "missing"), (#"{"version": 1, "pins": []}"#, "array")])
    func `The pins have to be there`(text: String, found: String) {
        guard case .field(let path, let problem) = reason({ try LockDocument(parsing: Array(text.utf8)) }) else {
            Issue.record("no error about a field")
            return
        }
        #expect(path.description == "pins" && path.pin == nil)
        #expect(problem == (found == "missing" ? .missing : .wrongType(expected: .object, found: .array)))
    }

    @Test
    func `What is not JSON is refused with its place`() {
        let text = "{\n  \"pins\": {},\n  \"version\": 1,\n}\n"
        guard case .malformed(let error) = reason({ try LockDocument(parsing: Array(text.utf8)) }) else {
            Issue.record("not refused")
            return
        }
        #expect(error.line == 4 && error.column == 1)
        #expect(error.reason == .unexpected("}", expected: .key))
    }

    @Test
    func `A pin that is there twice is refused`() {
        let pin = String(decoding: Sample.pin().json.serializedCompactly(), as: UTF8.self)
        let text = "{\"version\": 1, \"pins\": {\"a\": \(pin),\n\"\\u0061\": \(pin)}}"
        guard case .malformed(let error) = reason({ try LockDocument(parsing: Array(text.utf8)) }) else {
            Issue.record("not refused")
            return
        }
        #expect(error.reason == .duplicateKey("a") && error.line == 2 && error.column == 1)
    }

    @Test
    func `The marks of a conflict are recognised`() {
        let text = "{\n  \"pins\": {\n<<<<<<< HEAD\n  },\n=======\n>>>>>>> theirs\n  \"version\": 1\n}\n"
        #expect(reason { try LockDocument(parsing: Array(text.utf8)) } == .mergeConflict(line: 3))
    }

    // MARK: Later versions

    @Test
    func `A document of a later version is read as far as it is understood, and not written`() throws {
        let good = Sample.pin("good")
        let json = Sample.document(
            [
                "good": good.json, "bad": ["locked": 1, "somethingElse": true], "worse": [],
                "other": Sample.pinJSON(locked: ["fetcher": "new"]),
            ], version: 2, extra: ["x": 1])
        let document = try LockDocument(parsing: json.serialized())
        #expect(document.version == 2)
        #expect(!document.isWritable)
        #expect(document.pins.names.map(\.text) == ["good", "other"])
        #expect(try document.pins[name("good")] == good)
        #expect(document.unreadable.map(\.name) == ["bad", "worse"])
        #expect(document.unknown == ["x": 1])
        #expect(reason { try document.serialized() } == .laterVersion(found: 2, supported: 1))
        guard case .field(let path, _)? = document.unreadable.first?.error.reason else {
            Issue.record("no error about a field")
            return
        }
        #expect(path.description == "pins.bad.source")
    }

    @Test(arguments: [#"{"version": 7}"#, #"{"version": 2, "pins": [1]}"#, #"{"version": 99999999999, "pins": null}"#])
    func `A later version may have changed everything`(text: String) throws {
        let document = try LockDocument(parsing: Array(text.utf8))
        #expect(document.pins.isEmpty && !document.isWritable)
    }
}
