/// One way of ordering versions. `docs/versions.md` states each exactly.
public enum VersionScheme: String, Sendable, Hashable, CaseIterable {
    /// Release tags of repositories: SemVer 2 where a text is SemVer, and what people write everywhere else.
    case release
    /// Python's: https://packaging.python.org/en/latest/specifications/version-specifiers/
    case pep440
    /// SemVer 2.0.0 and nothing else, for npm and crates.io: https://semver.org/spec/v2.0.0.html
    case semver
    /// `Gem::Version`: https://docs.ruby-lang.org/en/master/Gem/Version.html
    case rubygems
    /// Cabal's, numbers in a row: https://pvp.haskell.org/
    case haskell
    /// `utils::compareVersion`: https://stat.ethz.ch/R-manual/R-devel/library/utils/html/compareVersion.html
    case r
    /// `builtins.compareVersions`, for channels. Every text is a version of it.
    case nix

    /// nil when `bytes` are no version of the scheme.
    ///
    /// - Parameter isBound: whether it stands in a range, where numbers that the scheme insists on may be left out.
    func parse(_ bytes: ArraySlice<UInt8>, isBound: Bool) -> ParsedVersion? {
        switch self {
        case .release: ReleaseOrder.parse(bytes)
        case .pep440: PEP440Order.parse(bytes)
        case .semver: SemVer(bytes)?.parsed ?? (isBound ? SemVer(abbreviated: bytes)?.parsed : nil)
        case .rubygems: RubyGemsOrder.parse(bytes)
        case .haskell: NumberOrder.parseHaskell(bytes)
        case .r: NumberOrder.parseR(bytes, fewest: isBound ? 1 : 2)
        case .nix: NixVersionOrder.parse(bytes)
        }
    }
}

/// What a scheme reads out of a text.
struct ParsedVersion: Sendable {
    let key: VersionKey
    /// The digits of each number before any suffix, as many as are written; what `.*`, `^` and `~` count in.
    let numbers: [ArraySlice<UInt8>]
    /// What those numbers are counted from, 0 everywhere but in PEP 440.
    var epoch = VersionKey.Part.zero
    /// How a number that is not there compares: as 0, or as less than every number.
    var missingNumber = VersionKey.Part.zero
    let isPreRelease: Bool
    /// Whether something other than numbers is written.
    let hasSuffix: Bool
    /// Whether it is somebody's own build of a public version (PEP 440).
    var isLocal = false
    /// Below every pre-release that leads to this version and above every other version below it; nil for a pre-release.
    var floor: VersionKey?
    /// Above every post-release of this version, where `>` leaves these out (PEP 440).
    var ceiling: VersionKey?
    /// How many sections at the front of the key count where only public versions are compared (PEP 440).
    var publicSections = Int.max
    /// What decides between versions of equal precedence, before their spelling does.
    var tieBreak = VersionKey.Section([], padding: .end)
}
