internal import JSON
internal import Lockfile
internal import Versions

/// Which tags of a repository are the releases that a pin follows: `release {prefix?, range?, preReleases?}`.
struct ReleaseRule: Equatable, Sendable {
    /// What every release tag begins with; nil where the whole tag is the version.
    var prefix: String?
    var range: VersionRange?
    var preReleases = false

    /// Every release, as its tag stands.
    init() {}

    /// - Returns: nil for a source that follows no releases.
    /// - Throws: `LockfileError`, `ResolveError.malformedRange`
    init?(_ source: Source) throws {
        guard let fields = try source.reader.fields("release") else { return nil }
        prefix = try fields.text("prefix")
        if let text = try fields.text("range") {
            range = try VersionRange(text, from: .lock, scheme: .release)
        }
        preReleases = try fields.bool("preReleases") ?? false
    }

    /// The value of `release` in `source`; what is not asked for has no member.
    var json: JSON {
        var members: JSONObject = [:]
        members["prefix"] = prefix.map { .string($0) }
        members["range"] = range.map { .string($0.text) }
        if preReleases { members["preReleases"] = true }
        return .object(members)
    }

    /// The same with what some options ask for; an empty prefix or range takes away the one that was there.
    /// - Throws: `ResolveError.malformedRange`
    func changed(by options: SourceOptions) throws(ResolveError) -> ReleaseRule {
        var changed = self
        if let prefix = options.releasePrefix { changed.prefix = prefix.isEmpty ? nil : prefix }
        changed.range = try options.range(inPlaceOf: range, scheme: .release)
        changed.preReleases = options.preReleases ?? preReleases
        return changed
    }

    /// What is followed, behind the name of a repository.
    var summary: String {
        let words = ["releases", prefix.map { $0 + "*" }, range?.text, preReleases ? "with pre-releases" : nil]
        return " " + words.compactMap(\.self).joined(separator: " ")
    }
}

extension SourceOptions {
    /// Those given that ask for releases, as they are written.
    ///
    /// Who gives a range or a prefix means releases, whether `--release` is said beside it or not.
    var releaseOptions: [String] {
        let words: [(Name, Bool)] = [
            (.release, release == true), (.releasePrefix, releasePrefix != nil), (.range, range != nil),
            (.upperBound, upperBound != nil), (.preReleases, preReleases == true),
        ]
        return words.filter(\.1).map(\.0.rawValue)
    }

    /// The versions that may be taken: what `--range` says, or else what was said before, and below `--upper-bound`.
    ///
    /// An upper bound takes the place of the `<` and `<=` that were there before; everything else of an old range stays.
    /// An empty `--range` takes the old one away.
    /// - Throws: `ResolveError.malformedRange`
    func range(
        inPlaceOf old: VersionRange?, scheme: VersionScheme
    ) throws(ResolveError) -> VersionRange? {
        var range = old
        if let text = self.range {
            range = text.isEmpty ? nil : try VersionRange(text, from: .rangeOption, scheme: scheme)
        }
        guard let upperBound else { return range }
        if self.range == nil { range = range?.withoutUpperBounds }
        do throws(VersionRangeError) {
            guard let range else { return try VersionRange.below(upperBound, scheme: scheme) }
            return try range.adding(upperBound: upperBound)
        } catch {
            throw .malformedRange(upperBound, error, from: .upperBoundOption)
        }
    }
}

extension VersionRange {
    /// - Throws: `ResolveError.malformedRange`
    init(_ text: String, from place: RangePlace, scheme: VersionScheme) throws(ResolveError) {
        do {
            try self.init(parsing: text, scheme: scheme)
        } catch {
            throw .malformedRange(text, error, from: place)
        }
    }

    /// The same without `<V` and `<=V`; nil when nothing else is in it.
    fileprivate var withoutUpperBounds: VersionRange? {
        let rest = text.split(separator: ",").filter { !$0.hasPrefix("<") }.joined(separator: ",")
        // A part of a range is a range, which `nil` covers where it is not.
        return rest.isEmpty ? nil : try? VersionRange(parsing: rest, scheme: scheme)
    }
}
