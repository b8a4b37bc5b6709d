internal import Lockfile
internal import NixHash
internal import Transfer
internal import Versions

/// A Python package: `pypi {name, range? | at?, preReleases?, wheel?, unpack?}`.
///
/// What the JSON API says of a project and of one version is read (https://docs.pypi.org/api/json/); of a server that has
/// no such API, or no longer tells all releases there, the simple API in its JSON form
/// (https://packaging.python.org/en/latest/specifications/simple-repository-api/).
struct PyPISource: RegistrySource {
    static let type = "pypi"
    static let service = Service("PYPI", at: "https://pypi.org")
    static let scheme = VersionScheme.pep440
    static let forms = [
        SourceForm("pypi:NAME", "the source archive of a Python package, as it is; `--wheel` for its wheel")
    ]
    static let options: Set<SourceOptions.Name> = [.range, .upperBound, .preReleases, .at, .unpack, .wheel]
    static let fields = commonFields.union(["wheel"])

    let package: RegistryPackage

    init(_ package: RegistryPackage) { self.package = package }

    /// The name as the simple API has it (PEP 503): small letters, and a hyphen for every run of `-`, `_` and `.`.
    static func canonical(name: String) -> String? {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, let last = bytes.last, first.isAlphanumeric, last.isAlphanumeric,
            bytes.allSatisfy({ $0.isAlphanumeric || isSeparator($0) }), bytes.count <= 128
        else { return nil }
        let words = bytes.split { isSeparator($0) }.map { String(decoding: $0, as: UTF8.self).lowercased() }
        return words.joined(separator: "-")
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { "-_.".utf8.contains(byte) }

    static func package(ofPage url: URLParts) -> String? {
        guard url.authority == "pypi.org", url.components.first == "project", url.components.count == 2 else {
            return nil
        }
        return url.components[1]
    }

    func versionPage(_ version: String) -> String? { "https://pypi.org/project/\(package.name)/\(version)/" }

    func catalogue(_ registry: Registry) async throws -> RegistryCatalogue {
        let name = package.name
        // As pip is told of an index: the simple API's own address.
        if ["simple", "+simple"].contains(URLParts(registry.base).components.last) {
            guard let catalogue = try await catalogue(simple: "/\(name)/", registry) else {
                throw registry.notFound("/\(name)/")
            }
            return catalogue
        }
        if let at = package.tracking.at, Version(at, scheme: Self.scheme) != nil,
            let answer = try await registry.json("/pypi/\(name)/\(PercentEncoding.encodeComponent(at))/json")
        {
            // What the version is called there is what the publisher called it.
            let version = try answer.required("info").required("version").word()
            return RegistryCatalogue(releases: [try release(version, answer.required("urls"))], url: answer.url)
        }
        if let answer = try await registry.json("/pypi/\(name)/json"), let releases = try answer.member("releases") {
            return RegistryCatalogue(
                releases: try releases.members().map { version, files in try release(version, files) }, url: answer.url)
        }
        guard let catalogue = try await catalogue(simple: "/simple/\(name)/", registry) else {
            throw registry.notFound("/pypi/\(name)/json")
        }
        return catalogue
    }

    /// What the simple API says of the package; nil where it has none.
    private func catalogue(simple path: String, _ registry: Registry) async throws -> RegistryCatalogue? {
        guard let answer = try await registry.json(path, accept: "application/vnd.pypi.simple.v1+json") else {
            return nil
        }
        var files: [String: [PyPIFile]] = [:]
        for element in try answer.required("files").elements() {
            let file = try PyPIFile(simple: element, package: package.name)
            if let version = file.version { files[version, default: []].append(file) }
        }
        return RegistryCatalogue(
            releases: files.sorted { $0.key < $1.key }.map { release($0.key, $0.value) }, url: answer.url)
    }

    private func release(_ version: String, _ files: Answer) throws(ResolveError) -> RegistryRelease {
        var read: [PyPIFile] = []
        for file in try files.elements() { read.append(try PyPIFile(file)) }
        return release(version, read)
    }

    /// A version with the file of it that is wanted.
    private func release(_ version: String, _ files: [PyPIFile]) -> RegistryRelease {
        var release = RegistryRelease(version: version)
        let fitting = files.filter { package.wheel ? $0.isPureWheel : $0.isSourceArchive }
        // Which of several files is taken depends on their names alone, and not on the order that they are listed in.
        let ranked = fitting.sorted { ($0.rank, $0.filename) < ($1.rank, $1.filename) }
        let standing = ranked.filter { $0.withdrawn == nil }
        if let file = standing.first ?? ranked.first {
            release.file = { () throws(ResolveError) in try file.read() }
            release.otherFile = { locked in
                ranked.lazy.compactMap { try? $0.read() }.first { $0.isLocked(as: locked) }
            }
            if let reason = file.withdrawn { release.standing = .withdrawn(reason) }
        } else {
            release.standing = .lacksFile(lack(in: files))
        }
        return release
    }

    /// What is missing among files of another kind, and which there are.
    private func lack(in files: [PyPIFile]) -> String {
        guard !files.isEmpty else { return "no files" }
        if !package.wheel {
            return files.contains(where: \.isWheel) ? "no source archive, only wheels" : "no source archive"
        }
        let wheels = files.filter(\.isWheel).map(\.filename).sorted()
        guard !wheels.isEmpty else { return "no wheel" }
        let listed =
            wheels.prefix(8).joined(separator: ", ") + (wheels.count > 8 ? " and \(wheels.count - 8) more" : "")
        return "no wheel for every platform (`py3-none-any`), only \(listed)"
    }
}
