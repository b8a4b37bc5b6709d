import Foundation
import JSON
import Lockfile
import Support
import Testing

/// The lock on disk, one process at a time.
@Suite
struct LockStoreTests {
    let directory = TemporaryDirectory()
    var pins: String { directory.file("pins") }
    var store: LockStore { LockStore(location: .directory(pins)) }

    func mode(_ path: String) -> mode_t {
        var attributes = stat()
        return lstat(path, &attributes) == 0 ? attributes.st_mode & 0o7777 : 0
    }

    func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    func add(_ text: String, to store: LockStore) throws -> LockStore.Update<Void> {
        try store.update { document in try document.pins.insert(Sample.pin(text), as: name(text)) }
    }

    // MARK: Making one

    @Test
    func `A lock is made once, with its folder and default.nix`() throws {
        let store = LockStore(location: .directory(directory.file("a/b//pins/")))
        #expect(try created(store.create()) == (true, .written))
        #expect(try names(directory.file("a/b/pins")) == ["default.nix", "pins.json"])
        #expect(try store.read() == LockDocument())
        #expect(try directory.read("a/b/pins/default.nix") == DefaultNix.text)

        _ = try add("x", to: store)
        #expect(try created(store.create()) == (false, .unchanged))
        #expect(try store.read().pins.count == 1)
    }

    @Test
    func `A file alone has no default.nix`() throws {
        let store = LockStore(location: .file(directory.file("lock.json")))
        #expect(try created(store.create()) == (true, nil))
        #expect(try add("x", to: store).defaultNix == nil)
        #expect(try names(directory.path) == ["lock.json"])
        let missing = LockStore(location: .file(directory.file("none/lock.json")))
        #expect(reason { try missing.create() } == .notFound)
    }

    @Test
    func `A relative path is one from the working directory`() async throws {
        // In a process of its own, because the working directory is the process's.
        let path = directory.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            try #require(chdir(path) == 0)
            for location in [LockLocation.directory("pins"), .file("lock.json")] {
                let store = LockStore(location: location)
                try #require(store.create().isNew)
                _ = try store.update { document in try document.pins.insert(Sample.pin(), as: PinName("x")) }
                try #require(store.read().pins.count == 1)
            }
        }
        #expect(try names(path) == ["lock.json", "pins"])
    }

    @Test
    func `A folder whose parent is a file cannot be made`() throws {
        try directory.write("file", "")
        let path = directory.file("file/pins")
        let error = #expect(throws: LockfileError.self) { _ = try LockStore(location: .directory(path)).create() }
        #expect(error?.reason == .system(.makeDirectory, errnum: ENOTDIR))
        #expect(error?.file == path)
    }

    // MARK: Writing

    @Test
    func `An update tells what it found, what it left and what it returned`() throws {
        _ = try store.create()
        let update = try store.update { document in
            try document.pins.insert(Sample.pin(), as: name("x"))
            return 7
        }
        #expect(update.value == 7 && update.isWritten && update.defaultNix == .unchanged)
        #expect(update.before == LockDocument())
        #expect(try update.after == store.read())
        #expect(try store.read().pins.names.map(\.text) == ["x"])
        #expect(try directory.read("pins/pins.json") == update.after.serialized())
        #expect(try names(pins) == ["default.nix", "pins.json"])
    }

    @Test
    func `Nothing is written when nothing would change`() throws {
        _ = try store.create()
        _ = try add("x", to: store)
        func identity() throws -> [String] {
            let attributes = try FileManager.default.attributesOfItem(atPath: store.location.path)
            return [FileAttributeKey.systemFileNumber, .modificationDate].map {
                "\(String(describing: attributes[$0]))"
            }
        }
        let before = try identity()
        let update = try store.update { document in try document.pins.set(Sample.pin("x"), as: name("x")) }
        #expect(!update.isWritten)
        #expect(try identity() == before)
    }

    @Test
    func `Nothing is written when the body throws`() throws {
        _ = try store.create()
        let before = try store.readBytes()
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            _ = try store.update { document in
                try document.pins.insert(Sample.pin(), as: name("x"))
                throw Stop()
            }
        }
        #expect(try store.readBytes() == before)
        #expect(try names(pins) == ["default.nix", "pins.json"])
    }

    @Test
    func `Nothing is written that could not be read again`() throws {
        _ = try store.create()
        let before = try store.readBytes()
        let error = #expect(throws: LockfileError.self) {
            _ = try store.update { document in
                var pin = Sample.pin()
                pin.locked.fetch = .tarball(url: "https://example.org/\n", hash: Sample.hash)
                try document.pins.insert(pin, as: name("x"))
            }
        }
        guard case .field(let path, .controlCharacter)? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path.description == "pins.x.locked.url")
        #expect(try store.readBytes() == before)
    }

    @Test(arguments: [0o600, 0o640, 0o664, 0o444, 0o755] as [mode_t])
    func `The mode of the file is kept`(wanted: mode_t) throws {
        _ = try store.create()
        try #require(chmod(store.location.path, wanted) == 0)
        #expect(try add("x", to: store).isWritten)
        #expect(mode(store.location.path) == wanted)
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives files to others"))
    func `The owner of the file is kept`() throws {
        _ = try store.create()
        try #require(chown(store.location.path, 1234, 4321) == 0)
        _ = try add("x", to: store)
        var attributes = stat()
        try #require(stat(store.location.path, &attributes) == 0)
        #expect(attributes.st_uid == 1234 && attributes.st_gid == 4321)
    }

    @Test
    func `A new file has the mode that the umask allows`() async {
        let path = pins
        await #expect(processExitsWith: .success) { [path = path as String] in
            umask(0o027)
            _ = try LockStore(location: .directory(path)).create()
        }
        #expect(mode(path) == 0o750)
        #expect(mode(path + "/pins.json") == 0o640)
        #expect(mode(path + "/default.nix") == 0o640)
    }

    // MARK: Symbolic links

    @Test(arguments: ["../elsewhere/real.json", "ABSOLUTE"])
    func `A link is written through`(target: String) throws {
        _ = try store.create()
        try directory.makeDirectory("elsewhere")
        let real = directory.file("elsewhere/real.json")
        try #require(rename(store.location.path, real) == 0)
        try #require(chmod(real, 0o604) == 0)
        try #require(symlink(target == "ABSOLUTE" ? real : target, store.location.path) == 0)

        #expect(try add("x", to: store).isWritten)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: store.location.path) != "")
        #expect(try LockStore(location: .file(real)).read().pins.count == 1)
        #expect(try store.read().pins.count == 1)
        #expect(mode(real) == 0o604)
        #expect(try names(directory.file("elsewhere")) == ["real.json"])
        #expect(try names(pins) == ["default.nix", "pins.json"])
    }

    @Test
    func `A link that leads nowhere yet is made to lead to a file`() throws {
        try directory.makeDirectory("pins")
        try #require(symlink("second", store.location.path) == 0)
        try #require(symlink("../third.json", directory.file("pins/second")) == 0)
        #expect(reason { try store.read() } == .notFound)
        #expect(try store.create().isNew)
        #expect(try LockStore(location: .file(directory.file("third.json"))).read() == LockDocument())
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: store.location.path) == "second")
    }

    @Test
    func `Links in a circle are refused`() throws {
        try directory.makeDirectory("pins")
        try #require(symlink("pins.json", store.location.path) == 0)
        let error = #expect(throws: LockfileError.self) { try store.read() }
        #expect(error?.reason == .system(.resolve, errnum: ELOOP) && error?.file == store.location.path)
    }

    @Test
    func `A folder that is a link is written in`() throws {
        _ = try store.create()
        try #require(symlink("pins", directory.file("link")) == 0)
        _ = try add("x", to: LockStore(location: .directory(directory.file("link"))))
        #expect(try store.read().pins.count == 1)
    }

    // MARK: What cannot be read or written

    @Test
    func `A missing lock is told from a broken one`() throws {
        let error = #expect(throws: LockfileError.self) { try store.read() }
        #expect(error == LockfileError(.notFound, file: store.location.path))
        #expect(reason { try store.update { _ in } } == .notFound)
        try directory.makeDirectory("pins")
        #expect(reason { try store.read() } == .notFound)
        #expect(reason { try store.update { _ in } } == .notFound)
        #expect(try names(pins) == [])
    }

    @Test
    func `What is no file is refused, and not waited for`() throws {
        try directory.makeDirectory("pins/pins.json")
        #expect(reason { try store.read() } == .notRegularFile)
        #expect(reason { try store.update { _ in } } == .notRegularFile)
        let pipe = directory.file("pipe")
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(reason { try LockStore(location: .file(pipe)).read() } == .notRegularFile)
        try directory.write("file", "")
        let within = LockStore(location: .directory(directory.file("file")))
        #expect(reason { try within.read() } == .system(.open, errnum: ENOTDIR))
    }

    @Test
    func `Errors about the contents name the file`() throws {
        try directory.write("pins/pins.json", "{\n\"version\": 1,\n}")
        let error = try #require(throws: LockfileError.self) { try store.read() }
        #expect(error.file == store.location.path)
        guard case .malformed(let place) = error.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(place.line == 3 && place.column == 1)
        #expect(throws: error) { _ = try store.update { _ in } }
    }

    @Test
    func `A file of a later version stays as it is`() throws {
        let text = #"{"version": 2, "pins": {}}"#
        try directory.write("pins/pins.json", text)
        let later = LockfileError(.laterVersion(found: 2, supported: 1), file: store.location.path)
        #expect(try store.read().version == 2)
        #expect(throws: later) { _ = try store.update { $0.pins = Pins() } }
        #expect(throws: later) { _ = try store.create() }
        #expect(try directory.readText("pins/pins.json") == text)
        #expect(try names(pins) == ["pins.json"])
    }

    @Test
    func `A disk that is full leaves everything as it was`() async throws {
        _ = try store.create()
        let before = try store.readBytes()
        let path = pins
        await #expect(processExitsWith: .success) { [path = path as String] in
            // No file may grow beyond this: the write fails midway, as it does on a full disk.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100, rlim_max: 100)
            #if canImport(Darwin)
                try #require(setrlimit(RLIMIT_FSIZE, &limit) == 0)
            #else
                try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #endif
            let store = LockStore(location: .directory(path))
            let full = LockfileError(.system(.write, errnum: EFBIG), file: store.location.path)
            let error = #expect(throws: LockfileError.self) {
                try store.update { document in try document.pins.insert(Sample.pin(), as: PinName("x")) }.isWritten
            }
            try #require(error == full)
        }
        #expect(try store.readBytes() == before)
        #expect(try names(path) == ["default.nix", "pins.json"])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become somebody who may not write"))
    func `A folder that cannot be written leaves everything as it was`() async throws {
        _ = try store.create()
        let before = try store.readBytes()
        let path = pins
        try #require(chmod(directory.path, 0o755) == 0 && chmod(path, 0o755) == 0)
        await #expect(processExitsWith: .success) { [path = path as String] in
            try #require(setgid(65534) == 0 && setuid(65534) == 0)
            let store = LockStore(location: .directory(path))
            try #require(store.read() == LockDocument())
            let denied = LockfileError(.system(.create, errnum: EACCES), file: store.location.path)
            #expect(throws: denied) {
                _ = try store.update { document in try document.pins.insert(Sample.pin(), as: PinName("x")) }
            }
            // Who changes nothing needs no permission.
            #expect(try !store.update { _ in }.isWritten)
        }
        #expect(try store.readBytes() == before)
        #expect(try names(path) == ["default.nix", "pins.json"])

        try #require(chmod(path, 0o700) == 0)
        await #expect(processExitsWith: .success) { [path = path as String] in
            try #require(setgid(65534) == 0 && setuid(65534) == 0)
            let store = LockStore(location: .directory(path))
            #expect(reason { try store.read() } == .system(.open, errnum: EACCES))
        }
    }
}
