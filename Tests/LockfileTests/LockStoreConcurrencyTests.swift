import Foundation
import JSON
import Lockfile
import Support
import Synchronization
import Testing
import Threads

/// Many at a time, and some that are killed.
@Suite
struct LockStoreConcurrencyTests {
    let directory = TemporaryDirectory()

    @Test
    func `Eight at a time lose nothing, and no reader sees half a file`() async throws {
        let location = LockLocation.file(directory.file("pins.json"))
        _ = try LockStore(location: location).create()
        let isDone = Atomic(false)
        let reads = Atomic(0)
        async let reader: Void = onThread { _ in
            var last = 0
            while !isDone.load(ordering: .acquiring) {
                // Pins are only ever added here: fewer than before would be a lost one.
                let count = try LockStore(location: location).read().pins.count
                guard count >= last else { throw Lost(before: last, after: count) }
                last = count
                reads.add(1, ordering: .relaxed)
            }
        }
        try await withThrowingTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    try await onThread { _ in
                        for index in 0..<15 {
                            _ = try LockStore(location: location).update { document in
                                let text = "pin-\(writer)-\(index)"
                                try document.pins.insert(Sample.pin(text), as: PinName(text))
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        isDone.store(true, ordering: .releasing)
        try await reader
        #expect(reads.load(ordering: .relaxed) > 0)
        let document = try LockStore(location: location).read()
        #expect(document.pins.count == 8 * 15)
        #expect(document.pins.allSatisfy { $0.pin == Sample.pin($0.name.text) })
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["pins.json"])
    }

    struct Lost: Error {
        let before: Int
        let after: Int
    }

    @Test
    func `Processes that come by a link and by its target take turns`() async throws {
        try directory.makeDirectory("real")
        try directory.makeDirectory("linked")
        let real = directory.file("real/pins.json")
        let linked = directory.file("linked/pins.json")
        _ = try LockStore(location: .file(real)).create()
        try #require(symlink("../real/pins.json", linked) == 0)
        try await withThrowingTaskGroup { group in
            for (label, path) in [("a", real), ("b", linked), ("c", real), ("d", linked)] {
                group.addTask {
                    await #expect(processExitsWith: .success) { [label = label as String, path = path as String] in
                        for index in 0..<20 {
                            _ = try LockStore(location: .file(path)).update { document in
                                let text = "\(label)\(index)"
                                try document.pins.insert(Sample.pin(text), as: PinName(text))
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try LockStore(location: .file(real)).read().pins.count == 80)
    }

    /// Another process that has the folder locked until `go` is written.
    func holder(of folder: String) async throws -> BackgroundProcess {
        try await Self.holder(of: folder, until: directory.file("go"))
    }

    private static func holder(of folder: String, until go: String) async throws -> BackgroundProcess {
        let script = "echo locked; while [ ! -e '\(go)' ]; do sleep 0.02; done"
        let holder = try BackgroundProcess(["flock", folder, "sh", "-c", script])
        let isLocked = try await eventually(while: { holder.isRunning }) { holder.output().contains("locked") }
        try #require(isLocked, "\(holder.output())")
        return holder
    }

    @Test(.enabled(if: isInstalled("flock"), "needs flock"))
    func `Who comes second waits, and can be told to stop waiting`() async throws {
        let store = LockStore(location: .directory(directory.file("pins")))
        _ = try store.create()
        let holder = try await holder(of: directory.file("pins"))
        #expect(try store.read() == LockDocument(), "a reader does not wait")

        let cancelled = Task {
            try await onThread { cancellation in
                try store.update(unless: cancellation) { $0.unknown["cancelled"] = true }.isWritten
            }
        }
        let patient = Task { try await onThread { _ in try store.update { $0.unknown["patient"] = true }.isWritten } }
        try await Task.sleep(for: .milliseconds(100))
        cancelled.cancel()
        let error = await #expect(throws: LockfileError.self) { try await cancelled.value }
        #expect(error?.reason == .cancelled)
        #expect(try store.read() == LockDocument(), "nobody writes while another has the lock")

        try directory.write("go", "")
        #expect(try await patient.value)
        #expect(try await holder.wait() == 0)
        #expect(try store.read().unknown == ["patient": true])
    }

    /// Of another process, and never of a disk or a body that takes long: without patience, any wait would be told.
    @Test(.enabled(if: isInstalled("flock"), "needs flock"))
    func `Who is kept waiting is told so, once, and nobody else`() async {
        // In a process of its own: a program that another test starts has for a moment all that is open in this one, and with
        // it the lock.
        await #expect(processExitsWith: .success) { [path = directory.path as String] in
            let (folder, go) = ("\(path)/pins", "\(path)/go")
            let store = LockStore(location: .directory(folder)).with(patience: .zero)
            let notices = Counter()
            _ = try store.create(whenKeptWaiting: notices.add)
            _ = try store.update(whenKeptWaiting: notices.add) { $0.unknown["alone"] = true }
            #expect(notices.value == 0)

            let holder = try await LockStoreConcurrencyTests.holder(of: folder, until: go)
            try await onThread { _ in
                _ = try store.update(
                    whenKeptWaiting: {
                        notices.add()
                        // The other one ends some naps later, and was found to be there more than once by then.
                        #expect(FileManager.default.createFile(atPath: go, contents: nil))
                    }, { $0.unknown["second"] = true })
            }
            #expect(try await holder.wait() == 0)
            #expect(notices.value == 1)
            #expect(try store.read().unknown == ["alone": true, "second": true])
        }
    }

    final class Counter: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.add(1, ordering: .relaxed) }
    }

    @Test(.enabled(if: isInstalled("flock"), "needs flock"), arguments: [false, true])
    func `A file that has moved elsewhere during the wait is found there`(isLinked: Bool) async throws {
        try directory.makeDirectory("old")
        try directory.makeDirectory("new")
        for (folder, text) in [("old", "before"), ("new", "after")] {
            _ = try LockStore(location: .directory(directory.file(folder))).create(
                LockDocument(unknown: ["is": .string(text)]))
        }
        // The path goes through a link, either to the folder or to the file.
        let link = directory.file(isLinked ? "pins.json" : "pins")
        func turn(to folder: String) throws {
            try #require(symlink(folder + (isLinked ? "/pins.json" : ""), link + "~") == 0)
            try #require(rename(link + "~", link) == 0)
        }
        try turn(to: "old")
        let store = LockStore(location: isLinked ? .file(link) : .directory(link))
        let holder = try await holder(of: directory.file("old"))
        let update = Task {
            try await onThread { _ in try store.update { $0.unknown["updated"] = true }.before.unknown }
        }
        try await Task.sleep(for: .milliseconds(100))
        try turn(to: "new")
        try directory.write("go", "")
        #expect(try await update.value == ["is": "after"])
        #expect(try await holder.wait() == 0)
        #expect(try store.read().unknown == ["is": "after", "updated": true])
        #expect(try LockStore(location: .directory(directory.file("old"))).read().unknown == ["is": "before"])
    }

    @Test(.enabled(if: isInstalled("flock"), "needs flock"))
    func `A folder that was replaced during the wait is not written to`() async throws {
        let store = LockStore(location: .directory(directory.file("pins")))
        _ = try store.create(LockDocument(unknown: ["is": "before"]))
        let holder = try await holder(of: directory.file("pins"))
        let update = Task { try await onThread { _ in try store.update { $0.unknown["updated"] = true }.isWritten } }
        try await Task.sleep(for: .milliseconds(100))
        try #require(rename(directory.file("pins"), directory.file("moved")) == 0)
        _ = try store.create(LockDocument(unknown: ["is": "after"]))
        try directory.write("go", "")
        #expect(try await update.value)
        #expect(try await holder.wait() == 0)
        #expect(try store.read().unknown == ["is": "after", "updated": true])
        #expect(try LockStore(location: .directory(directory.file("moved"))).read().unknown == ["is": "before"])
    }

    final class Signal: Sendable {
        private let flag = Atomic(false)
        var isSet: Bool { flag.load(ordering: .acquiring) }
        func set() { flag.store(true, ordering: .releasing) }
    }

    @Test(arguments: 0..<6)
    func `A killed process leaves a whole file and no lock behind`(round: Int) async throws {
        let path = directory.file("pins.json")
        let store = LockStore(location: .file(path))
        _ = try store.create()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int] in
            let isUnderWay = Signal()
            try startThread {
                while !isUnderWay.isSet { usleep(100) }
                usleep(UInt32(round) * 3_701)
                kill(getpid(), SIGKILL)
            }
            var index = 0
            while true {
                _ = try LockStore(location: .file(path)).update { document in
                    let text = "pin-\(index)"
                    try document.pins.insert(Sample.pin(text), as: PinName(text))
                }
                isUnderWay.set()
                index += 1
            }
        }
        let document = try store.read()
        // They were added one after the other: without a gap, each was there to stay once it was there.
        #expect(document.pins.count > 0)
        #expect(Set(document.pins.map(\.name.text)) == Set((0..<document.pins.count).map { "pin-\($0)" }))
        #expect(try store.update { $0.unknown["alive"] = true }.isWritten)
    }

    @Test
    func `What killed processes left is cleared away, and nothing else`() throws {
        let store = LockStore(location: .directory(directory.path))
        _ = try store.create()
        let stale = [".pins.json.0123456789abcdef.tmp", ".default.nix.fedcba9876543210.tmp"]
        let others = [
            ".pins.json.0123456789abcde.tmp", ".pins.json.0123456789abcdeg.tmp", "pins.json.0123456789abcdef.tmp",
            ".pins.json.0123456789abcdef.bak", ".lock.json.0123456789abcdef.tmp", ".pins.json.swp",
        ]
        let young = ".pins.json.00000000deadbeef.tmp"
        for name in stale + others {
            try directory.write(name, "{")
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: directory.file(name))
        }
        try directory.write(young, "{")
        try directory.makeDirectory(".pins.json.00000000cafecafe.tmp")
        try FileManager.default.removeItem(atPath: directory.file("default.nix"))

        _ = try store.update { $0.unknown["x"] = 1 }
        let names = try Set(FileManager.default.contentsOfDirectory(atPath: directory.path))
        #expect(names == Set(["pins.json", "default.nix", young, ".pins.json.00000000cafecafe.tmp"] + others))
    }
}

extension LockStore {
    fileprivate func with(patience: Duration) -> LockStore {
        var store = self
        store.patience = patience
        return store
    }
}
