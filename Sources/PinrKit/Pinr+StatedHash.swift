internal import Fetchers
internal import NixHash

extension Pinr {
    /// Fetches and hashes a file, and warns of one that is probably another than the one that is meant.
    ///
    /// - Parameters:
    ///   - stated: the hash that upstream says the tree in it has: then it is an archive, and that is checked.
    ///   - published: what its publisher says about the file.
    ///   - nar: the hash that the NAR of the file has to have.
    /// - Throws: what the fetchers throw, and `Problem`.
    func file(
        _ url: String, stated: SHA256Digest?, published: PublishedFile = PublishedFile(), nar: SHA256Digest? = nil,
        pin name: String
    ) async throws -> (hash: SHA256Digest, download: Fetchers.Download) {
        guard let stated else {
            let download = try await context.fetches.file(
                url, withNAR: nar != nil, published: published, from: context.fetchers)
            if let nar, let actual = download.nar, nar != actual {
                throw Problem.otherThanLocked(as: nar, actual, url: url, pin: name)
            }
            if download.isCalledWebPage && !Self.isCalledWebPage(url) {
                context.console.warn(
                    Notice(
                        "a web page came from `\(printable(url))`, and is pinned as the file", pin: name,
                        hint: "look whether it is the file that you want: it may be a page to log in"))
            }
            return (download.hash, download)
        }
        let download = try await tarball(url, pin: name, withArchive: true, published: published)
        try Self.check(download.hash, against: stated, of: url)
        // The archive itself was not seen where the server packed it once more.
        guard let hash = download.archive else {
            let file = try await context.fetches.file(url, published: published, from: context.fetchers)
            return (file.hash, file)
        }
        return (hash, download)
    }

    /// Compares what was hashed with what upstream says.
    /// - Throws: `Problem` when they differ.
    static func check(_ actual: SHA256Digest, against stated: SHA256Digest?, of url: String) throws(Problem) {
        guard let stated, stated != actual else { return }
        throw Problem(
            .hashMismatch,
            "`\(printable(url))` has the hash \(actual.sri), and its server says that it is \(stated.sri)", url: url,
            hint: "one of the two is wrong: ask whoever runs the server, and pin neither before you know")
    }

    /// Whether a URL is that of a page.
    private static func isCalledWebPage(_ url: String) -> Bool {
        let path = url.prefix { $0 != "?" && $0 != "#" }.lowercased()
        return path.hasSuffix("/") || [".html", ".htm", ".xhtml", ".xht", ".php"].contains { path.hasSuffix($0) }
    }
}

extension Problem {
    /// What another tool has locked, and is something else now.
    static func otherThanLocked(
        as expected: SHA256Digest, _ actual: SHA256Digest, url: String?, pin name: String
    ) -> Problem {
        Problem(
            .hashMismatch, "its hash is \(actual.sri), and was locked as \(expected.sri)", pin: name, url: url,
            hint: "ask upstream what happened to it")
    }

    /// What is locked, of which its server says now that it has another hash.
    static func restated(_ url: String, as stated: SHA256Digest, locked: SHA256Digest) -> Problem {
        Problem(
            .hashMismatch,
            "the server of `\(printable(url))` says now that it has the hash \(stated.sri), and \(locked.sri) is locked",
            url: url, hint: "what should never change has changed: the pin stays as it is; ask whoever runs the server")
    }
}
