import ArgumentParser
import JSON
import Lockfile
import NixHash
import PinrKit
import SourceTree
import Updates

struct Verify: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Download every locked source again and compare its hash.",
        discussion: """
            Asks also whether the tags that pins stand at are where they were. Exits with 2 on a difference. --store looks \
            into the machine's Nix store instead: what lies there has the locked hash, or is not there, which exits with \
            1. That needs neither the network nor Nix.
            """)

    @Argument(help: "Which pins; all of them when none is named.", completion: PinNames.completion)
    var names: [String] = []

    @Flag(help: "Look at what lies in the Nix store, and download nothing.")
    var store = false

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }

    func perform(_ session: Session) async throws -> ExitStatus {
        let report = try await session.pinr.verify(names, in: store ? .nixStore : .upstream)
        session.print(json: report.json, lines: Self.lines(of: report))
        for failure in report.failed { session.terminal.error(Problem(failure)) }
        if !report.failed.isEmpty { return .failed }
        return report.mismatched.isEmpty && report.moved.isEmpty ? .done : .difference
    }

    private static func lines(of report: VerifyReport) -> [String] {
        var lines = report.verified.map { "\(printable($0.text)): ok" }
        for mismatch in report.mismatched {
            lines += [
                "\(printable(mismatch.name.text)): the hash is another than the locked one",
                "  locked  \(mismatch.expected.sri)", "  now     \(mismatch.actual.sri)",
            ]
            if let path = mismatch.path { lines.append("  path    \(path)") }
        }
        for moved in report.moved {
            lines += [
                "\(printable(moved.name.text)): the tag it stands at \(moved.actual == nil ? "is gone" : "has moved")",
                "  locked  \(moved.expected)", "  now     \(moved.actual ?? "-")",
            ]
        }
        return lines
    }
}
