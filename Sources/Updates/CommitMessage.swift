internal import Lockfile

/// The message of a commit that updates pins, in the form that people know from git and from Nix
/// (`nix flake update --commit-lock-file`).
///
/// Names, versions and URLs come from outside. Each stands in one line of its own behind blanks, so that none becomes a trailer
/// (`Signed-off-by:`), a comment or a heading, without what nobody can see and without what a forge would act upon.
public enum CommitMessage {
    /// As much as git's own tools show of a first line.
    private static let subjectLimit = 72

    /// - Parameter adding: files that the commit adds to the repository, from the top.
    public static func of(_ changes: [PinChange], adding: [String] = []) -> String {
        var blocks = changes.map(block)
        if !adding.isEmpty {
            blocks.append("Not in the repository before:\n" + adding.map { "    \(plain($0))" }.joined(separator: "\n"))
        }
        return ([subject(changes)] + blocks).joined(separator: "\n\n") + "\n"
    }

    private static func subject(_ changes: [PinChange]) -> String {
        let names = changes.map { plain($0.name.text) }
        guard let last = names.last, let change = changes.last else { return "pins: note what upstream says now" }
        if names.count == 1 {
            let states = "\(last): \(state(change.old, change.new)) → \(state(change.new, change.old))"
            for text in [states, last] where fits("pins: update \(text)") { return "pins: update \(text)" }
            return "pins: update 1 pin"
        }
        let listed = "pins: update \(names.dropLast().joined(separator: ", ")) and \(last)"
        return names.count <= 3 && fits(listed) ? listed : "pins: update \(names.count) pins"
    }

    private static func fits(_ subject: String) -> Bool { subject.unicodeScalars.count <= subjectLimit }

    private static func block(_ change: PinChange) -> String {
        var lines = ["• Updated '\(plain(change.name.text))':"]
        lines.append("    \(state(change.old, change.new))\(day(change.old))")
        lines.append("  → \(state(change.new, change.old))\(day(change.new))")
        if let url = change.compareURL.flatMap(SafeText.url) { lines.append("    \(url)") }
        if change.isRewritten { lines.append("    its history was rewritten") }
        if change.isOlder { lines.append("    it is older than what was there before") }
        return lines.joined(separator: "\n")
    }

    private static func state(_ locked: Locked, _ other: Locked) -> String {
        let text = Summary.of(locked, versus: other)
        return SafeText.url(text) ?? plain(text)
    }

    private static func day(_ locked: Locked) -> String {
        locked.day.map { " (\($0))" } ?? ""
    }

    /// A line in which a forge finds nobody's name and no number of an issue, which it would tell or close.
    ///
    /// Revisions stay whole, so that they can be looked for.
    private static func plain(_ text: String) -> String {
        let scalars = Array(SafeText.line(text).unicodeScalars)
        var line = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            line.append(scalar)
            guard index + 1 < scalars.count, scalars[index + 1] != " " else { continue }
            // `@name`, `#1`, `!1`, and `GH-1`.
            let isMark = scalar == "@" || scalar == "#" || scalar == "!"
            let isNumbered = scalar == "-" && scalars[index + 1].properties.numericType != nil
            if isMark || isNumbered && endsInGH(scalars[..<index]) { line.append("\u{200B}") }
        }
        return String(line)
    }

    private static func endsInGH(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
        String(String.UnicodeScalarView(scalars.suffix(2))).lowercased() == "gh"
    }
}
