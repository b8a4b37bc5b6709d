internal import CGit2
internal import NixHash
internal import Threads

/// Goes through a tree in NAR order and hands it to a NAR writer.
///
/// One use, on one thread.
final class TreeWalk {
    /// Newer versions of Nix refuse 64 folders inside each other.
    private static let maximumDepth = 63
    /// The longest target of a symbolic link, as on Linux and in newer versions of Nix.
    private static let maximumTarget = 4095

    private let replacements: TreeReplacements
    private let cancellation: Cancellation
    private var attributes = AttributeScan()
    private var gitlinks: [Gitlink] = []
    private var pointers: [LFSFile] = []
    private var hasEmptySubtrees = false
    /// The path of the open folder, with a slash at its end unless it is the top.
    private var path: [UInt8] = []

    init(replacements: TreeReplacements, cancellation: Cancellation) {
        self.replacements = replacements
        self.cancellation = cancellation
    }

    func hash(_ repository: GitRepository, commit: ObjectID) throws -> TreeHash {
        var nar = NARWriter()
        try writeTree(try repository.commit(commit).tree, of: repository, depth: 0, into: &nar)
        let usesLFS = attributes.usesLFS
        return TreeHash(
            summary: try nar.finish(), attributes: attributes.used, gitlinks: gitlinks, usesLFS: usesLFS,
            hasEmptySubtrees: hasEmptySubtrees, lfsPointers: usesLFS ? pointers : [])
    }

    private func writeTree(
        _ id: ObjectID, of repository: GitRepository, depth: Int, into nar: inout NARWriter
    ) throws {
        guard depth <= Self.maximumDepth else { throw GitTree.unrepresentable(path, [], .tooDeep) }
        let entries = try repository.entries(ofTree: id, at: path)
        if entries.isEmpty && depth > 0 { hasEmptySubtrees = true }
        let length = path.count
        try nar.beginDirectory()
        for entry in entries {
            try cancellation.throwIfCancelled()
            try nar.entry(named: entry.name)
            switch entry.kind {
            case .file(let isExecutable): try writeFile(entry, of: repository, isExecutable, into: &nar)
            case .symlink: try writeSymlink(entry, of: repository, into: &nar)
            case .directory:
                path += entry.name + [UInt8(ascii: "/")]
                try writeTree(entry.id, of: repository, depth: depth + 1, into: &nar)
            case .gitlink: try writeGitlink(entry, depth: depth + 1, into: &nar)
            }
            path.removeSubrange(length...)
        }
        try nar.endDirectory()
    }

    private func writeFile(
        _ entry: GitTreeEntry, of repository: GitRepository, _ isExecutable: Bool, into nar: inout NARWriter
    ) throws {
        let object = try repository.database.read(entry.id, as: GIT_OBJECT_BLOB)
        if entry.name.elementsEqual(".gitattributes".utf8) { attributes.add(object.bytes, isTopLevel: path.isEmpty) }
        if let file = lfsFile(entry, object), try writeLFSObject(file, isExecutable, into: &nar) { return }
        try nar.beginFile(size: UInt64(object.size), isExecutable: isExecutable)
        try object.withBytes { try nar.contents($0.bytes) }
        try nar.endFile()
    }

    private func writeSymlink(
        _ entry: GitTreeEntry, of repository: GitRepository, into nar: inout NARWriter
    ) throws {
        let target = try repository.database.read(entry.id, as: GIT_OBJECT_BLOB).bytes
        guard !target.isEmpty, !target.contains(0)
        else { throw GitTree.unrepresentable(path, entry.name, .illegalTarget) }
        guard target.count <= Self.maximumTarget
        else { throw GitTree.unrepresentable(path, entry.name, .targetTooLong) }
        try nar.symlink(to: target)
    }

    private func writeGitlink(_ entry: GitTreeEntry, depth: Int, into nar: inout NARWriter) throws {
        let gitlink = Gitlink(path: path + entry.name, commit: entry.id)
        if let (repository, commit) = try replacements.submodule(gitlink) {
            path += entry.name + [UInt8(ascii: "/")]
            try writeTree(try repository.commit(commit).tree, of: repository, depth: depth, into: &nar)
            return
        }
        guard depth <= Self.maximumDepth else { throw GitTree.unrepresentable(path, entry.name, .tooDeep) }
        gitlinks.append(gitlink)
        try nar.beginDirectory()
        try nar.endDirectory()
    }

    // MARK: Git LFS

    private func lfsFile(_ entry: GitTreeEntry, _ object: borrowing StoredObject) -> LFSFile? {
        guard object.size < LFSPointer.maximumSize,
            object.withBytes({ $0.starts(with: LFSPointer.firstLine) }),
            let pointer = LFSPointer(parsing: object.bytes)
        else { return nil }
        return LFSFile(path: path + entry.name, pointer: pointer)
    }

    /// Writes the object that the pointer stands for, if there is a replacement for it.
    private func writeLFSObject(_ file: LFSFile, _ isExecutable: Bool, into nar: inout NARWriter) throws -> Bool {
        guard let contents = try replacements.lfsObject(file) else {
            pointers.append(file)
            return false
        }
        try nar.beginFile(size: file.pointer.size, isExecutable: isExecutable)
        var chunk: [UInt8] = []
        while try contents.next(&chunk) {
            try cancellation.throwIfCancelled()
            try nar.contents(chunk.span.bytes)
        }
        try nar.endFile()
        return true
    }
}
