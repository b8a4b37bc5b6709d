internal import JSON
internal import Lockfile
internal import Resolvers

extension FlakeInput {
    /// A repository on a forge: Nix fetches the same archive of it as pinr does, and hashes the same tree.
    func forgePin() throws -> ForeignPin {
        guard let revision = try node.revision else { throw SkipReason.notLocked }
        // What is fetched is what is locked, which a registry may have put in the place of what is written.
        let locked = try SourceTypes.read(try source(at: node.locked))
        guard let url = locked.archiveURL(ofCommit: revision, at: hosts) else { throw SkipReason.notLocked }
        // Mercurial's service has the same archives, and no refs that git can be told.
        if try node.locked.text("host") == "hg.sr.ht" {
            return ForeignPin(
                name: name, source: try SourceTypes.read(Source(type: "tarball", fields: tarballFields(url))),
                state: try state(tarball: url, revision: revision))
        }
        let (source, fallback) = try following(try source(at: node.tracked))
        return ForeignPin(
            name: name, source: source, fallback: fallback, state: try state(tarball: url, revision: revision))
    }

    /// The repository, whose default branch is followed.
    private func source(at place: Fields) throws -> Source {
        let type = try node.type
        let owner = try place.required(place.text, "owner")
        var fields: JSONObject = [
            // A group within a group is written as the notation has it.
            "owner": .string(type == "gitlab" ? owner.replacing("%2F", with: "/").replacing("%2f", with: "/") : owner),
            "repo": .string(try place.required(place.text, "repo")),
        ]
        let publicHosts = ["github": "github.com", "gitlab": "gitlab.com", "sourcehut": "git.sr.ht"]
        if let host = try place.text("host"), host != publicHosts[type] { fields["host"] = .string(host) }
        fields["dir"] = try node.directory.map { .string($0) }
        return Source(type: type, fields: fields)
    }

    /// The same with what is followed, and what that is where upstream does not tell what the REF is.
    private func following(_ place: Source) throws -> (any SourceType, (any SourceType)?) {
        if let revision = try node.wantedRevision { return (try place.with("at", revision), nil) }
        if let ref = try node.ref {
            let source = try SourceTypes.read(place)
            return (
                try source.following(ref, SourceOptions(), notation: "\(source.summary)/\(ref)"),
                try place.with("branch", ref)
            )
        }
        if let branch = FlakeRegistry.branch(of: try node.registryName, place) {
            return (try place.with("branch", branch), nil)
        }
        return (try SourceTypes.read(place), nil)
    }

    /// The archive of a commit by its URL, where it stays.
    private func archivePin(of place: Source, at revision: String) throws -> ForeignPin {
        guard let url = try SourceTypes.read(place).archiveURL(ofCommit: revision, at: hosts) else {
            throw SkipReason.notLocked
        }
        return ForeignPin(
            name: name, source: try SourceTypes.read(Source(type: "tarball", fields: tarballFields(url))),
            state: try state(tarball: url, revision: revision))
    }

    /// The fields of the source that is an archive.
    func tarballFields(_ url: String) throws(LockfileError) -> JSONObject {
        var fields: JSONObject = ["url": .string(url)]
        fields["dir"] = try node.directory.map { .string($0) }
        return fields
    }
}

/// What the public registry of flakes says of the names that stand for more than a repository's default branch.
///
/// A lock has the repository that a name stood for, and not the branch of it
/// (https://github.com/NixOS/flake-registry).
enum FlakeRegistry {
    /// The branch that is followed by who looks a name up, if the lock has what the public registry has.
    static func branch(of name: String?, _ place: Source) -> String? {
        guard name == "nixpkgs", place.type == "github", place["host"] == nil,
            place["owner"]?.string?.lowercased() == "nixos", place["repo"]?.string?.lowercased() == "nixpkgs"
        else { return nil }
        return "nixpkgs-unstable"
    }

    /// The channel that a name and a REF stand for, if they lead to a channel's archive.
    static func channel(of name: String?, ref: String?) -> String? {
        name == "nixpkgs" ? ref ?? "nixpkgs-unstable" : nil
    }
}
