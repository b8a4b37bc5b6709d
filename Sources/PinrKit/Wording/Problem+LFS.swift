internal import Git
internal import NixHash

extension Problem {
    init(_ error: LFSError) {
        switch error {
        case .illegalPointer(let path, let fault):
            self.init(
                .badTree,
                "`\(printable(path))` is no pointer to an object of Git LFS that can be used: "
                    + Self.clause(fault))
        case .illegalConfiguredURL(let repository, let fault):
            self.init(
                .badGit,
                "the server of Git LFS in the `.lfsconfig` of `\(printable(repository))` is not asked: "
                    + Self.clause(fault), url: repository)
        case .authenticationRequired(let url, let said, let refusal):
            self.init(refusal, of: "the Git LFS server at `\(printable(url))`", url)
            if let said { message += ": \(printable(said))" }
        case .noServer(let url):
            self.init(
                .notFound, "there are no objects of Git LFS at `\(printable(url))`", url: url,
                hint: "check that the repository is there and its server has Git LFS; a private one may look as if it "
                    + "were not there")
        case .refused(let url, let status, let message, let documentation, let retryAfter):
            self = .refused(url, status, message, documentation, retryAfter)
        case .malformedResponse(let url, let fault):
            self.init(
                .badGit, "the server of Git LFS at `\(printable(url))` answers nonsense: \(Self.clause(fault))",
                url: url)
        case .object(let oid, let path, let fault):
            self = .object("the object \(oid.hex) of Git LFS, for `\(printable(path))`,", fault)
        case .noRoom(let folder, let needed, let available):
            self.init(
                .io,
                "its objects of Git LFS have \(needed) bytes, and there is room for \(available) in "
                    + "`\(printable(folder))`", hint: "set TMPDIR to a folder that has room")
        case .authenticationCommandFailed(let url, let status, let message):
            self.init(
                .auth,
                "`git-lfs-authenticate` for `\(printable(url))` ended with status \(status): "
                    + printable(message), url: url,
                hint: "it is run over ssh, and says which server has the objects of Git LFS")
        }
    }

    private static func refused(
        _ url: String, _ status: Int, _ message: String?, _ documentation: String?, _ retryAfter: Duration?
    ) -> Problem {
        let words = message.map { ": \(printable($0))" } ?? ""
        let hint = documentation.map { "its help is at `\(printable($0))`" }
        let server = "the server of Git LFS at `\(printable(url))`"
        switch status {
        case 429:
            let wait = retryAfter.map { "; it asks to wait \($0.components.seconds) seconds" } ?? ""
            return Problem(
                .rateLimited, "\(server) was asked too often (HTTP 429)\(words)\(wait)", url: url,
                hint: hint ?? "try later")
        case 509:
            return Problem(
                .rateLimited, "\(server) has sent as much as it may for now (HTTP 509)\(words)", url: url,
                hint: hint ?? "whoever owns the repository can buy more bandwidth")
        case 500...:
            return Problem(
                .network, "\(server) failed (HTTP \(status))\(words)", url: url, hint: hint ?? "try again later")
        default: return Problem(.badGit, "\(server) refuses (HTTP \(status))\(words)", url: url, hint: hint)
        }
    }

    private static func object(_ what: String, _ fault: LFSObjectFault) -> Problem {
        switch fault {
        case .missing:
            return Problem(
                .notFound, "\(what) is not on the server", hint: "whoever made the commit may not have pushed it")
        case .removed: return Problem(.notFound, "\(what) was removed from the server")
        case .refused(let code, let message):
            let words = message.map { ": \(printable($0))" } ?? ""
            return Problem(.badGit, "\(what) is refused by the server (\(code))\(words)")
        case .notAnswered: return Problem(.badGit, "\(what) is not in the server's answer")
        case .noDownload: return Problem(.badGit, "\(what) has no download in the server's answer")
        case .illegalURL(let fault):
            return Problem(.badGit, "\(what) is offered under a URL that is not asked: \(clause(fault))")
        case .notDownloaded(let url, let status, let retryAfter):
            let code: Problem.Code =
                status == 401 || status == 403 ? .auth : status == 429 ? .rateLimited : .network
            let wait = retryAfter.map { "; it asks to wait \($0.components.seconds) seconds" } ?? ""
            return Problem(
                code, "\(what) cannot be downloaded: `\(printable(url))` answers with HTTP \(status)\(wait)", url: url)
        case .encoded(let encoding):
            return Problem(
                .badGit, "\(what) is sent \(printable(encoding))-encoded, though the server was asked not to")
        case .wrongSize(let expected, let actual, let isWhole):
            let size = isWhole ? "\(actual)" : "more than \(expected)"
            return Problem(.badGit, "\(what) has \(size) bytes, and its pointer says \(expected)")
        case .wrongContents(let digest):
            return Problem(.badGit, "\(what) is damaged: what came has the SHA-256 \(digest.hex)")
        case .notInStore(let path):
            return Problem(
                .notFound, "\(what) is not in the `lfs/objects` of `\(printable(path))`",
                hint: "`git lfs fetch --all` in that repository fetches what its remote has")
        }
    }

    private static func clause(_ fault: LFSPointerFault) -> String {
        switch fault {
        case .upperCaseName: "its SHA-256 is in upper case, which Nix refuses"
        case .impossibleSize: "no object has that many bytes"
        case .symbolicLink: "it is a symbolic link, which Nix would let lead to the object's contents"
        }
    }

    private static func clause(_ fault: LFSURLFault) -> String {
        switch fault {
        case .malformed: "it is no whole URL"
        case .unsupportedScheme(let scheme): "`\(printable(scheme))` is neither https nor http"
        case .credentials: "it has a user name or password in it"
        case .insecure(let host): "`\(printable(host))` would be asked without encryption"
        }
    }

    private static func clause(_ fault: LFSResponseFault) -> String {
        switch fault {
        case .notJSON(let type):
            "it is not the JSON that was asked for" + (type.map { ", but `\(printable($0))`" } ?? "")
        case .illegalMember(let name): "its `\(printable(name))` is missing or not what it ought to be"
        case .unsupportedTransfer(let name): "it wants to transfer by `\(printable(name))`, which nobody offered"
        case .unsupportedHash(let name): "it names objects by `\(printable(name))`"
        case .illegalURL(let fault): "the URL in it is not asked: \(clause(fault))"
        }
    }
}

extension Notice {
    /// Where Nix, or git-lfs, would not find the objects that are locked, one notice a kind.
    static func notices(onLFS remarks: [LFSRemark], pin: String) -> [Notice] {
        var unread: [String] = []
        var notices: [Notice] = []
        for remark in remarks {
            switch remark {
            case .unreadPointer(let path): unread.append("`\(printable(path))`")
            case .configuredServer(let repository, let url):
                notices.append(
                    Notice(
                        "its objects of Git LFS come from `\(printable(url))`, which the `.lfsconfig` of "
                            + "`\(printable(repository))` names; Nix does not read that file, and looks for them at the "
                            + "repository's own URL", pin: pin,
                        hint: "if they are not there too, Nix cannot fetch the pin"))
            case .store(let repository):
                notices.append(
                    Notice(
                        "its objects of Git LFS come out of `\(printable(repository))`; Nix does not look for them there, "
                            + "but asks the server of that repository's remote `origin`", pin: pin,
                        hint: "pin the URL that others fetch from"))
            }
        }
        guard !unread.isEmpty else { return notices }
        let listed = unread.prefix(8).joined(separator: ", ") + (unread.count > 8 ? " and others" : "")
        let verb = unread.count == 1 ? "looks like a pointer" : "look like pointers"
        return notices + [
            Notice(
                "\(listed) \(verb) of Git LFS, but not to Nix: left as committed, whatever git-lfs makes of it",
                pin: pin)
        ]
    }
}
