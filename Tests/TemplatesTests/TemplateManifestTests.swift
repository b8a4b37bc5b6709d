import Foundation
import JSON
import Lockfile
import Testing

@testable import Templates

struct TemplateManifestTests {
    /// A catalogue of one manifest in `t/`, beside `t/a`, `t/b/c` (executable) and `shared`.
    private func catalogue(_ manifest: String) throws(TemplateError) -> TemplateCatalogue {
        try TemplateCatalogue(of: [
            EmbeddedFile(path: "shared", isExecutable: false, text: "s"),
            EmbeddedFile(path: "t/a", isExecutable: false, text: "a"),
            EmbeddedFile(path: "t/b/c", isExecutable: true, text: "c"),
            EmbeddedFile(path: "t/template.json", isExecutable: false, text: manifest),
        ])
    }

    @Test func `A manifest says what goes where`() throws {
        let template = try catalogue(
            """
            {"description": "d", "files": {"b/c": "z/c", "a": "t/a", "../shared": "t/s"}, "needs": ["t"],
             "pins": {"q": "oci:q:1", "p": "nixpkgs"}, "next": ["then", "and"]}
            """)["t"]
        #expect(template.description == "d")
        #expect(template.files.map(\.destination) == ["t/a", "t/s", "z/c"])
        #expect(template.files.map(\.source) == ["t/a", "shared", "t/b/c"])
        #expect(template.files.map(\.isExecutable) == [false, false, true])
        #expect(template.files.map(\.text) == ["a", "s", "c"])
        #expect(template.needs == ["t"])
        #expect(template.pins.map(\.name.text) == ["p", "q"])
        #expect(template.pins.map(\.source) == ["nixpkgs", "oci:q:1"])
        #expect(template.next == ["then", "and"])
        let least = try catalogue(#"{"description": "d", "files": {}}"#)["t"]
        #expect(least.pins == [] && least.needs == [] && least.next == [])
    }

    private static let path = "t/template.json"
    private static func field(_ keys: String...) -> FieldPath { keys.reduce(FieldPath()) { $0.appending($1) } }

    static let mistakes: [(String, TemplateError)] = [
        (#"[]"#, .field(manifest: path, field(), .wrongType(expected: .object, found: .array))),
        (#"{"files": {}}"#, .field(manifest: path, field("description"), .missing)),
        (#"{"description": "d"}"#, .field(manifest: path, field("files"), .missing)),
        (
            #"{"description": "a\nb", "files": {}}"#,
            .field(manifest: path, field("description"), .controlCharacter)
        ),
        (
            #"{"description": "d", "files": {"a": 1}}"#,
            .field(manifest: path, field("files", "a"), .wrongType(expected: .string, found: .number))
        ),
        (
            #"{"description": "d", "files": {}, "needs": [1]}"#,
            .field(manifest: path, field("needs").appending(0), .wrongType(expected: .string, found: .number))
        ),
        (
            #"{"description": "d", "files": {}, "pins": {"p": ""}}"#,
            .field(manifest: path, field("pins", "p"), .emptyText)
        ),
        (
            #"{"description": "d", "files": {}, "next": "then"}"#,
            .field(manifest: path, field("next"), .wrongType(expected: .array, found: .string))
        ),
        (#"{"description": "d", "files": {}, "x": 1}"#, .unknownField(manifest: path, field("x"))),
        (#"{"description": "d", "files": {"n": "n"}}"#, .missingFile(manifest: path, field("files", "n"))),
        (
            #"{"description": "d", "files": {"../../shared": "n"}}"#,
            .missingFile(manifest: path, field("files", "../../shared"))
        ),
        (#"{"description": "d", "files": {}, "pins": {"": "x"}}"#, .badPinName(manifest: path, field("pins", ""))),
        (
            #"{"description": "d", "files": {}, "needs": ["t", "u"]}"#,
            .unknownNeed(manifest: path, field("needs").appending(1), "u")
        ),
    ]

    @Test(arguments: mistakes)
    func `A mistake is told with the manifest and the field`(text: String, error: TemplateError) {
        #expect(throws: error) { try catalogue(text) }
    }

    @Test(arguments: ["/a", "a/../b", "../a", "a//b", "./a", "a/", ".git/hooks/pre-commit", "pins/pins.json"])
    func `No template puts a file outside the project, or where others have theirs`(place: String) {
        #expect(throws: TemplateError.badDestination(manifest: Self.path, Self.field("files", "a"), place)) {
            try catalogue(#"{"description": "d", "files": {"a": "\#(place)"}}"#)
        }
    }

    @Test func `What is not JSON is told with its place`() {
        let error = #expect(throws: TemplateError.self) { try catalogue("{\n  \"description\"}") }
        guard case .malformed(Self.path, let place)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(place.line == 2 && place.column == 16)
    }
}
