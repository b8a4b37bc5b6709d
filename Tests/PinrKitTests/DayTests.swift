import PinrKit
import Testing

struct DayTests {
    @Test(
        arguments: [
            (0, "1970-01-01"), (-1, "1969-12-31"), (86_399, "1970-01-01"), (86_400, "1970-01-02"),
            (951_782_400, "2000-02-29"), (1_763_855_999, "2025-11-22"), (1_763_856_000, "2025-11-23"),
            (4_102_444_800, "2100-01-01"), (253_402_300_800, "10000-01-01"), (-62_135_596_800, "0001-01-01"),
        ] as [(Int64, String)])
    func `A day is a day in UTC`(seconds: Int64, day: String) {
        #expect(Day(secondsSince1970: seconds).description == day)
    }
}
