internal import Git
internal import JSON
internal import Lockfile
internal import Resolvers

/// One source of lon's.
///
/// `type` says what is followed, and `fetchType` what `lon.nix` does with the rest: `fetchTarball` with `hash`, or
/// `fetchGit` with `hash` as the `narHash`. What lon does not write is not read either.
struct LonSource {
    let name: String
    let fields: Fields

    /// - Throws: `LockfileError`
    init(_ name: String, _ source: JSON) throws(LockfileError) {
        self.name = name
        fields = try Fields(foreign: source, at: FieldPath("sources", name))
    }

    /// - Throws: `SkipReason`, `LockfileError`, `ResolveError`, `GitError`
    func pin() throws -> ForeignPin {
        let type = try fields.required(fields.text, "type")
        let fetcher = try fields.required(fields.text, "fetchType")
        var pin =
            switch (type, fetcher) {
            case ("GitHub", "tarball"): try gitHubPin()
            case ("Git", "git"): try gitPin()
            case ("Tarball", "tarball"): try tarballPin()
            case ("GitHub", _), ("Git", _), ("Tarball", _):
                throw SkipReason.unknownType("\(type) fetched as \(fetcher)")
            default: throw SkipReason.unknownType(type)
            }
        pin.isFrozen = try fields.bool("frozen") ?? false
        return pin
    }

    /// `GitHub {owner, repo, branch, revision, url, hash}`: the archive of a commit.
    private func gitHubPin() throws -> ForeignPin {
        let source = Source(
            type: "github",
            fields: [
                "owner": .string(try fields.required(fields.text, "owner")),
                "repo": .string(try fields.required(fields.text, "repo")),
                "branch": .string(try fields.required(fields.text, "branch")),
            ])
        // lon takes any name of a revision; where the URL has a tag in it, no commit is known.
        let revision = ObjectID(hex: try fields.required(fields.text, "revision"))?.hex
        return ForeignPin(
            name: name, source: try SourceTypes.read(source),
            state: .locked(try archive(at: fields.required(fields.text, "url"), revision: revision)))
    }

    /// `Git {branch, revision, url, hash, lastModified?, submodules?}`: nix-prefetch-git makes the hash, of a checkout.
    private func gitPin() throws -> ForeignPin {
        let url = try GitURL(parsing: try fields.required(fields.text, "url"))
        let branch = try fields.required(fields.text, "branch")
        let text = try fields.required(fields.revision, "revision")
        guard let revision = ObjectID(hex: text) else { throw fields.problem(.notRevision(text), "revision") }
        let submodules = try fields.bool("submodules") ?? false
        var source = Source(type: "git", fields: ["url": .string(url.text), "branch": .string(branch)])
        if submodules { source["submodules"] = true }
        let resolution = Resolution(
            .git(
                url: url, ref: RefName.ofBranch(branch), revision: revision,
                contents: TreeContents(submodules: submodules)), revision: revision.hex, dating: .commit)
        return ForeignPin(
            name: name, source: try SourceTypes.read(source),
            state: .unhashed(
                resolution, stated: .ofCheckout(try fields.required(fields.bareDigest, "hash")), because: .checkout))
    }

    /// `Tarball {url, hash, origin?, revision?}`: an archive, and with `origin` the URL that leads to the newest one.
    private func tarballPin() throws -> ForeignPin {
        let url = try fields.required(fields.text, "url")
        let revision = try fields.revision("revision")
        guard let origin = try fields.text("origin") else {
            let source = try Notation.webFile(url, unpacks: true)
            return ForeignPin(name: name, source: source, state: .locked(try archive(at: url, revision: revision)))
        }
        // The link is locked as it was given, with what it says to Nix: Nix itself does not ask with that.
        let asked = FlakeURL.asked(url)
        var locked = try archive(at: asked, revision: revision)
        if let channel = ForeignChannel(url: origin) {
            locked.version = channel.release(in: asked)
            let source = try SourceTypes.read(Source(type: "channel", fields: channel.fields))
            return ForeignPin(name: name, source: source, state: .locked(locked))
        }
        return ForeignPin(
            name: name, source: try Notation.webFile(origin, unpacks: true, isMutable: true), state: .locked(locked))
    }

    private func archive(at url: String, revision: String?) throws -> Locked {
        // Nothing but what this program would fetch too.
        _ = try Notation.webFile(url, unpacks: true)
        return Locked(
            fetch: .tarball(url: url, hash: try fields.required(fields.bareDigest, "hash")), revision: revision)
    }
}
