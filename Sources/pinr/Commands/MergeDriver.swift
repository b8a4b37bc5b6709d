import ArgumentParser
import JSON
import PinrKit
import Updates

struct MergeDriver: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Merge pins.json pin by pin, for git.",
        usage: """
            pinr merge-driver --install | --uninstall
            pinr merge-driver [<options>] <ancestor> <current> <other> [<pathname>]
            """,
        discussion: """
            `--install` tells git to use it, in this clone. Git then runs it with three temporary files, and it writes \
            what it made of them to CURRENT. The exit status is 0 when all is merged, 1 when a conflict is left between \
            marks, and 2 when a state cannot be read and nothing was written.
            """)

    @Argument(help: "The files that git names: %O, %A, %B and %P.", completion: .file())
    var files: [String] = []

    @Flag(help: "Set it up: in .gitattributes, and in the configuration of this repository.")
    var install = false

    @Flag(help: "Take away what --install has set up.")
    var uninstall = false

    @Option(help: ArgumentHelp("How many characters the marks of a conflict have (%L).", valueName: "n"))
    var markerSize = 7

    @Option(help: ArgumentHelp("What the state before is called in a conflict (%S).", valueName: "label"))
    var baseLabel: String?

    @Option(help: ArgumentHelp("What our side is called in a conflict (%X).", valueName: "label"))
    var oursLabel: String?

    @Option(help: ArgumentHelp("What their side is called in a conflict (%Y).", valueName: "label"))
    var theirsLabel: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if install && uninstall { throw ValidationError("`--install` and `--uninstall` cannot both be given.") }
        if (install || uninstall) && !files.isEmpty {
            throw ValidationError("`--install` and `--uninstall` take no files; `--directory` says where the lock is.")
        }
        if !install && !uninstall && !(3...4 ~= files.count) {
            throw ValidationError("Three files are to be merged: ANCESTOR, CURRENT and OTHER. `--install` sets git up.")
        }
        if !(1...1000 ~= markerSize) { throw ValidationError("`--marker-size` is a number from 1 to 1000.") }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        if install { return report(try await session.pinr.installMergeDriver(running: ProgramPath.word), session) }
        if uninstall { return report(try await session.pinr.uninstallMergeDriver(), session) }
        var request = MergeRequest(
            ancestor: files[0], current: files[1], other: files[2], pathname: files.count > 3 ? files[3] : files[1])
        request.marks = ConflictMarks(
            size: markerSize, ours: label(oursLabel, "%X") ?? "ours", theirs: label(theirsLabel, "%Y") ?? "theirs")
        request.baseLabel = label(baseLabel, "%S") ?? "base"
        if let timeout = global.timeout { request.patience = timeout }
        do {
            let report = try await session.pinr.merge(request)
            session.terminal.tell(report.lines(isFull: global.verbose))
            session.print(json: report.json, lines: [])
            return report.isConflict ? .failed : .done
        } catch  where !Task.isCancelled {
            _ = session.fail(error, signal: nil)
            // To git, 1 is a conflict that stands between marks.
            return .difference
        }
    }

    /// A label as git gave it: git before 2.44 hands its placeholder on.
    private func label(_ given: String?, _ placeholder: String) -> String? {
        given.flatMap { $0.isEmpty || $0 == placeholder ? nil : $0 }
    }

    private func report(_ setup: MergeDriverSetup, _ session: Session) -> ExitStatus {
        var lines: [String] = []
        if setup.isWritten {
            lines.append("\(uninstall ? "took the driver out of" : "wrote") \(printable(setup.attributes))")
        }
        for path in setup.paths where install { lines.append("  \(printable(path)) is merged by pinr") }
        for (key, value) in setup.configuration {
            lines.append(value.map { "set \(key) = \(printable($0))" } ?? "unset \(key)")
        }
        session.print(json: setup.json, lines: lines.isEmpty ? ["there was nothing to take away"] : lines)
        return .done
    }
}
