internal import JSON
internal import Lockfile
internal import NixHash
internal import Transfer
internal import Versions

/// A Rust crate: `crates {name, range? | at?, preReleases?, unpack?}`.
///
/// The sparse index is read, which tells all versions with their digests in a few kilobytes and has no rate limit
/// (https://doc.rust-lang.org/cargo/reference/registry-index.html); of a mirror that has none, crates.io's API.
struct CratesSource: RegistrySource {
    static let type = "crates"
    static let service = Service("CRATES", at: "https://index.crates.io")
    static let scheme = VersionScheme.semver
    static let forms = [SourceForm("crates:NAME", "a Rust crate as it was published, as it is")]

    let package: RegistryPackage

    init(_ package: RegistryPackage) { self.package = package }

    static func canonical(name: String) -> String? {
        guard let first = name.utf8.first, first.isLetter, name.utf8.count <= 64,
            name.utf8.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else { return nil }
        return name
    }

    static func package(ofPage url: URLParts) -> String? {
        guard url.authority == "crates.io", url.components.first == "crates", url.components.count == 2 else {
            return nil
        }
        return url.components[1]
    }

    /// The folders that the index keeps a crate in: by the length of its name, or its first letters.
    private var prefix: String {
        let name = package.name.lowercased()
        return switch name.utf8.count {
        case 1: "1"
        case 2: "2"
        case 3: "3/\(name.prefix(1))"
        default: "\(name.prefix(2))/\(name.dropFirst(2).prefix(2))"
        }
    }

    func versionPage(_ version: String) -> String? { "https://crates.io/crates/\(package.name)/\(version)" }

    func catalogue(_ registry: Registry) async throws -> RegistryCatalogue {
        let path = "/\(prefix)/\(package.name.lowercased())"
        let isShared = registry.upstream.isShared(title)
        let index =
            isShared
            ? try await registry.page(path, acceptsGzip: true) : try await registry.get(path, acceptsGzip: true)
        guard let response = index else {
            // The public index is all that crates.io has; a mirror may have the API alone.
            guard registry.base != Self.service.defaultURL,
                let answer = try await registry.json("/api/v1/crates/\(package.name)")
            else { throw registry.notFound(path) }
            return try catalogue(api: answer)
        }
        let downloads = try await downloads(registry)
        var releases: [RegistryRelease] = []
        for (index, line) in response.body.split(separator: UInt8(ascii: "\n")).enumerated() {
            let entry = try Answer(line: line, number: index + 1, of: response)
            var release = RegistryRelease(version: try entry.required("vers").text())
            if try entry.member("yanked")?.bool() == true { release.standing = .withdrawn("") }
            let version = release.version
            release.file = { () throws(ResolveError) in
                // The publisher's spelling of the name, which the file has too.
                let name = try entry.required("name")
                guard try name.text().lowercased() == package.name.lowercased() else {
                    throw name.illegal("the name of the crate")
                }
                let digest = try entry.required("cksum").digest(.sha256)
                var file = RegistryFile(
                    url: try downloads.url(of: name.text(), version, digest, prefix: prefix), digests: [digest])
                file.uploaded = try entry.member("pubtime")?.text().time
                return file
            }
            releases.append(release)
        }
        return RegistryCatalogue(releases: releases, url: response.printableURL)
    }

    /// What the API says of a crate (https://crates.io/api/openapi.json).
    private func catalogue(api answer: Answer) throws(ResolveError) -> RegistryCatalogue {
        var releases: [RegistryRelease] = []
        for entry in try answer.required("versions").elements() {
            var release = RegistryRelease(version: try entry.required("num").text())
            if try entry.member("yanked")?.bool() == true {
                release.standing = .withdrawn(try entry.member("yank_message")?.text() ?? "")
            }
            release.file = { () throws(ResolveError) in
                var file = RegistryFile(url: try entry.required("dl_path").webURL())
                file.digests =
                    try entry.member("checksum").map { answer throws(ResolveError) in
                        [try answer.digest(.sha256)]
                    } ?? []
                file.size = try entry.member("crate_size")?.size()
                file.uploaded = try entry.member("created_at")?.text().time
                return file
            }
            releases.append(release)
        }
        return RegistryCatalogue(releases: releases, url: answer.url)
    }

    /// Where the index says that crates are, which is asked for once in a run however many crates are looked up in it.
    private func downloads(_ registry: Registry) async throws -> CrateDownloads {
        if registry.base == Self.service.defaultURL { return .cratesIO }
        return try await registry.upstream.document(at: registry.base) { try await Self.readDownloads(registry) }
    }

    private static func readDownloads(_ registry: Registry) async throws -> CrateDownloads {
        guard let answer = try await registry.json("/config.json") else {
            return CrateDownloads(template: "\(registry.base)/api/v1/crates")
        }
        let template = try answer.required("dl")
        let downloads = CrateDownloads(template: try template.text())
        guard downloads.isOnTheWeb else { throw template.illegal("the URL of a place on the web") }
        return downloads
    }
}

/// Where a registry of crates keeps their files: `dl` of the index's `config.json`.
struct CrateDownloads: Sendable {
    let template: String

    /// Where crates.io's own client is sent to, by the name that the file has.
    static let cratesIO = CrateDownloads(template: "https://static.crates.io/crates/{crate}/{crate}-{version}.crate")

    init(template: String) {
        // A mirror of the index alone points to crates.io, whose API only redirects to the file.
        let isCratesIO = ["https://crates.io/api/v1/crates", "https://static.crates.io/crates"].contains(template)
        self.template = isCratesIO ? Self.cratesIO.template : template
    }

    var isOnTheWeb: Bool {
        let url = URLParts(template)
        return ["https", "http"].contains(url.scheme) && !url.authority.isEmpty && !url.authority.contains("@")
            && template.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// - Parameter prefix: the folders that the index keeps the crate in, in small letters.
    func url(of name: String, _ version: String, _ digest: PublishedDigest, prefix: String) -> String {
        // The same folders, with the letters that the name has.
        var letters = name[...]
        let spelled = prefix.split(separator: "/").map { folder in
            guard folder.utf8.first?.isAlphanumeric == true, !"123".contains(folder) else { return String(folder) }
            defer { letters = letters.dropFirst(folder.count) }
            return String(letters.prefix(folder.count))
        }
        let markers = [
            ("{crate}", PercentEncoding.encodeComponent(name)), ("{version}", PercentEncoding.encodeComponent(version)),
            ("{prefix}", spelled.joined(separator: "/")), ("{lowerprefix}", prefix),
            ("{sha256-checksum}", digest.hex),
        ]
        guard markers.contains(where: { template.contains($0.0) }) else {
            return
                "\(template)/\(PercentEncoding.encodeComponent(name))/\(PercentEncoding.encodeComponent(version))/download"
        }
        return markers.reduce(template) { $0.replacing($1.0, with: $1.1) }
    }
}
