internal import Credentials
internal import Dates
internal import Transfer

extension Problem {
    /// A server that was asked too often: until when, and whose token would be allowed more.
    init(_ limit: RateLimit) {
        var message = "`\(printable(limit.url))` was asked too often (HTTP \(limit.status))"
        var later = "try later"
        if let wait = limit.wait, wait > .zero {
            message += "; it asks to wait \(Self.seconds(wait)) seconds"
            if let end = limit.end.flatMap({ Moment(secondsSince1970: $0) }) {
                message += ", until \(end)"
                later = "try again after that"
            }
        }
        let hint: String
        if let credential = limit.credential {
            hint = later + "; the limit is that of the credential from \(Self.place(credential))"
        } else if limit.authority.isEmpty {
            hint = later
        } else {
            let names = Credentials.variables(for: printable(limit.authority)).map { "`\($0)`" }
            hint = later + ", or set \(names.joined(separator: " or ")): whoever shows a token may ask more often"
        }
        self.init(.rateLimited, message, url: limit.url, hint: hint)
    }

    /// What is said while a request waits until it is made once more.
    static func progress(of wait: RetryWait) -> String {
        let why = wait.status == 429 || wait.status == 403 ? "was asked too often" : "has failed"
        return "waiting \(seconds(wait.duration)) seconds: `\(printable(wait.url))` \(why) (HTTP \(wait.status))"
    }
}
