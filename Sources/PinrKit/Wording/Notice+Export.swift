internal import Lockfile
internal import Migration

extension Notice {
    /// What another tool does otherwise with a pin that is written for it.
    init(_ remark: ExportRemark, pin name: String) {
        switch remark {
        case .notFollowed(let source):
            self.init(
                "the tool does not follow \(printable(source.summary)): there it stays where it is", pin: name)
        case .movesThere:
            self.init("it stays where it is here, and the tool moves it when it updates", pin: name)
        case .leftOut(let members):
            let list = members.prefix(10).map { "`\(printable($0))`" }.joined(separator: ", ")
            self.init("the tool has no place for its \(list)\(members.count > 10 ? ", …" : "")", pin: name)
        }
    }
}
