internal import Lockfile
internal import NixHash
internal import Transfer
internal import Versions

/// An R package: `cran {name, range? | at?, preReleases?, unpack?}`.
///
/// CRAN has the current version of each package in one folder, which its index `PACKAGES` describes, and moves it to
/// `Archive/NAME/` when a newer one comes (https://cran.r-project.org/doc/manuals/r-release/R-admin.html). Its web site has
/// an address that leads to a version wherever it is, `package=NAME&version=VERSION`; where a mirror has none, the
/// address in the folder is locked, and `otherAddresses` has the one that it moves to.
struct CRANSource: RegistrySource {
    static let type = "cran"
    static let service = Service("CRAN", at: "https://cran.r-project.org")
    static let scheme = VersionScheme.r
    static let forms = [SourceForm("cran:NAME", "an R package's source archive, as it is")]

    private static let folder = "/src/contrib/"

    let package: RegistryPackage

    init(_ package: RegistryPackage) { self.package = package }

    static func canonical(name: String) -> String? {
        guard name.utf8.count >= 2, let first = name.utf8.first, first.isLetter, name.utf8.count <= 128,
            name.utf8.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: ".") }),
            name.utf8.last != UInt8(ascii: ".")
        else { return nil }
        return name
    }

    /// `package=NAME` is the address that CRAN asks to be linked by.
    static func package(ofPage url: URLParts) -> String? {
        guard ["cran.r-project.org", "cloud.r-project.org"].contains(url.authority) else { return nil }
        let parts = url.components
        if parts.count == 1, parts[0].hasPrefix("package=") { return String(parts[0].dropFirst("package=".count)) }
        guard parts.starts(with: ["web", "packages"]), parts.count == 3 || parts.count == 4 && parts[3] == "index.html"
        else { return nil }
        return parts[2]
    }

    /// The news of all versions, made of what the package has of them.
    func versionPage(_ version: String) -> String? {
        "https://cran.r-project.org/web/packages/\(package.name)/news/news.html"
    }

    func catalogue(_ registry: Registry) async throws -> RegistryCatalogue {
        let index = try await CRANIndex.shared(registry)
        var catalogue = RegistryCatalogue(releases: [], url: index.url)
        let current = try index.newest(of: package.name)
        if let current {
            catalogue.releases.append(
                RegistryRelease(version: current.version) { () throws(ResolveError) in
                    var file = RegistryFile(
                        url: registry.base + Self.folder + current.folder + fileName(of: current.version))
                    if let md5 = current.md5 { file.digests = [md5] }
                    return file
                })
            if isWanted(current.version) && !registry.wantsOlder { return catalogue }
        }
        let path = "\(Self.folder)Archive/\(package.name)/"
        guard let listing = try await registry.page(path) else {
            if current == nil { throw registry.notFound(path) }
            return catalogue
        }
        for version in CRANIndex.versions(in: listing.body, of: package.name) where version != current?.version {
            catalogue.releases.append(
                RegistryRelease(version: version) { () throws(ResolveError) in
                    RegistryFile(url: registry.base + path + fileName(of: version))
                })
        }
        if current == nil {
            catalogue.url = listing.printableURL
            catalogue.remarks = [.notListed(title)]
        }
        return catalogue
    }

    /// Whether the current version is the one to take, so that nobody need look into the Archive.
    private func isWanted(_ current: String) -> Bool {
        guard let version = Version(current, scheme: Self.scheme) else { return false }
        if let at = package.tracking.at {
            return Version(at, scheme: Self.scheme).map { $0.precedence(over: version) == 0 } ?? false
        }
        return package.tracking.range?.contains(version) ?? true
    }

    private func fileName(of version: String) -> String {
        "\(package.name)_\(PercentEncoding.encodeComponent(version)).tar.gz"
    }

    func file(of release: RegistryRelease, in registry: Registry, after locked: Locked?) async throws -> RegistryFile {
        guard let read = release.file else { throw noFile(of: release) }
        var file = try read()
        // What is in the Archive stays there.
        guard !file.url.hasPrefix("\(registry.base)\(Self.folder)Archive/") else { return file }
        let name = fileName(of: release.version)
        let permanent =
            "\(registry.base)/package=\(package.name)&version=\(PercentEncoding.encodeComponent(release.version))"
        if locked?.version == release.version, let url = locked?.fetch.url, [permanent, file.url].contains(url) {
            file.url = url
        } else if try await leads(permanent, to: name, registry) {
            file.url = permanent
        }
        if file.url == permanent { file.name = name }
        return file
    }

    /// Whether the server has an address that leads to a version wherever it is.
    private func leads(_ url: String, to name: String, _ registry: Registry) async throws -> Bool {
        do {
            let response = try await registry.upstream.head(of: url)
            return (200..<300).contains(response.status) && URLParts(response.url).components.last == name
        } catch is TransferError {
            // The folder's address will do, and says what is wrong if that cannot be had either.
            return false
        }
    }

    // MARK: The Archive

    func otherAddresses(of url: String) -> [String] { Self.archived(url, package.name).map { [$0] } ?? [] }

    /// Where a file of the folder is when a newer one has come.
    static func archived(_ url: String, _ package: String) -> String? {
        guard let slash = url.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let name = url[url.utf8.index(after: slash)...]
        let folder = url[...slash]
        guard folder.hasSuffix(Self.folder), name.hasPrefix("\(package)_"), name.hasSuffix(".tar.gz") else {
            return nil
        }
        return "\(folder)Archive/\(package)/\(name)"
    }
}
