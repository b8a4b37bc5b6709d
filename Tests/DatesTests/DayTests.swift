import Dates
import Testing

struct DayTests {
    @Test(
        arguments: [
            (0, "1970-01-01"), (-1, "1969-12-31"), (86_399, "1970-01-01"), (86_400, "1970-01-02"),
            (951_782_400, "2000-02-29"), (1_763_855_999, "2025-11-22"), (1_763_856_000, "2025-11-23"),
            (4_102_444_800, "2100-01-01"), (253_402_300_800, "10000-01-01"), (-62_135_596_800, "0001-01-01"),
            (-62_198_755_200, "-0001-01-01"), (67_768_036_191_676_799, "2147485547-12-31"),
            (.max, "292277026596-12-04"), (.min, "-292277022657-01-27"),
        ] as [(Int64, String)])
    func `A day is a day in UTC`(seconds: Int64, day: String) {
        #expect(Day(secondsSince1970: seconds).description == day)
    }

    /// Against the days that a year of each kind has; 0, 1600 and 2000 have a leap day, 1900 and 2100 have none.
    @Test(arguments: [(0, -719_528), (1899, -25_932), (9900, 2_896_373)] as [(Int64, Int64)])
    func `Days are those of the Gregorian calendar, there and back`(first: Int64, days: Int64) {
        var number = days
        for year in first..<first + 100 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (index, length) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                let month = Int64(index) + 1
                for dayOfMonth in [1, Int64(length)] {
                    let day = Day(number: number + dayOfMonth - 1)
                    #expect(day.year == year && day.month == month && day.dayOfMonth == dayOfMonth, "\(day)")
                    #expect(Day(year: year, month: month, dayOfMonth: dayOfMonth) == day, "\(day)")
                }
                #expect(Day(year: year, month: month, dayOfMonth: Int64(length) + 1) == nil, "\(year)-\(month)")
                number += Int64(length)
            }
        }
    }

    @Test(arguments: [(2024, 0, 1), (2024, 13, 1), (2024, 1, 0), (-1, 1, 1), (10_000, 1, 1), (2024, .max, .min)])
    func `What is no day is nil`(year: Int64, month: Int64, dayOfMonth: Int64) {
        #expect(Day(year: year, month: month, dayOfMonth: dayOfMonth) == nil)
    }

    @Test func `Weeks begin with Monday`() {
        #expect(Day(secondsSince1970: 0).weekday == 3 && Day(secondsSince1970: -1).weekday == 2)
        #expect((0..<7).map { Day(number: -7 + $0).weekday } == [3, 4, 5, 6, 0, 1, 2])
    }

    @Test func `Days before 1970 are rounded down`() {
        #expect(Day(secondsSince1970: -1).number == -1 && Day(secondsSince1970: -86_400).number == -1)
        #expect(Day(secondsSince1970: -86_401).number == -2)
    }
}
