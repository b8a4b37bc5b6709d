import Lockfile
import Migration
import Testing

@testable import PinrKit

/// What is said of a pin that goes from one tool to another.
struct ForeignRemarkTests {
    private static let hostile = WordingTests.hostile

    static let remarks: [ForeignRemark] = [
        .staysAtURL(template: hostile), .staysAtRef(hostile), .leftOut([hostile, "b"]),
        .otherRevision(stated: hostile, url: hostile), .notFollowed(Source(type: hostile)), .movesThere,
    ]

    @Test(arguments: remarks)
    func `Every remark has words that do no harm`(_ remark: ForeignRemark) {
        let notice = Notice(remark, pin: "p")
        #expect(notice.pin == "p")
        for text in [notice.message, notice.hint ?? "-"] {
            #expect(!text.isEmpty && !text.hasSuffix("."))
            #expect(text == printable(text, limit: 4000))
            #expect(!text.contains("\u{1B}") && !text.contains("\n"))
        }
    }

    @Test func `No remark is left out of the table`() {
        // Does not compile when there is a case that is not named here.
        func name(_ remark: ForeignRemark) -> String {
            switch remark {
            case .staysAtURL: "staysAtURL"
            case .staysAtRef: "staysAtRef"
            case .leftOut: "leftOut"
            case .otherRevision: "otherRevision"
            case .notFollowed: "notFollowed"
            case .movesThere: "movesThere"
            }
        }
        #expect(Set(Self.remarks.map(name)).count == 6)
    }

    @Test func `Many attributes are not all named`() {
        let notice = Notice(ForeignRemark.leftOut((1...30).map { "a\($0)" }), pin: "p")
        #expect(notice.message.contains("`a10`, …"))
        #expect(!notice.message.contains("`a11`"))
        #expect(Notice(ForeignRemark.leftOut(["vim"]), pin: "p").message == "`vim` of it has no place in a pin")
    }
}
