internal import Lockfile
internal import Transfer
internal import Versions

/// A Haskell package: `hackage {name, range? | at?, preReleases?, unpack?}`.
///
/// The versions and what their maintainers say of each are read (https://hackage.haskell.org/api). Hackage states digests
/// only in its index of all packages, so that nothing is compared.
struct HackageSource: RegistrySource {
    static let type = "hackage"
    static let service = Service("HACKAGE", at: "https://hackage.haskell.org")
    static let scheme = VersionScheme.haskell
    static let forms = [SourceForm("hackage:NAME", "a Haskell package's source archive, as it is")]

    let package: RegistryPackage

    init(_ package: RegistryPackage) { self.package = package }

    /// Words of letters and digits with hyphens between, none of which is a number.
    static func canonical(name: String) -> String? {
        let words = name.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard name.utf8.count <= 128,
            words.allSatisfy({ $0.allSatisfy { $0.isAlphanumeric } && $0.contains { $0.isLetter } })
        else { return nil }
        return name
    }

    static func package(ofPage url: URLParts) -> String? {
        guard url.authority == "hackage.haskell.org", url.components.first == "package", url.components.count == 2
        else { return nil }
        return url.components[1]
    }

    func versionPage(_ version: String) -> String? {
        "https://hackage.haskell.org/package/\(package.name)-\(version)/changelog"
    }

    func catalogue(_ registry: Registry) async throws -> RegistryCatalogue {
        let preferred = "/package/\(package.name)/preferred"
        if let answer = try await registry.json(preferred) {
            var releases: [RegistryRelease] = []
            for (list, standing) in [
                ("normal-version", RegistryRelease.Standing.offered),
                ("unpreferred-version", .deprecated("its maintainer prefers other versions")),
                ("deprecated-version", .deprecated("")),
            ] {
                for version in try answer.member(list)?.elements() ?? [] {
                    releases.append(release(try version.text(), standing, registry))
                }
            }
            return RegistryCatalogue(releases: releases, url: answer.url)
        }
        guard let answer = try await registry.json("/package/\(package.name).json") else {
            throw registry.notFound(preferred)
        }
        var releases: [RegistryRelease] = []
        for (version, standing) in try answer.members() {
            releases.append(
                release(version, try standing.text() == "normal" ? .offered : .deprecated(""), registry))
        }
        return RegistryCatalogue(releases: releases, url: answer.url)
    }

    private func release(
        _ version: String, _ standing: RegistryRelease.Standing, _ registry: Registry
    ) -> RegistryRelease {
        let id = "\(package.name)-\(PercentEncoding.encodeComponent(version))"
        return RegistryRelease(version: version, standing: standing) { () throws(ResolveError) in
            RegistryFile(url: "\(registry.base)/package/\(id)/\(id).tar.gz")
        }
    }

    func file(of release: RegistryRelease, in registry: Registry, after locked: Locked?) async throws -> RegistryFile {
        guard let read = release.file else { throw noFile(of: release) }
        var file = try read()
        if locked?.version != release.version {
            let path = "/package/\(package.name)-\(PercentEncoding.encodeComponent(release.version))/upload-time"
            let text = try await registry.page(path, accept: "text/plain")
                .map { String(decoding: $0.body.prefix(64).filter { $0 > 0x20 }, as: UTF8.self) }
            file.uploaded = text?.time
        }
        return file
    }
}
