/// A `netrc` file: who to be on which machine.
///
/// Read as curl 7.84 and later read it: tokens between blanks, `#` where a token would begin hides the rest of the line, a
/// token in double quotes may hold blanks and `\"`, `\\`, `\n`, `\r`, `\t`, and a `macdef` goes on to an empty line.
struct Netrc: Sendable, Equatable {
    /// An entry that has a password.
    struct Entry: Sendable, Equatable {
        /// Nil for `default`, which is for every machine.
        let machine: String?
        let login: String
        let password: String
    }

    /// Something that is not understood; what stands there is not repeated.
    struct SyntaxError: Error, Equatable {
        let line: Int
    }

    let entries: [Entry]

    /// - Throws: `SyntaxError`; a file that is understood in part is not used in part.
    init(parsing bytes: [UInt8]) throws(SyntaxError) {
        var parser = Parser()
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            do throws(Parser.Fault) {
                try parser.take(line.last == 0x0D ? line.dropLast() : line)
            } catch {
                throw SyntaxError(line: number)
            }
        }
        guard parser.isComplete else { throw SyntaxError(line: number) }
        parser.finishEntry()
        entries = parser.entries
    }

    /// The first entry for the machine, whose name is compared without regard to case; an IPv6 address has no brackets.
    func entry(for host: String) -> Entry? {
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return entries.first { entry in
            entry.machine.map { $0.utf8.elementsEqual(Self.lowercased(name).utf8) } ?? false
        }
    }

    /// The first `default`.
    var fallback: Entry? { entries.first { $0.machine == nil } }

    private static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
    }

    private struct Parser {
        struct Fault: Error {}

        /// What the next token is the value of.
        private enum Expected {
            case machine, login, password, account, macro
        }

        var entries: [Entry] = []
        private var machine: String??
        private var login = ""
        private var password: String?
        private var expected: Expected?
        private var isInMacro = false

        var isComplete: Bool { expected == nil }

        mutating func take(_ line: ArraySlice<UInt8>) throws(Fault) {
            if isInMacro {
                isInMacro = !line.isEmpty
                return
            }
            var rest = line
            while let token = try Self.token(&rest) {
                try take(token)
                // Its body begins on the next line.
                if isInMacro { return }
            }
        }

        private mutating func take(_ token: (bytes: [UInt8], isQuoted: Bool)) throws(Fault) {
            let text = String(decoding: token.bytes, as: UTF8.self)
            if let expected {
                self.expected = nil
                switch expected {
                case .machine: machine = .some(Netrc.lowercased(text))
                case .login: login = text
                case .password: password = text
                case .account: break
                case .macro: isInMacro = true
                }
                return
            }
            switch token.isQuoted ? "" : Netrc.lowercased(text) {
            case "machine":
                finishEntry()
                expected = .machine
            case "default":
                finishEntry()
                machine = .some(nil)
            case "macdef": expected = .macro
            case "login" where machine != nil: expected = .login
            case "password" where machine != nil: expected = .password
            case "account" where machine != nil: expected = .account
            default: throw Fault()
            }
        }

        mutating func finishEntry() {
            if let machine, let password, !password.isEmpty {
                entries.append(Entry(machine: machine, login: login, password: password))
            }
            machine = nil
            login = ""
            password = nil
        }

        /// Takes the next token off the line; nil at its end, or where the rest is a comment.
        private static func token(_ rest: inout ArraySlice<UInt8>) throws(Fault) -> (bytes: [UInt8], isQuoted: Bool)? {
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
            guard first == UInt8(ascii: "\"") else {
                let token = rest.prefix { $0 != 0x20 && $0 != 0x09 }
                rest = rest.dropFirst(token.count)
                return (Array(token), false)
            }
            rest.removeFirst()
            var bytes: [UInt8] = []
            while let byte = rest.popFirst() {
                switch byte {
                case UInt8(ascii: "\""): return (bytes, true)
                case UInt8(ascii: "\\"):
                    guard let escaped = rest.popFirst() else { throw Fault() }
                    switch escaped {
                    case UInt8(ascii: "n"): bytes.append(0x0A)
                    case UInt8(ascii: "r"): bytes.append(0x0D)
                    case UInt8(ascii: "t"): bytes.append(0x09)
                    default: bytes.append(escaped)
                    }
                default: bytes.append(byte)
                }
            }
            throw Fault()
        }
    }
}
