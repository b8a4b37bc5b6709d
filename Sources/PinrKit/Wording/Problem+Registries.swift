internal import Fetchers
internal import NixHash
internal import Resolvers
internal import Versions

/// What can go wrong between a registry of packages and a pin.
extension Problem {
    static func packageNotFound(_ package: String, _ url: String) -> Problem {
        Problem(
            .notFound, "there is no package `\(printable(package))`", url: url,
            hint: "check the name; a private one may look as if it were not there")
    }

    static func versionNotFound(_ version: String, _ package: String, _ newest: String?, _ url: String) -> Problem {
        Problem(
            .notFound, "`\(printable(package))` has no version `\(printable(version))`", url: url,
            hint: newest.map { "the newest is \(printable($0))" })
    }

    /// No version could be taken: how many are there, by what speaks against them, and which option would help.
    static func noVersion(
        of package: String, _ choice: ReleaseChoice, _ range: String?, _ url: String
    ) -> Problem {
        func count(_ matches: (ReleaseChoice.Verdict) -> Bool) -> Int {
            choice.candidates.count { matches($0.verdict) }
        }
        func counted(_ count: Int, _ text: String) -> String? { count == 0 ? nil : "\(count) \(text)" }
        let outside = count { if case .outOfRange = $0 { true } else { false } }
        let preReleases = count { $0 == .preRelease }
        let withdrawn = count { if case .yanked = $0 { true } else { false } }
        let others = count { [.notAVersion, .lacksPrefix("")].contains($0) }
        // The newest of those without a file says what they lack.
        let lacking = choice.candidates.compactMap {
            if case .unusable(let reason) = $0.verdict { reason } else { nil }
        }
        let reasons = [
            counted(outside, "out of the range `\(printable(range ?? ""))`"),
            counted(preReleases, "pre-release\(preReleases == 1 ? "" : "s")"),
            counted(withdrawn, "withdrawn by \(withdrawn == 1 ? "its" : "their") publisher"),
            counted(lacking.count, "that cannot be pinned").map { text in
                text + (lacking.first.map { ": \(printable($0, limit: 1000))" } ?? "")
            },
            counted(others, "that \(others == 1 ? "is" : "are") no version"),
        ].compactMap(\.self)
        let hint: String? =
            if lacking.first?.contains("only wheels") == true {
                "`--wheel` pins a wheel"
            } else if outside > 0 {
                "`--range` or `--upper-bound` gives another range"
            } else {
                withdrawn > 0 ? "`--at VERSION` pins one that was withdrawn" : nil
            }
        return Problem(
            .notFound,
            "no version of `\(printable(package))` can be taken: "
                + (reasons.isEmpty ? "there is none" : reasons.joined(separator: ", ")), url: url, hint: hint)
    }

    static func noFile(of package: String, _ version: String, _ what: String) -> Problem {
        Problem(
            .notFound, "\(printable(version)) of `\(printable(package))` has \(printable(what, limit: 1000))",
            hint: what.contains("only wheels") ? "`--wheel` pins a wheel" : "pin another version, or the repository")
    }

    static func malformedAnswer(_ url: String, _ fault: AnswerFault) -> Problem {
        func place(_ path: String) -> String { "`\(printable(path, limit: 200))`" }
        let answer = "the answer of `\(printable(url))`"
        func saidToBe(_ type: String?) -> String { type.map { ", but of the type `\(printable($0))`" } ?? "" }
        let message =
            switch fault {
            case .notJSON(let type): "\(answer) is not JSON\(saidToBe(type))"
            case .notAnIndex(let type): "\(answer) is not an index of R packages\(saidToBe(type))"
            case .wrongType(let path, let expected): "\(place(path)) in \(answer) is not \(expected)"
            case .missing(let path): "\(place(path)) is missing in \(answer)"
            case .illegal(let path, let value, let expected):
                "\(place(path)) in \(answer) is `\(printable(value, limit: 200))`, which is not \(expected)"
            }
        return Problem(
            .badAnswer, message, url: url,
            hint: "is it the registry? A proxy or a sign-in page may answer in its place")
    }

    // MARK: Files

    static func differs(_ url: String, from published: [PublishedDigest], _ actual: PublishedDigest) -> Problem {
        let stated = published.map(\.hex).joined(separator: " or ")
        return Problem(
            .hashMismatch,
            "`\(printable(url))` is not the file that its registry describes: \(actual.algorithm.rawValue) is "
                + "\(actual.hex), and should be \(stated)", url: url, hint: mismatchHint)
    }

    static func sizeDiffers(_ url: String, from published: Int64, _ actual: Int64) -> Problem {
        Problem(
            .hashMismatch,
            "`\(printable(url))` is not the file that its registry describes: it has \(actual) bytes, and should have "
                + "\(published)", url: url, hint: mismatchHint)
    }

    /// A version that is another file now than the locked one.
    static func replaced(_ url: String, version: String) -> Problem {
        Problem(
            .hashMismatch,
            "\(printable(version)) at `\(printable(url))` is now another file than the one that is locked", url: url,
            hint: "the pin stays as it is; look at what changed before you pin it again with `pinr add --force`")
    }

    private static let mismatchHint =
        "nothing is pinned; try again later, and tell whoever runs the registry if it stays so"
}
