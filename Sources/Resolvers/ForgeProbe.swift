internal import Transfer

/// Finds out, once, what a server is that no notation names: which forge, a git server, or something else.
///
/// Few things are asked, and always as a stranger: nobody has said that a credential is meant for these questions. What
/// is found is kept in the pin, so that no later run asks again.
struct ForgeProbe: Sendable {
    enum Finding: Sendable {
        /// - Parameters:
        ///   - base: where the installation is.
        ///   - depth: how many components of the URL's path belong to that.
        case forge(any ForgeSource.Type, base: String, depth: Int)
        case git(url: String)
        case neither
    }

    let address: ProbedAddress
    let transfer: TransferEngine

    /// For a question whose answer is short; a server that is asked for an archive may take longer.
    private static let patience = Duration.seconds(30)
    private static let largestAnswer = 64 << 10
    /// What git's own server has for a path below which no repository can be, such as that of a file.
    private static let fault = 500

    /// - Throws: `ResolveError.closedToStrangers`; `TransferError` when the server is not there, or fails.
    func find() async throws -> Finding {
        var origin = address.origin
        var repository: String?
        var isClosed = false
        if !address.isPage {
            switch try await askForRepository(address.components) {
            case .there(let url, let better):
                repository = url
                origin = better
            case .closed: isClosed = true
            case .notThere:
                try await refusePageOfGit()
                return .neither
            }
        }
        for (type, depth) in address.candidates {
            guard let sign = type.sign else { continue }
            let base = ([origin] + address.components.prefix(depth)).joined(separator: "/")
            switch try await ask(sign, at: base) {
            case .shown: return .forge(type, base: base, depth: depth)
            case .closed: isClosed = true
            case .notShown: continue
            }
        }
        if let repository { return .git(url: repository) }
        if isClosed { throw ResolveError.closedToStrangers(url: address.text) }
        try await refusePageOfGit()
        return .neither
    }

    /// Refuses a page about a repository that is on no forge, as cgit has them: the repository is what comes before.
    /// - Throws: `ResolveError.webPage`
    private func refusePageOfGit() async throws {
        guard let parent = address.parent else { return }
        if case .there(let url, _) = try await askForRepository(parent) {
            throw ResolveError.webPage(address.text, repository: "git+\(url)")
        }
    }

    // MARK: Git

    private enum Repository {
        /// - Parameter origin: scheme and host to use, which are safer ones where the server redirected to them.
        case there(url: String, origin: String)
        /// There may be one, for somebody who is let in.
        case closed
        case notThere
    }

    /// Asks for a repository's introduction (gitprotocol-http(5)), where the URL is and where `.git` is behind it.
    private func askForRepository(_ components: [String]) async throws -> Repository {
        let base = ([address.origin] + components).joined(separator: "/")
        for url in [base, base + ".git"] {
            let request = TransferRequest(
                url: url + "/info/refs?service=git-upload-pack",
                headers: [("User-Agent", "git/2.0 (pinr)"), ("Git-Protocol", "version=2")], credentials: .never,
                standingStatuses: [Self.fault], timeLimit: Self.patience)
            guard
                let response = try await answer(
                    { try await transfer.beginning(of: request) }, exceptingFaults: true)
            else { continue }
            if response.headers["content-type"] == "application/x-git-upload-pack-advertisement" {
                let origin = saferOrigin(response.url)
                return .there(url: origin + url.dropFirst(address.origin.count), origin: origin)
            }
            if response.status == 401 || LoginPage.isShown(by: response) { return .closed }
        }
        return .notThere
    }

    /// The https server of the same name, where that is who answered instead of the http one.
    private func saferOrigin(_ answered: String) -> String {
        let (asked, url) = (URLParts(address.origin), URLParts(answered))
        guard asked.scheme == "http", url.scheme == "https", asked.authority == url.authority else {
            return address.origin
        }
        return "https://\(url.authority)"
    }

    // MARK: Forges

    private enum Showing { case shown, notShown, closed }

    private func ask(_ sign: ForgeSign, at base: String) async throws -> Showing {
        let request = TransferRequest(
            url: base + sign.path, headers: [("Accept", "application/json")], maximumBodySize: Self.largestAnswer,
            credentials: .never, timeLimit: Self.patience)
        guard let response = try await answer({ try await transfer.send(request) }) else { return .notShown }
        if sign.isShown(ForgeSign.Answer(response)) { return .shown }
        return response.status == 401 || LoginPage.isShown(by: response) ? .closed : .notShown
    }

    /// What a server answers, or nil when that is nothing that a forge says.
    /// - Throws: `TransferError` of a server that is not there, that fails, or that was asked too often: who is in doubt
    ///   takes nothing for a file.
    private func answer(
        _ ask: () async throws -> TransferResponse, exceptingFaults: Bool = false
    ) async throws -> TransferResponse? {
        do {
            let response = try await ask()
            if exceptingFaults && response.status == Self.fault { return nil }
            guard response.status < 500, response.rateLimit == nil else { throw response.failure() }
            return response
        } catch TransferError.bodyTooLarge, TransferError.tooManyRedirects, TransferError.unsupportedRedirect,
            TransferError.insecureRedirect
        {
            return nil
        }
    }
}
