import Foundation

/// The commands of a page, as a reader would type them, and what they are said to print.
///
/// In blocks of ```` ```console ````: a line that begins with `$ ` is a command, lines with `> ` behind it belong to it, and what
/// follows is printed; `…` stands for anything.
struct ConsoleBlocks {
    struct Command: Sendable {
        /// The line of the page, from 1.
        let line: Int
        var text: String
        var output: [String] = []
    }

    private(set) var commands: [Command] = []

    init(_ page: String) {
        var isInside = false
        for (index, raw) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(raw)
            if line.hasPrefix("```") {
                isInside = !isInside && line == "```console"
            } else if isInside, line.hasPrefix("$ ") {
                commands.append(Command(line: index + 1, text: String(line.dropFirst(2))))
            } else if isInside, line.hasPrefix("> "), let last = commands.indices.last, commands[last].output.isEmpty {
                commands[last].text += "\n\(line.dropFirst(2))"
            } else if isInside, let last = commands.indices.last {
                commands[last].output.append(line)
            }
        }
    }

    /// A script that runs one after another in one shell, as a terminal does, until one fails.
    ///
    /// - Parameter mark: A word that no output has. A line with it and the number of a command comes before what that prints.
    func script(mark: String) -> String {
        "set -e\n"
            + commands.enumerated().map { "echo '\(mark) \($0.offset)'\n\($0.element.text)\n" }.joined()
    }

    /// What of the output of such a script is of which command.
    func outputs(of text: String, mark: String) -> [Int: [String]] {
        var outputs: [Int: [String]] = [:]
        var current: Int?
        for line in text.split(separator: "\n").map(String.init) {
            if line.hasPrefix("\(mark) ") {
                current = Int(line.dropFirst(mark.count + 1))
                if let current { outputs[current] = [] }
            } else if let current {
                outputs[current, default: []].append(line)
            }
        }
        return outputs
    }
}

extension ConsoleBlocks.Command {
    /// Whether this was printed: line by line, `…` for anything in a line, alone in a line for any number of lines.
    func allows(_ lines: [String]) -> Bool { Self.match(output[...], lines[...]) }

    private static func match(_ expected: ArraySlice<String>, _ lines: ArraySlice<String>) -> Bool {
        guard let first = expected.first else { return lines.isEmpty }
        if first == "…" {
            return (0...lines.count).contains { match(expected.dropFirst(), lines.dropFirst($0)) }
        }
        guard let line = lines.first, matches(first, line) else { return false }
        return match(expected.dropFirst(), lines.dropFirst())
    }

    private static func matches(_ expected: String, _ line: String) -> Bool {
        let parts = expected.split(separator: "…", omittingEmptySubsequences: false).map(String.init)
        var rest = line[...]
        guard rest.hasPrefix(parts[0]) else { return false }
        rest = rest.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() {
            guard let range = rest.range(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return parts.count == 1 ? rest.isEmpty : rest.hasSuffix(parts[parts.count - 1])
    }
}
