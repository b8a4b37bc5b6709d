internal import Dates
internal import Resolvers
internal import Versions

extension Problem {
    /// No tag could be taken: what was seen, and which option would help.
    init(noRelease choice: ReleaseChoice, range: String?, url: String) {
        let place = "`\(printable(url))`"
        let versions = choice.candidates.filter { $0.version != nil }
        func count(_ matches: (ReleaseChoice.Verdict) -> Bool) -> [ReleaseChoice.Candidate] {
            versions.filter { matches($0.verdict) }
        }
        let preReleases = count { $0 == .preRelease }
        let outside = count { if case .outOfRange = $0 { true } else { false } }
        let prefix = choice.prefix.map { " behind `\(printable($0))`" } ?? ""

        guard let newest = versions.first else {
            self.init(noVersionAmong: choice, at: place, url: url)
            return
        }
        guard outside.count < versions.count else {
            self.init(
                .notFound,
                "none of the \(Self.counted(versions, "release")) of \(place)\(prefix) is in the range "
                    + "`\(printable(range ?? ""))`; the newest is \(Self.quoted(newest))",
                url: url, hint: "`--range` or `--upper-bound` gives another range")
            return
        }
        if let newest = preReleases.first, preReleases.count + outside.count == versions.count {
            let within = outside.isEmpty ? "" : " in the range `\(printable(range ?? ""))`"
            self.init(
                .notFound,
                "\(place) has only pre-releases\(within)\(prefix), of which \(Self.quoted(newest)) is the newest",
                url: url, hint: "`--pre-releases` takes them too")
            return
        }
        self.init(
            .notFound, "none of the \(Self.counted(versions, "release")) of \(place)\(prefix) can be pinned", url: url,
            hint: "`--at` pins a tag or a revision, and `--branch` tracks a branch")
    }

    /// No tag is a version.
    private init(noVersionAmong choice: ReleaseChoice, at place: String, url: String) {
        let some = choice.candidates.prefix(3).map { Self.quoted($0) }.joined(separator: ", ")
        let more = choice.candidates.count > 3 ? ", …" : ""
        let other = "`--at` pins a tag or a revision, and `--branch` tracks a branch"
        let seen =
            choice.candidates.isEmpty ? "" : ": there \(choice.candidates.count == 1 ? "is" : "are") \(some)\(more)"
        if let prefix = choice.prefix {
            let isBehindNone = choice.candidates.allSatisfy {
                if case .lacksPrefix = $0.verdict { true } else { false }
            }
            self.init(
                .notFound,
                "no tag of \(place) \(isBehindNone ? "begins with" : "is a version behind") `\(printable(prefix))`\(seen)",
                url: url, hint: "`--release-prefix` is what every release tag begins with")
        } else if choice.candidates.isEmpty {
            self.init(
                .notFound, "\(place) has no tags, and so no releases", url: url,
                hint: "without `--release` its default branch is tracked")
        } else if choice.possiblePrefixes.isEmpty {
            self.init(.notFound, "no tag of \(place) is a version\(seen)", url: url, hint: other)
        } else {
            let prefixes = choice.possiblePrefixes.prefix(5).map { "`\(printable($0, limit: 100))`" }
            let rest = choice.possiblePrefixes.count > 5 ? ", …" : ""
            self.init(
                .notFound,
                "no tag of \(place) is a version by itself; some are behind \(prefixes.joined(separator: ", "))\(rest)",
                url: url, hint: "`--release-prefix` says which of them are the releases")
        }
    }

    /// A range that cannot be read, with the place where it cannot.
    init(malformedRange text: String, _ error: VersionRangeError, from place: RangePlace) {
        let (code, subject): (Code, String) =
            switch place {
            case .rangeOption: (.usage, "`--range \(printable(text))`")
            case .upperBoundOption: (.usage, "`--upper-bound \(printable(text))`")
            case .lock: (.badLock, "the range `\(printable(text))` of its source")
            }
        let form =
            place == .upperBoundOption
            ? "an upper bound is a version, as 2.0" : "a range is clauses with commas between, as `>=1.2,<2`"
        func at(_ offset: Int) -> String {
            ", at character \(String(decoding: text.utf8.prefix(offset), as: UTF8.self).count + 1)"
        }
        let sentence: String
        var hint = form
        switch error {
        case .emptyClause(let offset): sentence = "there is no clause where one should be\(at(offset))"
        case .missingOperator(let version, let offset):
            sentence = "`\(printable(version))` has no operator\(at(offset))"
            hint = "`=\(printable(version))` is this version alone, `>=\(printable(version))` this one and later ones"
        case .missingVersion(let operation, let offset):
            sentence = "no version stands behind `\(printable(operation))`\(at(offset))"
        case .missingComma(let clause, let offset):
            sentence = "`\(printable(clause))` is no version\(at(offset))"
            hint = "there is a comma between two clauses, as in `>=1.2,<2`"
        case .notAVersion(let version, _, let offset): sentence = "`\(printable(version))` is no version\(at(offset))"
        case .unknownOperator(let operation, _, let offset):
            sentence = "`\(printable(operation))` is no operator\(at(offset))"
            hint = "operators are `=`, `!=`, `<`, `<=`, `>` and `>=`, and `^`, `~` or `~=` where the versions have them"
        case .versionDoesNotFit(let version, let operation, let offset):
            sentence = "`\(printable(version))` does not go with `\(printable(operation))`\(at(offset))"
        case .nothingFits(let lower, let upper):
            sentence = "no version meets both `\(printable(lower))` and `\(printable(upper))`"
            hint = "leave one of them out"
        }
        self.init(code, "\(subject): \(sentence)", hint: hint)
    }

    private static func counted(_ versions: [ReleaseChoice.Candidate], _ word: String) -> String {
        versions.count == 1 ? "1 \(word)" : "\(versions.count) \(word)s"
    }

    private static func quoted(_ candidate: ReleaseChoice.Candidate) -> String {
        "`\(printable(candidate.text, limit: 100))`"
    }
}

extension Explanation.Seen {
    /// The word for what won.
    public static let chosen = "chosen"

    /// The word for what became of a tag or version, and why.
    static func words(for verdict: ReleaseChoice.Verdict) -> (word: String, reason: String?) {
        switch verdict {
        case .chosen: (Self.chosen, nil)
        case .older: ("older", nil)
        case .lacksPrefix(let prefix): ("lacks-prefix", "it does not begin with `\(printable(prefix))`")
        case .notAVersion: ("not-a-version", "it is no version")
        case .outOfRange(let clause): ("out-of-range", "it is not in the range: `\(printable(clause))` does not hold")
        case .preRelease: ("pre-release", "it is a pre-release; `--pre-releases` takes them")
        case .yanked(let reason): ("yanked", "its publisher withdrew it" + (reason.map { ": \(printable($0))" } ?? ""))
        case .unusable(let reason): ("unusable", printable(reason))
        case .tooYoung(let made?): ("too-young", "it is too young: it is from \(Day(secondsSince1970: made))")
        case .tooYoung(nil): ("too-young", "nobody says how old it is")
        }
    }
}
