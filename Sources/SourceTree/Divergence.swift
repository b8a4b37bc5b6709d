/// Something in an archive of which versions of Nix, or `nix-prefetch-url`, make different things.
///
/// The tree that is hashed is the one of `builtins.fetchTarball` of Nix 2.34; who sees another one is told.
public struct Divergence: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable, CaseIterable {
        /// Several entries at the top.
        case severalAtTop
        /// A single file or symbolic link at the top.
        case singleFileAtTop
        /// No entry at all.
        case nothing
        /// `..` in a name or in the target of a hard link.
        case parentComponent
        /// A name, or the target of a hard link, that begins with a slash.
        case absoluteName
        /// A hard link that comes before its file.
        case hardLinkBeforeTarget
        /// A hard link whose file another one of the same name takes the place of, later.
        case hardLinkToReplaced
        /// A hard link to its own name.
        case hardLinkToItself
        /// A hard link that comes with contents, which are not those of its file.
        case hardLinkWithContents
        /// A sparse file with a hole at its end, in front of which there are no data or a multiple of 128 KiB.
        case holeAtEnd
        /// More directories within each other than current versions of Nix take, which a raised limit let in.
        case tooDeep
        /// A path that is longer than systems take, which a raised limit let in.
        case pathTooLong
        /// A gzip stream whose checksum or length is not that of its data. No Nix compares them.
        case wrongChecksum
    }

    public let kind: Kind
    /// The raw name of the first such entry; nil for what is about the archive as a whole.
    public let path: [UInt8]?

    public init(_ kind: Kind, at path: [UInt8]? = nil) {
        self.kind = kind
        self.path = path
    }

    /// Who sees something else than the tree that is hashed, and what.
    public var readers: [DivergentReader] {
        let oldest = NixVersion(0, 0)
        func old(_ effect: DivergentReader.Effect, before version: NixVersion) -> DivergentReader {
            DivergentReader(.fetchTarball, since: oldest, before: version, effect)
        }
        func prefetch(_ effect: DivergentReader.Effect) -> DivergentReader {
            DivergentReader(.prefetch, since: oldest, before: nil, effect)
        }
        return switch kind {
        case .severalAtTop:
            // In between, the first component was taken off every name.
            [
                old(.refuses, before: NixVersion(2, 21)),
                DivergentReader(.fetchTarball, since: NixVersion(2, 21), before: NixVersion(2, 24), .seesAnotherTree),
            ]
        case .singleFileAtTop: [old(.seesAnotherTree, before: NixVersion(2, 24)), prefetch(.seesAnotherTree)]
        case .nothing:
            [
                old(.refuses, before: NixVersion(2, 21)),
                DivergentReader(.prefetch, since: NixVersion(2, 24), before: nil, .refuses),
            ]
        case .parentComponent, .hardLinkToItself: [old(.refuses, before: NixVersion(2, 24)), prefetch(.refuses)]
        case .absoluteName:
            // Mended in releases of older series too, from 2.28.7 on.
            [DivergentReader(.prefetch, since: NixVersion(2, 25), before: NixVersion(2, 34, 7), .seesAnotherTree)]
        case .hardLinkBeforeTarget: [old(.refuses, before: NixVersion(2, 34)), prefetch(.refuses)]
        case .hardLinkToReplaced: [old(.seesAnotherTree, before: NixVersion(2, 34)), prefetch(.seesAnotherTree)]
        case .hardLinkWithContents: [old(.seesAnotherTree, before: NixVersion(2, 24)), prefetch(.seesAnotherTree)]
        case .holeAtEnd:
            // libarchive gives the hole only to who asks again after having got nothing.
            [
                DivergentReader(
                    .fetchTarball, since: NixVersion(2, 21), before: nil, .seesAnotherTree,
                    libarchiveBefore: NixVersion(3, 8, 2))
            ]
        case .tooDeep:
            // The first series with the limit; it came to each in a patch release.
            [
                DivergentReader(.fetchTarball, since: NixVersion(2, 28, 7), before: nil, .refuses),
                DivergentReader(.prefetch, since: NixVersion(2, 28, 7), before: nil, .refuses),
            ]
        case .pathTooLong: [DivergentReader(.fetchTarball, since: oldest, before: nil, .refuses), prefetch(.refuses)]
        case .wrongChecksum: []
        }
    }
}

/// Some versions of one of Nix's programs, which see something else in an archive than the tree that is hashed.
public struct DivergentReader: Hashable, Sendable {
    public enum Tool: Hashable, Sendable {
        /// `builtins.fetchTarball`; Lix has that of Nix 2.18.
        case fetchTarball
        /// `nix-prefetch-url --unpack`
        case prefetch
    }

    public enum Effect: Hashable, Sendable {
        case refuses
        /// Another tree, and so another hash; a refusal where nothing is left of it.
        case seesAnotherTree
    }

    public let tool: Tool
    /// The first version that does.
    public let since: NixVersion
    /// The first version that does no more; nil when all later ones do.
    public let before: NixVersion?
    public let effect: Effect
    /// The first version of libarchive with which none of them does; nil when that is of no consequence.
    public let libarchiveBefore: NixVersion?

    init(
        _ tool: Tool, since: NixVersion, before: NixVersion?, _ effect: Effect, libarchiveBefore: NixVersion? = nil
    ) {
        self.tool = tool
        self.since = since
        self.before = before
        self.effect = effect
        self.libarchiveBefore = libarchiveBefore
    }
}

/// A release of Nix or of libarchive.
public struct NixVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let major: Int
    public let minor: Int
    public let patch: Int

    public init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.major, a.minor, a.patch) < (b.major, b.minor, b.patch)
    }

    /// Without the patch where that is the first: `2.24`, `2.34.7`.
    public var description: String { "\(major).\(minor)\(patch == 0 ? "" : ".\(patch)")" }
}
