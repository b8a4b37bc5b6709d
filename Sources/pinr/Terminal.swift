import PinrKit
import Synchronization

/// Messages on standard error: warnings, errors, and on a terminal what is being done right now.
final class Terminal: Console {
    private enum Style: String {
        case error = "1;31"
        case warning = "1;33"
        case faint = "2"
    }

    private let isVerbose: Bool
    private let isQuiet: Bool
    private let isColored: Bool
    private let showsProgress: Bool
    /// Whether the last line on the terminal is one of progress, which the next message takes the place of.
    private let hasProgress = Mutex(false)

    init(_ options: GlobalOptions, environment: [String: String]) {
        isVerbose = options.verbose
        isQuiet = options.quiet
        let isTerminal = StandardError.isTerminal
        func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty && $0 != "0" } ?? false }
        isColored =
            switch options.color {
            case .always: true
            case .never: false
            case .auto:
                // https://no-color.org: any value that is not empty counts.
                !(environment["NO_COLOR"].map { !$0.isEmpty } ?? false)
                    && (isSet("CLICOLOR_FORCE") || isTerminal && environment["TERM"] != "dumb")
            }
        showsProgress = isTerminal && !options.quiet && !options.verbose && environment["TERM"] != "dumb"
    }

    func warn(_ notice: Notice) {
        guard !isQuiet else { return }
        message(.warning, "warning", notice.pin, notice.message, hint: notice.hint)
    }

    /// Prints lines for who watches, which are neither results nor warnings.
    func tell(_ lines: [String]) {
        guard !isQuiet, !lines.isEmpty else { return }
        write(lines.map { "\($0)\n" }.joined())
    }

    /// Prints what went wrong.
    func error(_ problem: Problem) {
        message(.error, "error", problem.pin, problem.message, hint: problem.hint)
    }

    func progress(_ step: String) {
        // Addresses that servers name are among it.
        let step = printable(step)
        if isVerbose {
            write("\(step)\n")
        } else if showsProgress {
            hasProgress.withLock { hasProgress in
                StandardError.write("\r\u{1B}[K" + styled(.faint, "\(step)…"))
                hasProgress = true
            }
        }
    }

    /// Takes the line of progress away.
    func clearProgress() { write("") }

    private func message(_ style: Style, _ word: String, _ pin: String?, _ text: String, hint: String?) {
        // A message that names its pin needs no other name before it.
        let subject = pin.flatMap { text.contains("`\($0)`") ? nil : "\(printable($0)): " } ?? ""
        var lines = styled(style, "\(word):") + " \(subject)\(text)\n"
        if let hint { lines += "  \(styled(.faint, "hint:")) \(hint)\n" }
        write(lines)
    }

    private func write(_ text: String) {
        hasProgress.withLock { hasProgress in
            if hasProgress { StandardError.write("\r\u{1B}[K") }
            hasProgress = false
            if !text.isEmpty { StandardError.write(text) }
        }
    }

    private func styled(_ style: Style, _ text: String) -> String {
        isColored ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
