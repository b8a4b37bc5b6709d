internal import Git

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension Problem {
    init(_ error: GitError) {
        switch error {
        case .invalidURL(let text, let fault):
            let isParameter =
                switch fault {
                case .unknownParameter, .duplicateParameter, .illegalParameter: true
                default: false
                }
            let what = isParameter ? "cannot be read" : "is not the URL of a git repository"
            self.init(
                .badSource, "`\(printable(text))` \(what): \(Self.clause(fault))", hint: Self.hint(for: fault))
        case .invalidRefName(let name):
            self.init(.badSource, "`\(printable(name))` cannot be the name of a branch or tag")
        case .notFound(let url):
            self.init(
                .notFound, "there is no git repository at `\(url)`", url: url,
                hint: "check the address; a private one may look as if it were not there")
        case .authenticationRequired(let url, let refusal): self.init(refusal, of: "the git repository `\(url)`", url)
        case .notSmartHTTP(let url, let type):
            let isPage = type?.lowercased().hasPrefix("text/html") ?? false
            let what = isPage ? ": a web page came" : type.map { " (it sends `\(printable($0))`)" } ?? ""
            self.init(
                .badGit, "`\(url)` is on the web, but does not speak git's smart protocol\(what)", url: url,
                hint: "is it the address of a repository, and not of a page about it?")
        case .sha256Repository(let url):
            self.init(.unsupported, "`\(url)` names its objects by SHA-256, which Nix cannot fetch", url: url)
        case .shallowRepository(let url):
            self.init(
                .unsupported, "`\(url)` is a shallow clone, which Nix does not fetch from", url: url,
                hint: "`git fetch --unshallow` completes it")
        case .refusedByServer(let url, let message):
            self.init(.badGit, "the git server of `\(url)` refuses: \(printable(message))", url: url)
        case .malformedResponse(let url, let fault):
            self.init(.badGit, "the git server of `\(url)` answers nonsense: \(Self.clause(fault))", url: url)
        case .revisionNotOnServer(let revision, let url):
            self.init(.notFound, "`\(url)` has no revision \(revision)", url: url)
        case .ambiguousRevision(let digits, let url):
            self.init(
                .badSource, "`\(digits)` is short for more than one object of `\(url)`", url: url,
                hint: "give more of its 40 digits")
        case .unknownAbbreviation(let digits, let url):
            self.init(
                .notFound,
                "`\(digits)` is not a branch or tag of `\(url)`, nor short for a revision that could be found",
                url: url, hint: "give all 40 digits of a revision: not every server can tell what one is short for")
        case .hostNotFound(let host):
            self.init(
                .network, "there is no host `\(printable(host))`", hint: "check the name, and the network connection")
        case .connectionFailed(let url, let errnum):
            self.init(.network, "`\(url)` cannot be reached: \(systemMessage(errnum))", url: url)
        case .timedOut(let url, let seconds):
            self.init(.timeout, "`\(url)` sent nothing for \(seconds) seconds", url: url, hint: "try again later")
        case .sshUnsupported(let program, let errnum):
            self.init(
                .unsupported, "`\(program)` cannot be started: \(systemMessage(errnum))",
                hint: "repositories behind ssh need the ssh program")
        case .sshFailed(let url, let status, let message):
            // ssh has one exit status for everything; its words tell a network that fails from a server that refuses.
            let isNetwork = ["Connection refused", "Could not resolve hostname", "timed out", "No route to host"]
                .contains { message.contains($0) }
            self.init(
                isNetwork ? .network : .auth, "ssh to `\(url)` ended with status \(status): \(printable(message))",
                url: url,
                hint: isNetwork ? "check the host, and the network connection" : Self.hint(forSSH: message, to: url))
        case .hostKeyRefused(let host):
            self.init(
                .auth, "`~/.ssh/known_hosts` does not have the key that `\(printable(host))` shows",
                hint: "add it with `ssh-keyscan` once you have made sure that it is the right one")
        case .sshKeyRefused(let url):
            self.init(
                .auth, "`\(url)` takes none of the keys in the ssh agent and in `~/.ssh`", url: url,
                hint: "there is no ssh program here; libgit2 uses the agent, and keys without a passphrase")
        case .notARepository(let path):
            self.init(.notFound, "there is no git repository in `\(printable(path))`")
        case .missingObject(let id): self.init(.badGit, "the git object \(id) is missing")
        case .corruptObject(let id, let fault):
            self.init(.badGit, "the git object \(id) is corrupt: \(Self.clause(fault))")
        case .notACommit(let id): self.init(.badGit, "\(id) is not a commit")
        case .unrepresentableTree(let path, let fault):
            self.init(.badTree, "`\(printable(path))` cannot be in a Nix store: \(Self.clause(fault))")
        case .submodule(let path, let fault):
            self.init(
                .badGit, "the submodule `\(printable(path))` cannot be fetched: \(Self.clause(fault))",
                hint: Self.hint(for: fault))
        case .illegalGitmodules(let fault):
            self.init(.badGit, "`.gitmodules` cannot be read: \(Self.clause(fault))")
        case .library(let function, let code, let message):
            self.init(.badGit, "libgit2: \(printable(message)) (\(function), \(code))")
        case .unwritablePack(let message):
            self.init(.io, "what was fetched cannot be kept: \(printable(message))", hint: Self.temporaryFolder)
        case .system(let call, let path, let errnum):
            let what = path.isEmpty ? call : "\(call) of `\(printable(path))`"
            self.init(
                .io, "\(what): \(systemMessage(errnum))",
                hint: call == "mkdtemp" || errnum == ENOSPC ? Self.temporaryFolder : nil)
        }
    }

    private static let temporaryFolder = "set TMPDIR to a folder that is there and has room"

    static func clause(_ fault: GitURLFault) -> String {
        switch fault {
        case .empty: "it is empty"
        case .noScheme: "it has no scheme"
        case .unsupportedScheme(let scheme): "`\(printable(scheme))` is no scheme that is fetched from"
        case .illegalCharacter(let byte): "it has a byte in it (\(byte)) that must not be there"
        case .credentials: "it has a user name or password in it, which the lock file would keep"
        case .illegalHost(let host): "`\(printable(host))` is not a host"
        case .illegalPort(let port): "`\(printable(port))` is not a port"
        case .illegalPath: "it has no path, or one that looks like an option"
        case .illegalEscape: "a `%` in it is not followed by two hexadecimal digits that may stand there"
        case .fragment: "it has a `#`"
        case .unknownParameter(let name): "`\(printable(name))` means nothing after its `?`"
        case .duplicateParameter(let name): "`\(printable(name))` is there twice"
        case .illegalParameter("dir", let value): "`dir` is `\(printable(value))`, which is no folder of the tree"
        case .illegalParameter(let name, let value): "`\(printable(name))` cannot be `\(printable(value))`"
        }
    }

    private static func hint(for fault: GitURLFault) -> String {
        switch fault {
        case .illegalParameter("rev", _): "`rev` is a revision with all of its 40 digits; `--at` takes one cut short"
        case .illegalParameter("submodules", _), .illegalParameter("lfs", _): "it is 1 or 0"
        case .illegalParameter("dir", _): "it is a folder in the repository, and leads nowhere else"
        case .unknownParameter, .duplicateParameter, .illegalParameter:
            "`ref`, `rev`, `submodules`, `lfs` and `dir` are known"
        case .credentials: "take them out of the URL"
        default: "it should look like https://HOST/PATH, ssh://USER@HOST/PATH, git://HOST/PATH or file:///PATH"
        }
    }

    private static func clause(_ fault: ProtocolFault) -> String {
        switch fault {
        case .truncated: "the answer ends in the middle"
        case .illegalPacketLength: "a packet has no possible length"
        case .unexpectedPacket(let text): "`\(printable(text))` is out of place"
        case .unsupportedVersion(let version):
            "`\(printable(version))` is no version of the protocol that was asked for"
        case .missingCapability(let name): "it cannot do `\(printable(name))`"
        case .tooLong: "the answer is too long"
        case .illegalPack(let message): "the pack cannot be read: \(printable(message))"
        }
    }

    private static func clause(_ fault: ObjectFault) -> String {
        switch fault {
        case .wrongHash: "its bytes are not those it is named after"
        case .malformed: "it cannot be parsed"
        case .wrongType: "it is of another type than its place needs"
        case .unreadable(let message): printable(message)
        }
    }

    private static func clause(_ fault: TreeFault) -> String {
        switch fault {
        case .illegalName: "its name is empty, `.`, `..`, or has a slash in it"
        case .nameTooLong: "its name is longer than 255 bytes"
        case .duplicateName: "its name is there twice"
        case .illegalMode(let mode): "its mode is \(String(mode, radix: 8))"
        case .illegalTarget: "it is a symbolic link without a target"
        case .targetTooLong: "it is a symbolic link whose target is longer than 4095 bytes"
        case .tooDeep: "it lies more than 63 directories deep"
        case .tooManyEntries(let limit): "it is in a tree of more than \(limit) files and directories"
        }
    }
}
