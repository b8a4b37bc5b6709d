/// The options of `add` and `set` that shape a source; nil where one was not given.
public struct SourceOptions: Sendable, Equatable {
    /// Track this branch.
    public var branch: String?
    /// Track the highest release tag.
    public var release: Bool?
    /// What release tags begin with.
    public var releasePrefix: String?
    /// The versions that may be taken, as `>=1.2,<2`.
    public var range: String?
    /// The version that every one taken is below.
    public var upperBound: String?
    /// Whether pre-releases count.
    public var preReleases: Bool?
    /// Stay at this tag, revision or version.
    public var at: String?
    /// Another host of the same kind of forge.
    public var host: String?
    /// Another channel.
    public var channel: String?
    /// Whether what is behind the URL changes, and where it leads is locked.
    public var mutable: Bool?
    /// Whether a file is unpacked; nil when its name decides.
    public var unpack: Bool?
    /// Whether a repository's submodules are wanted.
    public var submodules: Bool?
    /// Whether the objects of Git LFS are wanted.
    public var lfs: Bool?
    /// The architecture of a container image, in the words of images: `amd64`.
    public var arch: String?
    /// The operating system of a container image, in the words of images: `linux`.
    public var os: String?
    /// Whether a wheel is wanted instead of the source archive.
    public var wheel: Bool?

    public init(
        branch: String? = nil, at: String? = nil, host: String? = nil, unpack: Bool? = nil, submodules: Bool? = nil,
        lfs: Bool? = nil
    ) {
        self.branch = branch
        self.at = at
        self.host = host
        self.unpack = unpack
        self.submodules = submodules
        self.lfs = lfs
    }

    /// One of the options, by its name on the command line.
    public enum Name: String, CaseIterable, Sendable {
        case branch = "--branch"
        case release = "--release"
        case releasePrefix = "--release-prefix"
        case range = "--range"
        case upperBound = "--upper-bound"
        case preReleases = "--pre-releases"
        case at = "--at"
        case host = "--host"
        case channel = "--channel"
        case mutable = "--mutable"
        case unpack = "--unpack"
        case submodules = "--submodules"
        case lfs = "--lfs"
        case arch = "--arch"
        case os = "--os"
        case wheel = "--wheel"
    }

    /// The options that were given, as they are written: a flag that says no is `--no-…`.
    public var given: [(name: Name, text: String)] {
        let texts: [(Name, String?)] = [
            (.branch, branch), (.releasePrefix, releasePrefix), (.range, range), (.upperBound, upperBound), (.at, at),
            (.host, host), (.channel, channel), (.arch, arch), (.os, os),
        ]
        let flags: [(Name, Bool?)] = [
            (.release, release), (.preReleases, preReleases), (.mutable, mutable), (.unpack, unpack),
            (.submodules, submodules), (.lfs, lfs), (.wheel, wheel),
        ]
        return texts.compactMap { name, value in value.map { _ in (name, name.rawValue) } }
            + flags.compactMap { name, value in
                value.map { (name, $0 ? name.rawValue : "--no-" + name.rawValue.dropFirst(2)) }
            }
    }

    /// Refuses every option that is given and means nothing to a source.
    /// - Throws: `ResolveError.optionDoesNotFit`
    func refuse(allBut understood: Set<Name>, in notation: String) throws(ResolveError) {
        for (name, text) in given where !understood.contains(name) {
            throw .optionDoesNotFit(text, source: notation)
        }
    }
}
