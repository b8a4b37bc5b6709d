internal import Git
internal import JSON
internal import Lockfile
internal import Resolvers

extension FlakeInput {
    /// A git repository: what Nix has hashed is a checkout, and before 2.20 one without what `export-ignore` names.
    func gitPin() throws -> ForeignPin {
        // A folder that was not committed has none.
        guard let revision = try node.revision, let id = ObjectID(hex: revision) else { throw SkipReason.notLocked }
        let locked = try repository(node.locked)
        let contents = TreeContents(
            submodules: try node.locked.bool("submodules") ?? node.tracked.bool("submodules") ?? false,
            lfs: try node.locked.bool("lfs") ?? node.tracked.bool("lfs") ?? false)
        let ref = try node.locked.text("ref") ?? node.original.text("ref")
        let resolution = Resolution(
            .git(url: locked.url, ref: Self.fullName(ref ?? "HEAD"), revision: id, contents: contents),
            revision: id.hex, dating: .commit)

        let tracked = try repository(node.tracked)
        var fields: JSONObject = ["url": .string(tracked.url.text)]
        fields["dir"] = (try node.directory ?? tracked.directory).map { .string($0) }
        if contents.submodules { fields["submodules"] = true }
        if contents.lfs { fields["lfs"] = true }
        if let revision = try node.wantedRevision {
            fields["at"] = .string(revision)
        } else if let ref = try node.ref {
            // Unlike in the notation of forges, what is no whole name is a branch.
            let (field, value) = Self.followed(ref)
            fields[field] = .string(value)
        }
        let hash = try narHash
        return ForeignPin(
            name: name, source: try SourceTypes.read(Source(type: "git", fields: fields)),
            state: .unhashed(
                resolution, stated: hash.map { .ofCheckout($0) }, because: hash == nil ? .noHash : .checkout))
    }

    /// Where a repository is. Old versions of Nix have left `?dir=` in the URL.
    private func repository(_ place: Fields) throws -> (url: GitURL, directory: String?) {
        let (url, parameters) = try GitURL.splitQuery(try place.required(place.text, "url"))
        return (try GitURL(parsing: url), parameters.directory.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// The whole name of a ref, as Nix completes it.
    private static func fullName(_ ref: String) -> String {
        ref == "HEAD" || ref.utf8.starts(with: "refs/".utf8) ? ref : RefName.ofBranch(ref)
    }

    /// The field of the source that says what a REF is, and its value.
    private static func followed(_ ref: String) -> (field: String, value: String) {
        if let branch = RefName.branch(of: ref) { return ("branch", branch) }
        return (ref.utf8.starts(with: "refs/".utf8) ? "at" : "branch", ref)
    }
}
