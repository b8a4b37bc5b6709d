import Dates
import Testing

struct MomentTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_827_696, "2000-02-29T12:34:56Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func `A moment is written as in ISO 8601`(seconds: Int64, text: String) {
        #expect(Moment(secondsSince1970: seconds)?.description == text)
        #expect(Moment(secondsSince1970: seconds)?.minute == String(text.dropFirst(11).prefix(5)))
    }

    @Test(arguments: [-1, .min, 253_402_300_800, .max] as [Int64])
    func `What no calendar has is no moment`(seconds: Int64) {
        #expect(Moment(secondsSince1970: seconds) == nil)
    }
}
