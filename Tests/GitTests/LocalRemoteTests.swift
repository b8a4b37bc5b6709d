import Foundation
import NixHash
import Support
import Testing
import Threads
import Transfer

@testable import Git

/// Repositories of this machine, read where they are.
@Suite struct LocalRemoteTests {
    private static func remotes(_ folder: TemporaryDirectory) -> GitRemotes {
        GitRemotes(
            transfer: TransferEngine(configuration: TransferConfiguration()), environment: [:],
            temporaryDirectory: folder.path)
    }

    private static func hash(_ repository: GitRepository, _ commit: ObjectID) async throws -> TreeHash {
        try await onThread { try repository.hashTree(ofCommit: commit, cancellation: $0) }
    }

    @Test func workTreeBareAndLinked() async throws {
        let root = TemporaryDirectory()
        let (origin, commits) = try await HTTPRemoteTests.sample(at: root.file("x"))
        _ = try await origin.bareCopy(at: root.file("bare.git"))
        try await origin.git("worktree", "add", "--quiet", "--detach", root.file("linked"), commits[0].hex)
        try await origin.git("clone", "--quiet", "--shared", ".", root.file("shared"))
        let remotes = Self.remotes(root)
        var hashes: Set<String> = []
        for name in ["x", "x/.git", "bare.git", "bare", "linked", "shared"] {
            let url = try GitURL(parsing: "git+file://" + root.file(name))
            let refs = try await remotes.refs(of: url, matching: [.all])
            #expect(refs.tag("v1-again")?.commit == commits[1], "\(name)")
            #expect(refs.tag("light")?.peeled == nil, "\(name)")
            #expect(refs.headCommit == (name == "linked" ? commits[0] : commits[4]), "\(name)")
            #expect(refs.head == (name == "linked" ? nil : "refs/heads/trunk"), "\(name)")
            let repository = try await remotes.fetch(commits[4], of: url, ref: nil).repository
            hashes.insert(try await Self.hash(repository, commits[4]).summary.digest.sri)
        }
        #expect(hashes.count == 1)
    }

    @Test func whatIsNoRepository() async throws {
        let root = TemporaryDirectory()
        let remotes = Self.remotes(root)
        let (origin, _) = try await HTTPRemoteTests.sample(at: root.file("x"))
        for name in ["nope", "x/folder"] {
            let url = try GitURL(parsing: "file://" + root.file(name))
            await #expect(throws: GitError.notARepository(path: root.file(name))) {
                try await remotes.refs(of: url, matching: [.head])
            }
        }
        let missing = try #require(ObjectID(hex: ProtocolTests.one))
        let url = try GitURL(parsing: "file://" + origin.path)
        await #expect(throws: GitError.revisionNotOnServer(missing, url: url.text)) {
            try await remotes.fetch(missing, of: url, ref: nil)
        }
        let tree = try #require(ObjectID(hex: try await origin.git("rev-parse", "HEAD^{tree}")))
        await #expect(throws: GitError.notACommit(tree)) { try await remotes.fetch(tree, of: url, ref: nil) }
    }

    @Test func emptyRepository() async throws {
        let root = TemporaryDirectory()
        _ = try await TestRepository(at: root.file("x"), branch: "trunk")
        let refs = try await Self.remotes(root).refs(
            of: try GitURL(parsing: "file://" + root.file("x")), matching: [.all])
        #expect(refs.isEmpty)
        #expect(refs.head == "refs/heads/trunk")
    }

    /// An object with another's contents is noticed in a repository that somebody else wrote.
    @Test func forgedObjectIsRefused() async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        try origin.write("a", "good\n")
        try origin.write("b", "evil\n")
        let commit = try #require(ObjectID(hex: try await origin.commit("one")))
        func path(_ name: String) async throws -> (String, ObjectID) {
            let id = try await origin.git("rev-parse", "HEAD:" + name)
            return (
                origin.path + "/.git/objects/\(id.prefix(2))/\(id.dropFirst(2))", try #require(ObjectID(hex: id))
            )
        }
        let (good, id) = try await path("a")
        let (evil, _) = try await path("b")
        try FileManager.default.removeItem(atPath: good)
        try FileManager.default.copyItem(atPath: evil, toPath: good)
        let repository = try GitRepository.open(path: origin.path)
        await #expect(throws: GitError.corruptObject(id, .wrongHash)) { try await Self.hash(repository, commit) }
    }

    @Test func shallowRepositoryLacksHistoryOnly() async throws {
        let root = TemporaryDirectory()
        let (origin, commits) = try await HTTPRemoteTests.sample(at: root.file("x"))
        try await origin.git("clone", "--quiet", "--depth=1", "file://" + root.file("x"), root.file("shallow"))
        let repository = try GitRepository.open(path: root.file("shallow"))
        let whole = try GitRepository.open(path: root.file("x"))
        #expect(
            try await Self.hash(repository, commits[4]).summary == (try await Self.hash(whole, commits[4])).summary)
        await #expect(throws: GitError.missingObject(commits[3])) { try await Self.hash(repository, commits[3]) }
    }

    /// Nix refuses it, and so a pin of it would be of no use; in each of its work trees.
    @Test func shallowRepositoryIsRefused() async throws {
        let root = TemporaryDirectory()
        let (origin, commits) = try await HTTPRemoteTests.sample(at: root.file("x"))
        try await origin.git("clone", "--quiet", "--depth=1", "file://" + root.file("x"), root.file("shallow"))
        try await origin.git(
            "-C", root.file("shallow"), "worktree", "add", "--quiet", "--detach", root.file("linked"))
        let remotes = Self.remotes(root)
        for name in ["shallow", "linked"] {
            let url = try GitURL(parsing: "file://" + root.file(name))
            await #expect(throws: GitError.shallowRepository(url: url.text)) {
                try await remotes.refs(of: url, matching: [.head])
            }
            await #expect(throws: GitError.shallowRepository(url: url.text)) {
                try await remotes.fetch(commits[4], of: url, ref: nil)
            }
        }
    }

    // MARK: More than there can be

    /// Room for the objects of a pack is made before any has come.
    @Test func packOfTooManyObjectsIsRefused() throws {
        let root = TemporaryDirectory()
        try Libgit2.ensureStarted()
        func append(_ count: UInt32) throws {
            var indexer = try PackIndexer(packFolder: root.path, cancellation: Cancellation())
            let header =
                Array("PACK".utf8) + [0, 0, 0, 2] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
            try header.withUnsafeBytes { try indexer.append($0) }
        }
        try append(1 << 24)
        #expect(throws: ProtocolFault.self) { try append(1 << 26) }
    }

    /// A few hundred bytes that say they are three gigabytes: as a file of their own, and in a pack as a difference.
    @Test func objectOfTooManyBytesIsRefused() async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        let script = """
            import hashlib, os, struct, sys, zlib
            size = 3 << 30
            os.makedirs(sys.argv[1] + '/.git/objects/11')
            with open(sys.argv[1] + '/.git/objects/11/' + 38 * '1', 'wb') as file:
                file.write(zlib.compress(b'blob %d\\0' % size + bytes(1 << 20)))

            def number(value, low, kind=0):
                # Seven bits a byte, the lowest first; of a header's first byte the kind takes some.
                out, first, value = b'', kind | value & (1 << low) - 1, value >> low
                while value:
                    out, first, value = out + bytes([first | 128]), value & 127, value >> 7
                return out + bytes([first])

            chunk = (1 << 24) - 1
            base = number(1 << 24, 4, 3 << 4) + zlib.compress(bytes(1 << 24))
            delta = number(1 << 24, 7) + number(200 * chunk, 7) + 200 * b'\\xf0\\xff\\xff\\xff'
            name = hashlib.sha1(b'blob %d\\0' % (1 << 24) + bytes(1 << 24)).digest()
            pack = b'PACK' + struct.pack('>II', 2, 2) + base + number(len(delta), 4, 7 << 4) + name + zlib.compress(delta)
            sys.stdout.buffer.write(pack + hashlib.sha1(pack).digest())
            """
        let pack = try await run(["python3", "-c", script, origin.path]).stdoutBytes
        #expect(pack.count < 100_000)
        let id = try #require(ObjectID(hex: ProtocolTests.one))
        let repository = try GitRepository.open(path: origin.path)
        let fault = await #expect(throws: GitError.self) {
            try await onThread { _ in try repository.database.read(id).bytes }
        }
        guard case .corruptObject(id, .unreadable(let words))? = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(words.lowercased().contains("memory"))

        await #expect(throws: ProtocolFault.self) {
            try await onThread { cancellation in
                var indexer = try PackIndexer(packFolder: root.path, cancellation: cancellation)
                try pack.withUnsafeBytes { try indexer.append($0) }
                try indexer.finish()
            }
        }
    }

    /// Ten folders that are all one, each with ten that are all one, and so on: a few small objects, ten thousand files.
    @Test func treeOfTooManyFilesIsRefused() async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        var id = try #require(ObjectID(hex: try await origin.git("hash-object", "-w", "--stdin", input: [])))
        for depth in 0..<4 {
            let mode = depth == 0 ? "100644" : "40000"
            let tree = (0..<10).flatMap { Array("\(mode) \($0)\0".utf8) + id.bytes }
            let name = try await origin.git("hash-object", "-w", "-t", "tree", "--stdin", input: tree)
            id = try #require(ObjectID(hex: name))
        }
        let commit = try #require(ObjectID(hex: try await origin.git("commit-tree", "-m", "x", id.hex)))
        let repository = try GitRepository.open(path: origin.path)
        func plan(limit: Int) throws -> TreePlan {
            try repository.plan(ofCommit: commit, limit: limit, cancellation: Cancellation())
        }
        #expect(try plan(limit: 11_111).nodes.count == 11_111 + 1111)
        do {
            _ = try plan(limit: 11_110)
            Issue.record("accepted")
        } catch GitError.unrepresentableTree(let path, let fault) {
            #expect(path == "9/9/9/9" && fault == .tooManyEntries(limit: 11_110))
        }
        // One folder of more than there may be in all is not taken in first.
        let tree = try repository.commit(commit).tree
        #expect(throws: GitError.unrepresentableTree(path: "9", .tooManyEntries(limit: 9))) {
            try repository.entries(ofTree: tree, at: [], limit: 9)
        }
    }

    // MARK: What a hash tells besides

    @Test func hashReportsWhatElseIsThere() async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        try origin.write(
            ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n*.c export-subst\n[attr]own eol=crlf\n")
        try origin.write("sub/.gitattributes", "x.txt ident own\n*.bin -filter\n[attr]other export-ignore\n* other\n")
        try origin.write("sub/x.txt", "$Id$\n")
        try await origin.addSubmodule("lib/mod", url: "../mod", revision: ProtocolTests.one)
        let commit = try #require(ObjectID(hex: try await origin.commit("one")))
        let hash = try await Self.hash(try GitRepository.open(path: origin.path), commit)
        #expect(hash.attributes == ["eol", "export-subst", "filter", "ident"])
        #expect(hash.gitlinks.map { String(decoding: $0.path, as: UTF8.self) } == ["lib/mod"])
        #expect(hash.gitlinks.map(\.commit.hex) == [ProtocolTests.one])
        #expect(!hash.hasEmptySubtrees)
    }

    /// More files than one thread reads alone, read ahead by others.
    @Test func manyFiles() async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        for number in 0..<700 {
            try origin.write("d\(number % 7)/f\(number)", String(repeating: "\(number) ", count: number * 13))
        }
        let commit = try #require(ObjectID(hex: try await origin.commit("one")))
        let tree = try await onThread { _ in
            let repository = try GitRepository.open(path: origin.path)
            var nar = NARWriter()
            try Self.write(try repository.commit(commit).tree, of: repository, into: &nar)
            return try nar.finish()
        }
        for _ in 0..<5 {
            #expect(try await Self.hash(try GitRepository.open(path: origin.path), commit).summary == tree)
        }

        // With a file missing it fails, and ends.
        let lost = try await origin.git("rev-parse", "HEAD:d3/f353")
        try FileManager.default.removeItem(
            atPath: origin.path + "/.git/objects/\(lost.prefix(2))/\(lost.dropFirst(2))")
        let id = try #require(ObjectID(hex: lost))
        await #expect(throws: GitError.missingObject(id)) {
            try await Self.hash(try GitRepository.open(path: origin.path), commit)
        }
    }

    /// The plain way, one object after the other.
    private static func write(
        _ tree: ObjectID, of repository: GitRepository, into nar: inout NARWriter
    ) throws {
        try nar.beginDirectory()
        for entry in try repository.entries(ofTree: tree, at: [], limit: .max) {
            try nar.entry(named: entry.name)
            if entry.kind == .directory {
                try write(entry.id, of: repository, into: &nar)
            } else {
                let contents = try repository.database.read(entry.id).bytes
                try nar.beginFile(size: UInt64(contents.count), isExecutable: entry.kind == .file(isExecutable: true))
                try nar.contents(contents.span.bytes)
                try nar.endFile()
            }
        }
        try nar.endDirectory()
    }

    /// 63 folders inside each other are what Nix takes.
    @Test(arguments: [(63, true), (64, false)])
    func depth(_ folders: Int, _ isAllowed: Bool) async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        try origin.write((0..<folders).map { _ in "d" }.joined(separator: "/") + "/file", "x")
        let commit = try #require(ObjectID(hex: try await origin.commit("one")))
        let repository = try GitRepository.open(path: origin.path)
        if isAllowed {
            #expect(try await Self.hash(repository, commit).summary.size > 0)
        } else {
            await #expect(throws: GitError.self) { try await Self.hash(repository, commit) }
        }
    }

    /// Trees that git itself would not write: each is refused for what it is.
    @Test(arguments: [
        ("100644 .\0", TreeFault.illegalName), ("100644 ..\0", .illegalName), ("100644 a/b\0", .illegalName),
        ("100644 \0", .illegalName), ("010644 pipe\0", .illegalMode(0o010644)), ("120777 l\0", .illegalMode(0o120777)),
        ("120000 empty\0", .illegalTarget), ("100644 " + String(repeating: "x", count: 256) + "\0", .nameTooLong),
    ])
    func illegalTrees(_ entry: String, _ fault: TreeFault) async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        let empty = try #require(ObjectID(hex: try await origin.git("hash-object", "-w", "--stdin", input: [])))
        let tree = try await origin.git(
            "hash-object", "-w", "-t", "tree", "--literally", "--stdin", input: Array(entry.utf8) + empty.bytes)
        let commit = try #require(ObjectID(hex: try await origin.git("commit-tree", "-m", "x", tree)))
        let repository = try GitRepository.open(path: origin.path)
        do {
            _ = try await Self.hash(repository, commit)
            Issue.record("accepted")
        } catch GitError.unrepresentableTree(_, let actual) {
            #expect(actual == fault)
        }
    }
}
