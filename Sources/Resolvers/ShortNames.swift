internal import JSON
internal import Lockfile

/// What a bare word stands for: the names that everybody has, and a person's own, which count first.
public struct ShortNames: Sendable {
    /// A person's own, in the order of their names.
    private let own: [(name: String, notation: String)]

    /// The names that everybody has.
    public init() { own = [] }

    /// Reads a person's own names: `{"shortNames": {NAME: NOTATION}, "version": 1}`.
    ///
    /// A notation may be one of the names that everybody has, and none of the person's own: nothing goes in circles.
    /// - Throws: `ShortNamesError`
    public init(parsing bytes: [UInt8]) throws(ShortNamesError) {
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw .notJSON(line: error.line, column: error.column)
        }
        guard let object = json.object else { throw .notObject("the whole") }
        // A later version may mean something else by the same words.
        guard let version = object["version"] else { throw .noVersion }
        guard version.integer == 1 else { throw .laterVersion }
        if let unknown = object.keys.first(where: { !["shortNames", "version"].contains($0) }) {
            throw .unknownMember(unknown)
        }
        guard let entries = (object["shortNames"] ?? [:]).object else { throw .notObject("`shortNames`") }
        own = try entries.map { entry throws(ShortNamesError) in
            guard let notation = entry.value.string, !notation.isEmpty else { throw .noNotation(entry.key) }
            guard Self.isName(entry.key[...]) else { throw .illegalName(entry.key) }
            return (entry.key, notation)
        }
    }

    /// Every name, sorted by bytes.
    public var names: [String] {
        let all = own.map(\.name) + Self.builtIn.map(\.name).filter { name in !own.contains { $0.name == name } }
        return all.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What a name stands for; nil for none.
    func notation(of name: String) -> String? {
        guard let notation = own.first(where: { $0.name == name })?.notation else { return Self.builtIn(name) }
        return Self.builtIn(notation) ?? notation
    }

    /// The names that a mistyped one may have meant.
    func nearest(to text: String) -> [String] { NearestNames.of(text, among: names, text: { $0 }) }

    private static func builtIn(_ name: String) -> String? { builtIn.first { $0.name == name }?.notation }

    /// Whether a text can be a name: what stands between slashes, so that a REF can follow.
    static func isName(_ text: Substring) -> Bool { Notation.isPathComponent(text) }
}

/// Why a person's own short names cannot be read.
public enum ShortNamesError: Error, Equatable, Sendable {
    case notJSON(line: Int, column: Int)
    /// What should be an object and is none.
    case notObject(String)
    case noVersion
    case laterVersion
    /// A member that means nothing.
    case unknownMember(String)
    /// A name that stands for no text.
    case noNotation(String)
    /// A name with characters that no short name has.
    case illegalName(String)
}
