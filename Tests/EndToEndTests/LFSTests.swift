import Foundation
import JSON
import NixHash
import Support
import Testing

/// Pins with objects of Git LFS, from a git server and an LFS server on one port, as a forge has them.
@Suite struct LFSTests {
    /// A repository `o/r` with one object, and its servers.
    struct Forge: Sendable {
        let directory = TemporaryDirectory()
        let repository: TestRepository
        let lfs: LFSServer
        let git: GitHTTPServer

        init() async throws {
            lfs = try await LFSServer()
            repository = try await TestRepository(at: directory.file("work"))
            try repository.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
            git = try await GitHTTPServer(root: try directory.makeDirectory("root"), locations: [lfs.nginxLocation])
            try await publish("one\n")
        }

        var url: String { "\(git.baseURL)/o/r.git" }

        /// Commits an object, pushes the commit and gives the server the object.
        func publish(_ text: String) async throws {
            let contents = Array(text.utf8)
            let oid = SHA256.hash(contents).hex
            try repository.write("data/file.bin", lfsPointer(oid: oid, size: contents.count))
            try lfs.put(contents, as: oid)
            try await repository.commit(text)
            if FileManager.default.fileExists(atPath: directory.file("root/o/r.git")) {
                try await repository.git("push", "--quiet", directory.file("root/o/r.git"), "main")
            } else {
                _ = try await repository.bareCopy(at: directory.file("root/o/r.git"))
            }
        }

        /// The hash of the tree with that object in it.
        func expected(_ text: String) async throws -> String {
            let tree = TemporaryDirectory()
            try tree.write("tree/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
            try tree.write("tree/data/file.bin", text)
            return try await NixSandbox().hashPath(tree.file("tree"))
        }
    }

    @Test(.enabled(if: NixSandbox.isAvailable)) func aPinHasTheObjects() async throws {
        let forge = try await Forge()
        let project = try Project()
        let run = try await project.pinr("add", "git+\(forge.url)", "--lfs", "--name", "r").expect(0, quietly: false)
        #expect(run.stderr.contains("Nix before 2.27 and Lix"), "\(run)")
        #expect(run.stderr.components(separatedBy: "warning: ").count == 2, "\(run)")
        let pin = try project.pin("r")
        #expect(pin["source"]?["lfs"]?.bool == true)
        #expect(pin["locked"]?["lfs"]?.bool == true)
        #expect(pin["locked"]?["hash"]?.string == (try await forge.expected("one\n")))
        try await project.pinr("verify").expect(0)

        // The same pin again changes nothing, and a new object comes with a new commit.
        try await project.pinr("update").expect(0)
        #expect(try project.pin("r") == pin)
        try await forge.publish("two\n")
        try await project.pinr("update").expect(0, quietly: false)
        #expect(try project.pin("r")["locked"]?["hash"]?.string == (try await forge.expected("two\n")))
        #expect(try project.pin("r")["source"] == pin["source"])

        // The notation of flakes says the same.
        try await project.pinr("add", "git+\(forge.url)?lfs=1", "--name", "q").expect(0, quietly: false)
        #expect(try project.pin("q")["locked"] == project.pin("r")["locked"])
    }

    @Test func withoutTheOptionPointersAreNamed() async throws {
        let forge = try await Forge()
        let project = try Project()
        let run = try await project.pinr("add", "git+\(forge.url)", "--name", "r").expect(0, quietly: false)
        #expect(run.stderr.contains("pointers to objects of Git LFS") && run.stderr.contains("--lfs"), "\(run)")
        #expect(forge.lfs.log().isEmpty)
    }

    @Test func whatTheServerLosesIsMissedByVerify() async throws {
        let forge = try await Forge()
        let project = try Project()
        try await project.pinr("add", "git+\(forge.url)", "--lfs", "--name", "r").expect(0, quietly: false)
        let oid = SHA256.hash(Array("one\n".utf8)).hex
        try forge.lfs.obey(#"{"errors": {"\#(oid)": {"code": 404, "message": "Object does not exist"}}}"#)
        let gone = try await project.pinr("verify", "--json").expect(1, quietly: false)
        let error = try gone.json["failed"]?[0]?["error"]
        #expect(error?["code"]?.string == "not-found")
        #expect(error?["message"]?.string?.contains("data/file.bin") == true, "\(gone)")
        try forge.lfs.obey(#"{"contents": {"\#(oid)": {"text": "two\n"}}}"#)
        let damaged = try await project.pinr("verify", "--json").expect(1, quietly: false)
        #expect(try damaged.json["failed"]?[0]?["error"]?["code"]?.string == "bad-git", "\(damaged)")
    }

    /// A token that a server hands out for a download is nowhere afterwards.
    @Test func noTokenIsTold() async throws {
        let forge = try await Forge()
        let project = try Project()
        try forge.lfs.obey(
            #"{"download": {"header": {"Authorization": "RemoteAuth s3cret"}}, "objects": [{"status": 403}]}"#)
        let failed = try await project.pinr("add", "git+\(forge.url)", "--lfs", "--name", "r", "-v")
            .expect(1, quietly: false)
        #expect(!"\(failed)".contains("s3cret"), "\(failed)")
        #expect(forge.lfs.log().last?.headers["authorization"] == "RemoteAuth s3cret")
        let run = try await project.pinr("add", "git+\(forge.url)", "--lfs", "--name", "r", "-v")
            .expect(0, quietly: false)
        #expect(!"\(run)".contains("s3cret"), "\(run)")
        #expect(!String(decoding: try project.read("pins/pins.json"), as: UTF8.self).contains("s3cret"))
    }

    /// A server that wants to know who asks gets the credential that is kept for it, and Nix is said to need one.
    @Test func aCredentialIsUsed() async throws {
        let forge = try await Forge()
        try forge.lfs.obey(#"{"authorization": "Basic bWU6czNjcmV0"}"#)
        let project = try Project()
        let arguments = ["add", "git+\(forge.url)", "--lfs", "--name", "r"]
        let refused = try await project.pinr(arguments).expect(1, quietly: false)
        #expect(refused.stderr.contains("Credentials needed") && refused.stderr.contains("PINR_TOKEN_"), "\(refused)")
        let run = try await project.pinr(
            arguments, environment: ["PINR_TOKEN_127_0_0_1_\(forge.git.web.port)": "me:s3cret"]
        ).expect(0, quietly: false)
        #expect(run.stderr.contains("netrc-file") && !"\(run)".contains("s3cret"), "\(run)")
    }
}
