internal import Git
internal import JSON
internal import Lockfile
internal import NixHash
internal import Resolvers

/// A pin as npins has it.
struct NpinsEntry {
    private(set) var members: JSONObject = [:]

    private let pin: Pin
    private var source: Source { pin.source }

    /// - Parameter defaultBranch: the one of the pin's repository, if it is known.
    init(_ pin: Pin, defaultBranch: String?) throws(SkipReason) {
        self.pin = pin
        guard pin.locked.fetch.isKnown else { throw SkipReason.noCounterpart(pin.locked.fetch.fetcher) }
        switch source.type {
        case _ where isFixed && !isImage: try stayAtURL()
        case _ where Self.isRepository(source): try followRepository(defaultBranch)
        case "channel": try followChannel()
        case "pypi": try followPyPI()
        case "oci": try followImage()
        case "tarball", "file": try followURL()
        default: throw SkipReason.noCounterpart(source.type)
        }
        if pin.frozen != nil { members["frozen"] = true }
        members["hash"] = pin.locked.fetch.hash.map { .string($0.sri) }
    }

    static func isRepository(_ source: Source) -> Bool {
        ["git", "github", "gitlab", "forgejo", "sourcehut", "bitbucket"].contains(source.type)
    }

    private var isFixed: Bool { source["at"] != nil }

    private var isImage: Bool {
        if case .oci = pin.locked.fetch { true } else { false }
    }

    private mutating func set(_ type: String, _ others: JSONObject) {
        members["type"] = .string(type)
        members.merge(others)
    }

    /// Refuses a source that says something which npins cannot.
    private func require(only known: Set<String>) throws(SkipReason) {
        // Where a flake lies in the tree is nothing that npins fetches by, nor is when a pin is updated.
        for (field, value) in source.withoutTiming.fields where !known.contains(field) && field != "dir" {
            if case .bool(false) = value { continue }
            throw SkipReason.notTracked(field)
        }
    }

    // MARK: URLs

    /// What stays where it is: a URL that never moves.
    private mutating func stayAtURL() throws(SkipReason) {
        switch pin.locked.fetch {
        case .tarball(let url, _, _): set("Url", ["url": .string(url), "unpack": true])
        case .file(let url, _, _): set("Url", ["url": .string(url), "unpack": false])
        case .git, .oci, .other: throw SkipReason.notTracked("at")
        }
    }

    private mutating func followURL() throws(SkipReason) {
        try require(only: ["url", "mutable", "unpack"])
        if source["mutable"] == true, let url = source["url"] {
            try follow(url)
        } else {
            try stayAtURL()
        }
    }

    /// What is locked to where a URL leads.
    private mutating func follow(_ url: JSON) throws(SkipReason) {
        try stayAtURL()
        set("MutableUrl", ["update_url": url])
    }

    // MARK: Channels, packages, images

    private mutating func followChannel() throws(SkipReason) {
        try require(only: ["channel", "artifact", "unpack"])
        guard let channel = source["channel"]?.string, let url = pin.locked.fetch.url else {
            throw SkipReason.noCounterpart(source.type)
        }
        let artifact = source["artifact"]?.string ?? "nixexprs.tar.xz"
        if case .tarball = pin.locked.fetch {
            set("Channel", ["name": .string(channel), "artifact": .string(artifact), "url": .string(url)])
        } else {
            // Every artifact is unpacked there.
            try follow("https://channels.nixos.org/\(channel)/\(artifact)")
        }
    }

    private mutating func followPyPI() throws(SkipReason) {
        try require(only: ["name", "range"])
        guard case .file(let url, _, _) = pin.locked.fetch, let name = source["name"], let version = pin.locked.version
        else { throw SkipReason.noCounterpart(source.type) }
        set(
            "PyPi",
            [
                "name": name, "url": .string(url), "version": .string(version),
                "version_upper_bound": try upperBound(source["range"]),
            ])
    }

    private mutating func followImage() throws(SkipReason) {
        try require(only: ["image", "tag", "os", "arch", "at"])
        guard case .oci(let image) = pin.locked.fetch else { throw SkipReason.noCounterpart(source.type) }
        guard image.os.utf8.elementsEqual("linux".utf8) else { throw SkipReason.notTracked("os \(image.os)") }
        set(
            "Container",
            [
                "image_name": .string(image.image), "image_tag": .string(image.tag),
                "image_digest": .string(image.digest), "arch": .string(image.arch),
            ])
        // What stays at a digest stays there as well when nothing may update it.
        if isFixed { members["frozen"] = true }
    }

    // MARK: Repositories

    private mutating func followRepository(_ defaultBranch: String?) throws(SkipReason) {
        try require(only: ["owner", "repo", "host", "url", "branch", "release", "submodules", "lfs"])
        guard let revision = pin.locked.revision else { throw SkipReason.notLocked }
        members["revision"] = .string(revision)
        members["repository"] = try repository()
        members["submodules"] = .bool(source["submodules"] == true)
        switch pin.locked.fetch {
        case .tarball(let url, _, _): members["url"] = .string(url)
        case .git(let git):
            if git.lfs { throw SkipReason.notTracked("lfs") }
            if !git.attributes.isEmpty { throw SkipReason.attributes(git.attributes) }
            members["url"] = .null
        case .file, .oci, .other: throw SkipReason.noCounterpart(source.type)
        }
        if let release = source["release"] {
            try follow(release: release)
        } else if let branch = branch(defaultBranch) {
            set("Git", ["branch": .string(branch)])
        } else {
            throw SkipReason.defaultBranch
        }
    }

    private func branch(_ defaultBranch: String?) -> String? {
        if let branch = source["branch"]?.string { return branch }
        if case .git(let git) = pin.locked.fetch, let branch = git.ref.flatMap({ RefName.branch(of: $0) }) {
            return branch
        }
        return defaultBranch
    }

    private mutating func follow(release: JSON) throws(SkipReason) {
        guard let version = pin.locked.version else { throw SkipReason.notLocked }
        for (field, _) in release.object ?? [:] where !["prefix", "range", "preReleases"].contains(field) {
            throw SkipReason.notTracked("release.\(field)")
        }
        let prefix = release["prefix"]?.string
        set(
            "GitRelease",
            [
                "version": .string((prefix ?? "") + version), "release_prefix": prefix.map { .string($0) } ?? .null,
                "pre_releases": .bool(release["preReleases"] == true),
                "version_upper_bound": try upperBound(release["range"]),
            ])
    }

    /// The version that every one is below, which is all of a range that can be said; null for no range.
    private func upperBound(_ range: JSON?) throws(SkipReason) -> JSON {
        guard let range = range?.string else { return .null }
        let bound = range.utf8.dropFirst()
        guard range.utf8.first == UInt8(ascii: "<"), bound.first != UInt8(ascii: "="),
            !bound.contains(UInt8(ascii: ","))
        else { throw SkipReason.notTracked(range) }
        return .string(String(decoding: bound, as: UTF8.self))
    }

    /// `repository` of a pin: the forge's own form where there is one, and its URL for git otherwise.
    private func repository() throws(SkipReason) -> JSON {
        let host = source["host"]?.string
        if let owner = source["owner"]?.string, let repo = source["repo"]?.string {
            switch (source.type, host) {
            case ("github", nil): return ["type": "GitHub", "owner": .string(owner), "repo": .string(repo)]
            case ("gitlab", _):
                return [
                    "type": "GitLab", "repo_path": .string("\(owner)/\(repo)"),
                    "server": .string(Self.server(host ?? "gitlab.com")),
                ]
            case ("forgejo", _):
                return [
                    "type": "Forgejo", "owner": .string(owner), "repo": .string(repo),
                    "server": .string(Self.server(host ?? "codeberg.org")),
                ]
            default: break
            }
        }
        // The services are asked at their own addresses, which are what others have.
        guard let source = try? SourceTypes.read(source.withoutTiming),
            let url = try? source.refQuestion(of: ServiceHosts(environment: [:]))?.url
        else { throw SkipReason.noCounterpart(source.type) }
        return ["type": "Git", "url": .string(url.text)]
    }

    private static func server(_ host: String) -> String {
        let url = host.contains("://") ? host : "https://\(host)"
        return url.utf8.last == UInt8(ascii: "/") ? url : url + "/"
    }
}
