import ArgumentParser
import JSON
import Lockfile
import NixHash
import PinrKit
import Updates

struct Explain: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a pin is at its version: what upstream has, what is skipped and why.",
        usage: "pinr explain [<options>] <name>",
        discussion: "Asks upstream and writes nothing.")

    @Argument(help: "The pin.", completion: PinNames.completion)
    var name: String

    @OptionGroup var global: GlobalOptions

    /// How many tags or versions are listed for people, besides what won and what is locked.
    private static let mostListed = 20

    func perform(_ session: Session) async throws -> ExitStatus {
        let explanation = try await session.pinr.explain(name)
        session.print(json: explanation.json, lines: Self.lines(of: explanation))
        if let problem = explanation.problem {
            session.terminal.error(problem)
            return .failed
        }
        return .done
    }

    private static func lines(of explanation: Explanation) -> [String] {
        var lines = PinText.lines(explanation.name, explanation.pin)
        if let newest = explanation.newest {
            let known = [newest.version, newest.revision.map(Summary.short)].compactMap(\.self)
            // What has neither is told by its URL, which is said once.
            if !known.isEmpty { lines.append(row("newest", known.joined(separator: " "))) }
            if let ref = newest.ref { lines.append(row("ref", ref)) }
            lines.append(row("fetch", newest.url))
        }
        if let policy = explanation.policy {
            if let allowed = policy.allowed, allowed != explanation.newest {
                let known = [allowed.version, allowed.revision.map(Summary.short)].compactMap(\.self)
                lines.append(row("allowed", known.isEmpty ? allowed.url : known.joined(separator: " ")))
            }
            if let day = policy.oldEnoughOn { lines.append(row("later", "old enough on \(day)")) }
            if let day = policy.nextDay { lines.append(row("day", "considered next on \(day)")) }
        }
        lines.append(row("update", explanation.reason ?? sentence(explanation.action)))
        lines += explanation.remarks.map { row("remark", $0) }
        guard !explanation.seen.isEmpty else { return lines }
        lines.append(row("seen", "\(explanation.seen.count) to choose from"))
        // What it is all about is listed however many are before it.
        let listed = explanation.seen.enumerated()
            .filter { $0 < mostListed || $1.isLocked || $1.verdict == Explanation.Seen.chosen }.map(\.element)
        let width = listed.map { printable($0.name).count }.max() ?? 0
        for (index, seen) in listed.enumerated() {
            if index == mostListed { lines.append("    …") }
            let name = printable(seen.name)
            let padding = String(repeating: " ", count: width - name.count)
            lines.append("    \(name)\(padding)  \(seen.reason ?? seen.verdict)" + (seen.isLocked ? " (locked)" : ""))
        }
        let rest = explanation.seen.count - listed.count
        if rest > 0 { lines.append("    and \(rest) more, which `--json` lists") }
        return lines
    }

    private static func sentence(_ action: Explanation.Action) -> String {
        switch action {
        case .none: "nothing to do"
        case .move: "would move it to the newest"
        case .fetch: "would fetch it, to see whether it has changed"
        case .hold: "would leave it where it is"
        case .wait: "would leave it where it is for now"
        case .fail: "would fail"
        }
    }

    private static func row(_ key: String, _ value: String) -> String {
        "  \(key)" + String(repeating: " ", count: 8 - key.count) + printable(value, limit: 4000)
    }
}
