import Foundation
import Support
import Testing

/// A file that is handed out, read as what it is: mistakes are looked for in code, not in what comments say of them.
struct TemplateFile: Sendable, CustomTestStringConvertible {
    /// What language it is in.
    enum Kind: Sendable { case shell, nix, containerfile, yaml, unit, other }

    /// Its path below the folder of the repository.
    let path: String
    let text: String
    let kind: Kind

    var testDescription: String { path }

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
        kind = Self.kind(of: path, text)
    }

    private static func kind(of path: String, _ text: String) -> Kind {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let lines = text.split(separator: "\n", maxSplits: 2).prefix(2).map(String.init)
        if name.hasPrefix("Containerfile") || name.hasPrefix("Dockerfile") { return .containerfile }
        if name.hasSuffix(".nix") { return .nix }
        if name.hasSuffix(".yml") || name.hasSuffix(".yaml") { return .yaml }
        if [".container", ".volume", ".network", ".service", ".socket", ".pod"].contains(where: name.hasSuffix) {
            return .unit
        }
        // A script is known by its first line, one of nix-shell by its second.
        let isShell = lines.first?.firstMatch(of: /^#!.*[\/ ](ba|da|k)?sh( |$)/) != nil
        let isNixShell = lines.first?.hasSuffix("nix-shell") == true && lines.last?.contains("-i bash") == true
        return isShell || isNixShell || name.hasSuffix(".sh") ? .shell : .other
    }

    /// A line as its language reads it: with those that it goes on in, without comments.
    struct Line: Sendable {
        /// The number of the first of them, from 1.
        let number: Int
        let text: String
    }

    /// The code, line by line.
    var code: [Line] {
        var lines: [Line] = []
        var open: Line?
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(raw)
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            // Also between lines that go on: there a comment is left out, by Docker as by us.
            if trimmed.hasPrefix("#") { continue }
            let isOpen = [.shell, .containerfile, .yaml, .unit].contains(kind) && trimmed.hasSuffix("\\")
            let content = isOpen ? String(trimmed.dropLast()) : Self.withoutComment(line)
            let joined = Line(number: open?.number ?? index + 1, text: (open?.text ?? "") + content)
            if isOpen {
                open = joined
            } else {
                lines.append(joined)
                open = nil
            }
        }
        return open.map { lines + [$0] } ?? lines
    }

    /// The line up to a comment: ` #` where no quotation is open.
    private static func withoutComment(_ line: String) -> String {
        guard let hash = Quoting.comment(in: line) else { return line }
        return String(line[..<hash])
    }

    /// The numbers of the lines of code that match; a word ends where letters, digits and `_` do.
    func lines(matching pattern: Regex<some Any>) -> [Int] {
        let pattern = pattern.wordBoundaryKind(.simple)
        return code.filter { $0.text.firstMatch(of: pattern) != nil }.map(\.number)
    }
}

/// Where a shell sees a comment.
enum Quoting {
    /// Whether a backslash is to continue the line and cannot: behind it stand blanks, and then nothing or a comment.
    static func continuesInVain(_ text: String) -> Bool {
        var quote: Character?
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
                guard quote == nil, character.isWhitespace else { continue }
                let rest = text[index...].drop(while: \.isWhitespace)
                if rest.isEmpty || rest.hasPrefix("#") { return true }
                continue
            }
            switch character {
            case "\\" where quote != "'": isEscaped = true
            case "'" where quote == nil, "\"" where quote == nil: quote = character
            case quote: quote = nil
            default: break
            }
        }
        return false
    }

    /// Where a comment begins: at a `#` that begins a word and is not quoted.
    static func comment(in text: String) -> String.Index? {
        var quote: Character?
        var isEscaped = false
        var beginsWord = true
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
                beginsWord = false
                continue
            }
            switch character {
            case "\\" where quote != "'": isEscaped = true
            case "'" where quote == nil, "\"" where quote == nil: quote = character
            case quote: quote = nil
            case "#" where quote == nil && beginsWord: return index
            default: break
            }
            beginsWord = quote == nil && (character.isWhitespace || character == ";")
        }
        return nil
    }
}

extension TemplateFile {
    /// Every file below a folder of the repository.
    static func all(below folder: String) throws -> [TemplateFile] {
        let root = "\(packageRoot)/\(folder)"
        let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return try names.sorted().compactMap { name in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: "\(root)/\(name)", isDirectory: &isFolder), !isFolder.boolValue
            else { return nil }
            return TemplateFile("\(folder)/\(name)", try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8))
        }
    }
}
