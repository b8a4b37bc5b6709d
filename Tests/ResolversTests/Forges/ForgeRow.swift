import JSON
import Lockfile
import Resolvers
import Testing

/// An input, and what it means: a repository with what is followed of it, or why it means none.
struct ForgeRow: Sendable, CustomTestStringConvertible {
    let text: String
    let options: SourceOptions
    let expected: JSON
    var testDescription: String { text }

    /// - Parameter fields: what `source` has besides the type, the owner and the repository.
    init(
        _ text: String, _ repository: String, _ fields: [String: String] = [:], host: String? = nil,
        _ options: SourceOptions = SourceOptions()
    ) {
        self.text = text
        self.options = options
        let parts = repository.split(separator: ":", maxSplits: 1)
        let path = parts[1].split(separator: "/")
        var object: JSONObject = [
            "type": .string(String(parts[0])), "owner": .string(path.dropLast().joined(separator: "/")),
            "repo": .string(String(path[path.count - 1])),
        ]
        for (name, value) in fields { object[name] = value == "true" ? true : .string(value) }
        if let host { object["host"] = .string(host) }
        expected = .object(object)
    }

    /// A URL that stays what it is.
    static func plain(_ type: String, _ url: String) -> ForgeRow { ForgeRow(type, url) }

    private init(_ type: String, _ url: String) {
        text = url
        options = SourceOptions()
        expected = ["type": .string(type), "url": .string(url)]
    }

    func check() throws {
        #expect(try Notation.parse(text, options: options).source.json == expected)
    }

    static let revision = "0123456789abcdef0123456789abcdef01234567"
}

/// A page of a repository that is no source is refused, with the notation that works.
func expectWebPage(_ text: String, repository: String) {
    #expect(throws: ResolveError.webPage(text, repository: repository)) {
        try Notation.parse(text, options: SourceOptions())
    }
}
