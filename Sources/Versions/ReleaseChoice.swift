/// Which of many releases wins, and why each of the others did not: what `pinr explain` tells.
public struct ReleaseChoice: Sendable, Hashable {
    /// Everything that was seen: versions first, the newest in front, then what is no version, in the order in which it came.
    public let candidates: [Candidate]
    /// What stands before every version: what was asked for, or what was inferred; nil for versions alone.
    public let prefix: String?
    /// Whether `prefix` was not asked for: no tag is a version as it stands, and all that end with one begin with this.
    public let isPrefixInferred: Bool
    /// The prefixes of tags that end with a version, sorted, where no prefix was asked for and no tag counts as a version:
    /// what `--release-prefix` could be.
    public let possiblePrefixes: [String]

    /// What won; nil when nothing may be chosen.
    public var chosen: Candidate? { candidates.first { $0.verdict == .chosen } }

    /// A tag or a published version.
    public struct Candidate: Sendable, Hashable {
        /// As upstream has it, the prefix included.
        public let text: String
        /// The version without the prefix, spelled as upstream does; nil when it is none.
        public let version: Version?
        public let verdict: Verdict
    }

    /// What became of a candidate. Where several things speak against one, the first of this list is told.
    public enum Verdict: Sendable, Hashable {
        /// It does not begin with the prefix.
        case lacksPrefix(String)
        /// What it is, or what stands behind the prefix, is no version of the scheme.
        case notAVersion
        /// A clause of the range does not hold.
        case outOfRange(String)
        /// A pre-release, and none were asked for.
        case preRelease
        /// Its publisher withdrew it, and may say why.
        case yanked(String?)
        /// It cannot be pinned, for a reason that whoever offers it knows: no source archive, say.
        case unusable(String)
        /// It is not as old as it has to be; when it was made, in seconds since 1970 UTC, or nil where nobody says.
        case tooYoung(made: Int64?)
        /// Something newer won.
        case older
        case chosen
    }

    /// Something to choose from, with what its publisher says against it.
    public struct Offer: Sendable, Hashable {
        public let text: String
        public let objection: Objection?

        public enum Objection: Sendable, Hashable {
            case yanked(String?)
            case unusable(String)
            case tooYoung(made: Int64?)
        }

        public init(_ text: String, objection: Objection? = nil) {
            self.text = text
            self.objection = objection
        }
    }

    /// Chooses the highest version of `tags`.
    ///
    /// - Parameters:
    ///   - prefix: what every tag of a release begins with; without one, tags that are versions count, and where there is
    ///     not one such tag, those with the one prefix that all have in common (`ReleasePrefix`).
    ///   - range: nil for any version.
    ///   - preReleases: whether pre-releases may win. One that `range` names with `=` may in any case.
    public static func choose(
        among tags: [String], prefix: String? = nil, range: VersionRange? = nil, preReleases: Bool = false,
        scheme: VersionScheme = .release
    ) -> ReleaseChoice {
        choose(among: tags.map { Offer($0) }, prefix: prefix, range: range, preReleases: preReleases, scheme: scheme)
    }

    /// Chooses the highest version of `offers` that nothing speaks against.
    public static func choose(
        among offers: [Offer], prefix: String? = nil, range: VersionRange? = nil, preReleases: Bool = false,
        scheme: VersionScheme = .release
    ) -> ReleaseChoice {
        let asked = prefix.flatMap { $0.isEmpty ? nil : $0 }
        let first = Reading(offers, prefix: asked, scheme: scheme)
        guard asked == nil, scheme == .release, first.versions.isEmpty else {
            return first.choice(range: range, preReleases: preReleases)
        }
        let possible = ReleasePrefix.all(of: offers.map(\.text))
        // One that says nightly or beta is not what a person means by a release, so it has to be asked for.
        guard let only = possible.first, possible.count == 1, !ReleasePrefix.saysPreRelease(only) else {
            return first.choice(range: range, preReleases: preReleases, possiblePrefixes: possible)
        }
        return Reading(offers, prefix: only, scheme: scheme)
            .choice(range: range, preReleases: preReleases, possiblePrefixes: possible, isPrefixInferred: true)
    }
}

extension ReleaseChoice {
    /// What is a version, and what is not.
    private struct Reading {
        let prefix: String?
        var versions: [(offer: Offer, version: Version)] = []
        var others: [Candidate] = []

        init(_ offers: [Offer], prefix: String?, scheme: VersionScheme) {
            self.prefix = prefix
            for offer in offers {
                // By bytes: to `String`, a letter and an accent behind it are one character.
                let start = prefix ?? ""
                if !offer.text.utf8.starts(with: start.utf8) {
                    others.append(Candidate(text: offer.text, version: nil, verdict: .lacksPrefix(start)))
                    continue
                }
                let rest = String(decoding: offer.text.utf8.dropFirst(start.utf8.count), as: UTF8.self)
                if let version = Version(rest, scheme: scheme) {
                    versions.append((offer, version))
                } else {
                    others.append(Candidate(text: offer.text, version: nil, verdict: .notAVersion))
                }
            }
        }

        func choice(
            range: VersionRange?, preReleases: Bool, possiblePrefixes: [String] = [], isPrefixInferred: Bool = false
        ) -> ReleaseChoice {
            var hasWinner = false
            // Their places are sorted: to move versions about would take longer than to compare them.
            let judged = versions.indices.sorted { versions[$1].version < versions[$0].version }
                .map { place in
                    let (offer, version) = versions[place]
                    var verdict = Self.objection(to: offer, version, range: range, preReleases: preReleases)
                    if verdict == nil {
                        verdict = hasWinner ? .older : .chosen
                        hasWinner = true
                    }
                    return Candidate(text: offer.text, version: version, verdict: verdict ?? .older)
                }
            return ReleaseChoice(
                candidates: judged + others, prefix: prefix, isPrefixInferred: isPrefixInferred,
                possiblePrefixes: possiblePrefixes)
        }

        private static func objection(
            to offer: Offer, _ version: Version, range: VersionRange?, preReleases: Bool
        ) -> Verdict? {
            if let clause = range?.firstUnmetClause(by: version) { return .outOfRange(clause) }
            if version.isPreRelease && !preReleases && range?.names(version) != true { return .preRelease }
            return switch offer.objection {
            case nil: nil
            case .yanked(let reason): .yanked(reason)
            case .unusable(let reason): .unusable(reason)
            case .tooYoung(let made): .tooYoung(made: made)
            }
        }
    }
}
