import JSON
import Lockfile
import Migration
import Testing

/// lon's lock: every form that a source has had there.
struct LonLockTests {
    @Test func everyFormIsReadAsWhatItMeans() throws {
        try Reading.expect(.lon, "lon/lon.lock", toBe: "lon/read.json")
    }

    @Test(arguments: ["[]", "{}", #"{"version": "1"}"#, #"{"sources": {}}"#, #"{"sources": [], "version": "1"}"#])
    func whatLonDidNotWriteIsRefused(_ text: String) throws {
        #expect(throws: MigrationError.notItsLock(.lon)) {
            try ForeignTool.lon.read(Array(text.utf8), at: Reading.hosts)
        }
    }

    @Test(arguments: ["2", "0", "01", ""])
    func aVersionThatIsNotKnownIsRefused(_ version: String) throws {
        #expect(throws: MigrationError.unknownVersion(version, newest: 1)) {
            try ForeignTool.lon.read(Array(#"{"sources": {}, "version": "\#(version)"}"#.utf8), at: Reading.hosts)
        }
    }

    @Test func aVersionThatIsANumberIsRefused() throws {
        #expect(throws: MigrationError.unknownVersion("1", newest: 1)) {
            try ForeignTool.lon.read(Array(#"{"sources": {}, "version": 1}"#.utf8), at: Reading.hosts)
        }
    }
}
