import Archive
import Foundation
import JSON
import Lockfile
import NixHash
import PinrKit
import Resolvers
import Support
import Testing
import Transfer
import Updates

struct AddTests {
    @Test func `The first pin makes the lock`() async throws {
        let world = try await World()
        let outcome = try await world.pinr().add(AddRequest(source: "github:o/r"))
        #expect(outcome.name.text == "r")
        #expect(outcome.change == .added)
        #expect(try world.pins() == ["r": outcome.pin])
        #expect(outcome.pin.locked.revision == (try await world.repository.revision()))
        #expect(outcome.pin.locked.lastModified == 1_700_000_000)
        #expect(outcome.pin.frozen == nil)
        #expect(FileManager.default.fileExists(atPath: world.folder.file("pins/default.nix")))
    }

    @Test func `The archive of a forge and the commit hash alike`() async throws {
        let world = try await World()
        let archive = try await world.add("github:o/r", as: "archive")
        let commit = try await world.add("git+\(world.server.baseURL)/o/r.git", as: "commit")
        #expect(archive.locked.fetch.hash == commit.locked.fetch.hash)
        #expect(commit.locked.lastModified == 1_700_000_000)
    }

    @Test func `The same once more changes nothing and downloads nothing`() async throws {
        let world = try await World()
        try await world.add("github:o/r/v1", as: "p") { $0.isFrozen = true }
        let before = try Data(contentsOf: URL(fileURLWithPath: world.lock))
        world.server.web.clearAccessLog()
        var request = AddRequest(source: "github:o/r/v1")
        request.name = "p"
        let outcome = try await world.pinr().add(request)
        #expect(outcome.change == .unchanged)
        #expect(outcome.pin.frozen?.since == "2025-11-23")
        #expect(try Data(contentsOf: URL(fileURLWithPath: world.lock)) == before)
        #expect(!world.server.accessLog().contains { $0.uri.contains("archive") })
    }

    @Test func `Another source under a name that is taken is refused, and replaces it when forced`() async throws {
        let world = try await World()
        let first = try await world.add("github:o/r", as: "p")
        world.server.web.clearAccessLog()
        await #expect {
            try await world.add("git+\(world.server.baseURL)/o/r.git", as: "p")
        } throws: { ($0 as? Problem)?.code == .exists }
        #expect(try world.pins() == ["p": first])
        #expect(world.server.accessLog().isEmpty)

        let second = try await world.add("git+\(world.server.baseURL)/o/r.git", as: "p") { $0.isForced = true }
        #expect(try world.pins() == ["p": second])
        #expect(second.source.type == "git")
    }

    /// Nix gives back the id it was given, and other programs would look for a commit of that name.
    @Test func `A commit is locked where a tag's own id was asked for`() async throws {
        let world = try await World()
        let tag = try await world.repository.git("rev-parse", "refs/tags/v1")
        let commit = try await world.repository.revision()
        #expect(tag != commit)
        let url = "git+\(world.server.baseURL)/o/r.git"
        for (name, source, at) in [
            ("a", url + "?rev=" + tag, nil), ("b", url, tag), ("c", "github:o/r/" + tag, nil),
            ("d", "git+file://" + world.published.path + "?rev=" + tag, nil),
        ] {
            let pin = try await world.add(source, as: name) { $0.options.at = at }
            #expect(pin.source["at"] == .string(tag), "\(name)")
            #expect(pin.locked.revision == commit, "\(name)")
            if case .git(let git) = pin.locked.fetch { #expect(git.revision == commit, "\(name)") }
        }
        // Hashed once more they are what they were, and nobody is told that anything moved.
        var request = UpdateRequest()
        request.refetches = true
        let report = try await world.pinr().update(request)
        #expect(report.unchanged.count == 4, "\(report)")
        #expect(world.console.notices.isEmpty, "\(world.console.notices)")
        #expect(try await world.pinr().verify([]).verified.count == 4)
    }

    @Test func `What was said of a pin outlives its replacement`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p") { $0.isFrozen = true }
        try world.edit("p") { pin in
            pin.note = "for the tests"
            pin.unknown["later"] = 1
            pin.locked.unknown["later"] = 2
            pin.source["later"] = 3
            pin.source["group"] = "g"
        }
        // It is still the same source.
        var request = AddRequest(source: "github:o/r")
        request.name = "p"
        #expect(try await world.pinr().add(request).change == .unchanged)
        let same = try await world.add("github:o/r", as: "p") { $0.isForced = true }
        #expect(same.note == "for the tests" && same.unknown["later"] == 1 && same.frozen != nil)
        #expect(same.locked.unknown["later"] == 2 && same.source["later"] == 3 && same.source["group"] == "g")
        let other = try await world.add("github:o/r/v1", as: "p") { $0.isForced = true }
        #expect(other.note == "for the tests" && other.unknown["later"] == 1)
        #expect(other.locked.unknown["later"] == 2)
        // What a later version meant by it, it said of another source.
        #expect(other.source["later"] == nil && other.source["group"] == "g")
        #expect(other.frozen == nil, "the reason to freeze one source is none to freeze another")
    }

    @Test(arguments: [("a.zip", 0), ("A.ZIP", 0), ("zipball", 1), ("a.tar", 1)])
    func `A zip archive that is not called so is told of`(name: String, notices: Int) async throws {
        let world = try await World()
        _ = try world.folder.makeDirectory("top")
        try world.folder.write("top/a", "1")
        let zip = try await run(["zip", "-qr", "-", "top"], directory: world.folder.path).stdoutBytes
        try world.server.web.put(name, zip)
        try await world.add("tarball+\(world.server.baseURL)/\(name)", as: "p")
        #expect(world.console.notices.count == notices)
    }

    @Test func `Who sees another tree is told of by all that fetch an archive`() async throws {
        let world = try await World()
        try world.folder.write("a", "1")
        let tar = try await run(["tar", "-c", "a"], directory: world.folder.path).stdoutBytes
        try world.server.web.put("a.tar", tar)
        let url = "\(world.server.baseURL)/a.tar"
        let message =
            "the archive has a single file or symbolic link at its top, and no directory: fetchTarball of Nix before 2.24 "
            + "and of Lix sees another tree; nix-prefetch-url sees another tree"
        try await world.add(url, as: "p")
        #expect(world.console.notices.map(\.message) == [message])
        #expect(world.console.notices.first?.pin == "p" && world.console.notices.first?.hint != nil)
        _ = try await world.pinr().verify([])
        _ = try await world.pinr().hash(url, unpacks: true)
        _ = try await world.pinr().hash("\(world.server.web.root)/a.tar", unpacks: true)
        #expect(world.console.notices.map(\.message) == [message, message, message, message])
        #expect(world.console.notices.map(\.pin) == ["p", "p", nil, nil])
    }

    /// What was inflated fast counts only with its checksum, so that it is downloaded once more, and no oftener.
    @Test(.enabled(if: Inflation.isFastAvailable, "left out: built without ISA-L"))
    func `A wrong gzip checksum is told of by all that fetch an archive, and the hash is Nix's`() async throws {
        let world = try await World()
        try world.folder.write("top/a", "1")
        var archive = try await run(["tar", "-cz", "top"], directory: world.folder.path).stdoutBytes
        try world.server.web.put("right.tar.gz", archive)
        archive[archive.count - 6] ^= 0xFF
        try world.server.web.put("wrong.tar.gz", archive)
        let url = "\(world.server.baseURL)/wrong.tar.gz"
        func downloads() -> Int {
            defer { world.server.web.clearAccessLog() }
            return world.server.accessLog().filter { $0.method == "GET" && $0.uri == "/wrong.tar.gz" }.count
        }
        let right = try await world.add("\(world.server.baseURL)/right.tar.gz", as: "right").locked.fetch.hash
        #expect(world.console.notices.isEmpty)
        #expect(try await world.add(url, as: "p").locked.fetch.hash == right)
        #expect(downloads() == 2)
        let hashed = try await world.pinr().hash(url, unpacks: true, withArchive: true)
        #expect(hashed.digest == right && hashed.archive == SHA256.hash(archive))
        #expect(downloads() == 2)
        #expect(try await world.pinr().verify(["p"]).mismatched.isEmpty)
        #expect(downloads() == 2)
        #expect(
            try await world.pinr().hash("\(world.server.web.root)/wrong.tar.gz", unpacks: true).digest == right)
        let message = "the archive's gzip checksum is not that of its data: Nix takes it all the same"
        #expect(world.console.notices.map(\.message) == [message, message, message, message])
        #expect(world.console.notices.map(\.pin) == ["p", nil, "p", nil])
    }

    @Test func `A dry run says what it would do and writes nothing`() async throws {
        let world = try await World()
        var request = AddRequest(source: "github:o/r")
        request.isDryRun = true
        let outcome = try await world.pinr().add(request)
        #expect(outcome.change == .added)
        #expect(outcome.pin.locked.fetch.hash != nil)
        #expect(!FileManager.default.fileExists(atPath: world.folder.file("pins")))

        try await world.add("github:o/r/v1", as: "r")
        let before = try world.pins()
        request.isForced = true
        #expect(try await world.pinr().add(request).change == .replaced)
        #expect(try world.pins() == before)
    }

    // MARK: Refused before anything is asked of anybody

    @Test func `Two names of one override variable are refused before any request`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "my-lib")
        world.server.web.clearAccessLog()
        let clash = LockfileError(
            .overrideClash(first: "my-lib", second: "my_lib", variable: "PINR_OVERRIDE_my_lib"))
        await #expect(throws: clash) { try await world.add("github:o/r", as: "my_lib") }
        await #expect(throws: clash) {
            try await world.add("github:o/r", as: "my_lib") {
                $0.isForced = true
                $0.isDryRun = true
            }
        }
        #expect(world.server.accessLog().isEmpty)
    }

    @Test(arguments: ["", "a\nb", String(repeating: "n", count: 212)])
    func `What cannot be a name is refused before any request`(name: String) async throws {
        let world = try await World()
        world.server.web.clearAccessLog()
        await #expect {
            try await world.add("github:o/r", as: name)
        } throws: { error in
            if case .invalidName(name, _) = (error as? LockfileError)?.reason { true } else { false }
        }
        #expect(world.server.accessLog().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: world.folder.file("pins")))
    }

    @Test(arguments: [#"{"pins": {}, "version": 2}"#, "{", #"{"pins": {}}"#])
    func `A lock that may not be written is left as it is, before any request`(text: String) async throws {
        let world = try await World()
        try world.folder.write("pins/pins.json", text)
        world.server.web.clearAccessLog()
        await #expect(throws: LockfileError.self) { try await world.add("github:o/r", as: "p") }
        #expect(try world.folder.readText("pins/pins.json") == text)
        #expect(world.server.accessLog().isEmpty)
    }

    @Test func `What fails leaves no lock behind`() async throws {
        let world = try await World()
        for source in ["github:o/gone", "github:o/r/gone", "\(world.server.baseURL)/o/gone.tar.gz"] {
            await #expect(throws: (any Error).self) { try await world.add(source, as: "p") }
        }
        await #expect(throws: TransferError.self) {
            try await world.pinr(isOffline: true).add(AddRequest(source: "github:o/r"))
        }
        #expect(!FileManager.default.fileExists(atPath: world.folder.file("pins")))
    }

    @Test func `Another process that pins the same name meanwhile is not overwritten`() async throws {
        let world = try await World()
        let first = try await world.add("github:o/r", as: "other")
        let store = world.store
        world.console.onProgress { _ in
            _ = try? store.update { try $0.pins.insert(first, as: PinName("p")) }
        }
        await #expect {
            try await world.add("git+\(world.server.baseURL)/o/r.git", as: "p")
        } throws: { ($0 as? Problem)?.code == .exists }
        #expect(try world.pins() == ["other": first, "p": first])
    }

    /// An old Nix that is to leave submodules away takes an archive, in which the attributes have been at work.
    @Test func `Attributes of archives matter beside submodules that are left away`() async throws {
        let world = try await World()
        let library = try await TestRepository(at: world.folder.file("library"))
        try library.write("b", "2")
        let revision = try await library.commit("library")
        _ = try await library.bareCopy(at: world.folder.file("srv/o/library.git"))
        try world.repository.write(".gitattributes", "a export-ignore\n")
        try await world.repository.commit("attributes")
        try await world.publish()
        let source = "git+\(world.server.baseURL)/o/r.git"
        try await world.add(source, as: "without-any")
        #expect(world.console.notices.isEmpty)

        try await world.repository.addSubmodule("lib", url: "../library.git", revision: revision)
        try await world.repository.commit("submodule")
        try await world.publish()
        func archiveNotices() -> [Notice] { world.console.notices.filter { $0.message.contains("export-ignore") } }
        try await world.add(source, as: "with") { $0.options.submodules = true }
        #expect(archiveNotices().isEmpty)
        try await world.add(source, as: "without")
        #expect(archiveNotices().map(\.pin) == ["without"])
        #expect(archiveNotices().first?.message.contains("before 2.20 and Lix") == true)
    }

    @Test func `A time that the lock cannot hold is left out`() async throws {
        let world = try await World()
        // The year 292,277,026,596, as a header that counts in base 256 can say it.
        let script = """
            import tarfile
            tar = tarfile.open('a.tar', 'w', format=tarfile.GNU_FORMAT)
            entry = tarfile.TarInfo('top/a'); entry.mtime = 2 ** 62; tar.addfile(entry); tar.close()
            """
        try await run(["python3", "-c", script], directory: world.folder.file("srv"))
        let pin = try await world.add("tarball+file://\(world.folder.file("srv/a.tar"))", as: "p")
        #expect(pin.locked.lastModified == nil)
        let revision = try await world.repository.revision()
        let copy = "cp a.tar o/r/archive/\(revision).tar.gz"
        try await run(["sh", "-ec", copy], directory: world.folder.file("srv"))
        #expect(try await world.add("github:o/r", as: "q").locked.lastModified == nil)
    }

    @Test func `The same source under a second name is pinned, and said to be there already`() async throws {
        let world = try await World()
        func twins(_ name: String, _ source: String = "github:o/r", isDryRun: Bool = false) async throws -> [String] {
            var request = AddRequest(source: source)
            request.name = name
            request.isDryRun = isDryRun
            return try await world.pinr().add(request).twins.map(\.text)
        }
        #expect(try await twins("a") == [])
        #expect(try await twins("b", isDryRun: true) == ["a"])
        #expect(try await twins("b") == ["a"])
        #expect(try await twins("c") == ["a", "b"])
        #expect(try await twins("d", "github:o/r/v1") == [])
        #expect(try world.pins().count == 4)
    }
}
