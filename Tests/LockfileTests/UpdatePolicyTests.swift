import JSON
import Testing

@testable import Lockfile

/// When a pin is updated, and together with which others.
@Suite struct UpdatePolicyTests {
    private static func source(_ fields: JSONObject) -> Source {
        var fields = fields
        fields["url"] = "u"
        return Source(type: "git", fields: fields)
    }

    @Test func `What is written is read again, and nothing else is touched`() throws {
        let source = Self.source(["minimumAge": 7, "schedule": "monday,friday", "group": "tools"])
        let policy = try UpdatePolicy(source)
        #expect(policy.minimumAge == 7 && policy.schedule?.text == "monday,friday" && policy.group == "tools")
        #expect(source.group == "tools" && !policy.isEmpty)
        #expect(Self.source([:]).with(policy) == source)
        #expect(source.with(UpdatePolicy()) == Self.source([:]))
        #expect(try UpdatePolicy(Self.source([:])).isEmpty && Self.source([:]).group == nil)
    }

    @Test(
        arguments: [
            (["minimumAge": 0], "minimumAge", .notMinimumAge("0")),
            (["minimumAge": -7], "minimumAge", .notMinimumAge("-7")),
            (["minimumAge": 36501], "minimumAge", .notMinimumAge("36501")),
            (["minimumAge": "7"], "minimumAge", .wrongType(expected: .number, found: .string)),
            (["minimumAge": .null], "minimumAge", .wrongType(expected: .number, found: .null)),
            (["schedule": "mondays"], "schedule", .notSchedule("mondays")),
            (["schedule": "every 2 weeks"], "schedule", .notSchedule("every 2 weeks")),
            (["schedule": "daily,monday"], "schedule", .notSchedule("daily,monday")),
            (["schedule": "monday,"], "schedule", .notSchedule("monday,")),
            (["schedule": ""], "schedule", .emptyText),
            (["schedule": ["cron": "0 4 * * 1"]], "schedule", .wrongType(expected: .string, found: .object)),
            (["group": ""], "group", .emptyText),
            (["group": "a\nb"], "group", .controlCharacter),
            (["group": ["a"]], "group", .wrongType(expected: .string, found: .array)),
        ] as [(JSONObject, String, FieldProblem)])
    func `What cannot be read is named, and taken for nothing else`(
        fields: JSONObject, field: String, problem: FieldProblem
    ) throws {
        let source = Self.source(fields)
        #expect(throws: LockfileError(.field(FieldPath("source", field), problem))) { try UpdatePolicy(source) }
    }

    @Test func `An age that is no integer is none`() throws {
        let source = Self.source(["minimumAge": .number(try #require(JSONNumber(literal: "1.5")))])
        #expect(throws: LockfileError(.field(FieldPath("source", "minimumAge"), .notInteger("1.5")))) {
            try UpdatePolicy(source)
        }
    }

    // MARK: Schedules

    /// Of each schedule: the days from 2027-12-20, a Monday, to 2028-03-02 that it has, by another calendar's count.
    @Test(
        arguments: [
            ("weekly", [0, 7, 14, 21, 28, 35, 42, 49, 56, 63, 70]),
            ("Monday", [0, 7, 14, 21, 28, 35, 42, 49, 56, 63, 70]),
            ("sunday", [6, 13, 20, 27, 34, 41, 48, 55, 62, 69]),
            // 1 January, 1 February and, with the 29 days of that leap year, 1 March.
            ("monthly", [12, 43, 72]), ("quarterly", [12]),
            ("friday, tuesday", [1, 4, 8, 11, 15, 18, 22, 25, 29, 32, 36, 39, 43, 46, 50, 53, 57, 60, 64, 67, 71]),
        ] as [(String, [Int64])])
    func `A schedule has its days, whatever the hour`(text: String, days: [Int64]) throws {
        let schedule = try #require(Schedule(parsing: text))
        let monday: Int64 = 1_829_260_800
        let found = (0..<74).filter { schedule.includes(monday + $0 * 86400) }
        #expect(found == days)
        #expect(found == (0..<74).filter { schedule.includes(monday + $0 * 86400 + 86399) })
        for (day, next) in zip(days, days.dropFirst()) {
            #expect(schedule.next(after: monday + day * 86400 + 3600) == monday + next * 86400)
        }
    }

    @Test func `Every day is a day of daily, and the next is tomorrow`() throws {
        let schedule = try #require(Schedule(parsing: "DAILY"))
        for time in [-86401, -1, 0, 1, 86399, 1_763_856_000] as [Int64] {
            #expect(schedule.includes(time))
            #expect(schedule.next(after: time) > time && schedule.next(after: time) - time <= 86400)
        }
    }

    @Test func `Days of the week are written in their order, each once`() {
        #expect(Schedule(parsing: " Friday ,monday, FRIDAY")?.text == "monday,friday")
        #expect(Schedule(parsing: "Weekly")?.text == "weekly")
        for text in ["", " ", ",", "mon", "monday friday", "ＭＯＮＤＡＹ", "monday;friday", "1"] {
            #expect(Schedule(parsing: text) == nil, "\(text)")
        }
    }
}
