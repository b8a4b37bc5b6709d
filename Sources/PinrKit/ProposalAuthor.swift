/// Who a proposal's commit is of.
enum ProposalAuthor {
    /// The variables that tell git's rules who it is, beside those of the environment.
    ///
    /// What somebody says counts most, then git's own variables and configuration, then the runner's own user: on a runner
    /// nobody has configured git.
    /// - Parameters:
    ///   - given: `NAME <ADDRESS>`.
    ///   - setting: git's configuration.
    /// - Throws: `Problem` for a text that names nobody.
    static func variables(
        given: String?, environment: [String: String], setting: (String) throws -> String?
    ) throws -> [String: String] {
        if let given {
            guard let (name, address) = parse(given) else {
                throw Problem(
                    .usage, "`\(printable(given))` does not say who commits",
                    hint: "it should look like `Jane Doe <jane@example.org>`")
            }
            return variables(name, address, roles: ["AUTHOR", "COMMITTER"])
        }
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let (name, address) = runner(value) else { return [:] }
        var variables: [String: String] = [:]
        for role in ["AUTHOR", "COMMITTER"] {
            let keys = ["\(role.lowercased()).", "user."]
            let hasName = try value("GIT_\(role)_NAME") != nil || keys.contains { try setting($0 + "name") != nil }
            let hasAddress =
                try value("GIT_\(role)_EMAIL") != nil || value("EMAIL") != nil
                || keys.contains { try setting($0 + "email") != nil }
            // Half of one person and half of another would be nobody.
            if !hasName && !hasAddress { variables.merge(self.variables(name, address, roles: [role])) { $1 } }
        }
        return variables
    }

    private static func variables(_ name: String, _ address: String, roles: [String]) -> [String: String] {
        var variables: [String: String] = [:]
        for role in roles {
            variables["GIT_\(role)_NAME"] = name
            variables["GIT_\(role)_EMAIL"] = address
        }
        return variables
    }

    private static func parse(_ text: String) -> (name: String, address: String)? {
        guard let open = text.lastIndex(of: "<"), text.hasSuffix(">") else { return nil }
        let name = text[..<open].split(separator: " ").joined(separator: " ")
        let address = text[text.index(after: open)...].dropLast()
        let isClean = !text.utf8.contains { $0 < 0x20 } && !name.contains("<") && !name.contains(">")
        guard isClean, !name.isEmpty, !address.isEmpty, !address.contains(" "), !address.contains(">")
        else { return nil }
        return (name, String(address))
    }

    /// The user that a forge's runner commits as: on GitHub the one that its own actions use, on GitLab whoever the job
    /// runs for (https://docs.gitlab.com/ci/variables/predefined_variables/), on Forgejo its own user.
    private static func runner(_ value: (String) -> String?) -> (name: String, address: String)? {
        if value("GITLAB_CI") != nil, let name = value("GITLAB_USER_NAME"), let address = value("GITLAB_USER_EMAIL") {
            return (name, address)
        }
        let isForgejo =
            value("FORGEJO_ACTIONS") != nil || value("GITEA_ACTIONS") != nil
            || value("GITHUB_API_URL")?.hasSuffix("/api/v1") ?? false
        if isForgejo { return ("forgejo-actions", "noreply@forgejo.org") }
        if value("GITHUB_ACTIONS") != nil {
            return ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
        }
        return nil
    }
}
