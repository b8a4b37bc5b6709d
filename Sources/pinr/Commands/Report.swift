import ArgumentParser
import JSON
import Lockfile
import PinrKit
import Updates

struct Report: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a page to look at: how old the pins are, how far behind, and what happened to them.",
        discussion: """
            Asks upstream what it has, fetches no source, and changes no pin. The page is one file that loads nothing and \
            runs no script. --offline leaves out what upstream has. A pin about which nothing can be found out is on the \
            page with the reason; the exit status is then 1.
            """)

    @Argument(help: "Which pins; all of them when none is named.", completion: PinNames.completion)
    var names: [String] = []

    @Option(
        help: ArgumentHelp("The file to write the page to; `-` for standard output.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var html: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if html == nil && !global.json { throw ValidationError("`--html FILE` says where the page is to be written.") }
        if html == "" { throw ValidationError("`--html` needs the path of a file.") }
        if html == "-" && global.json {
            throw ValidationError("`--html -` and `--json` both write to standard output.")
        }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        let file = html == "-" ? nil : html
        // Rather now than after everybody was asked.
        if let file { try await session.pinr.requirePage(at: file) }
        let page = try await session.pinr.report(names)
        if let file { try await session.pinr.write(page, to: file) }
        if html == "-" {
            session.terminal.clearProgress()
            StandardOutput.write(text: session.pinr.html(of: page))
        } else {
            session.print(json: page.json, lines: [Self.line(page, file ?? "")])
        }
        let failures = try page.failures
        for failure in failures { session.terminal.error(Problem(failure)) }
        return failures.isEmpty ? .done : .failed
    }

    private static func line(_ page: ReportPage, _ file: String) -> String {
        let count = page.pins.count
        return "wrote the page of \(count == 1 ? "1 pin" : "\(count) pins") to \(printable(file)): " + page.summary
    }
}
