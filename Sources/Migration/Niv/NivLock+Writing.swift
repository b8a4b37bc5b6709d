internal import Git
internal import JSON
internal import Lockfile
internal import NixHash
internal import Resolvers

extension NivLock {
    /// Writes sources that `sources.nix` fetches as the same trees and files.
    ///
    /// `niv update` follows branches, of GitHub and of git repositories. Where it does something else than an update here,
    /// that is remarked on.
    static func write(_ pins: Pins) -> ForeignFile {
        var sources: JSONObject = [:]
        var file = ForeignFile(bytes: [])
        for (name, pin) in pins {
            do {
                let source = try WrittenNivSource(pin)
                sources[name.text] = .object(source.attributes)
                for remark in [source.remark(on: pin), pin.membersLeftOut(keepsNote: true)].compactMap(\.self) {
                    file.remarks.append(PinRemark(name: name.text, remark: remark))
                }
            } catch {
                file.skipped.append(SkippedPin(name: name.text, reason: error))
            }
        }
        file.bytes = JSON.object(sources).serialized()
        return file
    }
}

/// A pin as a source of niv's.
private struct WrittenNivSource {
    private(set) var attributes: JSONObject
    /// Whether `niv update` moves it.
    private let moves: Bool

    init(_ pin: Pin) throws(SkipReason) {
        switch pin.locked.fetch {
        case .tarball(let url, let hash, _):
            attributes = ["type": "tarball", "url": .string(url), "sha256": .string(hash.nix32)]
            let repository = pin.frozen == nil ? Self.branchOnGitHub(pin.source) : nil
            attributes.merge(repository ?? Self.staying(at: url))
            moves = repository != nil
        case .file(let url, let hash, _):
            attributes = ["type": "file", "url": .string(url), "sha256": .string(hash.nix32)]
            attributes.merge(Self.staying(at: url))
            moves = false
        case .git(let git):
            attributes = try Self.repository(git)
            moves = true
        case .oci: throw SkipReason.noCounterpart("oci")
        case .other(let fetcher): throw SkipReason.noCounterpart(fetcher)
        }
        attributes["rev"] = pin.locked.revision.map { .string($0) }
        attributes["version"] = pin.locked.version.map { .string($0) }
        attributes["description"] = pin.note.map { .string($0) }
    }

    /// What niv does with the pin that pinr does not do, or the other way round.
    func remark(on pin: Pin) -> ExportRemark? {
        let isURL = ["tarball", "file"].contains(pin.source.type) && pin.source["mutable"] != true
        let isFixed = (try? SourceTypes.read(pin.source.withoutTiming))?.isFixed ?? false
        let movesHere = pin.frozen == nil && !isURL && !isFixed
        let isSameBranch = attributes["branch"] != nil && pin.source["release"] == nil
        return switch (movesHere, moves) {
        case (true, true): isSameBranch || attributes["owner"] != nil ? nil : .movesThere
        case (true, false): .notFollowed(pin.source)
        case (false, true): .movesThere
        case (false, false): nil
        }
    }

    /// A branch of a repository on GitHub, which niv looks up; nil for anything else.
    private static func branchOnGitHub(_ source: Source) -> JSONObject? {
        guard source.type == "github", source["host"] == nil, source["release"] == nil, source["at"] == nil,
            let owner = source["owner"], let repo = source["repo"]
        else { return nil }
        var attributes: JSONObject = ["owner": owner, "repo": repo, "url_template": .string(NivTemplate.github)]
        // Without a branch niv asks for the default one.
        attributes["branch"] = source["branch"]
        return attributes
    }

    /// A template in which nothing changes, so that an update of everything leaves the source alone and does not fail.
    private static func staying(at url: String) -> JSONObject {
        url.utf8.contains(UInt8(ascii: "<")) ? [:] : ["url_template": .string(url)]
    }

    /// A commit; niv has no hash of one, and Nix no need of it.
    private static func repository(_ git: GitFetch) throws(SkipReason) -> JSONObject {
        if git.lfs { throw SkipReason.noCounterpart("git with LFS objects") }
        guard git.attributes.isEmpty else { throw SkipReason.attributes(git.attributes) }
        var attributes: JSONObject = ["type": "git", "repo": .string(git.url)]
        if let branch = git.ref.flatMap({ RefName.branch(of: $0) }) {
            attributes["branch"] = .string(branch)
        } else {
            attributes["ref"] = .string(git.ref ?? "HEAD")
        }
        if git.submodules { attributes["submodules"] = true }
        return attributes
    }
}
