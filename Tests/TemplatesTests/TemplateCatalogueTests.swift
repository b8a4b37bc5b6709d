import Testing

@testable import Templates

struct TemplateCatalogueTests {
    /// Templates `name: (files: place → contents, needs, pins)`.
    private func catalogue(
        _ templates: [(name: String, files: [String: String], needs: [String], pins: [String: String])]
    ) throws -> TemplateCatalogue {
        func json(_ texts: [String: String]) -> String {
            "{" + texts.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\($0.value)\"" }.joined(separator: ",") + "}"
        }
        return try TemplateCatalogue(
            of: templates.flatMap { template in
                let places = template.files.keys.sorted()
                let files = places.enumerated().map { index, place in
                    EmbeddedFile(
                        path: "\(template.name)/\(index)", isExecutable: false, text: template.files[place] ?? "")
                }
                let manifest = """
                    {"description": "d", "needs": [\(template.needs.map { "\"\($0)\"" }.joined(separator: ","))],
                     "files": {\(places.enumerated().map { "\"\($0)\": \"\($1)\"" }.joined(separator: ","))},
                     "pins": \(json(template.pins))}
                    """
                return files
                    + [EmbeddedFile(path: "\(template.name)/template.json", isExecutable: false, text: manifest)]
            })
    }

    @Test func `What is needed comes along, first and once, also in a circle`() throws {
        let catalogue = try catalogue([
            ("a", ["a": ""], ["b", "c"], ["p": "x", "q": "y"]), ("b", ["b": ""], ["c"], ["p": "x"]),
            ("c", ["c": ""], ["a"], [:]), ("d", ["d": ""], [], [:]),
        ])
        let selection = try catalogue.selection(of: ["a", "b", "a"])
        #expect(selection.templates.map(\.name) == ["c", "b", "a"])
        #expect(selection.files.map(\.destination) == ["a", "b", "c"])
        #expect(selection.pins.map(\.source) == ["x", "y"])
        #expect(try catalogue.selection(of: ["d"]).templates.map(\.name) == ["d"])
    }

    @Test func `Two templates may not mean different things by one name`() throws {
        let catalogue = try catalogue([
            ("a", ["f": "1"], [], ["p": "x"]), ("b", ["f": "2"], [], [:]), ("c", ["g": ""], [], ["p": "y"]),
        ])
        #expect(throws: TemplateError.destinationTaken("f", by: ["a", "b"])) {
            try catalogue.selection(of: ["a", "b"])
        }
        #expect(throws: TemplateError.pinTaken("p", by: ["a", "c"])) { try catalogue.selection(of: ["a", "c"]) }
        #expect(try catalogue.selection(of: ["b", "c"]).files.count == 2)
    }

    @Test func `A file of two templates is there once`() throws {
        let catalogue = try TemplateCatalogue(of: [
            EmbeddedFile(path: "g/shared", isExecutable: true, text: "s"),
            EmbeddedFile(
                path: "g/a/template.json", isExecutable: false,
                text: #"{"description": "d", "files": {"../shared": "g/s"}}"#),
            EmbeddedFile(
                path: "g/b/template.json", isExecutable: false,
                text: #"{"description": "d", "files": {"../shared": "g/s"}}"#),
        ])
        #expect(try catalogue.selection(of: ["g/a", "g/b"]).files.map(\.destination) == ["g/s"])
        #expect(throws: TemplateError.group("g", members: ["g/a", "g/b"])) { try catalogue["g"] }
    }

    @Test func `A mistyped name is told with those that it is near to`() throws {
        let catalogue = try catalogue([("alpine", [:], [], [:]), ("images", [:], [], [:]), ("ci/gitlab", [:], [], [:])])
        #expect(throws: TemplateError.noSuchTemplate("alpin", nearest: ["alpine"])) { try catalogue["alpin"] }
        #expect(throws: TemplateError.noSuchTemplate("c/gitlab", nearest: ["ci/gitlab"])) {
            try catalogue.selection(of: ["images", "c/gitlab"])
        }
        #expect(throws: TemplateError.noSuchTemplate("", nearest: [])) { try catalogue[""] }
        #expect(catalogue.has("ci") && catalogue.has("images") && !catalogue.has("c"))
        #expect(catalogue.nearestNames(to: "xi") == ["ci"])
    }

    @Test func `A file is found by its place, its name, or the end of either`() throws {
        let catalogue = try TemplateCatalogue(of: [
            EmbeddedFile(path: "t/x.yml", isExecutable: false, text: "1"),
            EmbeddedFile(path: "t/y/x.yml", isExecutable: false, text: "2"),
            EmbeddedFile(
                path: "t/template.json", isExecutable: false,
                text: #"{"description": "d", "files": {"x.yml": "a/b.yml", "y/x.yml": "c/d.yml"}}"#),
        ])
        let template = try catalogue["t"]
        for (name, text) in ["a/b.yml": "1", "b.yml": "1", "x.yml": "1", "y/x.yml": "2", "d.yml": "2"] {
            #expect(try template.file(named: name).text == text, "\(name)")
        }
        for name in ["yml", "", "/", "t/x.yml"] {
            #expect(throws: TemplateError.noSuchFile(name, template: "t", files: ["a/b.yml", "c/d.yml"])) {
                try template.file(named: name)
            }
        }
    }

    @Test func `A copy is the same when its bytes and its mode are`() {
        let file = TemplateFile(source: "s", destination: "d", isExecutable: true, text: "é\n")
        #expect(file.standing(of: nil, isExecutable: true) == .missing)
        #expect(file.standing(of: Array("é\n".utf8), isExecutable: true) == .same)
        #expect(file.standing(of: Array("é\n".utf8), isExecutable: false) == .otherMode)
        // Another text to a computer, though it is the same to Unicode.
        #expect(file.standing(of: Array("e\u{301}\n".utf8), isExecutable: true) == .changed)
        #expect(file.standing(of: [], isExecutable: false) == .changed)
    }
}
