import Foundation
import Testing

@testable import Resolvers

/// The times of uploads, in every form that registries write.
struct TimestampTests {
    @Test(arguments: [
        "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2000-02-29T00:00:00Z", "2100-03-01T12:00:00Z",
        "1999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-26T04:41:46Z",
    ])
    func `A time is what the calendar says`(text: String) throws {
        let formatter = ISO8601DateFormatter()
        let date = try #require(formatter.date(from: text))
        // Before 1582 Foundation counts by another calendar than RFC 3339.
        let expected = text.hasPrefix("0001") ? -62_135_596_800 : Int64(date.timeIntervalSince1970)
        #expect(Timestamp.seconds(text) == expected)
    }

    @Test(arguments: [
        "2024-05-01T12:34:56Z", "2024-05-01T12:34:56", "2024-05-01 12:34:56", "2024-05-01T12:34:56.789012Z",
        "2024-05-01T12:34:56.1", "2024-05-01T14:34:56+02:00", "2024-05-01T14:34:56.5+0200", "2024-05-01T12:34:56+00:00",
        "2024-05-01T03:04:56-09:30", "2024-05-01 12:34:56 UTC", "2024-05-01t12:34:56z",
    ])
    func `A time is the same in every spelling`(text: String) {
        #expect(Timestamp.seconds(text) == 1_714_566_896)
    }

    @Test(arguments: [
        "", "2024", "2024-05-01", "2024-05-01T", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2023-02-29T00:00:00Z",
        "2024-04-31T00:00:00Z", "2024-05-01T24:00:00Z", "2024-05-01T12:60:00Z", "2024-05-01T12:34:61Z",
        "2024-05-01T12:34:56.Z", "2024-05-01T12:34:56+2", "2024-05-01T12:34:56Zx", "24-05-01T12:34:56Z",
        "١٩٧٠-01-01T00:00:00Z",
    ])
    func `What is no time is none`(text: String) {
        #expect(Timestamp.seconds(text) == nil)
    }
}
