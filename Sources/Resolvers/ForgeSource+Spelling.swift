extension ForgeSource {
    /// The same repository as a URL spells it with other letters, capital or small, where a forge takes them for the same.
    func respelled(in url: String) -> [Self] {
        guard Self.namesIgnoreCase else { return [] }
        let name = "\(repository.owner)/\(repository.repo)"
        let bytes = Array(url.utf8)
        var found: [Self] = []
        // In the address of an API a project may be one component.
        for (separator, written) in [("/", name), ("%2F", name.replacing("/", with: "%2F"))] {
            let wanted = written.utf8.map(\.lowercased)
            for start in bytes.indices where bytes[start...].lazy.map(\.lowercased).starts(with: wanted) {
                let spelling = String(decoding: bytes[start...].prefix(wanted.count), as: UTF8.self)
                let parts = spelling.split(separator: separator, omittingEmptySubsequences: false)
                var other = repository
                other.owner = parts.dropLast().joined(separator: "/")
                other.repo = parts.last.map(String.init) ?? repository.repo
                if other != repository { found.append(Self(other)) }
            }
        }
        return found
    }
}
