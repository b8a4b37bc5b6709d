internal import Lockfile
internal import NixHash
internal import NixStore

extension Problem {
    init(_ error: NixStoreError) {
        switch error {
        case .noNix(let program):
            self.init(
                .nix, "there is no `\(printable(program))` in PATH: Nix is needed for this", hint: Self.gettingNix)
        case .failed(let program, let status, let words):
            let said = Self.lastWords(of: words)
            let end = said.isEmpty ? "ended with status \(status)" : "failed: \(said)"
            self.init(.nix, "`\(printable(program))` \(end)")
        case .timedOut(let program):
            self.init(
                .timeout, "`\(printable(program))` was not done in time, and was ended",
                hint: "`--timeout` sets another limit")
        case .notStarted(let program, let errnum):
            self.init(.nix, "`\(printable(program))` cannot be run: \(systemMessage(errnum))")
        case .malformedAnswer(let program, let answer):
            self.init(
                .nix, "`\(printable(program))` answered `\(printable(answer))`, which makes no sense here",
                hint: "is it a program of Nix?")
        case .otherPath(let expected, let actual):
            self.init(
                .hashMismatch,
                "Nix put it at `\(printable(actual))`, and by what is locked it has to be at `\(expected)`",
                hint: "this is a defect of pinr, or of this Nix; please report it")
        case .relativeDirectory(let variable, let path):
            self.init(
                .usage, "the directory of the Nix store has to be an absolute path, not `\(printable(path))`",
                hint: "`\(printable(variable))` says so")
        case .elsewhere(let url):
            self.init(
                .unsupported,
                "the Nix store `\(printable(url))` is on no disk of this machine: nobody can look into it",
                hint: "`NIX_REMOTE`, and `store` in nix.conf, say which store it is")
        case .rootTaken(let path):
            self.init(
                .exists, "`\(printable(path))` is there already, and is no link into the Nix store",
                hint: "take it away, or give `--gc-root` another folder")
        case .system(let path, let errnum):
            self.init(.io, "cannot make or read `\(printable(path))`: \(systemMessage(errnum))")
        }
    }

    /// Nix could not fetch a pin.
    init(_ error: NixStoreError, fetching fetch: Fetch, pin name: String) {
        self.init(error)
        guard case .failed(_, _, let words) = error else { return }
        message = "Nix cannot fetch it: \(Self.lastWords(of: words))"
        let pin = "`\(printable(name))`"
        if String(decoding: words, as: UTF8.self).contains("mismatch") {
            code = .hashMismatch
            hint = "`pinr verify` says what \(pin) is now"
        } else if case .git = fetch {
            hint =
                "Nix fetches \(pin) with `git`, as you and with your credentials; `pinr verify` tells whether it is there"
        } else {
            hint =
                "Nix fetches \(pin) with the credentials of its `netrc-file` alone; `pinr verify` tells whether it is there"
        }
    }

    private static let gettingNix = "https://nixos.org/download says how to get it; `pinr verify` needs none"

    /// What a program of Nix said at last: from its last `error:` on, in one line.
    static func lastWords(of words: [UInt8]) -> String {
        let lines = withoutStyle(words).split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .map { Array($0.drop { $0 == 0x20 || $0 == 0x09 }) }
            .filter { !$0.isEmpty && !$0.starts(with: "(use '--show-trace'".utf8) }
        let mark = Array("error:".utf8)
        let start = lines.lastIndex { $0.starts(with: mark) } ?? max(0, lines.count - 5)
        var text = Array(lines[start...].joined(separator: [0x20]))
        if text.starts(with: mark) { text.removeFirst(mark.count) }
        return printable(Array(text.drop { $0 == 0x20 }), limit: 1000)
    }

    /// The bytes without what colours a terminal's text, which Nix may write to a pipe too.
    private static func withoutStyle(_ words: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var rest = words[...]
        while let byte = rest.popFirst() {
            guard byte == 0x1B, rest.first == UInt8(ascii: "[") else {
                text.append(byte)
                continue
            }
            let end = rest.dropFirst().firstIndex { !(0x20...0x3F).contains($0) }
            rest = end.map { rest[rest.index(after: $0)...] } ?? []
        }
        return text
    }

    // MARK: What is not in the store

    /// Nothing of a pin lies in the store.
    static func notInStore(_ path: StorePath, pin name: String) -> Problem {
        Problem(
            .notFound, "`\(path)` is not in the Nix store", pin: name,
            hint: "`pinr path` fetches it, where Nix is installed")
    }

    /// A folder or link where a pin has a file.
    static func wrongKind(_ kind: NixStore.Kind, at path: String, pin name: String) -> Problem {
        let noun =
            switch kind {
            case .folder: "a folder"
            case .symbolicLink: "a symbolic link"
            case .nothing, .file, .other: "something else"
            }
        return Problem(
            .hashMismatch, "`\(printable(path))` is \(noun), and what is locked is a file", pin: name,
            hint: "`nix-store --delete` takes it away unless something uses it, and then `pinr path` fetches it anew")
    }

    static func noNix(for path: StorePath) -> Problem {
        Problem(
            .nix, "`\(path)` is not in the Nix store, and there is no Nix in PATH that could put it there",
            hint: gettingNix)
    }

    static func offline(_ path: StorePath) -> Problem {
        Problem(.offline, "`\(path)` is not in the Nix store, and `--offline` keeps Nix from fetching it")
    }

    /// An image whose archive is another one now.
    static func otherHash(locked: SHA256Digest, now: SHA256Digest, pin name: String) -> Problem {
        Problem(
            .hashMismatch, "the archive of the image has the hash \(now.sri), and \(locked.sri) is locked", pin: name,
            hint: "`pinr verify` compares it once more")
    }
}
