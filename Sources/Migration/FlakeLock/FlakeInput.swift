internal import JSON
internal import Lockfile
internal import NixHash
internal import Resolvers

/// An input of a flake on its way to a pin.
///
/// What Nix keeps in the lock is defined by the fetchers of the inputs: the page "Flake references" of the manual has the
/// attributes of each type.
struct FlakeInput {
    /// Its name in the flake.
    let name: String
    let node: FlakeNode
    let hosts: ServiceHosts

    init(_ name: String, _ node: FlakeNode, _ hosts: ServiceHosts) {
        self.name = name
        self.node = node
        self.hosts = hosts
    }

    /// - Throws: `SkipReason`, and `LockfileError`, `ResolveError` and `GitError` about the one input.
    func pin() throws -> ForeignPin {
        var pin =
            switch try node.type {
            case "github", "gitlab", "sourcehut": try forgePin()
            case "git": try gitPin()
            case "tarball", "file": try webPin()
            case "path": throw SkipReason.localFolder(try node.locked.string("path") ?? "")
            case let type: throw SkipReason.unknownType(type)
            }
        pin.remarks = try remarks()
        return pin
    }

    /// The hash of the tree's NAR; nil where the lock has none.
    var narHash: SHA256Digest? {
        get throws(LockfileError) {
            // Nix has written this too, for one that it did not know.
            if try node.locked.string("narHash") == "" { return nil }
            return try node.locked.digest("narHash")
        }
    }

    /// What is locked, where the tool's hash is that of the very tree that is fetched here.
    func state(
        tarball url: String, revision: String?, version: String? = nil, isMutable: Bool = false
    ) throws(LockfileError) -> ForeignPin.State {
        let time = try node.lastModified
        if let hash = try narHash {
            return .locked(
                Locked(
                    fetch: .tarball(url: url, hash: hash), revision: revision, version: version, lastModified: time))
        }
        var resolution = Resolution(
            .tarball(url: url), revision: revision, version: version, dating: time.map { .stated($0) } ?? .newestEntry)
        resolution.isMutable = isMutable
        return .unhashed(resolution, because: .noHash)
    }

    // MARK: Remarks

    /// What Nix does with the input, and pinr does not.
    private func remarks() throws(LockfileError) -> [ForeignRemark] {
        var remarks: [ForeignRemark] = []
        if let name = try node.registryName { remarks.append(.registry(name: name)) }
        let keys = ["publicKey", "publicKeys"]
        let isSigned = try node.tracked.bool("verifyCommit") ?? false
        if isSigned || keys.contains(where: { node.locked.value($0) != nil }) { remarks.append(.signedCommits) }
        if let storeName = try node.locked.text("name"), storeName != "source" { remarks.append(.storeName(storeName)) }
        // What follows an input of its own was told so by its own flake.
        let followers = node.followers.filter { $0.path.first != name }
        if !followers.isEmpty { remarks.append(.inputsFollow(followers)) }
        return remarks
    }
}
