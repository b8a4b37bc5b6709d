extension Notation {
    /// Forges that a later version resolves: a repository's page there is refused rather than pinned as HTML.
    private static let laterForges: Set<String> = ["gitlab.com", "codeberg.org", "bitbucket.org", "git.sr.ht"]

    /// - Throws: `ResolveError.unsupportedForge`
    static func refuseLinksOfLaterVersions(_ url: URLParts) throws(ResolveError) {
        guard laterForges.contains(url.authority), url.components.count == 2,
            !url.path.suffix(4).elementsEqual(".git".utf8)
        else { return }
        throw .unsupportedForge(host: url.authority, url: url.base)
    }
}
