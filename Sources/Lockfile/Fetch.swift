import JSON
public import NixHash

/// The fetch that a pin resolved to: one of four that Nix can do, or one that a later program added.
public enum Fetch: Sendable {
    /// An archive; `hash` is that of the NAR of the unpacked tree, as `builtins.fetchTarball` sees it.
    ///
    /// `isStripped` says whether that is the tree below the archive's only top-level directory, as it mostly is. Nix
    /// finds out by itself; Nixpkgs' `fetchzip` has to be told.
    case tarball(url: String, hash: SHA256Digest, isStripped: Bool = true)
    /// A file; `hash` is that of its bytes, `name` that of its store path.
    case file(url: String, hash: SHA256Digest, name: String)
    case git(GitFetch)
    case oci(OCIFetch)
    /// A fetcher that this program does not know; what it needs is in `Locked.unknown`.
    case other(fetcher: String)

    /// The word in the lock file.
    public var fetcher: String {
        switch self {
        case .tarball: "tarball"
        case .file: "file"
        case .git: "git"
        case .oci: "oci"
        case .other(let fetcher): fetcher
        }
    }

    /// Whether this program knows the fetcher, and so what belongs to it.
    public var isKnown: Bool {
        if case .other = self { false } else { true }
    }

    /// The hash that Nix checks; nil for a fetcher that is not known.
    public var hash: SHA256Digest? {
        switch self {
        case .tarball(_, let hash, _), .file(_, let hash, _): hash
        case .git(let git): git.hash
        case .oci(let image): image.hash
        case .other: nil
        }
    }

    /// Where it is fetched from; nil for an image and for a fetcher that is not known.
    public var url: String? {
        switch self {
        case .tarball(let url, _, _), .file(let url, _, _): url
        case .git(let git): git.url
        case .oci, .other: nil
        }
    }
}

/// A git commit; `hash` is that of the NAR of the tree as committed.
public struct GitFetch: Sendable {
    /// Where the repository is, in a form that git takes.
    public var url: String
    /// The ref it was found under, in full: `refs/heads/main`; nil where only the commit was given.
    public var ref: String?
    /// The commit, 40 hexadecimal digits.
    public var revision: String
    /// The hash of the NAR.
    public var hash: SHA256Digest
    /// Whether the submodules are in the tree.
    public var submodules: Bool
    /// Whether LFS pointers are replaced by what they point at.
    public var lfs: Bool
    /// Which of the attributes that change a checkout the tree uses: `export-ignore`, `export-subst`, `eol`, `ident`,
    /// `filter`.
    public var attributes: [String]

    public init(
        url: String, ref: String? = nil, revision: String, hash: SHA256Digest, submodules: Bool = false,
        lfs: Bool = false, attributes: [String] = []
    ) {
        self.url = url
        self.ref = ref
        self.revision = revision
        self.hash = hash
        self.submodules = submodules
        self.lfs = lfs
        self.attributes = attributes
    }

    /// Whether it is known which ref led to the commit: `HEAD` is whatever branch it was at the time.
    public var isRefTold: Bool { ref.map { !$0.utf8.elementsEqual("HEAD".utf8) } ?? false }
}

/// A container image; `hash` is that of the docker-archive that `dockerTools.pullImage` makes of it.
public struct OCIFetch: Sendable {
    /// Registry and repository.
    public var image: String
    /// The tag that the image gets, and under which it was found.
    public var tag: String
    /// `sha256:` and 64 hexadecimal digits.
    public var digest: String
    /// The operating system, in the words of the image: `linux`.
    public var os: String
    /// The architecture, in the words of the image: `amd64`, `arm64`.
    public var arch: String
    /// The hash of the docker-archive.
    public var hash: SHA256Digest

    public init(image: String, tag: String, digest: String, os: String, arch: String, hash: SHA256Digest) {
        self.image = image
        self.tag = tag
        self.digest = digest
        self.os = os
        self.arch = arch
        self.hash = hash
    }
}

// MARK: In the lock file

extension Fetch {
    /// Reads the fetch out of `locked`; the second part is the keys it has, or would have.
    static func read(_ fields: Fields) throws(LockfileError) -> (fetch: Fetch, keys: Set<String>) {
        switch try fields.required(fields.text, "fetcher") {
        case "tarball":
            let url = try fields.required(fields.text, "url")
            let fetch = Fetch.tarball(
                url: url, hash: try fields.required(fields.digest, "hash"),
                isStripped: try fields.bool("stripRoot") ?? true)
            return (fetch, ["url", "hash", "stripRoot"])
        case "file":
            let fetch = Fetch.file(
                url: try fields.required(fields.text, "url"), hash: try fields.required(fields.digest, "hash"),
                name: try fields.required(fields.storeName, "name"))
            return (fetch, ["url", "hash", "name"])
        case "git":
            let fetch = GitFetch(
                url: try fields.required(fields.text, "url"), ref: try fields.text("ref"),
                revision: try fields.required(fields.revision, "revision"),
                hash: try fields.required(fields.digest, "hash"),
                submodules: try fields.bool("submodules") ?? false, lfs: try fields.bool("lfs") ?? false,
                attributes: try fields.strings("attributes") ?? [])
            return (.git(fetch), ["url", "ref", "revision", "hash", "submodules", "lfs", "attributes"])
        case "oci":
            let fetch = OCIFetch(
                image: try fields.required(fields.text, "image"), tag: try fields.required(fields.text, "tag"),
                digest: try fields.required(fields.imageDigest, "digest"), os: try fields.required(fields.text, "os"),
                arch: try fields.required(fields.text, "arch"), hash: try fields.required(fields.digest, "hash"))
            return (.oci(fetch), ["image", "tag", "digest", "os", "arch", "hash"])
        case let fetcher:
            return (.other(fetcher: fetcher), [])
        }
    }

    /// The members of `locked` that belong to the fetch; what is false or empty is left out.
    var members: JSONObject {
        var members: JSONObject = ["fetcher": .string(fetcher)]
        if let url { members["url"] = .string(url) }
        if let hash { members["hash"] = .string(hash.sri) }
        switch self {
        case .other: break
        case .tarball(_, _, let isStripped): if !isStripped { members["stripRoot"] = false }
        case .file(_, _, let name): members["name"] = .string(name)
        case .git(let git):
            members["ref"] = git.ref.map { .string($0) }
            members["revision"] = .string(git.revision)
            if git.submodules { members["submodules"] = true }
            if git.lfs { members["lfs"] = true }
            if !git.attributes.isEmpty {
                members["attributes"] = .array(git.attributes.sorted(by: ByteOrder.precedes).map { .string($0) })
            }
        case .oci(let image):
            members["image"] = .string(image.image)
            members["tag"] = .string(image.tag)
            members["digest"] = .string(image.digest)
            members["os"] = .string(image.os)
            members["arch"] = .string(image.arch)
        }
        return members
    }
}

extension Fetch: Equatable {
    public static func == (left: Fetch, right: Fetch) -> Bool { left.members == right.members }
}
