import Archive
import Foundation
import JSON
import NixHash
import PinrKit
import Support
import Testing

/// What `hash` makes of folders, files, archives and URLs, compared with Nix.
@Suite(.enabled(if: NixSandbox.isAvailable))
struct HashTests {
    private func nix(_ kind: String, _ path: String) async throws -> String {
        try await run(
            ["nix", "--extra-experimental-features", "nix-command", "hash", kind, path],
            environment: NixSandbox().environment
        ).trimmed
    }

    @Test func `A folder hashes as its tree and a file as its bytes`() async throws {
        let world = try await World()
        let tree = world.folder.file("tree")
        try world.folder.write("tree/a b.txt", "contents")
        try world.folder.write("tree/run", "x", mode: 0o755)
        try FileManager.default.createSymbolicLink(atPath: world.folder.file("link"), withDestinationPath: "tree")
        let pinr = world.pinr(isOffline: true)

        let folder = try await pinr.hash(tree, unpacks: nil)
        #expect(folder.method == .nar)
        #expect(folder.digest.sri == (try await nix("path", tree)))
        #expect(folder.storePath == (try StorePath(recursive: folder.digest, name: "source")))
        // A link is a link to Nix, too, wherever it leads.
        #expect(
            try await pinr.hash(world.folder.file("link"), unpacks: nil).digest.sri
                == nix("path", world.folder.file("link")))

        let file = try await pinr.hash(tree + "/a b.txt", unpacks: nil)
        #expect(file.method == .flat)
        #expect(file.digest.sri == (try await nix("file", tree + "/a b.txt")))
        #expect(file.storePath == (try StorePath(flat: file.digest, name: "a_b.txt")))
        #expect(file.json["method"] == "flat")
        #expect(file.json.object?.keys == ["hash", "hex", "method", "nix32", "storePath"])
    }

    @Test func `An archive hashes as its tree or as its bytes`() async throws {
        let world = try await World()
        let name = "o/r/archive/\(try await world.repository.revision()).tar.gz"
        let path = "\(world.server.web.root)/\(name)"
        for target in [path, "file://\(path)", "\(world.server.baseURL)/\(name)"] {
            let unpacked = try await world.pinr().hash(target, unpacks: true)
            #expect(unpacked.method == .nar)
            // The work tree less `.git` is what was packed.
            try await run(
                ["sh", "-ec", "rm -rf copy && mkdir copy && cp -p work/a copy"], directory: world.folder.path)
            #expect(unpacked.digest.sri == (try await nix("path", world.folder.file("copy"))))
            let flat = try await world.pinr().hash(target, unpacks: target.hasPrefix("/") ? false : nil)
            #expect(flat.method == .flat)
            #expect(flat.digest.sri == (try await nix("file", path)))
        }
    }

    @Test(arguments: [true, false])
    func `A folder is neither unpacked nor hashed as a file`(unpacks: Bool) async throws {
        let world = try await World()
        await #expect {
            try await world.pinr().hash(world.folder.path, unpacks: unpacks)
        } throws: { ($0 as? Problem)?.code == .usage }
    }

    @Test func `A file behind a URL is called as its pin would be`() async throws {
        let world = try await World()
        try world.folder.write("a b.txt", "contents")
        let hash = try await world.pinr().hash("file://\(world.folder.path)/a%20b.txt", unpacks: nil)
        #expect(hash.storePath == (try StorePath(flat: hash.digest, name: "a_b.txt")))
    }

    @Test(arguments: [
        "https://bob:pass@127.0.0.1/a", "https://bob:pa/ss@127.0.0.1/a", "ftp://bob:pass@127.0.0.1/a",
        "ssh://bob:pa/ss@127.0.0.1/a",
    ])
    func `A password is not repeated`(target: String) async throws {
        let world = try await World()
        await #expect {
            try await world.pinr(isOffline: true).hash(target, unpacks: nil)
        } throws: { error in
            let problem = Problem(describing: error)
            return !"\(problem.message) \(problem.hint ?? "") \(problem.url ?? "")".contains("bob")
        }
    }

    @Test func `What is not there is named`() async throws {
        let world = try await World()
        await #expect(throws: ArchiveError.unreadable(path: "/nowhere", errnum: ENOENT)) {
            try await world.pinr().hash("/nowhere", unpacks: nil)
        }
    }
}
