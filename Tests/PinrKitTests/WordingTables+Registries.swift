import Fetchers
import NixHash
import PinrKit
import Resolvers
import Versions

/// What can go wrong between a registry of packages and a pin.
extension WordingTests {
    static let registryErrors: [(any Error, Problem.Code)] =
        [
            (ResolveError.packageNotFound(hostile, url: hostile), .notFound),
            (ResolveError.versionNotFound(hostile, package: hostile, newest: hostile, url: hostile), .notFound),
            (ResolveError.versionNotFound(hostile, package: hostile, newest: nil, url: hostile), .notFound),
            (ResolveError.noVersion(of: hostile, Unmet(), url: hostile), .notFound),
            (ResolveError.noVersion(of: hostile, unmet, url: hostile), .notFound),
            (ResolveError.noFile(of: hostile, version: hostile, what: hostile), .notFound),
            (ResolveError.noFile(of: "a", version: "1", what: "no source archive, only wheels"), .notFound),
        ]
        + [
            AnswerFault.notJSON(contentType: hostile), .notJSON(contentType: nil), .notAnIndex(contentType: hostile),
            .wrongType(path: hostile, expected: "a string"), .missing(path: hostile),
            .illegal(path: hostile, value: hostile, expected: "a word"),
        ].map { (ResolveError.malformedAnswer(url: hostile, $0), .badAnswer) }
        + [
            VersionRangeError.emptyClause(at: 0), .missingOperator(hostile, at: 0),
            .missingVersion(operator: hostile, at: 0), .missingComma(hostile, at: 0),
            .notAVersion(hostile, .semver, at: 0), .unknownOperator(hostile, .semver, at: 0),
            .versionDoesNotFit(hostile, operator: hostile, at: 0), .nothingFits(hostile, hostile),
        ].map { (ResolveError.malformedRange(hostile, $0), .badSource) }

    private static var unmet: Unmet {
        var unmet = Unmet(range: hostile)
        (unmet.outOfRange, unmet.preReleases, unmet.withdrawn, unmet.unusable, unmet.notVersions) = (1, 2, 3, 4, 5)
        unmet.reason = hostile
        return unmet
    }

    static let publishedErrors: [(any Error, Problem.Code)] = [
        (FetchError.differsFromPublished(url: hostile, published: md5s, actual: md5s[0]), .hashMismatch),
        (FetchError.sizeDiffersFromPublished(url: hostile, published: 1, actual: 2), .hashMismatch),
        (FetchError.notCompared(url: hostile), .network),
    ]

    private static let md5s = PublishedDigest.parse(
        integrity: "md5-BwcHBwcHBwcHBwcHBwcHBw== md5-AAAAAAAAAAAAAAAAAAAAAA==")

    static let releaseRemarks: [Resolution.Remark] = [
        .deprecated(version: hostile, reason: hostile), .deprecated(version: "1", reason: ""),
        .withdrawn(version: hostile, reason: hostile), .onlyPreReleases(version: hostile),
        .passedOver(version: hostile, taken: hostile, lacking: hostile), .notListed(hostile),
    ]
}
