import Foundation
import JSON
import NixHash
import Support
import Testing
import Threads

@testable import Lockfile

/// What the lock was, on disk: who keeps it, where, and who may see it.
struct LockStoreUndoTests {
    let directory = TemporaryDirectory()
    var pins: String { directory.file("pins") }
    var state: String { directory.file("state/pinr") }

    init() throws { try directory.makeDirectory("state") }

    func store(
        _ command: String = "add", _ environment: [String: String]? = nil,
        mayKeep: @escaping @Sendable ([UInt8]) -> Bool = { _ in true }
    ) -> LockStore {
        let folder = StateFolder(environment: environment ?? ["XDG_STATE_HOME": directory.file("state")])
        return LockStore(
            location: .directory(pins),
            recorder: StateRecorder(folder: folder, command: command, clock: { 1_763_856_000 }, mayKeep: mayKeep))
    }

    func add(_ names: String..., to store: LockStore? = nil) throws {
        for text in names {
            _ = try (store ?? self.store()).update { try $0.pins.insert(Sample.pin(text), as: name(text)) }
        }
    }

    func names() throws -> [String] { try store().read().pins.names.map(\.text) }

    @discardableResult
    func undo(
        _ direction: LockStore.UndoDirection = .back, isForced: Bool = false, isDryRun: Bool = false
    ) throws -> LockStore.UndoOutcome {
        try store("undo").undo(direction, isForced: isForced, isDryRun: isDryRun)
    }

    func error(_ body: () throws -> some Any) -> UndoError? {
        do {
            _ = try body()
            return nil
        } catch { return error as? UndoError }
    }

    /// The folder of the one lock that is remembered.
    func folder() throws -> String {
        let locks = try FileManager.default.contentsOfDirectory(atPath: "\(state)/locks")
        return "\(state)/locks/\(try #require(locks.first))"
    }

    func mode(_ path: String) -> mode_t {
        var attributes = stat()
        return lstat(path, &attributes) == 0 ? attributes.st_mode & 0o7777 : 0
    }

    func commands() throws -> [String?] { try store().undoSteps().steps.done.map(\.command) }

    // MARK: There and back

    @Test func `The very bytes come back, with default.nix beside them`() throws {
        _ = try store().create()
        try directory.write("pins/pins.json", "{ \"pins\" : {},\n\n \"version\":1, \"mine\": [1.50] }")
        let old = try directory.read("pins/pins.json")
        try add("x")
        let new = try directory.read("pins/pins.json")
        try FileManager.default.removeItem(atPath: "\(pins)/default.nix")
        #expect(try undo(isDryRun: true).new == old)
        #expect(try directory.read("pins/pins.json") == new)
        let outcome = try undo()
        #expect(outcome.old == new && outcome.new == old && outcome.defaultNix == .written)
        #expect(try directory.read("pins/pins.json") == old)
        #expect(try directory.read("pins/default.nix") == DefaultNix.text)
        #expect(try undo(.forward).new == new)
        #expect(try directory.read("pins/pins.json") == new)
    }

    @Test func `A lock that was made is taken away, and made again`() throws {
        _ = try store("init").create()
        try undo()
        #expect(try FileManager.default.contentsOfDirectory(atPath: pins) == [])
        #expect(error { try undo() } == .nothingToUndo(isAllUndone: true))
        try undo(.forward)
        #expect(try FileManager.default.contentsOfDirectory(atPath: pins).sorted() == ["default.nix", "pins.json"])
        // A default.nix that somebody edited is somebody's.
        try directory.write("pins/default.nix", DefaultNix.text + Array("# mine\n".utf8))
        try undo()
        #expect(try FileManager.default.contentsOfDirectory(atPath: pins) == ["default.nix"])
    }

    @Test func `A lock that was deleted is put back, with its folder`() throws {
        _ = try store().create()
        try add("x", "y")
        let bytes = try directory.read("pins/pins.json")
        try FileManager.default.removeItem(atPath: pins)
        #expect(try undo(isDryRun: true).steps.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: pins))
        #expect(try undo().steps.isEmpty)
        #expect(try directory.read("pins/pins.json") == bytes)
        #expect(try directory.read("pins/default.nix") == DefaultNix.text)
        #expect(try undo().steps.map(\.step.command) == ["add"])
        #expect(try names() == ["x"])
    }

    @Test func `A symbolic link stays one, and leads to one memory whatever the path`() throws {
        _ = try store().create()
        try FileManager.default.createSymbolicLink(atPath: directory.file("link"), withDestinationPath: "pins")
        let other = LockStore(location: .file(directory.file("link/pins.json")), recorder: store("freeze").recorder)
        try add("x", to: other)
        #expect(try commands() == ["add", "freeze"])
        try FileManager.default.moveItem(atPath: "\(pins)/pins.json", toPath: directory.file("real.json"))
        try FileManager.default.createSymbolicLink(atPath: "\(pins)/pins.json", withDestinationPath: "../real.json")
        try add("y")
        try undo()
        #expect(try names() == ["x"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(pins)/pins.json") == "../real.json")
    }

    // MARK: What others did

    @Test func `What others changed is refused with both states, and by force goes and comes back`() throws {
        _ = try store().create()
        try add("x")
        let left = try directory.read("pins/pins.json")
        try directory.write("pins/pins.json", "<<<<<<< ours\n")
        let now = try directory.read("pins/pins.json")
        guard case .changedOutside(_, left, now) = error({ try undo() }) else {
            Issue.record("it is not refused")
            return
        }
        try undo(isForced: true)
        #expect(try names() == [])
        try undo(.forward)
        #expect(try names() == ["x"])
        try undo(.forward)
        #expect(try directory.read("pins/pins.json") == now)
    }

    @Test func `A lock of a later version is left alone`() throws {
        _ = try store().create()
        try add("x")
        try directory.write("pins/pins.json", #"{"pins":{},"version":9}"#)
        #expect(
            reason { try undo(isForced: true) }
                == .laterVersion(found: 9, supported: LockDocument.currentVersion))
        #expect(try directory.readText("pins/pins.json") == #"{"pins":{},"version":9}"#)
    }

    @Test func `A command that was ended between remembering and writing has lost nothing`() throws {
        _ = try store().create()
        try add("x")
        let (old, new) = (try directory.read("pins/pins.json"), try LockDocument().serialized())
        #expect(store("remove").recorder?.record(store().realPath, before: old, after: new) != nil)
        guard case .alreadyBack = error({ try undo() }) else {
            Issue.record("it is not told")
            return
        }
        #expect(try directory.read("pins/pins.json") == old)
        try undo(.forward)
        #expect(try names() == [])
        try undo()
        #expect(try names() == ["x"])
    }

    @Test func `What could not be written is not remembered`() throws {
        _ = try store().create()
        try add("x")
        let old = try directory.read("pins/pins.json")
        let retract = try #require(store("remove").recorder?.record(store().realPath, before: old, after: [1]))
        #expect(try commands() == ["add", "add", "remove"])
        retract()
        #expect(try commands() == ["add", "add"])
        try undo()
        #expect(try names() == [])
    }

    // MARK: The folder

    @Test func `Nobody else may look into it`() throws {
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        try setMode(state, 0o777)
        _ = try store().create()
        try add("x")
        store().noteVerified([(try name("x"), Sample.pin("x"))], at: 5)
        for path in [state, "\(state)/locks", try folder()] { #expect(mode(path) == 0o700, "\(path)") }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder())
        #expect(files.count == 4)
        for file in files { #expect(mode("\(try folder())/\(file)") == 0o600, "\(file)") }
    }

    @Test(arguments: ["", "/locks", "/locks/lock", "/locks/lock/steps.json", "/locks/lock/state"])
    func `A link that somebody planted is not followed, and stops no command`(_ place: String) throws {
        _ = try store().create()
        let elsewhere = try directory.makeDirectory("elsewhere")
        let victim = try directory.write("victim", "precious")
        let old = try directory.read("pins/pins.json")
        let name = StateFolder.name(of: store().realPath)
        let path =
            state
            + place.replacing("/lock/", with: "/\(name)/").replacing(#//lock$/#, with: "/\(name)")
            .replacing(#/state$/#, with: PinStates.stateName(SHA256.hash(old)))
        try FileManager.default.removeItem(atPath: path)
        let isFile = path.hasSuffix(".json")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: isFile ? victim : elsewhere)
        try add("x")
        #expect(try names() == ["x"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere) == [])
        #expect(try directory.readText("victim") == "precious")
        #expect(throws: (any Error).self) { try undo() }
        #expect(try names() == ["x"])
    }

    @Test func `Damaged states are not gone to, and damaged steps are forgotten`() throws {
        _ = try store().create()
        let empty = try directory.read("pins/pins.json")
        try add("x")
        let file = "\(try folder())/\(PinStates.stateName(SHA256.hash(empty)))"
        try Data("{}".utf8).write(to: URL(fileURLWithPath: file))
        guard case .stateLost = error({ try undo() }) else {
            Issue.record("a damaged state is not noticed")
            return
        }
        #expect(try names() == ["x"])
        try Data("{".utf8).write(to: URL(fileURLWithPath: "\(try folder())/steps.json"))
        #expect(error { try undo() } == .nothingToUndo(isAllUndone: false))
        try add("y")
        try undo()
        #expect(try names() == ["x"])
        // What a later program has written stays.
        let later = Data(#"{"version": 2}"#.utf8)
        try later.write(to: URL(fileURLWithPath: "\(try folder())/steps.json"))
        try add("z")
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(try folder())/steps.json")) == later)
        guard case .unusable = error({ try undo() }) else {
            Issue.record("a later version is not told")
            return
        }
    }

    @Test func `States that no step leads to go`() throws {
        _ = try store().create()
        try add("stays")
        for number in 1...30 {
            try add("x\(number)")
            _ = try store().update { _ = try $0.pins.remove(name("x\(number)")) }
        }
        for number in 1...30 { try add("y\(number)") }
        #expect(try commands().count == UndoSteps.most)
        // The steps, and a state before each and after the last.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder()).count == UndoSteps.most + 2)
        for _ in 0..<UndoSteps.most { try undo() }
        #expect(try names() == ["stays"] + (1...10).map { "y\($0)" }.sorted())
    }

    @Test func `Nobody's home is made, and nothing stops a command`() throws {
        let home = directory.file("nobody")
        for environment in [
            [:], ["HOME": home], ["HOME": "relative", "XDG_STATE_HOME": "relative"], ["HOME": ""],
            ["XDG_STATE_HOME": "/dev/null/x"], ["XDG_STATE_HOME": "/proc/x"],
        ] {
            let store = store("add", environment)
            _ = try store.create()
            try add("x", to: store)
            store.noteVerified([(try name("x"), Sample.pin("x"))], at: 5)
            #expect(store.verificationTimes() == VerificationTimes())
            let isNowhere = StateFolder(environment: environment) == nil
            let error = error { try store.undo(.back, isForced: false, isDryRun: false) }
            #expect(isNowhere ? error == .nowhere : error != .nowhere)
            try FileManager.default.removeItem(atPath: pins)
        }
        #expect(!FileManager.default.fileExists(atPath: home))
        // A home that is there gets what is missing below it.
        try directory.makeDirectory("home")
        let store = store("add", ["HOME": directory.file("home")])
        _ = try store.create()
        #expect(mode(directory.file("home/.local/state/pinr")) == 0o700)
        #expect(try store.undo(.back, isForced: false, isDryRun: true).new == nil)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can make what is somebody else's"))
    func `What is somebody else's is not used`() throws {
        let home = try directory.makeDirectory("other")
        #expect(chown(home, 65534, 65534) == 0)
        let store = store("add", ["HOME": home])
        _ = try store.create()
        #expect(try FileManager.default.contentsOfDirectory(atPath: home) == [])
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        #expect(chown(state, 65534, 65534) == 0)
        try add("x")
        #expect(try FileManager.default.contentsOfDirectory(atPath: state) == [])
    }

    @Test func `Locks that were not used for more than a year are forgotten`() throws {
        _ = try store().create()
        let old = try folder()
        let times = [
            timeval(tv_sec: time(nil) - 401 * 86400, tv_usec: 0), timeval(tv_sec: time(nil) - 401 * 86400, tv_usec: 0),
        ]
        #expect(utimes(old, times) == 0)
        try directory.write("state/pinr/locks/other/mine", "x")
        try add("x")
        // Using it is enough not to be forgotten.
        let second = LockStore(location: .file(directory.file("second.json")), recorder: store().recorder)
        _ = try second.create()
        #expect(FileManager.default.fileExists(atPath: old))
        #expect(utimes(old, times) == 0)
        let third = LockStore(location: .file(directory.file("third.json")), recorder: store().recorder)
        _ = try third.create()
        #expect(!FileManager.default.fileExists(atPath: old))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(state)/locks").count == 3)
        #expect(try second.undo(.back, isForced: false, isDryRun: true).new == nil)
    }

    @Test func `What has a secret in it is not kept`() throws {
        _ = try store().create()
        try directory.write("pins/pins.json", #"{"pins":{},"token":"hunter22222","version":1}"#)
        let careful = store("add") { !String(decoding: $0, as: UTF8.self).contains("hunter22222") }
        try add("x", to: careful)
        #expect(try names() == ["x"])
        #expect(error { try careful.undo(.back, isForced: true, isDryRun: false) } == .secretInLock)
        for file in try FileManager.default.contentsOfDirectory(atPath: folder()) {
            #expect(try !String(contentsOfFile: "\(folder())/\(file)", encoding: .utf8).contains("hunter22222"))
        }
    }

    // MARK: Times of verification

    @Test func `A pin was verified as it was locked then, and is forgotten with it`() throws {
        _ = try store().create()
        try add("x", "y")
        let (x, y) = (try name("x"), try name("y"))
        store().noteVerified([(x, Sample.pin("x")), (y, Sample.pin("y"))], at: 5)
        store().noteVerified([(x, Sample.pin("x"))], at: 7)
        #expect(store().verificationTimes().time(of: x, Sample.pin("x")) == 7)
        #expect(store().verificationTimes().time(of: y, Sample.pin("y")) == 5)
        #expect(store().verificationTimes().time(of: x, Sample.pin("moved")) == nil)
        // What is known besides the fetch says nothing of its hash.
        var pin = Sample.pin("x")
        pin.note = "n"
        pin.locked.lastModified = 9
        #expect(store().verificationTimes().time(of: x, pin) == 7)
        _ = try store().update { _ = try $0.pins.remove(y) }
        store().noteVerified([(x, Sample.pin("x"))], at: 8)
        #expect(store().verificationTimes().time(of: y, Sample.pin("y")) == nil)
        #expect(LockStore(location: .directory(pins)).verificationTimes() == VerificationTimes())
        // Undoing touches none of it.
        try undo()
        #expect(store().verificationTimes().time(of: x, Sample.pin("x")) == 8)
    }
}
