internal import Processes
internal import Threads

/// Signs commits as git's configuration says (git-config(1), `gpg.*` and `user.signingKey`), with the programs that it names.
struct CommitSigner: Sendable {
    enum Format: String {
        case openpgp
        case x509
        case ssh

        var program: String {
            switch self {
            case .openpgp: "gpg"
            case .x509: "gpgsm"
            case .ssh: "ssh-keygen"
            }
        }
    }

    private let format: Format
    private let program: String
    private let settings: GitSettings
    private let environment: [String: String]

    /// - Throws: `CommitError.unknownSignatureFormat`
    init(_ settings: GitSettings, _ environment: [String: String]) throws(CommitError) {
        let name = settings.value("gpg.format") ?? Format.openpgp.rawValue
        guard let format = Format(rawValue: name) else { throw .unknownSignatureFormat(name) }
        self.format = format
        let configured =
            settings.value("gpg.\(format.rawValue).program")
            ?? (format == .openpgp ? settings.value("gpg.program") : nil)
        program = configured.map { settings.expandingHome($0, environment) } ?? format.program
        self.settings = settings
        self.environment = environment
    }

    private var key: String? { settings.value("user.signingkey").flatMap { $0.isEmpty ? nil : $0 } }

    /// The signature of a commit's bytes, in the form in which it stands in a commit.
    /// - Throws: `CommitError`; `CancellationError`
    func signature(
        of commit: [UInt8], by committer: CommitIdentity, _ cancellation: Cancellation
    ) throws -> [UInt8] {
        let signature =
            switch format {
            case .openpgp, .x509: try sign(commit, key: key ?? committer.user, cancellation)
            case .ssh: try signWithSSH(commit, cancellation)
            }
        // Programs of Windows end lines with two characters.
        return signature.filter { $0 != UInt8(ascii: "\r") }
    }

    private func sign(_ commit: [UInt8], key: String, _ cancellation: Cancellation) throws -> [UInt8] {
        let (answer, words) = try run([program, "--status-fd=2", "-bsau", key], input: commit, cancellation)
        let isCreated = "\n\(Self.text(words))".contains("\n[GNUPG:] SIG_CREATED ")
        guard answer.status == 0, isCreated, !answer.output.isEmpty else {
            throw failure(answer.status, words)
        }
        return answer.output
    }

    // MARK: ssh

    private func signWithSSH(_ commit: [UInt8], _ cancellation: Cancellation) throws -> [UInt8] {
        let key = try self.key ?? defaultKey(cancellation)
        // git names files to the program, and so programs other than ssh-keygen expect them.
        let folder = try TemporaryFolder(in: environment["TMPDIR"] ?? "")
        defer { folder.remove() }
        var arguments = [program, "-Y", "sign", "-n", "git"]
        if let literal = Self.literal(key) {
            try LocalFile.create(folder.path + "/key", Array(literal.utf8) + [UInt8(ascii: "\n")])
            // Of what is only the public half, an agent has the other.
            arguments += ["-f", folder.path + "/key", "-U"]
        } else {
            arguments += ["-f", settings.expandingHome(key, environment)]
        }
        let buffer = folder.path + "/commit"
        try LocalFile.create(buffer, commit)
        let (answer, words) = try run(arguments + [buffer], input: [], cancellation)
        guard answer.status == 0, let signature = try? WholeFile.read(buffer + ".sig", limit: 1 << 20),
            !signature.isEmpty
        else { throw failure(answer.status, words) }
        return signature
    }

    /// A key that is written out rather than named.
    private static func literal(_ key: String) -> String? {
        if key.hasPrefix("key::") { return String(key.dropFirst(5)) }
        return key.hasPrefix("ssh-") ? key : nil
    }

    private func defaultKey(_ cancellation: Cancellation) throws -> String {
        guard let command = settings.value("gpg.ssh.defaultkeycommand"), let words = CommandLineWords.split(command),
            !words.isEmpty
        else { throw CommitError.noSigningKey }
        let (answer, _) = try run(words, input: [], cancellation)
        let line = answer.output.prefix { $0 != UInt8(ascii: "\n") }
        guard answer.status == 0, let key = String(validating: line, as: UTF8.self), Self.literal(key) != nil
        else { throw CommitError.noSigningKey }
        return key
    }

    // MARK: Programs

    private func run(
        _ arguments: [String], input: [UInt8], _ cancellation: Cancellation
    ) throws -> (answer: Conversation.Answer, words: [UInt8]) {
        do {
            // A passphrase may be asked for, for as long as somebody thinks about it.
            return try Conversation.runHeard(
                arguments, environment: environment, input: input, within: nil, outputLimit: 1 << 20,
                mayAsk: true, cancellation: cancellation)
        } catch ProgramError.notStarted(let program, let errnum) {
            throw CommitError.signerNotStarted(program: program, errnum: errnum)
        }
    }

    private func failure(_ status: Int32, _ words: [UInt8]) -> CommitError {
        .signingFailed(program: program, status: status, message: Sanitized.line(words))
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

}

/// The words of a command, with quotes and backslashes as git splits an alias; nil where a quote is left open.
enum CommandLineWords {
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var (word, quote, isWord): ([UInt8], UInt8?, Bool) = ([], nil, false)
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if let open = quote {
                if byte == open {
                    quote = nil
                } else if byte == UInt8(ascii: "\\"), open == UInt8(ascii: "\""), let next = bytes.popFirst() {
                    word.append(next)
                } else {
                    word.append(byte)
                }
            } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") {
                if isWord { words.append(String(decoding: word, as: UTF8.self)) }
                (word, isWord) = ([], false)
            } else {
                isWord = true
                if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                    quote = byte
                } else if byte == UInt8(ascii: "\\") {
                    guard let next = bytes.popFirst() else { return nil }
                    word.append(next)
                } else {
                    word.append(byte)
                }
            }
        }
        if quote != nil { return nil }
        if isWord { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }
}
