internal import JSON
internal import NixHash
internal import Versions

/// One file of a release on PyPI, in the form of either API.
struct PyPIFile: Sendable {
    let filename: String
    /// The version, where the file's name has to tell it.
    let version: String?
    let isSourceArchive: Bool
    let isWheel: Bool
    /// Why it was withdrawn; empty where nobody said, nil where it was not.
    let withdrawn: String?
    private let answer: Answer
    /// The member that has the digests.
    private let digests: String
    /// The members that may have the time of the upload.
    private let times: [String]

    /// How the names of source archives end, in the order in which one is taken.
    private static let endings = [".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar.Z", ".tar"]

    /// An element of `urls`, or of one of the `releases`, of the JSON API.
    /// - Throws: `ResolveError.malformedAnswer`
    init(_ answer: Answer) throws(ResolveError) {
        self.answer = answer
        (digests, times) = ("digests", ["upload_time_iso_8601", "upload_time"])
        filename = try answer.required("filename").text()
        version = nil
        let kind = try answer.required("packagetype").text()
        isSourceArchive = kind == "sdist"
        isWheel = kind == "bdist_wheel"
        let isYanked = try answer.member("yanked")?.bool() ?? false
        withdrawn = isYanked ? try answer.member("yanked_reason")?.text() ?? "" : nil
    }

    /// An element of `files` of the simple API (PEP 691).
    /// - Parameter package: the canonical name of the package.
    /// - Throws: `ResolveError.malformedAnswer`
    init(simple answer: Answer, package: String) throws(ResolveError) {
        self.answer = answer
        (digests, times) = ("hashes", ["upload-time"])
        let filename = try answer.required("filename").text()
        self.filename = filename
        isWheel = filename.hasSuffix(".whl")
        if isWheel {
            let parts = filename.split(separator: "-", omittingEmptySubsequences: false)
            version = parts.count >= 5 ? String(parts[1]) : nil
            isSourceArchive = false
        } else {
            version = Self.version(ofSourceArchive: filename, package: package)
            isSourceArchive = version != nil
        }
        let yanked = try answer.member("yanked")
        withdrawn = if let reason = yanked?.json.string { reason } else { try yanked?.bool() == true ? "" : nil }
    }

    /// What stands between the package's name and the ending; the name may have hyphens of its own.
    private static func version(ofSourceArchive filename: String, package: String) -> String? {
        guard let ending = endings.first(where: { filename.hasSuffix($0) }) else { return nil }
        let stem = filename.dropLast(ending.count)
        return stem.indices.lazy.filter { stem[$0] == "-" }
            .map { (name: String(stem[..<$0]), version: String(stem[stem.index(after: $0)...])) }
            .first { PyPISource.canonical(name: $0.name) == package && Version($0.version, scheme: .pep440) != nil }?
            .version
    }

    /// Whether it is a wheel for Python 3 on every platform
    /// (https://packaging.python.org/en/latest/specifications/binary-distribution-format/).
    var isPureWheel: Bool {
        guard isWheel, filename.hasSuffix(".whl") else { return false }
        let tags = filename.dropLast(4).split(separator: "-").suffix(3)
        guard tags.count == 3, let python = tags.first else { return false }
        return python.split(separator: ".").contains("py3") && tags.dropFirst().elementsEqual(["none", "any"])
    }

    /// Of several files that would do, the one with the lowest rank is taken.
    var rank: Int {
        isWheel ? 0 : Self.endings.firstIndex { filename.hasSuffix($0) } ?? Self.endings.count
    }

    /// Where it is, and what is said of it.
    /// - Throws: `ResolveError.malformedAnswer`
    func read() throws(ResolveError) -> RegistryFile {
        var file = RegistryFile(url: try answer.required("url").webURL())
        let stated = try answer.member(digests)
        // The strongest that is stated; the weaker ones say nothing more.
        for algorithm in [PublishedDigest.Algorithm.sha512, .sha384, .sha256, .sha1, .md5] where file.digests.isEmpty {
            if let digest = try stated?.member(algorithm.rawValue) { file.digests = [try digest.digest(algorithm)] }
        }
        if file.digests.isEmpty, let md5 = try answer.member("md5_digest") { file.digests = [try md5.digest(.md5)] }
        file.size = try answer.member("size")?.size()
        for time in times where file.uploaded == nil {
            file.uploaded = try answer.member(time)?.text().time
        }
        return file
    }
}

extension String {
    /// The time that it is (`Timestamp`), in seconds since 1970 UTC; nil where it is none.
    var time: Int64? { Timestamp.seconds(self) }
}
