internal import Migration
internal import Resolvers

extension Notice {
    /// What another tool did with a pin, and pinr does not.
    init(_ remark: ForeignRemark, _ source: any SourceType, pin name: String) {
        switch remark {
        case .registry(let entry):
            self.init(
                "`\(printable(entry))` was looked up in the registry of flakes; from now on "
                    + "`\(printable(source.summary))` is tracked", pin: name)
        case .signedCommits:
            self.init(
                "the signatures of its commits were compared with keys, and are not any more", pin: name,
                hint: "the hash still says that nothing but the locked tree is used")
        case .storeName(let storeName):
            self.init(
                "its store path was called `\(printable(storeName))`, and is called as that of any pin now", pin: name)
        case .inputsFollow(let inputs):
            let followed = inputs.map { following in
                let target = following.path.isEmpty ? "the flake" : following.path.joined(separator: "/")
                return "`\(printable(following.input))` follow `\(printable(target))`"
            }
            self.init(
                "the flake had its \(followed.joined(separator: ", ")), which is for Nix code to say now", pin: name,
                hint: "`sources.NAME { inputs = { … }; }` overrides the inputs of a flake")
        }
    }
}
