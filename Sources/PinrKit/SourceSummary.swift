internal import JSON
public import Lockfile
internal import Resolvers

extension Source {
    /// What is tracked, in one line that reads like the notation of sources.
    public var summary: String {
        if let source = try? SourceTypes.read(self) { return source.summary }
        // What cannot be read, or only by a later version, is told by what mostly says where a thing is.
        let places = ["url", "name", "image", "channel", "owner", "repo"].compactMap { fields[$0]?.string }
        return ([type] + places).joined(separator: " ")
    }
}
