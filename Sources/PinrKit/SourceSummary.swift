internal import JSON
public import Lockfile

extension Source {
    /// What is tracked, in one line that reads like the notation of sources.
    public var summary: String {
        func field(_ name: String) -> String? { fields[name]?.string }
        let at = field("at").map { " at \($0)" } ?? ""
        let branch = field("branch").map { " branch \($0)" } ?? ""
        let contents = [("submodules", "submodules"), ("lfs", "LFS objects")]
            .filter { fields[$0.0]?.bool == true }.map(\.1)
        let with = contents.isEmpty ? "" : " with \(contents.joined(separator: " and "))"
        switch type {
        case "channel": return "channel:" + (field("channel") ?? "?") + (field("artifact").map { "#\($0)" } ?? "")
        case "github":
            let host = field("host").map { "?host=\($0)" } ?? ""
            return "github:\(field("owner") ?? "?")/\(field("repo") ?? "?")\(host)\(branch)\(at)\(with)"
        case "git": return "git \(field("url") ?? "?")\(branch)\(at)\(with)"
        default:
            return ([type] + [field("url"), field("name"), field("image")].compactMap { $0 }).joined(separator: " ")
        }
    }
}
