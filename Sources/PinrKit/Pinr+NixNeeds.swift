internal import Credentials
internal import Git
internal import Lockfile
internal import Transfer

extension Pinr {
    /// Says what Nix will need for a pin that not everybody may fetch.
    ///
    /// Nix fetches by itself, and knows nothing of the credentials that were used here.
    func tellNeeds(of locked: Locked, pin name: String) {
        let closed = context.credentials.urlsThatNeededCredentials
        switch locked.fetch {
        case .tarball(let url, _, _), .file(let url, _, _):
            guard closed.contains(where: { $0.utf8.elementsEqual(url.utf8) }) else { return }
            if let repository = Self.gitLabRepository(of: url) {
                return warnOfGitLab(host: Self.host(of: url), repository: repository, pin: name)
            }
            warnOfNetrc(host: Self.host(of: url), pin: name)
        case .git(let git):
            if let url = try? GitURL(parsing: git.url), url.transport == .ssh {
                context.console.warn(
                    Notice(
                        "Nix will fetch it with `git` and `ssh`, as whoever evaluates: with their keys and known hosts",
                        pin: name))
            }
            // `add` is about one pin, so that what was asked for was for it, or for one of its submodules.
            let ofGit = closed.filter { url in
                ["/info/refs", "/git-upload-pack"].contains { URLText.withoutQuery(url).hasSuffix($0) }
            }
            for host in Self.hosts(of: ofGit) { warnOfGit(host: host, pin: name) }
            // Objects of LFS are fetched by Nix's own downloader.
            guard git.lfs else { return }
            for host in Self.hosts(of: closed.filter { !ofGit.contains($0) }) { warnOfNetrc(host: host, pin: name) }
        case .oci, .other: return
        }
    }

    private func warnOfGit(host: String, pin name: String) {
        context.console.warn(
            Notice(
                "`\(printable(host))` does not give it to everybody, and Nix will fetch it with `git`, as whoever evaluates",
                pin: name,
                hint: "they need the credential in git's credential helper, or in ~/.netrc; `access-tokens` and "
                    + "`netrc-file` do not count for git"))
    }

    /// Nix's downloader sends what a `netrc` has as `Basic`, which GitLab's API does not take.
    private func warnOfGitLab(host: String, repository: String, pin name: String) {
        context.console.warn(
            Notice(
                "`\(printable(host))` does not give it to everybody, and its API takes a token in a way that Nix's "
                    + "downloader has not: Nix cannot fetch this pin",
                pin: name,
                hint: "`git+\(printable(repository))` pins it as a git repository, which Nix fetches with git's own "
                    + "credentials"))
    }

    /// The git repository of the project whose archive a URL of GitLab's API is; nil for every other URL.
    private static func gitLabRepository(of url: String) -> String? {
        let text = URLText.withoutQuery(url)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard ForgeAPI(path: text) == .gitLab, let api = parts.firstIndex(of: "api"), api + 3 < parts.count else {
            return nil
        }
        let project = parts[api + 3].replacing("%2F", with: "/")
        return parts[..<api].joined(separator: "/") + "/\(project).git"
    }

    private func warnOfNetrc(host: String, pin name: String) {
        context.console.warn(
            Notice(
                "`\(printable(host))` does not give it to everybody, and Nix needs a credential of its own to fetch it",
                pin: name,
                hint:
                    "add `machine \(printable(host)) login USER password TOKEN` to the file that Nix's `netrc-file` names "
                    + "(/etc/nix/netrc by default); `access-tokens` are for the inputs of flakes alone"))
    }

    /// The hosts of web URLs, each once, in order.
    private static func hosts(of urls: [String]) -> [String] { Set(urls.map(host)).sorted() }

    /// The host of a web URL, as a `netrc` names it: without a port.
    private static func host(of url: String) -> String {
        guard let parsed = try? GitURL(parsing: String(url.prefix { $0 != "?" && $0 != "#" })) else { return "HOST" }
        return parsed.host
    }
}
