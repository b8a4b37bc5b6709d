internal import JSON
internal import Lockfile
internal import Transfer
internal import Versions

/// A package of a registry, and which of its releases are followed.
struct RegistryPackage: Equatable, Sendable {
    /// The name as the registry compares names.
    var name: String
    var tracking: RegistryTracking
    /// Whether the archive's tree is pinned instead of the archive.
    var unpack = false
    /// Whether a wheel is pinned instead of the source archive.
    var wheel = false
}

/// A registry of packages: `TYPE {name, range? | at?, preReleases?, unpack?}`.
///
/// What registries have in common is here: the options, the choice among versions, what is locked. A registry says how it
/// lists releases and where a release's file is.
protocol RegistrySource: SourceType {
    /// Where the registry is.
    static var service: Service { get }

    /// How its versions are ordered.
    static var scheme: VersionScheme { get }

    /// How a package is written, behind the scheme.
    static var nameForm: String { get }

    var package: RegistryPackage { get }

    /// The page where the registry's web site says what is new in a version, or at least what it is; nil where it has none.
    /// - Parameter version: percent-encoded.
    func versionPage(_ version: String) -> String?

    init(_ package: RegistryPackage)

    /// The name as the registry compares names; nil for what can be no package's name.
    static func canonical(name: String) -> String?

    /// The package that a page of the registry's web site is about; nil for every other page.
    static func package(ofPage url: URLParts) -> String?

    /// Everything that the registry offers of the package.
    /// - Throws: `ResolveError.packageNotFound` and `.malformedAnswer`, `TransferError`
    func catalogue(_ registry: Registry) async throws -> RegistryCatalogue

    /// The file of a release, with what costs a further question.
    /// - Parameter locked: what is locked now; what is known of it already need not be asked.
    /// - Throws: `ResolveError.noFile` and `.malformedAnswer`, `TransferError`
    func file(of release: RegistryRelease, in registry: Registry, after locked: Locked?) async throws -> RegistryFile
}

extension RegistrySource {
    static var nameForm: String { "NAME" }
    static var schemes: [String] { [type] }
    static var options: Set<SourceOptions.Name> { [.range, .upperBound, .preReleases, .at, .unpack] }
    static var fields: Set<String> { commonFields }
    /// Those of a package of any registry.
    static var commonFields: Set<String> { ["name", "range", "at", "preReleases", "unpack"] }

    // MARK: Reading

    init(_ source: Source) throws {
        let name = try source.requiredText("name")
        guard let canonical = Self.canonical(name: name) else {
            throw source.reader.problem(.notPackageName(name), "name")
        }
        self.init(
            RegistryPackage(
                name: canonical, tracking: try RegistryTracking(source, scheme: Self.scheme),
                unpack: try source.boolean("unpack") ?? false,
                wheel: Self.options.contains(.wheel) ? try source.boolean("wheel") ?? false : false))
    }

    /// `TYPE:NAME`.
    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        let name = String(notation.drop { $0 != ":" }.dropFirst())
        guard let canonical = canonical(name: name) else {
            throw ResolveError.malformedNotation(
                name.isEmpty ? notation : name, form: "\(type):\(nameForm); `--at` names a version")
        }
        return try Self.package(canonical, options)
    }

    private static func package(_ name: String, _ options: SourceOptions) throws(ResolveError) -> Self {
        Self(
            RegistryPackage(
                name: name, tracking: try RegistryTracking(options, scheme: scheme), unpack: options.unpack ?? false,
                wheel: options.wheel ?? false))
    }

    /// A page about a package on the registry's own web site.
    static func link(_ text: String, _ options: SourceOptions) throws -> (any SourceType)? {
        let url = URLParts(text)
        guard ["https", "http"].contains(url.scheme), url.query == nil, let name = package(ofPage: url),
            let canonical = canonical(name: name)
        else { return nil }
        return try package(canonical, options)
    }

    // MARK: Writing

    var source: Source {
        var fields = package.tracking.fields
        fields["name"] = .string(package.name)
        if package.unpack { fields["unpack"] = true }
        if package.wheel { fields["wheel"] = true }
        return Source(type: Self.type, fields: fields)
    }

    var summary: String {
        "\(Self.type):\(package.name)\(package.tracking.summary)" + (package.wheel ? " as a wheel" : "")
            + (package.unpack ? " unpacked" : "")
    }

    var suggestedName: String { package.name }

    var isFixed: Bool { package.tracking.at != nil }
    var versionScheme: VersionScheme? { Self.scheme }
    var keepsReleases: Bool { true }

    func changed(by options: SourceOptions) throws -> any SourceType {
        var changed = package
        changed.tracking = try changed.tracking.changed(by: options, scheme: Self.scheme)
        changed.unpack = options.unpack ?? changed.unpack
        changed.wheel = options.wheel ?? changed.wheel
        return Self(changed)
    }

    // MARK: Upstream

    func versionPage(_ version: String) -> String? { nil }

    /// Of another registry than the public one nobody knows where its pages are; and what has the same name there may be
    /// another package.
    func releaseNotesURL(of locked: Locked, at hosts: ServiceHosts) -> String? {
        guard hosts.url(of: Self.service) == Self.service.defaultURL else { return nil }
        return locked.version.flatMap { versionPage(PercentEncoding.encodeComponent($0)) }
    }

    /// How the package is called in messages.
    var title: String { "\(Self.type):\(package.name)" }

    func file(of release: RegistryRelease, in registry: Registry, after locked: Locked?) async throws -> RegistryFile {
        guard let file = release.file else { throw noFile(of: release) }
        let preferred = try file()
        // What is locked stays when it is still there, whichever file of the same version would be taken today.
        guard let locked, let version = locked.version, version.utf8.elementsEqual(release.version.utf8),
            !preferred.isLocked(as: locked)
        else { return preferred }
        return release.otherFile?(locked) ?? preferred
    }

    func noFile(of release: RegistryRelease) -> ResolveError {
        let what = if case .lacksFile(let what) = release.standing { what } else { "no file" }
        return .noFile(of: title, version: release.version, what: what)
    }

    func resolve(
        in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Resolution {
        var registry = Registry(upstream, at: upstream.hosts.url(of: Self.service), package: title)
        registry.wantsOlder = limit != nil && !isFixed
        let catalogue = try await catalogue(registry)
        let (pick, file, aging) = try await pick(of: catalogue, in: registry, after: locked, within: limit)
        let fetch: Resolution.Fetch =
            package.unpack
            ? .tarball(url: file.url) : .file(url: file.url, name: file.name ?? Notation.storeName(of: file.url))
        var resolution = Resolution(
            fetch, version: pick.release.version, dating: file.uploaded.map { .stated($0) } ?? .server,
            remarks: (catalogue.remarks + pick.remarks).map { .release($0) })
        resolution.choice = pick.choice
        resolution.aging = aging
        resolution.publishedDigests = file.digests
        resolution.publishedSize = file.size
        return resolution
    }

    var sharedDocument: String? { title }
}
