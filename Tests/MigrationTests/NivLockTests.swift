import JSON
import Lockfile
import Migration
import Testing

/// niv's lock: every form that a source has had there.
struct NivLockTests {
    @Test func everyFormIsReadAsWhatItMeans() throws {
        try Reading.expect(.niv, "niv/sources.json", toBe: "niv/read.json")
    }

    @Test(arguments: [
        "[]", "null", "1", #"{"a": null}"#, #"{"a": 1, "b": {}}"#,
        // Locks of other tools that may lie at the same path.
        #"{"pins": {}, "version": 5}"#, #"{"sources": {}, "version": "1"}"#,
        #"{"nodes": {}, "root": "root", "version": 7}"#,
    ])
    func whatNivDidNotWriteIsRefused(_ text: String) throws {
        #expect(throws: MigrationError.notItsLock(.niv)) {
            try ForeignTool.niv.read(Array(text.utf8), at: Reading.hosts)
        }
    }

    @Test func noSourcesAreNoPins() throws {
        let lock = try ForeignTool.niv.read(Array("{}\n".utf8), at: Reading.hosts)
        #expect(lock.pins.isEmpty && lock.skipped.isEmpty)
    }

    @Test func whatIsNoJSONIsRefused() throws {
        let error = #expect(throws: LockfileError.self) { try ForeignTool.niv.read(Array("{".utf8), at: Reading.hosts) }
        guard case .malformed? = error?.reason else { return #expect(Bool(false), "\(String(describing: error))") }
    }
}
