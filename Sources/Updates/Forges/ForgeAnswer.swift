internal import JSON
internal import Transfer

/// A value of the JSON that a forge answered with; every error says which member of which URL it is about.
struct ForgeAnswer: Sendable {
    let json: JSON
    /// Where in the document it is, as `jq` writes it.
    let path: String
    /// What answered.
    let url: String

    /// - Throws: `ForgeError.malformedAnswer`
    init(_ response: TransferResponse) throws(ForgeError) {
        url = response.printableURL
        path = "."
        do {
            json = try JSON(parsing: response.body)
        } catch {
            throw .malformedAnswer(url: response.printableURL, path: ".", expected: "JSON")
        }
    }

    private init(_ json: JSON, _ path: String, _ url: String) {
        self.json = json
        self.path = path
        self.url = url
    }

    private func wrong(_ expected: String) -> ForgeError { .malformedAnswer(url: url, path: path, expected: expected) }

    private func path(of key: String) -> String { path == "." ? ".\(key)" : "\(path).\(key)" }

    /// The value under `key`; nil where there is none, or null.
    /// - Throws: `ForgeError.malformedAnswer` when this is no object.
    func member(_ key: String) throws(ForgeError) -> ForgeAnswer? {
        guard let object = json.object else { throw wrong("an object") }
        guard let value = object[key], !value.isNull else { return nil }
        return ForgeAnswer(value, path(of: key), url)
    }

    /// The value under `key`, which has to be there.
    /// - Throws: `ForgeError.malformedAnswer`
    func required(_ key: String) throws(ForgeError) -> ForgeAnswer {
        guard let value = try member(key) else {
            throw .malformedAnswer(url: url, path: path(of: key), expected: "there")
        }
        return value
    }

    /// The elements of an array.
    /// - Throws: `ForgeError.malformedAnswer`
    func elements() throws(ForgeError) -> [ForgeAnswer] {
        guard let array = json.array else { throw wrong("an array") }
        return array.enumerated().map { ForgeAnswer($1, "\(path)[\($0)]", url) }
    }

    /// The elements of the array under `key`; none where there is none, or null.
    /// - Throws: `ForgeError.malformedAnswer`
    func list(_ key: String) throws(ForgeError) -> [ForgeAnswer] { try member(key)?.elements() ?? [] }

    /// The texts under `name` of the elements of the array under `key`.
    /// - Throws: `ForgeError.malformedAnswer`
    func names(_ key: String, _ name: String) throws(ForgeError) -> [String] {
        var names: [String] = []
        for element in try list(key) { names.append(try element.required(name).text()) }
        return names
    }

    /// - Throws: `ForgeError.malformedAnswer`
    func text() throws(ForgeError) -> String {
        guard let text = json.string else { throw wrong("a string") }
        return text
    }

    /// - Throws: `ForgeError.malformedAnswer`
    func bool() throws(ForgeError) -> Bool {
        guard let bool = json.bool else { throw wrong("true or false") }
        return bool
    }

    /// - Throws: `ForgeError.malformedAnswer`
    func number() throws(ForgeError) -> Int {
        guard let number = json.integer.flatMap({ Int(exactly: $0) }) else { throw wrong("a whole number") }
        return number
    }
}

/// What a forge says of what it refuses.
enum ForgeWords {
    private static let most = 10
    private static let longest = 500

    /// The words of an answer, each once: of GitHub `message` and `errors` (objects or texts), of GitLab `message` (a text,
    /// texts, or texts by field), `error` and `error_description`, of Forgejo `message` and `errors`.
    static func of(_ body: [UInt8]) -> [String] {
        guard let json = try? JSON(parsing: body) else { return [] }
        var words: [String] = []
        for key in ["message", "error", "error_description", "errors"] {
            if let value = json[key] { collect(value, "", into: &words) }
        }
        var seen: Set<[UInt8]> = []
        return Array(words.filter { seen.insert(Array($0.utf8)).inserted }.prefix(most))
    }

    private static func collect(_ value: JSON, _ field: String, into words: inout [String]) {
        switch value {
        case .string(let text):
            guard !text.isEmpty else { return }
            words.append(String((field.isEmpty ? text : "\(field) \(text)").unicodeScalars.prefix(longest)))
        case .array(let elements): for element in elements { collect(element, field, into: &words) }
        case .object(let members):
            if let text = members["message"]?.string {
                collect(.string(text), "", into: &words)
            } else if let code = members["code"]?.string {
                // GitHub says what is wrong with a field in one word: `missing`, `invalid`, `already_exists`.
                let place = [members["resource"]?.string, members["field"]?.string].compactMap(\.self)
                words.append(
                    (place.isEmpty ? code : "\(place.joined(separator: "."))  \(code)").replacing("  ", with: " "))
            } else {
                for (key, value) in members { collect(value, key, into: &words) }
            }
        case .null, .bool, .number: break
        }
    }
}
