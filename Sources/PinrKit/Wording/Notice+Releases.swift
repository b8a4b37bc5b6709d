internal import Resolvers

extension Notice {
    /// What is to be said of the release of a package that was taken.
    init(_ remark: ReleaseRemark, pin name: String?) {
        func because(_ reason: String) -> String { reason.isEmpty ? "" : ": \(printable(reason, limit: 400))" }
        switch remark {
        case .deprecated(let version, let reason):
            self.init(
                "\(printable(version)) is deprecated, and nothing that is not can be taken\(because(reason))", pin: name
            )
        case .withdrawn(let version, let reason):
            self.init(
                "\(printable(version)) was withdrawn by its publisher\(because(reason))", pin: name,
                hint: "it is pinned because it was asked for by name; the registry may remove it")
        case .onlyPreReleases(let version):
            self.init(
                "\(printable(version)) is a pre-release: there is no release to take", pin: name,
                hint: "`--pre-releases` says that this is meant")
        case .passedOver(let version, let taken, let lacking):
            self.init(
                "\(printable(version)) is not taken, for it has \(printable(lacking, limit: 1000)); "
                    + "\(printable(taken)) is the newest that will do", pin: name)
        case .notListed(let package):
            self.init(
                "\(printable(package)) is no longer listed by its registry, which only keeps what was there in an archive",
                pin: name)
        }
    }
}
