import Foundation
import NixHash
import Support
import Testing
import Threads
import Transfer

@testable import Git

/// Trees with objects of Git LFS, from real git servers, beside what `nix hash path` says of the same files.
@Suite(.enabled(if: NixSandbox.isAvailable)) struct LFSTreeTests {
    /// A repository with files of all kinds that matter, and what its tree is with objects and without.
    final class Sample: Sendable {
        let folder: TemporaryDirectory
        let repository: TestRepository
        let objects: [String: [UInt8]]
        let commit: ObjectID

        /// - Parameters:
        ///   - extra: further files of the repository, by their names.
        ///   - isPlain: whether there is nothing that git-lfs reads otherwise than Nix does.
        init(named name: String = "sample", extra: [String: String] = [:], isPlain: Bool = false) async throws {
            let folder = TemporaryDirectory()
            let repository = try await TestRepository(at: folder.file(name))
            var objects: [String: [UInt8]] = [:]
            func add(_ name: String, _ contents: [UInt8], executable: Bool = false, note: Bool = true) throws {
                let oid = SHA256.hash(contents).hex
                objects[oid] = contents
                try repository.write(name, lfsPointer(oid: oid, size: contents.count), executable: executable)
                try folder.write("smudged/\(name)", contents, mode: executable ? 0o755 : 0o644)
            }
            func keep(_ name: String, _ contents: String) throws {
                try repository.write(name, contents)
                try folder.write("smudged/\(name)", contents)
            }
            try keep(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\na[[:space:]]b filter=lfs\n")
            try keep("folder/.gitattributes", "plain.bin -filter\n*.dat filter=lfs\n")
            try add("a.bin", [UInt8](repeating: 1, count: 3 << 20))
            try add("folder/again.bin", [UInt8](repeating: 1, count: 3 << 20))
            try add("folder/deeper/run.bin", Array("#!/bin/sh\n".utf8), executable: true)
            try add("folder/é.dat", Array("nested attributes\n".utf8))
            try add("a b", Array("a space in its name\n".utf8))
            try add("zero.bin", [])
            let oid = SHA256.hash([1]).hex
            // Not filtered, or no pointers: they stay as they are.
            try keep("pointer.txt", lfsPointer(oid: oid, size: 1))
            try keep("folder/plain.bin", lfsPointer(oid: oid, size: 1))
            try keep("empty.bin", "")
            try keep("text.bin", "no pointer\n")
            if !isPlain {
                let pointer = lfsPointer(oid: oid, size: 1)
                try keep("long.bin", lfsPointer(oid: oid, size: 1) + String(repeating: "\n", count: 1000))
                try keep("old.bin", pointer.replacing("git-lfs.github.com", with: "hawser.github.com"))
                try keep("crlf.bin", pointer.replacing("\n", with: "\r\n"))
            }
            for (name, contents) in extra { try keep(name, contents) }
            try repository.symlink("link.bin", to: "a.bin")
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("smudged/link.bin"), withDestinationPath: "a.bin")
            (self.folder, self.repository, self.objects) = (folder, repository, objects)
            commit = try #require(ObjectID(hex: try await repository.commit("sample")))
        }

        func put(into server: LFSServer) throws {
            for (oid, contents) in objects { try server.put(contents, as: oid) }
        }

        /// What Nix says of the files themselves.
        func expected() async throws -> String { try await NixSandbox().hashPath(folder.file("smudged")) }
    }

    private func hash(
        _ commit: ObjectID, of url: String, with client: HTTPRemoteTests.Client, submodules: Bool = false
    ) async throws -> (TreeHash, [LFSRemark]) {
        let tree = try await client.remotes.tree(
            ofCommit: commit, of: try GitURL(parsing: url), ref: "main", submodules: submodules, lfs: true)
        return try await onThread { cancellation in
            defer { tree.close() }
            return (try tree.hash(cancellation: cancellation), tree.lfsRemarks)
        }
    }

    /// git and LFS on one port, as on a forge.
    private func forge(_ root: String, _ lfs: LFSServer) async throws -> GitHTTPServer {
        try await GitHTTPServer(root: root, locations: [lfs.nginxLocation])
    }

    @Test func pointersBecomeObjects() async throws {
        let sample = try await Sample()
        let lfs = try await LFSServer()
        try sample.put(into: lfs)
        let server = try await forge(sample.folder.path, lfs)
        let client = HTTPRemoteTests.Client()
        let (tree, remarks) = try await hash(sample.commit, of: server.baseURL + "/sample/.git", with: client)
        #expect(tree.summary.digest.sri == (try await sample.expected()))
        #expect(remarks == [.unreadPointer(path: "crlf.bin"), .unreadPointer(path: "old.bin")])
        #expect(tree.attributes == ["filter"])
        #expect(client.leftovers == [])
        let log = lfs.log()
        #expect(log.first?.path == "/sample/.git/info/lfs/objects/batch")
        #expect(log.filter { $0.method == "GET" }.count == Set(sample.objects.keys).count)
    }

    /// git-lfs itself, from the same server, makes the same files.
    @Test(.enabled(if: isInstalled("git-lfs"))) func theSameAsGitLFS() async throws {
        let sample = try await Sample(isPlain: true)
        let lfs = try await LFSServer()
        try sample.put(into: lfs)
        let server = try await forge(sample.folder.path, lfs)
        let settings = [
            "-c", "filter.lfs.smudge=git-lfs smudge -- %f", "-c", "filter.lfs.required=true",
            "-c", "filter.lfs.clean=git-lfs clean -- %f",
        ]
        let clone = sample.folder.file("clone")
        try await run(
            ["git"] + settings + ["clone", "--quiet", server.baseURL + "/sample/.git", clone],
            environment: isolatedEnvironment(home: sample.folder.file("home")))
        try FileManager.default.removeItem(atPath: clone + "/.git")
        let client = HTTPRemoteTests.Client()
        let (tree, _) = try await hash(sample.commit, of: server.baseURL + "/sample/.git", with: client)
        #expect(tree.summary.digest.sri == (try await NixSandbox().hashPath(clone)))
    }

    /// Each repository is asked for its own, by its own attributes, and what two of them have is fetched once.
    @Test func submodulesHaveTheirOwn() async throws {
        let sample = try await Sample(named: "sub")
        let lfs = try await LFSServer()
        try sample.put(into: lfs)
        let own = Array("the parent's\n".utf8)
        try lfs.put(own, as: SHA256.hash(own).hex)
        let parent = try await TestRepository(at: sample.folder.file("parent"))
        let a = [UInt8](repeating: 1, count: 3 << 20)
        try parent.write(".gitattributes", "/own filter=lfs\n/a filter=lfs\n/sub/** -filter\n")
        try parent.write("own", lfsPointer(oid: SHA256.hash(own).hex, size: own.count))
        try parent.write("a", lfsPointer(oid: SHA256.hash(a).hex, size: a.count))
        let server = try await forge(sample.folder.path, lfs)
        try await parent.addSubmodule("sub", url: server.baseURL + "/sub/.git", revision: sample.commit.hex)
        let commit = try #require(ObjectID(hex: try await parent.commit("parent")))

        for name in [".gitattributes", ".gitmodules"] {
            try sample.folder.write("whole/\(name)", try sample.folder.read("parent/\(name)"))
        }
        try sample.folder.write("whole/own", own)
        try sample.folder.write("whole/a", a)
        try FileManager.default.moveItem(
            atPath: sample.folder.file("smudged"), toPath: sample.folder.file("whole/sub"))

        let client = HTTPRemoteTests.Client()
        let (tree, remarks) = try await hash(
            commit, of: server.baseURL + "/parent/.git", with: client, submodules: true)
        #expect(tree.summary.digest.sri == (try await NixSandbox().hashPath(sample.folder.file("whole"))))
        #expect(remarks == [.unreadPointer(path: "sub/crlf.bin"), .unreadPointer(path: "sub/old.bin")])
        #expect(client.leftovers == [])
        let log = lfs.log()
        #expect(
            log.filter { $0.method == "POST" }.map(\.path) == [
                "/parent/.git/info/lfs/objects/batch", "/sub/.git/info/lfs/objects/batch",
            ])
        #expect(log.filter { $0.method == "GET" }.count == sample.objects.count + 1)
    }

    // MARK: Where the objects are

    @Test func aLocalRepositoryHasAStore() async throws {
        let sample = try await Sample()
        for (oid, contents) in sample.objects {
            try sample.folder.write(
                "sample/.git/lfs/objects/\(oid.prefix(2))/\(oid.dropFirst(2).prefix(2))/\(oid)", contents)
        }
        let url = "file://" + sample.repository.path
        let client = HTTPRemoteTests.Client()
        let (tree, remarks) = try await hash(sample.commit, of: url, with: client)
        #expect(tree.summary.digest.sri == (try await sample.expected()))
        #expect(remarks.last == .store(repository: url))
        #expect(client.leftovers == [])

        let (oid, contents) = try #require(sample.objects.first { !$0.value.isEmpty && $0.value.count < 100 })
        let file = "sample/.git/lfs/objects/\(oid.prefix(2))/\(oid.dropFirst(2).prefix(2))/\(oid)"
        try sample.folder.write(file, contents.map { $0 ^ 1 })
        let damaged = await #expect(throws: LFSError.self) { try await hash(sample.commit, of: url, with: client) }
        guard case .object(let digest, _, .wrongContents) = damaged, digest.hex == oid else {
            Issue.record("\(String(describing: damaged))")
            return
        }
        try FileManager.default.removeItem(atPath: sample.folder.file(file))
        let missing = await #expect(throws: LFSError.self) { try await hash(sample.commit, of: url, with: client) }
        guard case .object(digest, _, .notInStore(sample.repository.path)) = missing else {
            Issue.record("\(String(describing: missing))")
            return
        }
        #expect(client.leftovers == [])
    }

    @Test func theCommitNamesTheServer() async throws {
        let lfs = try await LFSServer()
        let sample = try await Sample(extra: [".lfsconfig": "[lfs]\n\turl = \"\(lfs.baseURL)/elsewhere/\"\n"])
        try sample.put(into: lfs)
        let server = try await GitHTTPServer(root: sample.folder.path)
        let client = HTTPRemoteTests.Client()
        let url = server.baseURL + "/sample/.git"
        let (tree, remarks) = try await hash(sample.commit, of: url, with: client)
        #expect(tree.summary.digest.sri == (try await sample.expected()))
        #expect(remarks.last == .configuredServer(repository: url, url: lfs.baseURL + "/elsewhere/"))
        #expect(lfs.log().first?.path == "/elsewhere/objects/batch")
        // A repository of this machine that lacks objects has that server too.
        let (local, _) = try await hash(sample.commit, of: "file://" + sample.repository.path, with: client)
        #expect(local.summary == tree.summary)
    }

    @Test func aHostileServerIsNotAsked() async throws {
        let sample = try await Sample(extra: [".lfsconfig": "[lfs]\n\turl = ext::sh -c 'touch /tmp/x'\n"])
        let server = try await GitHTTPServer(root: sample.folder.path)
        let url = server.baseURL + "/sample/.git"
        await #expect(throws: LFSError.illegalConfiguredURL(repository: url, .malformed)) {
            try await hash(sample.commit, of: url, with: HTTPRemoteTests.Client())
        }
    }

    /// A client that reaches an ssh server.
    private func sshClient(_ ssh: SSHServer) -> HTTPRemoteTests.Client {
        HTTPRemoteTests.Client(environment: [
            "GIT_SSH_COMMAND": ssh.command, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
        ])
    }

    @Test(.enabled(if: SSHServer.isAvailable)) func sshNamesTheServer() async throws {
        let sample = try await Sample()
        let lfs = try await LFSServer(
            rules: #"""
                {"authorization": "RemoteAuth some-token", "needs": {"Authorization": "Download t"},
                 "download": {"header": {"Authorization": "Download t"}}}
                """#)
        try sample.put(into: lfs)
        let programs = TemporaryDirectory()
        try programs.write(
            "git-lfs-authenticate",
            """
            #!/bin/sh
            [ "$1" = '\(sample.repository.path)' ] && [ "$2" = download ] || { echo "no such repository: $*" >&2; exit 1; }
            echo '{"href": "\(lfs.baseURL)/over/ssh", "header": {"Authorization": "RemoteAuth some-token"}, "expires_in": 60}'
            """, mode: 0o755)
        let ssh = try await SSHServer(programs: programs.path)
        let client = sshClient(ssh)
        let (tree, remarks) = try await hash(
            sample.commit, of: ssh.baseURL + sample.repository.path, with: client)
        #expect(tree.summary.digest.sri == (try await sample.expected()))
        #expect(remarks.count == 2)
        #expect(lfs.log().first?.path == "/over/ssh/objects/batch")
        #expect(client.leftovers == [])

        try programs.write("git-lfs-authenticate", "#!/bin/sh\necho denied >&2\nexit 3\n", mode: 0o755)
        let url = try GitURL(parsing: ssh.baseURL + sample.repository.path).text
        await #expect(throws: LFSError.authenticationCommandFailed(url: url, status: 3, message: "denied")) {
            try await hash(sample.commit, of: url, with: client)
        }
        #expect(client.leftovers == [])
    }

    /// Without that command the server is the one that its URL suggests, over https; nobody is there in this test.
    @Test(.enabled(if: SSHServer.isAvailable)) func sshWithoutTheCommandIsGuessed() async throws {
        let sample = try await Sample()
        let ssh = try await SSHServer()
        let client = sshClient(ssh)
        let guess = "https://127.0.0.1\(sample.repository.path).git/info/lfs/objects/batch"
        await #expect(throws: TransferError.connectionRefused(url: guess)) {
            try await hash(sample.commit, of: ssh.baseURL + sample.repository.path, with: client)
        }
    }

    // MARK: What is refused

    @Test(arguments: [
        ("x.bin", LFSPointerFault.upperCaseName), ("y.bin", .impossibleSize),
    ])
    func anUnusablePointerIsRefused(_ name: String, _ fault: LFSPointerFault) async throws {
        let oid = SHA256.hash([1]).hex
        let text =
            fault == .upperCaseName
            ? lfsPointer(oid: oid.uppercased(), size: 1) : lfsPointer(oid: oid, size: 1) + "size 99999999999999999999\n"
        let sample = try await Sample(extra: ["folder/\(name)": text])
        await #expect(throws: LFSError.illegalPointer(path: "folder/\(name)", fault)) {
            try await hash(sample.commit, of: "file://" + sample.repository.path, with: HTTPRemoteTests.Client())
        }
    }

    /// Nix would make a link to an object's contents, and git a link to a pointer's text.
    @Test func aLinkToAPointerIsRefused() async throws {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("r"))
        try repository.write(".gitattributes", "* filter=lfs\n")
        try repository.symlink("link", to: lfsPointer(oid: SHA256.hash([1]).hex, size: 1))
        let commit = try #require(ObjectID(hex: try await repository.commit("link")))
        await #expect(throws: LFSError.illegalPointer(path: "link", .symbolicLink)) {
            try await hash(commit, of: "file://" + repository.path, with: HTTPRemoteTests.Client())
        }
    }

    /// Ten exabytes are not begun with.
    @Test func whatHasNoRoomIsNotFetched() async throws {
        let oid = SHA256.hash([1]).hex
        let sample = try await Sample(extra: ["x.bin": lfsPointer(oid: oid, size: .max)])
        let lfs = try await LFSServer()
        let server = try await forge(sample.folder.path, lfs)
        let client = HTTPRemoteTests.Client()
        let error = await #expect(throws: LFSError.self) {
            try await hash(sample.commit, of: server.baseURL + "/sample/.git", with: client)
        }
        guard case .noRoom(_, needed: .max, available: _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(lfs.log().isEmpty)
        #expect(client.leftovers == [])
    }

    @Test(.timeLimit(.minutes(10))) func cancellingLeavesNothing() async throws {
        let sample = try await Sample()
        let lfs = try await LFSServer(rules: #"{"pace": 0.05}"#)
        try sample.put(into: lfs)
        let server = try await forge(sample.folder.path, lfs)
        let client = HTTPRemoteTests.Client()
        let hashing = Task { try await hash(sample.commit, of: server.baseURL + "/sample/.git", with: client) }
        while !lfs.log().contains(where: { $0.method == "GET" }) { try await Task.sleep(for: .milliseconds(5)) }
        hashing.cancel()
        await #expect(throws: CancellationError.self) { try await hashing.value }
        #expect(client.leftovers == [])
    }

    // MARK: Without

    /// A tree is as committed where nobody asked for objects, and says that it has pointers.
    @Test func pointersAreSeenWithoutBeingFetched() async throws {
        let sample = try await Sample()
        let repository = try GitRepository.open(path: sample.repository.path)
        let tree = try await onThread { try repository.hashTree(ofCommit: sample.commit, cancellation: $0) }
        #expect(tree.hasLFSPointers)
        #expect(tree.summary.digest.sri != (try await sample.expected()))
        let clone = sample.folder.file("plain")
        try await run(
            ["git", "clone", "--quiet", sample.repository.path, clone],
            environment: isolatedEnvironment(home: sample.folder.file("home")))
        try FileManager.default.removeItem(atPath: clone + "/.git")
        #expect(tree.summary.digest.sri == (try await NixSandbox().hashPath(clone)))
    }

    /// A tree without a filter is not looked through, and is the same with and without objects.
    @Test func aTreeWithoutAFilterStaysAsItIs() async throws {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("r"))
        try repository.write("a.bin", lfsPointer(oid: SHA256.hash([1]).hex, size: 1))
        try repository.write(".gitattributes", "*.bin filter=other\n")
        let commit = try #require(ObjectID(hex: try await repository.commit("plain")))
        let opened = try GitRepository.open(path: repository.path)
        let plain = try await onThread { try opened.hashTree(ofCommit: commit, cancellation: $0) }
        let (tree, remarks) = try await hash(
            commit, of: "file://" + repository.path, with: HTTPRemoteTests.Client())
        #expect(tree.summary == plain.summary)
        #expect(remarks.isEmpty)
    }
}
