internal import Credentials
internal import Git
internal import Transfer

extension Problem {
    /// A server that does not let us in.
    ///
    /// - Parameter what: what was asked for, in backquotes.
    init(_ refusal: Refusal, of what: String, _ url: String) {
        let server = "`\(printable(refusal.authority))`"
        let status = "HTTP \(refusal.status)"
        let code = refusal.status == 404 ? Code.notFound : .auth
        switch refusal.attempt {
        case .nothingKnown:
            self.init(
                code, "\(what) is not open to everybody (\(status)), and no credential is known for \(server)",
                url: url,
                hint: Self.ways(for: refusal.authority))
        case .tried(let origin) where refusal.status == 404:
            self.init(
                code, "\(what) is not there, or not for the credential from \(Self.place(origin)) (\(status))",
                url: url, hint: "check the address, and what the credential may read")
        case .tried(let origin):
            self.init(
                code, "\(server) does not accept the credential from \(Self.place(origin)) for \(what) (\(status))",
                url: url,
                hint:
                    "check whether it has expired, and what it may read; `\(Self.variable(refusal))` counts before others"
            )
        case .given:
            self.init(code, "\(server) does not accept the credential for \(what) (\(status))", url: url)
        case .withheldFromPlainHTTP:
            self.init(
                code,
                "\(what) is not open to everybody (\(status)), and no credential is sent over http, which anybody "
                    + "on the way can read", url: url, hint: "use https")
        case .withheldFromRedirect:
            self.init(
                code,
                "\(server) wants a credential for \(what) (\(status)), and gets none, because another server "
                    + "redirected there", url: url, hint: "ask \(server) itself, by its own URL")
        }
    }

    /// Where a credential can be put for a server.
    private static func ways(for authority: String) -> String {
        let text = printable(authority)
        // A `netrc` has an address without its brackets, and no port.
        let host = text.hasPrefix("[") ? text.dropFirst().prefix { $0 != "]" } : text.prefix { $0 != ":" }
        return "set `\(Credentials.variable(for: text))` to TOKEN or USER:TOKEN, or add "
            + "`machine \(host) login USER password TOKEN` to ~/.netrc, or give one to git's credential helper"
    }

    private static func variable(_ refusal: Refusal) -> String {
        Credentials.variable(for: printable(refusal.authority))
    }

    /// Where a credential is from, as a person knows the place.
    static func place(_ origin: CredentialOrigin) -> String {
        switch origin {
        case .variable(let name): "`\(printable(name))`"
        case .netrc(let path): "`\(printable(path))`"
        case .accessTokens(let place): "`access-tokens` in `\(printable(place))`"
        case .git: "`git credential`"
        }
    }

    /// What to do when ssh did not get through, from what it said.
    static func hint(forSSH message: String, to url: String) -> String {
        let parsed = try? GitURL(parsing: url)
        let host = printable(parsed?.host ?? "HOST")
        let port = parsed?.port.map { "-p \($0) " } ?? ""
        if message.contains("IDENTIFICATION HAS CHANGED") || message.contains("has changed and you have requested") {
            return "either the server has a new key or somebody stands in between: compare its key with what its owner "
                + "publishes, and only then remove the old one with `ssh-keygen -R`"
        }
        if message.contains("Host key verification failed") || message.contains("host key is known") {
            return
                "`ssh-keyscan \(port)\(host)` shows the host's key: compare it with what its owner publishes, and add it to "
                + "~/.ssh/known_hosts"
        }
        if message.contains("Permission denied") {
            return
                "the server knows none of your keys: `ssh-add -l` shows those in the agent, where one with a passphrase "
                + "has to be, since nobody is asked for it"
        }
        return "try it with `ssh` itself: the host's key must be known, and yours be allowed"
    }
}

extension Notice {
    init(_ warning: CredentialWarning) {
        switch warning {
        case .netrcSyntax(let path, let line):
            self.init(
                "`\(printable(path))` cannot be understood at line \(line), and is not used",
                hint: "a word that begins with `#` or has blanks in it has to stand in double quotes")
        }
    }
}
