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
        }
    }
}
