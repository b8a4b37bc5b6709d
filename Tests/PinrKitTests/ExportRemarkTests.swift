import Lockfile
import Migration
import Testing

@testable import PinrKit

/// What is said of a pin that goes to another tool, and of what niv has and a pin has not.
struct ExportRemarkTests {
    @Test(arguments: [
        ExportRemark.notFollowed(Source(type: WordingTests.hostile)), .movesThere, .leftOut(["note"]),
        .leftOut(Array(repeating: WordingTests.hostile, count: 11)),
    ])
    func `Every remark has words that do no harm`(_ remark: ExportRemark) {
        let notice = Notice(remark, pin: "p")
        #expect(notice.pin == "p")
        #expect(!notice.message.isEmpty && !notice.message.hasSuffix("."))
        #expect(notice.message == printable(notice.message, limit: 4000))
    }
}
