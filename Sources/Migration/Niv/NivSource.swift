internal import Git
internal import JSON
internal import Lockfile
internal import Resolvers

/// One source of niv's, by its attributes.
struct NivSource {
    let name: String
    let fields: Fields

    /// - Throws: `LockfileError`
    init(_ name: String, _ attributes: JSON) throws(LockfileError) {
        self.name = name
        fields = try Fields(foreign: attributes, at: FieldPath(name))
    }

    /// What `sources.nix` does with a source.
    enum Kind {
        case tarball, file, git
    }

    /// What `niv update` follows, and what a person reads.
    private static let known: Set<String> = [
        "type", "url", "url_template", "sha256", "rev", "branch", "ref", "tag", "repo", "owner", "submodules",
        "builtin",
        "description", "homepage",
    ]

    /// The source as a pin.
    /// - Throws: `SkipReason`, `LockfileError`, `ResolveError`, `GitError`
    func pin() throws -> ForeignPin {
        var pin =
            switch try kind() {
            case .git: try gitPin()
            case .tarball: try webPin(isTree: true)
            case .file: try webPin(isTree: false)
            }
        pin.note = try note()
        let others = fields.object.map(\.key).filter { !Self.known.contains($0) }
        if !others.isEmpty { pin.remarks.append(.leftOut(others)) }
        return pin
    }

    private func kind() throws -> Kind {
        switch try fields.string("type") {
        // `builtin` says who fetches, and not what: here every source can be fetched in both ways.
        case "tarball", "builtin-tarball": return .tarball
        case "file", "builtin-url": return .file
        case "git": return .git
        case "local": throw SkipReason.localFolder(try fields.string("path") ?? "")
        case let type?: throw SkipReason.unknownType(type)
        case nil:
            // Before there were types everything was an archive, unpacked; what is called otherwise may be either.
            guard let url = try fields.text("url") else { throw SkipReason.notLocked }
            guard NivTemplate.isArchive(url) else { throw fields.problem(.missing, "type") }
            return .tarball
        }
    }

    /// What people read: niv shows both, and takes both from GitHub.
    private func note() throws -> String? {
        let texts = try [fields.string("description"), fields.string("homepage")].map { $0 == "" ? nil : $0 }
        guard let homepage = texts[1] else { return texts[0] }
        return texts[0].map { "\($0) (\(homepage))" } ?? homepage
    }

    // MARK: Archives and files

    private func webPin(isTree: Bool) throws -> ForeignPin {
        guard let url = try fields.text("url") else { throw SkipReason.notLocked }
        let atURL = try Notation.webFile(url, unpacks: isTree)
        let stated = try fields.text("rev")
        let revision = Self.revision(in: url, stated: stated)
        var pin = ForeignPin(
            name: name, source: atURL, state: try webState(url: url, isTree: isTree, revision: revision))
        let isOther = stated.map { !url.utf8.contains($0.utf8) } ?? false
        if isOther, let stated { pin.remarks.append(.otherRevision(stated: stated, url: url)) }
        guard let template = try NivTemplate(self) else { return pin }
        if isTree, let repository = try template.repository() {
            try follow(repository, lockedTo: revision, in: &pin)
        } else if template.hasPlaceholders {
            pin.remarks.append(.staysAtURL(template: template.text))
        }
        return pin
    }

    /// What is locked: the hash is what Nix has checked until now, so it is taken as it is.
    private func webState(url: String, isTree: Bool, revision: String?) throws -> ForeignPin.State {
        let name = Notation.storeName(of: url)
        guard let hash = try fields.bareDigest("sha256") else {
            return .unhashed(
                Resolution(
                    isTree ? .tarball(url: url) : .file(url: url, name: name), revision: revision,
                    dating: isTree && revision != nil ? .newestEntry : .server), because: .noHash)
        }
        return .locked(
            Locked(
                fetch: isTree ? .tarball(url: url, hash: hash) : .file(url: url, hash: hash, name: name),
                revision: revision))
    }

    /// The commit that a URL leads to: the one that is stated, if it is in the URL, or else one that is.
    private static func revision(in url: String, stated: String?) -> String? {
        if let stated, let revision = ObjectID(hex: stated), url.utf8.contains(stated.utf8) {
            return revision.hex
        }
        // A part of the path, or what begins one: `archive/REVISION.tar.gz`.
        for part in url.split(separator: "/") {
            let digits = part.prefix { $0.isHexDigit && $0.isASCII }
            if let revision = ObjectID(hex: String(digits)) { return revision.hex }
        }
        return nil
    }

    /// What niv calls a branch is whatever GitHub finds a commit by.
    private func follow(
        _ repository: any SourceType, lockedTo revision: String?, in pin: inout ForeignPin
    ) throws {
        guard let ref = try fields.text("branch") else {
            pin.source = repository
            return
        }
        let place = NivRef(ref)
        (pin.source, pin.fallback) = try place.tracking(of: repository, lockedTo: revision)
        if let fixed = place.fixedRef { pin.remarks.append(.staysAtRef(fixed)) }
    }

    // MARK: Repositories

    /// A `git` source has no hash at all: Nix fetches it by its revision.
    private func gitPin() throws -> ForeignPin {
        let url = try GitURL(parsing: try fields.required(fields.text, "repo"))
        guard let stated = try fields.text("rev") else { throw SkipReason.notLocked }
        guard let revision = ObjectID(hex: stated) else { throw fields.problem(.notRevision(stated), "rev") }
        let submodules = try fields.bool("submodules") ?? false
        var members: JSONObject = ["url": .string(url.text)]
        if submodules { members["submodules"] = true }
        let repository = try SourceTypes.read(Source(type: "git", fields: members))

        // `niv update` follows `branch`; Nix was told `ref` before there was one.
        let place =
            if let branch = try fields.text("branch") {
                NivRef(fullName: RefName.ofBranch(branch))
            } else if let ref = try fields.text("ref") {
                NivRef(ref)
            } else {
                try fields.text("tag").map { NivRef(fullName: RefName.ofTag($0)) }
            }
        let resolution = Resolution(
            .git(
                url: url, ref: place?.likelyFullName ?? "HEAD", revision: revision,
                contents: TreeContents(submodules: submodules)), revision: revision.hex, dating: .commit)
        var pin = ForeignPin(name: name, source: repository, state: .unhashed(resolution, because: .noHash))
        if let place {
            (pin.source, pin.fallback) = try place.tracking(of: repository, lockedTo: revision.hex)
        }
        if let fixed = place?.fixedRef { pin.remarks.append(.staysAtRef(fixed)) }
        return pin
    }
}
