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

    static func noVersion(of package: String, _ unmet: Unmet, _ url: String) -> Problem {
        func counted(_ count: Int, _ text: String) -> String? { count == 0 ? nil : "\(count) \(text)" }
        let range = unmet.range.map { " `\(printable($0))`" } ?? ""
        let reasons = [
            counted(unmet.outOfRange, "out of the range\(range)"),
            counted(unmet.preReleases, "pre-release\(unmet.preReleases == 1 ? "" : "s")"),
            counted(unmet.withdrawn, "withdrawn by the publisher"),
            counted(unmet.unusable, "that \(unmet.unusable == 1 ? "has" : "have") no file to pin"),
            counted(unmet.notVersions, "that \(unmet.notVersions == 1 ? "is" : "are") no version"),
        ].compactMap(\.self)
        let reason = unmet.reason.map { " (\(printable($0, limit: 1000)))" } ?? ""
        let hasWheels = unmet.reason?.contains("only wheels") == true
        let hint =
            if hasWheels {
                "`--wheel` pins a wheel"
            } else if unmet.withdrawn > 0 && unmet.outOfRange == 0 && unmet.unusable == 0 {
                "`--at VERSION` pins one that was withdrawn"
            } else {
                unmet.outOfRange > 0 ? "check the range; `--at VERSION` pins one version" : nil as String?
            }
        return Problem(
            .notFound,
            "no version of `\(printable(package))` can be taken: "
                + (reasons.isEmpty ? "there is none" : reasons.joined(separator: ", ")) + reason,
            url: url, hint: hint)
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

    /// A version that is at another address now, and is another file there than the locked one.
    static func replaced(_ url: String, version: String) -> Problem {
        Problem(
            .hashMismatch,
            "\(printable(version)) is at `\(printable(url))` now, and it is another file than the one that is locked",
            url: url,
            hint: "the pin stays as it is; look at what changed before you pin it again with `pinr add --force`")
    }

    private static let mismatchHint =
        "nothing is pinned; try again later, and tell whoever runs the registry if it stays so"

    // MARK: Ranges

    static func malformedRange(_ text: String, _ error: VersionRangeError) -> Problem {
        let reason =
            switch error {
            case .emptyClause: "something is missing between its commas"
            case .missingOperator(let version, _): "before `\(printable(version))` there is no operator"
            case .missingVersion(let comparison, _): "behind `\(printable(comparison))` there is no version"
            case .missingComma(let clause, _): "in `\(printable(clause))` there is a blank where a comma should be"
            case .notAVersion(let version, _, _): "`\(printable(version))` is not a version there"
            case .unknownOperator(let comparison, _, _): "`\(printable(comparison))` is not an operator there"
            case .versionDoesNotFit(let version, let comparison, _):
                "`\(printable(version))` does not fit behind `\(printable(comparison))`"
            case .nothingFits(let one, let other): "nothing is both `\(printable(one))` and `\(printable(other))`"
            }
        return Problem(
            .badSource, "`\(printable(text))` is not a range of versions: \(reason)",
            hint: "it should look like `>=1.2,<2`")
    }
}
