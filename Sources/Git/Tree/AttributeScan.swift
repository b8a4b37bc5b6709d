/// Finds out which attributes the `.gitattributes` files of a tree give to anything at all.
///
/// Which files a pattern matches is not looked at: an attribute that is named counts, and one that is only taken away
/// (`-attr`, `!attr`) does not. Specified in gitattributes(5).
struct AttributeScan {
    /// `name`, `-name`, `!name` or `name=value`.
    private struct Assignment: Hashable {
        enum State: Hashable {
            case set
            case unset
            case value(String)
        }

        let name: String
        let state: State
    }

    private var assignments: Set<Assignment> = []
    private var macros: [String: [Assignment]] = [:]

    init() {}

    /// Reads a file; macros count only in the one at the top of the tree.
    mutating func add(_ file: [UInt8], isTopLevel: Bool) {
        for line in file.split(separator: UInt8(ascii: "\n")) { add(line: line, isTopLevel: isTopLevel) }
    }

    private mutating func add(line: ArraySlice<UInt8>, isTopLevel: Bool) {
        let text = line.drop(while: Self.isBlank)
        guard let first = text.first, first != UInt8(ascii: "#") else { return }
        if text.starts(with: "[attr]") {
            let words = text.dropFirst(6).split(whereSeparator: Self.isBlank)
            guard isTopLevel, let name = words.first, let given = Self.parse(words.dropFirst()) else { return }
            macros[String(decoding: name, as: UTF8.self)] = given
        } else if let given = Self.parse(Self.afterPattern(text).split(whereSeparator: Self.isBlank)[...]),
            first != UInt8(ascii: "!")
        {
            // A pattern that begins with `!` is forbidden, and git drops its line.
            assignments.formUnion(given)
        }
    }

    /// The attributes in use, out of `export-ignore`, `export-subst`, `eol`, `ident` and `filter`, sorted.
    var used: [String] {
        var used: Set<String> = []
        for assignment in expanded {
            switch (assignment.name, assignment.state) {
            case (_, .unset): break
            case ("export-ignore", _), ("export-subst", _), ("ident", _), ("filter", _): used.insert(assignment.name)
            // `text` and `eol=lf` change nothing when files are written out; these do.
            case ("eol", .value("crlf")): used.insert("eol")
            case ("working-tree-encoding", .value(let encoding)) where !Self.isUTF8(encoding): used.insert("eol")
            default: break
            }
        }
        return used.sorted()
    }

    /// Every assignment, macros expanded; git expands a macro only where it is set.
    private var expanded: Set<Assignment> {
        var pending = Array(assignments)
        var seen = assignments
        while let assignment = pending.popLast() {
            guard assignment.state == .set, let expansion = macros[assignment.name] else { continue }
            for given in expansion where seen.insert(given).inserted { pending.append(given) }
        }
        return seen
    }

    private static func isUTF8(_ encoding: String) -> Bool {
        ["utf-8", "utf8"].contains(encoding.lowercased())
    }

    // MARK: Lines

    private static func isBlank(_ byte: UInt8) -> Bool {
        // Git ends lines with a line feed alone; a carriage return is a blank to it wherever it stands.
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    /// What stands behind the pattern, which may be in quotes.
    private static func afterPattern(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard line.first == UInt8(ascii: "\"") else { return line.drop { !isBlank($0) } }
        var isEscaped = false
        for index in line.indices.dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if line[index] == UInt8(ascii: "\\") {
                isEscaped = true
            } else if line[index] == UInt8(ascii: "\"") {
                return line[(index + 1)...]
            }
        }
        return line.drop { !isBlank($0) }
    }

    /// Nil when one is not the name of an attribute: git drops the whole line.
    private static func parse(_ words: ArraySlice<ArraySlice<UInt8>>) -> [Assignment]? {
        var parsed: [Assignment] = []
        for word in words {
            let isUnset = word.first == UInt8(ascii: "-") || word.first == UInt8(ascii: "!")
            let body = isUnset ? word.dropFirst() : word
            let name = body.prefix { $0 != UInt8(ascii: "=") }
            guard let first = name.first, first != UInt8(ascii: "-"),
                name.allSatisfy({ $0.isLetterOrDigit || "-._".utf8.contains($0) })
            else { return nil }
            let state: Assignment.State =
                if isUnset {
                    .unset
                } else if name.count < body.count {
                    .value(String(decoding: body.dropFirst(name.count + 1), as: UTF8.self))
                } else {
                    .set
                }
            parsed.append(Assignment(name: String(decoding: name, as: UTF8.self), state: state))
        }
        return parsed
    }
}
