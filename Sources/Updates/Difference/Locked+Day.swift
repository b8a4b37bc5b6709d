internal import Dates
internal import Lockfile

extension Locked {
    /// The day that it is from; nil where that is not known, or before 1970 or after the year 9999.
    var day: String? { lastModified.flatMap { Moment(secondsSince1970: $0) }?.day.description }
}
