internal import JSON
internal import Lockfile
internal import Versions

/// Which releases of a package are followed: `range?`, `at?` and `preReleases?` of a source.
struct RegistryTracking: Equatable, Sendable {
    /// The versions that may be taken; nil for all.
    var range: VersionRange?
    /// The one version where the pin stays.
    var at: String?
    /// Whether pre-releases count as releases do.
    var preReleases = false

    /// - Throws: `LockfileError` and `ResolveError.malformedRange`
    init(_ source: Source, scheme: VersionScheme) throws {
        if let text = try source.text("range") { range = try VersionRange(text, from: .lock, scheme: scheme) }
        at = try source.text("at")
        preReleases = try source.boolean("preReleases") ?? false
    }

    /// What the options of a command line ask for; `--at` and a range at once are refused.
    /// - Throws: `ResolveError.optionDoesNotFit` and `.malformedRange`
    init(_ options: SourceOptions, scheme: VersionScheme) throws(ResolveError) {
        if options.at != nil {
            for (option, isGiven) in [
                ("--range", options.range != nil), ("--upper-bound", options.upperBound != nil),
                ("--pre-releases", options.preReleases == true),
            ] where isGiven { throw .optionDoesNotFit(option, source: "--at") }
        }
        if let at = options.at, at.isEmpty || at.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            throw .malformedNotation(at, form: "--at VERSION")
        }
        at = options.at
        preReleases = options.preReleases ?? false
        range = try options.range(inPlaceOf: nil, scheme: scheme)
    }

    /// The same with what options of `set` say in its place: a version instead of a range, or a range instead of a version.
    /// - Throws: `ResolveError`
    func changed(by options: SourceOptions, scheme: VersionScheme) throws(ResolveError) -> RegistryTracking {
        let asked = try RegistryTracking(options, scheme: scheme)
        if asked.at != nil { return asked }
        var changed = self
        if options.range != nil || options.upperBound != nil || options.preReleases != nil { changed.at = nil }
        changed.range = try options.range(inPlaceOf: range, scheme: scheme)
        changed.preReleases = options.preReleases ?? preReleases
        return changed
    }

    /// The fields of `source`.
    var fields: JSONObject {
        var fields: JSONObject = [:]
        fields["range"] = range.map { .string($0.text) }
        fields["at"] = at.map { .string($0) }
        if preReleases { fields["preReleases"] = true }
        return fields
    }

    /// What is followed, behind the name of a package.
    var summary: String {
        if let at { return " at \(at)" }
        return (range.map { " \($0.text)" } ?? "") + (preReleases ? " with pre-releases" : "")
    }
}
