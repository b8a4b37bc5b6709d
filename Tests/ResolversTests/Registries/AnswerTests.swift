import JSON
import Support
import Testing
import Transfer

@testable import Resolvers

/// Whatever a server answers instead of what a registry documents is an error that says where, and never a crash.
struct AnswerTests {
    private func answer(_ text: String) throws -> Answer {
        var headers = HTTPHeaders()
        headers.append(name: "Content-Type", value: "text/html")
        return try Answer(
            TransferResponse(status: 200, headers: headers, url: "https://h/a/b?c", body: Array(text.utf8)))
    }

    @Test(arguments: ["<html>", "", "{", "{\"a\":1,}", "\u{FEFF}{}"])
    func `What is no JSON is said to be none, with its type`(text: String) {
        #expect(
            throws: ResolveError.malformedAnswer(url: "https://h/a/b?c", .notJSON(contentType: "text/html"))
        ) { try answer(text) }
    }

    @Test func `A member is named as jq writes it`() throws {
        let document = try answer(#"{"a":{"b c":[1,{"d":"x"}]},"n":null}"#)
        let inner = try document.required("a").required("b c").elements()
        #expect(inner[1].path == #".a."b c"[1]"#)
        #expect(try document.member("n") == nil && document.member("m") == nil)
        func fault(_ fault: AnswerFault) -> ResolveError { .malformedAnswer(url: "https://h/a/b?c", fault) }
        #expect(throws: fault(.missing(path: ".n"))) { try document.required("n") }
        #expect(throws: fault(.wrongType(path: #".a."b c"[0]"#, expected: "a string"))) { try inner[0].text() }
        #expect(throws: fault(.wrongType(path: ".a", expected: "an array"))) { try document.required("a").elements() }
        #expect(throws: fault(.wrongType(path: #".a."b c"[0]"#, expected: "an object"))) { try inner[0].member("x") }
        #expect(throws: fault(.wrongType(path: #".a."b c""#, expected: "true or false"))) {
            try document.required("a").required("b c").bool()
        }
    }

    @Test(
        arguments: [
            ("https://x/y.tgz", "https://x/y.tgz"), ("https://x/y.tgz#sha256=0", "https://x/y.tgz"),
            ("http://x/y", "http://x/y"), ("/y", "https://h/y"), ("y", "https://h/a/y"), ("./y", "https://h/a/y"),
            ("../y", "https://h/y"), ("../../y", nil), ("//x/y", "https://x/y"), ("y/../../z", nil),
            ("file:///etc/passwd", nil), ("ftp://x/y", nil), ("https://u:p@x/y", nil), ("https:///y", nil), ("", nil),
            ("https://x/a b", nil), ("javascript:x", nil), ("#x", nil), ("?x", nil),
        ] as [(String, String?)])
    func `A file is on the web`(text: String, url: String?) throws {
        let value = try answer(String(decoding: JSON.string(text).serialized(), as: UTF8.self))
        if let url {
            #expect(try value.webURL() == url)
        } else {
            #expect(throws: ResolveError.self) { try value.webURL() }
        }
    }

    /// Every registry, and every answer, with each of its values in turn replaced by each kind of value.
    @Test(arguments: [
        ("pypi", "project.json", "pypi/thing-py/json"), ("pypi", "simple.json", "simple/thing-py/index.html"),
        ("crates", "api.json", "api/v1/crates/thing"), ("npm", "abbreviated.json", "thing"),
        ("npm", "full.json", "thing"), ("rubygems", "versions.json", "api/v1/versions/thing.json"),
        ("hackage", "preferred.json", "package/thing/preferred"), ("hackage", "versions.json", "package/thing.json"),
    ])
    func `No shape of an answer does harm`(type: String, fixture: String, path: String) async throws {
        let server = try await RegistryServer(type)
        let upstream = upstream(server.environment)
        let whole = try JSON(parsing: Array(server.text(fixture, ["@LATEST@": "1.10.0", "@NAME@": "thing"]).utf8))
        let source = try Notation.parse("\(type):\(type == "pypi" ? "thing-py" : "thing")", options: SourceOptions())
        var variants: [JSON] = []
        for other in [JSON.null, .bool(true), 7, "../..", ["x": 1]] as [JSON] {
            Self.replaced(whole, by: other) { variants.append($0) }
        }
        var resolved = 0
        for variant in variants {
            try server.web.put(path, variant.serialized())
            do {
                let resolution = try await source.resolve(in: upstream)
                resolved += 1
                guard case .file(let url, _) = resolution.fetch else { continue }
                #expect(url.hasPrefix("http://127.0.0.1:") && !url.contains(".."), "\(url)")
            } catch is ResolveError {
                continue
            }
        }
        #expect(resolved > 0 && resolved < variants.count)
    }

    /// Each value of a document replaced by another, one at a time; of an array and of an object's many members the first
    /// few, which are like the rest.
    private static func replaced(_ json: JSON, by other: JSON, _ found: (JSON) -> Void) {
        found(other)
        switch json {
        case .array(let elements):
            for index in elements.indices.prefix(2) {
                replaced(elements[index], by: other) { element in
                    var changed = elements
                    changed[index] = element
                    found(.array(changed))
                }
            }
        case .object(let members):
            for (key, value) in members {
                replaced(value, by: other) { value in
                    var changed = members
                    changed[key] = value
                    found(.object(changed))
                }
            }
        default: break
        }
    }
}
