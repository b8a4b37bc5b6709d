internal import Lockfile
internal import NixHash
internal import Transfer
internal import Versions

/// A Ruby gem: `rubygems {name, range? | at?, preReleases?, unpack?}`.
///
/// The list of a gem's versions is read (https://guides.rubygems.org/rubygems-org-api/). Versions that were yanked are not
/// in it; those built for one platform are not sources.
struct RubyGemsSource: RegistrySource {
    static let type = "rubygems"
    static let service = Service("RUBYGEMS", at: "https://rubygems.org")
    static let scheme = VersionScheme.rubygems
    static let forms = [SourceForm("rubygems:NAME", "a Ruby gem, as it is")]

    let package: RegistryPackage

    init(_ package: RegistryPackage) { self.package = package }

    static func canonical(name: String) -> String? {
        guard let first = name.utf8.first, !"-.".utf8.contains(first), name.utf8.count <= 128,
            name.utf8.allSatisfy({ $0.isAlphanumeric || "-._".utf8.contains($0) }),
            name.utf8.contains(where: { $0.isLetter })
        else { return nil }
        return name
    }

    static func package(ofPage url: URLParts) -> String? {
        guard ["rubygems.org", "www.rubygems.org"].contains(url.authority), url.components.first == "gems",
            url.components.count == 2, !url.components[1].hasSuffix(".gem")
        else { return nil }
        return url.components[1]
    }

    func versionPage(_ version: String) -> String? { "https://rubygems.org/gems/\(package.name)/versions/\(version)" }

    func catalogue(_ registry: Registry) async throws -> RegistryCatalogue {
        let path = "/api/v1/versions/\(package.name).json"
        guard let answer = try await registry.json(path) else { throw registry.notFound(path) }
        var sources: [RegistryRelease] = []
        var platforms: [String: [String]] = [:]
        for entry in try answer.elements() {
            let version = try entry.required("number").text()
            let platform = try entry.member("platform")?.text() ?? "ruby"
            guard platform == "ruby" else {
                platforms[version, default: []].append(platform)
                continue
            }
            var release = RegistryRelease(version: version)
            release.file = { () throws(ResolveError) in
                let name =
                    "\(PercentEncoding.encodeComponent(package.name))-\(PercentEncoding.encodeComponent(version)).gem"
                var file = RegistryFile(url: "\(registry.base)/gems/\(name)")
                if let sha = try entry.member("sha") { file.digests = [try sha.digest(.sha256)] }
                file.uploaded = try entry.member("created_at")?.text().time
                return file
            }
            sources.append(release)
        }
        let known = Set(sources.map(\.version))
        for (version, only) in platforms.sorted(by: { $0.key < $1.key }) where !known.contains(version) {
            sources.append(
                RegistryRelease(
                    version: version,
                    standing: .lacksFile("no gem for every platform, only \(only.sorted().joined(separator: ", "))")))
        }
        return RegistryCatalogue(releases: sources, url: answer.url)
    }
}
