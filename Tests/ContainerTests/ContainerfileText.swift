/// A Containerfile, read by the rules of its builders (https://docs.docker.com/reference/dockerfile/#format): which lines are
/// one instruction, and what of them a shell gets to see.
struct ContainerfileText {
    /// Something that is another thing than it looks like.
    struct Fault: Equatable {
        /// The line, from 1.
        let line: Int
        let what: String
    }

    /// One instruction.
    struct Instruction {
        /// The line that it begins on, from 1.
        let line: Int
        /// Its word, in capitals.
        let word: String
        /// What follows the word, lines joined.
        let arguments: String
    }

    private(set) var instructions: [Instruction] = []
    private(set) var faults: [Fault] = []

    private static let words: Set<String> = [
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
        "ONBUILD",
        "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ]

    init(_ text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        while let start = lines.indices.first {
            let first = lines.removeFirst()
            let trimmed = Self.trim(first)
            guard !trimmed.isEmpty, !trimmed.hasPrefix("#") else { continue }
            read(from: first, at: start + 1, &lines)
        }
    }

    private mutating func read(from first: String, at number: Int, _ lines: inout ArraySlice<String>) {
        var pieces: [(number: Int, text: String)] = []
        var current: (number: Int, text: String)? = (number, first)
        while let line = current {
            // Blanks behind the backslash do not matter to a builder, though they do to a shell.
            let end = Self.trim(line.text)
            let goesOn = end.hasSuffix("\\")
            pieces.append((line.number, goesOn ? String(end.dropLast()) : line.text))
            current = nil
            guard goesOn else { break }
            current = next(&lines)
            if current == nil { faults.append(Fault(line: line.number, what: "the file ends where the line goes on")) }
        }
        let joined = pieces.map(\.text).joined(separator: " ")
        let parts = Self.trim(joined).split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
        let word = (parts.first ?? "").uppercased()
        guard Self.words.contains(word) else {
            faults.append(Fault(line: number, what: "no instruction: \(parts.first ?? "")"))
            return
        }
        let arguments = parts.count > 1 ? parts[1] : ""
        instructions.append(Instruction(line: number, word: word, arguments: arguments))
        if word == "RUN" { look(at: pieces) }
        if let end = Self.hereDocument(arguments) { skip(to: end, number, &lines) }
    }

    /// The next line that is not a comment: those are left out even where a line goes on.
    private mutating func next(_ lines: inout ArraySlice<String>) -> (number: Int, text: String)? {
        while let index = lines.indices.first {
            let line = lines.removeFirst()
            let trimmed = Self.trim(line)
            if trimmed.hasPrefix("#") { continue }
            if trimmed.isEmpty {
                faults.append(Fault(line: index + 1, what: "an empty line where the line before goes on"))
                continue
            }
            return (index + 1, line)
        }
        return nil
    }

    /// A `#` that a shell sees makes a comment of everything behind it, and that is all lines that follow.
    private mutating func look(at pieces: [(number: Int, text: String)]) {
        var before = ""
        for piece in pieces.dropLast() {
            if let comment = Quoting.comment(in: before + piece.text) {
                let text = (before + piece.text)[comment...]
                faults.append(Fault(line: piece.number, what: "swallows the lines that follow: \(text)"))
                return
            }
            before += piece.text + " "
        }
    }

    /// The mark that ends a here-document which these arguments begin.
    private static func hereDocument(_ arguments: String) -> String? {
        arguments.firstMatch(of: /<<-?["']?([A-Za-z_]+)["']?/).map { String($0.1) }
    }

    private mutating func skip(to end: String, _ number: Int, _ lines: inout ArraySlice<String>) {
        while !lines.isEmpty {
            if Self.trim(lines.removeFirst()) == end { return }
        }
        faults.append(Fault(line: number, what: "a here-document without its end, \(end)"))
    }

    private static func trim(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
