internal import JSON
internal import Transfer

/// What is wrong with what a registry answered.
public enum AnswerFault: Equatable, Sendable {
    /// It is no JSON; the type is what the server calls it.
    case notJSON(contentType: String?)
    /// A member has another type than it is documented to have; `path` is as `jq` writes it.
    case wrongType(path: String, expected: String)
    /// A member that has to be there is not.
    case missing(path: String)
    /// A member's text is not what it should be.
    case illegal(path: String, value: String, expected: String)
    /// A text that is no list of packages.
    case notAnIndex(contentType: String?)
}

/// A value of the JSON that a registry answered with; every error says which member of which URL it is about.
///
/// A member that is `null` counts as absent: that is how registries write what they do not know.
struct Answer: Sendable {
    let json: JSON
    /// Where in the document it is, as `jq` writes it.
    let path: String
    /// What answered.
    let url: String

    /// - Throws: `ResolveError.malformedAnswer`
    init(_ response: TransferResponse) throws(ResolveError) {
        do {
            json = try JSON(parsing: response.body)
        } catch {
            throw .malformedAnswer(
                url: response.printableURL, .notJSON(contentType: response.headers["Content-Type"]))
        }
        path = "."
        url = response.printableURL
    }

    /// - Parameter text: one JSON document out of a text that `url` answered with.
    /// - Throws: `ResolveError.malformedAnswer`
    init(line: ArraySlice<UInt8>, number: Int, of response: TransferResponse) throws(ResolveError) {
        do {
            json = try JSON(parsing: Array(line))
        } catch {
            throw .malformedAnswer(
                url: response.printableURL, .notJSON(contentType: response.headers["Content-Type"]))
        }
        path = "line \(number): ."
        url = response.printableURL
    }

    private init(_ json: JSON, _ path: String, _ url: String) {
        self.json = json
        self.path = path
        self.url = url
    }

    private func path(of key: String) -> String {
        let isPlain =
            !key.isEmpty && key.utf8.allSatisfy { (0x30...0x7A).contains($0) && !":;<=>?@[\\]^`".utf8.contains($0) }
        let dot = path.utf8.last == UInt8(ascii: ".") ? path : path + "."
        return dot + (isPlain ? key : String(decoding: JSON.string(key).serializedCompactly(), as: UTF8.self))
    }

    // MARK: Values

    func wrongType(_ expected: String) -> ResolveError {
        .malformedAnswer(url: url, .wrongType(path: path, expected: expected))
    }

    func illegal(_ expected: String) -> ResolveError {
        .malformedAnswer(url: url, .illegal(path: path, value: json.string ?? "", expected: expected))
    }

    /// The value under `key`; nil where there is none.
    /// - Throws: `ResolveError.malformedAnswer` when this is no object.
    func member(_ key: String) throws(ResolveError) -> Answer? {
        guard let object = json.object else { throw wrongType("an object") }
        guard let value = object[key], !value.isNull else { return nil }
        return Answer(value, path(of: key), url)
    }

    /// The value under `key`, which has to be there.
    /// - Throws: `ResolveError.malformedAnswer`
    func required(_ key: String) throws(ResolveError) -> Answer {
        guard let value = try member(key) else { throw .malformedAnswer(url: url, .missing(path: path(of: key))) }
        return value
    }

    /// The members of an object.
    /// - Throws: `ResolveError.malformedAnswer`
    func members() throws(ResolveError) -> [(key: String, value: Answer)] {
        guard let object = json.object else { throw wrongType("an object") }
        return object.map { ($0.key, Answer($0.value, path(of: $0.key), url)) }
    }

    /// The elements of an array.
    /// - Throws: `ResolveError.malformedAnswer`
    func elements() throws(ResolveError) -> [Answer] {
        guard let array = json.array else { throw wrongType("an array") }
        return array.enumerated().map { Answer($1, "\(path)[\($0)]", url) }
    }

    /// - Throws: `ResolveError.malformedAnswer`
    func text() throws(ResolveError) -> String {
        guard let text = json.string else { throw wrongType("a string") }
        return text
    }

    /// - Throws: `ResolveError.malformedAnswer`
    func bool() throws(ResolveError) -> Bool {
        guard let bool = json.bool else { throw wrongType("true or false") }
        return bool
    }

    /// A version or another word that ends up in the lock: not empty, and nothing in it that is no printable character.
    /// - Throws: `ResolveError.malformedAnswer`
    func word() throws(ResolveError) -> String {
        let text = try text()
        guard Self.isWord(text) else { throw illegal("a word without blanks and control characters") }
        return text
    }

    static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 256 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// A length in bytes.
    /// - Throws: `ResolveError.malformedAnswer`
    func size() throws(ResolveError) -> Int64 {
        guard let size = json.integer, size >= 0 else { throw wrongType("a number of bytes") }
        return size
    }

    /// The URL of a file on the web, which a server may write relative to its answer.
    ///
    /// A registry that names a file of this machine, or anything with a password in it, is not followed.
    /// - Throws: `ResolveError.malformedAnswer`
    func webURL() throws(ResolveError) -> String {
        let text = try text()
        let expected = "the URL of a file on the web"
        guard let resolved = WebReference.resolve(text, against: url) else { throw illegal(expected) }
        let parts = URLParts(resolved)
        guard ["https", "http"].contains(parts.scheme), !parts.authority.isEmpty, !parts.authority.contains("@"),
            resolved.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw illegal(expected) }
        // A fragment is for whoever reads the page, and often repeats the digest.
        return String(resolved.prefix { $0 != "#" })
    }
}
