internal import Archive
internal import NixHash

/// Hard links: kept until all entries are there, and then given what they lead to.
extension TreeSpool {
    /// A hard link that waits until all entries are there.
    struct HardLink {
        let path: [UInt8]
        let target: [UInt8]
        let components: [[UInt8]]
        let targetComponents: [[UInt8]]
        /// What the target was when the link came; nil when it was not there yet.
        let seen: Node?
    }

    /// Keeps a hard link until all entries are there.
    mutating func addLink(
        at path: [UInt8], to target: [UInt8], contents read: ((RawSpan) throws -> Void) throws -> Void
    ) throws {
        let name = try TreePath.components(of: path, limits: limits)
        let targetName = try TreePath.components(of: target, limits: limits)
        let seen = find(targetName).map { nodes[$0] } ?? linkIndices[targetName].flatMap { links[$0].seen }
        if seen == nil {
            divergences.note(.hardLinkBeforeTarget, at: path)
        } else if name == targetName {
            divergences.note(.hardLinkToItself, at: path)
        }
        // Contents are not looked at by current versions of Nix; older ones write them to the file.
        var own = SHA256()
        var size: UInt64 = 0
        try read {
            size += UInt64($0.byteCount)
            own.update($0)
        }
        let digest = own.finish()
        if size > 0, case .file(let extent, _) = seen, !divergences.has(.hardLinkWithContents),
            try size != extent.size || self.digest(of: extent) != digest
        {
            divergences.note(.hardLinkWithContents, at: path)
        }
        linkIndices[name] = links.count
        links.append(
            HardLink(path: path, target: target, components: name, targetComponents: targetName, seen: seen))
    }

    /// Gives each hard link the node of its target, wherever in the archive that stands.
    ///
    /// The links come in the order of their names, as in Nix 2.34 and later; one to another link whose turn is later is
    /// refused there, and in older versions it is not.
    mutating func resolveLinks() throws {
        links.sort { $0.components.lexicographicallyPrecedes($1.components) { $0.lexicographicallyPrecedes($1) } }
        // What is linked is in the NAR once for each link, so that it counts like contents.
        var size = contents.end
        for link in links {
            guard let target = find(link.targetComponents) else {
                throw linkIndices[link.targetComponents] == nil
                    ? TreeError.hardLinkTargetMissing(path: link.path, target: link.target)
                    : TreeError.hardLinkToLaterLink(path: link.path, target: link.target)
            }
            if case .directory = nodes[target] {
                throw TreeError.hardLinkToDirectory(path: link.path, target: link.target)
            }
            if let seen = link.seen, !divergences.has(.hardLinkToReplaced), try differs(seen, nodes[target]) {
                divergences.note(.hardLinkToReplaced, at: link.path)
            }
            // A link whose name is taken meets an entry that came before or after it; Nix's versions differ in both.
            if let existing = find(link.components) {
                if existing == target { continue }
                throw TreeError.conflict(path: link.path, first: nodes[existing].kind, second: "hard link")
            }
            if case .file(let extent, _) = nodes[target] {
                guard size <= limits.contents, extent.size <= limits.contents - size else {
                    throw TreeError.contentsTooLarge(path: link.path, limit: limits.contents)
                }
                size += extent.size
            }
            try put(nodes[target], at: place(of: link.path), of: link.path)
        }
        links = []
        try checkDepth()
    }

    private func differs(_ one: Node, _ other: Node) throws -> Bool {
        switch (one, other) {
        case (.file(let a, let isExecutable), .file(let b, let isOtherExecutable)):
            if isExecutable != isOtherExecutable || a.size != b.size { return true }
            return try a.offset != b.offset && digest(of: a) != digest(of: b)
        case (.symlink(let a), .symlink(let b)): return a != b
        default: return true
        }
    }

    private func digest(of extent: ContentSpool.Extent) throws -> SHA256Digest {
        var hash = SHA256()
        var buffer: [UInt8] = []
        try contents.read(extent, buffer: &buffer) { hash.update($0) }
        return hash.finish()
    }

    private func find(_ components: [[UInt8]]) -> Int? {
        var index = Self.root
        for name in components {
            guard case .directory(let children) = nodes[index], let child = children[name] else { return nil }
            index = child
        }
        return index
    }
}
