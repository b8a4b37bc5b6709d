import Credentials
import JSON
import PinrKit

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Standard output, which has the facts and nothing else, and no secrets.
enum StandardOutput {
    /// Writes a line.
    static func write(line: String) { write(Array((Redaction.secrets.redacted(line) + "\n").utf8)) }

    /// Writes a whole text, such as a page.
    static func write(text: String) { write(Array(Redaction.secrets.redacted(text).utf8)) }

    /// Writes a text of the program's own to the last byte: no secret can be in it, but what happens to be one.
    static func write(verbatim text: String) { write(Array(text.utf8)) }

    /// Writes a patch: every byte of it, or on a terminal, to which some could do harm, what can be shown of it.
    static func write(patch: [UInt8]) {
        if isatty(STDOUT_FILENO) == 1 {
            for line in patch.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
                let parts = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
                write(line: parts.map { printable(Array($0), limit: .max) }.joined(separator: "\t"))
            }
        } else {
            write(patch)
        }
    }

    /// Writes the one document of `--json`.
    static func write(json: JSON) { write(Redaction.redacted(json).serialized()) }

    private static func write(_ bytes: [UInt8]) {
        guard writeAll(bytes, to: STDOUT_FILENO) else {
            let errnum = errno
            // Nobody reads any more, which is the reader's choice; the status is the one a shell shows for it.
            if errnum == EPIPE { exitProcess(128 + SIGPIPE) }
            StandardError.write("error: cannot write to standard output: \(String(cString: strerror(errnum)))\n")
            exitProcess(ExitStatus.failed.rawValue)
        }
    }
}

/// Standard error, which has the messages, and no secrets.
enum StandardError {
    /// Writes text; there is nobody to tell when that fails.
    static func write(_ text: String) { _ = writeAll(Array(Redaction.secrets.redacted(text).utf8), to: STDERR_FILENO) }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Writes every byte; false, with `errno`, when that cannot be done.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return false }
        rest = rest.dropFirst(count)
    }
    return true
}
