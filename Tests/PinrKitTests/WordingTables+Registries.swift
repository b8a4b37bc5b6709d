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
            (ResolveError.noVersion(of: hostile, .choose(among: [String]()), range: nil, url: hostile), .notFound),
            (ResolveError.noVersion(of: hostile, choice, range: hostile, url: hostile), .notFound),
            (ResolveError.noFile(of: hostile, version: hostile, what: hostile), .notFound),
            (ResolveError.noFile(of: "a", version: "1", what: "no source archive, only wheels"), .notFound),
        ]
        + [
            AnswerFault.notJSON(contentType: hostile), .notJSON(contentType: nil), .notAnIndex(contentType: hostile),
            .wrongType(path: hostile, expected: "a string"), .missing(path: hostile),
            .illegal(path: hostile, value: hostile, expected: "a word"),
        ].map { (ResolveError.malformedAnswer(url: hostile, $0), .badAnswer) }

    private static var choice: ReleaseChoice {
        ReleaseChoice.choose(
            among: [
                ReleaseChoice.Offer("1.0.0-a"), ReleaseChoice.Offer("9.0.0"),
                ReleaseChoice.Offer("1.1.0", objection: .yanked(hostile)),
                ReleaseChoice.Offer("1.2.0", objection: .unusable(hostile)), ReleaseChoice.Offer(hostile),
            ], range: try? VersionRange(parsing: "<2", scheme: .semver), scheme: .semver)
    }

    static let publishedErrors: [(any Error, Problem.Code)] = [
        (FetchError.differsFromPublished(url: hostile, published: md5s, actual: md5s[0]), .hashMismatch),
        (FetchError.sizeDiffersFromPublished(url: hostile, published: 1, actual: 2), .hashMismatch),
        (FetchError.notCompared(url: hostile), .network),
    ]

    private static let md5s = [7, 0].compactMap { byte in
        PublishedDigest(.md5, bytes: [UInt8](repeating: byte, count: 16))
    }

    static let releaseRemarks: [ReleaseRemark] = [
        .deprecated(version: hostile, reason: hostile), .deprecated(version: "1", reason: ""),
        .withdrawn(version: hostile, reason: hostile), .onlyPreReleases(version: hostile),
        .passedOver(version: hostile, taken: hostile, lacking: hostile), .notListed(hostile),
    ]
}
