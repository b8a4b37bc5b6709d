internal import Git
internal import JSON
internal import Lockfile
internal import NixHash
internal import Resolvers
internal import Versions

// Repositories: `Git {repository, branch, submodules, revision, url?, hash}` and `GitRelease {repository, pre_releases,
// version_upper_bound?, release_prefix?, submodules, version, revision, url?, hash}`.
//
// With a `url`, and without submodules, it is an archive of the forge's. Without, `hash` is what nix-prefetch-git says: that
// of a checkout, which git's attributes work on.
extension NpinsPin {
    func branch() throws -> ForeignPin {
        let branch = try fields.required(fields.text, "branch")
        return try pin(
            of: repository(), following: ["branch": .string(branch)], ref: RefName.ofBranch(branch), version: nil)
    }

    func release() throws -> ForeignPin {
        var prefix = try fields.string("release_prefix").flatMap { $0.isEmpty ? nil : $0 }
        // The version is the tag, and was once the tag without the prefix.
        var tag = try fields.text("version")
        if let prefix, let version = tag, !version.utf8.starts(with: prefix.utf8) { tag = prefix + version }
        if prefix == nil { prefix = tag.flatMap { Self.prefix(ofTag: $0) } }
        var rule: JSONObject = [:]
        rule["prefix"] = prefix.map { .string($0) }
        rule["range"] = try fields.text("version_upper_bound").map { .string("<\($0)") }
        if try fields.bool("pre_releases") ?? false { rule["preReleases"] = true }
        return try pin(
            of: repository(), following: ["release": .object(rule)], ref: RefName.ofTag(tag ?? ""),
            version: tag.flatMap { String($0.utf8.dropFirst(prefix?.utf8.count ?? 0)) })
    }

    /// What a tag has before its version. npins reads over it, and what follows it are the releases that it found.
    private static func prefix(ofTag tag: String) -> String? {
        let choice = ReleaseChoice.choose(
            among: [ReleaseChoice.Offer(tag)], prefix: nil, range: nil, preReleases: true)
        return choice.isPrefixInferred ? choice.prefix : choice.possiblePrefixes.first
    }

    // MARK: Version 0

    func gitOfVersion0() throws -> ForeignPin {
        let branch = try fields.required(fields.text, "branch")
        let url = try fields.required(fields.text, "repository_url")
        let repository = NpinsRepository(type: "git", members: ["url": .string(url)], fields: fields, url: url)
        return try pin(
            of: repository, following: ["branch": .string(branch)], ref: RefName.ofBranch(branch), version: nil)
    }

    func gitHubOfVersion0() throws -> ForeignPin {
        let branch = try fields.required(fields.text, "branch")
        let repository = try gitHubRepositoryOfVersion0()
        // The URL was made of these, and not written down.
        let archive = try fields.revision("revision").map { "\(repository.page)/archive/\($0).tar.gz" }
        return try pin(
            of: repository, following: ["branch": .string(branch)], ref: RefName.ofBranch(branch), version: nil,
            archive: archive)
    }

    /// The newest release, of which the tag is known by the URL of its archive and the commit is not.
    func gitHubReleaseOfVersion0() throws -> ForeignPin {
        let repository = try gitHubRepositoryOfVersion0()
        let members = repository.members.merging(["release": .object([:])])
        let source = try source(
            repository.type, members, from: fields, calling: repository.names)
        guard let url = try url("tarball_url") else { throw SkipReason.notLocked }
        let tag = url.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) }
        let resolution = Resolution(.tarball(url: url), version: tag, dating: .newestEntry)
        return try pin(source, state(resolution) { .tarball(url: url, hash: $0) })
    }

    private func gitHubRepositoryOfVersion0() throws -> NpinsRepository {
        let owner = try fields.required(fields.text, "owner")
        let repo = try fields.required(fields.text, "repository")
        return NpinsRepository(
            type: "github", members: ["owner": .string(owner), "repo": .string(repo)], fields: fields,
            names: ["repo": "repository"], page: "https://github.com/\(owner)/\(repo)")
    }

    // MARK: Since version 1

    private func repository() throws -> NpinsRepository {
        try NpinsRepository(fields.required(fields.fields, "repository"))
    }

    /// A pin of a repository.
    /// - Parameters:
    ///   - tracked: what is followed, as a source has it.
    ///   - ref: the ref that leads to the commit, in full.
    ///   - archive: the URL of the archive that is locked, where that is not `url`.
    private func pin(
        of repository: NpinsRepository, following tracked: JSONObject, ref: String, version: String?,
        archive: String? = nil
    ) throws -> ForeignPin {
        let submodules = try fields.bool("submodules") ?? false
        var members = repository.members.merging(tracked)
        if submodules { members["submodules"] = true }
        let source = try source(
            repository.type, members, from: repository.fields,
            calling: repository.names)
        guard let revision = try fields.revision("revision"), let commit = ObjectID(hex: revision) else {
            throw SkipReason.notLocked
        }
        let url = try archive ?? fields.text("url")
        if let url, !submodules {
            guard !ExpiringURL.isOne(url), !repository.hasToken, !Self.hasPassword(url) else {
                let resolution = Resolution(
                    .tarball(url: try repository.archive(revision, insteadOf: url)), revision: revision,
                    version: version, dating: .newestEntry)
                return try pin(source, .unhashed(resolution, because: .secretInURL))
            }
            _ = try Notation.parse("file+\(url)", options: SourceOptions())
            let resolution = Resolution(
                .tarball(url: url), revision: revision, version: version, dating: .newestEntry)
            return try pin(source, state(resolution) { .tarball(url: url, hash: $0) })
        }
        let remote = try GitURL(parsing: repository.url ?? "")
        let resolution = Resolution(
            .git(
                url: remote, ref: ref, revision: commit,
                contents: TreeContents(submodules: submodules)), revision: revision, version: version, dating: .commit)
        switch try hash() {
        case .none: return try pin(source, .unhashed(resolution, because: .noHash))
        case .other: return try pin(source, .unhashed(resolution, because: .otherAlgorithm))
        case .sha256(let hash):
            return try pin(source, .unhashed(resolution, stated: .ofCheckout(hash), because: .checkout))
        }
    }

    private static func hasPassword(_ url: String) -> Bool {
        let authority = url.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2).prefix { $0 != UInt8(ascii: "/") }
        return authority.contains(UInt8(ascii: "@"))
    }
}

extension JSONObject {
    fileprivate func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        merged.merge(other)
        return merged
    }
}
