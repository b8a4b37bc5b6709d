internal import JSON
internal import Lockfile
internal import NixHash
internal import Transfer
internal import Versions

/// A package of npm's registry: `npm {name, range? | at?, preReleases?, unpack?}`, `name` perhaps with a scope.
///
/// The abbreviated form of a package's metadata is read
/// (https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md); the time of the upload is in the full
/// form alone, which is asked for when there is something new.
struct NPMSource: RegistrySource {
    static let type = "npm"
    static let service = Service("NPM", at: "https://registry.npmjs.org")
    static let scheme = VersionScheme.semver
    static let forms = [
        SourceForm("npm:NAME, npm:@SCOPE/NAME", "a package's tarball from the npm registry, as it is")
    ]
    static let nameForm = "NAME or npm:@SCOPE/NAME"

    let package: RegistryPackage

    init(_ package: RegistryPackage) { self.package = package }

    static func canonical(name: String) -> String? {
        guard name.utf8.count <= 214 else { return nil }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isPart(parts[0]) ? name : nil
        case 2: return parts[0].first == "@" && isPart(parts[0].dropFirst()) && isPart(parts[1]) ? name : nil
        default: return nil
        }
    }

    private static func isPart(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !"._".utf8.contains(first) else { return false }
        return text.utf8.allSatisfy { $0.isAlphanumeric || "-._~".utf8.contains($0) }
    }

    static func package(ofPage url: URLParts) -> String? {
        guard ["npmjs.com", "www.npmjs.com"].contains(url.authority), url.components.first == "package" else {
            return nil
        }
        let name = url.components.dropFirst()
        let isScoped = name.first?.utf8.first == UInt8(ascii: "@")
        return name.count == (isScoped ? 2 : 1) ? name.joined(separator: "/") : nil
    }

    /// Without the scope.
    var suggestedName: String { package.name.split(separator: "/").last.map(String.init) ?? package.name }

    private var path: String { "/" + package.name.replacing("/", with: "%2f") }

    func versionPage(_ version: String) -> String? { "https://www.npmjs.com/package/\(package.name)/v/\(version)" }

    func catalogue(_ registry: Registry) async throws -> RegistryCatalogue {
        // Registries that do not know the abbreviated form send the full one.
        let accept = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
        guard let answer = try await registry.json(path, accept: accept) else { throw registry.notFound(path) }
        let times = try answer.member("time")
        if try answer.member("versions") == nil, try times?.member("unpublished") != nil {
            throw registry.notFound(path)
        }
        var releases: [RegistryRelease] = []
        for (version, entry) in try answer.required("versions").members() {
            var release = RegistryRelease(version: version)
            // Some old packages say `true` or `false` instead of why.
            if let deprecated = try entry.member("deprecated"), deprecated.json.bool != false {
                let reason = deprecated.json.string ?? ""
                if deprecated.json.string != "" { release.standing = .deprecated(reason) }
            }
            release.file = { () throws(ResolveError) in try file(entry, uploaded: times?.member(version)) }
            releases.append(release)
        }
        var catalogue = RegistryCatalogue(releases: releases, url: answer.url)
        catalogue.latest = try answer.member("dist-tags")?.member("latest")?.text()
        return catalogue
    }

    private func file(_ entry: Answer, uploaded: Answer?) throws(ResolveError) -> RegistryFile {
        let dist = try entry.required("dist")
        var file = RegistryFile(url: try dist.required("tarball").webURL())
        if let integrity = try dist.member("integrity") {
            guard let digests = PublishedDigest.parse(integrity: try integrity.text()) else {
                throw integrity.illegal("Subresource Integrity")
            }
            file.digests = digests
        }
        if file.digests.isEmpty, let shasum = try dist.member("shasum") {
            file.digests = [try shasum.digest(.sha1)]
        }
        // What says that a digest is there, and not which, is not to be taken for one that has none.
        if file.digests.isEmpty, let integrity = try dist.member("integrity") {
            throw integrity.illegal("Subresource Integrity with a known algorithm")
        }
        file.uploaded = try uploaded?.text().time
        return file
    }

    func file(of release: RegistryRelease, in registry: Registry, after locked: Locked?) async throws -> RegistryFile {
        guard let read = release.file else { throw noFile(of: release) }
        var file = try read()
        if file.uploaded == nil && locked?.version != release.version {
            file.uploaded = try await uploaded(release.version, registry)
        }
        return file
    }

    /// When a version was uploaded; nil where the registry does not say so, or only in more than can be read.
    private func uploaded(_ version: String, _ registry: Registry) async throws -> Int64? {
        do {
            // One answer has the times of all versions, and is long.
            let times = try await registry.upstream.document(at: registry.base + path) {
                try UploadTimes(await registry.json(path))
            }
            return times.of[version]?.time
        } catch is ResolveError {
            return nil
        } catch TransferError.bodyTooLarge {
            return nil
        }
    }
}

/// When each version of a package was uploaded, as its registry writes it.
private struct UploadTimes {
    private(set) var of: [String: String] = [:]

    init(_ answer: Answer?) throws(ResolveError) {
        guard let members = try answer?.member("time")?.members() else { return }
        for (version, time) in members { of[version] = time.json.string }
    }
}
