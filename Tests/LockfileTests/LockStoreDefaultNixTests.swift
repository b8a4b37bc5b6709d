import Foundation
import JSON
import Support
import Testing

@testable import Lockfile

/// What becomes of the `default.nix` beside the lock.
@Suite
struct LockStoreDefaultNixTests {
    let directory = TemporaryDirectory()
    var store: LockStore { LockStore(location: .directory(directory.path)) }

    func note(in document: inout LockDocument) { document.unknown["note"] = "x" }

    @Test
    func `It is made again when it is missing, also when no pin changes`() throws {
        _ = try store.create()
        try FileManager.default.removeItem(atPath: directory.file("default.nix"))
        let update = try store.update { _ in }
        #expect(!update.isWritten && update.defaultNix == .written)
        #expect(try directory.read("default.nix") == DefaultNix.text)
    }

    @Test
    func `One edited by hand is left alone unless replacing it is asked for`() throws {
        _ = try store.create()
        let edited = String(decoding: DefaultNix.text, as: UTF8.self) + "# mine\n"
        try directory.write("default.nix", edited, mode: 0o600)
        let update = try store.update { note(in: &$0) }
        #expect(update.isWritten && update.defaultNix == .keptEdited)
        #expect(try store.create().defaultNix == .keptEdited)
        #expect(try directory.readText("default.nix") == edited)

        #expect(try store.update(replacingDefaultNix: true) { _ in }.defaultNix == .written)
        #expect(try directory.read("default.nix") == DefaultNix.text)
        var attributes = stat()
        try #require(stat(directory.file("default.nix"), &attributes) == 0)
        #expect(attributes.st_mode & 0o7777 == 0o600)
    }

    @Test(arguments: [false, true])
    func `One of a later program is left alone, whatever is asked for`(isForced: Bool) throws {
        let later = DefaultNix.file(generation: DefaultNix.generation + 1, body: Array("{ }\n".utf8))
        try directory.write("default.nix", later)
        #expect(try created(store.create(replacingDefaultNix: isForced)) == (true, .keptNewer))
        let update = try store.update(replacingDefaultNix: isForced) { note(in: &$0) }
        #expect(update.isWritten && update.defaultNix == .keptNewer)
        #expect(try directory.read("default.nix") == later)
    }

    @Test
    func `One from elsewhere is left alone unless replacing it is asked for`() throws {
        try directory.write("default.nix", "{ }: { }\n")
        #expect(try created(store.create()) == (true, .keptForeign))
        #expect(try directory.readText("default.nix") == "{ }: { }\n")
        #expect(try created(store.create(replacingDefaultNix: true)) == (false, .written))
        #expect(try directory.read("default.nix") == DefaultNix.text)
    }

    @Test
    func `That it cannot be written does not cost the pins`() throws {
        try directory.makeDirectory("default.nix")
        let failed = DefaultNixOutcome.failed(LockfileError(.notRegularFile, file: directory.file("default.nix")))
        #expect(try created(store.create()) == (true, failed))
        let update = try store.update { note(in: &$0) }
        #expect(update.isWritten && update.defaultNix == failed)
        #expect(try store.read().unknown == ["note": "x"])
    }
}
