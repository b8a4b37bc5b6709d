import Testing

@testable import Updates

/// Which project of which forge is meant.
@Suite struct ForgeProjectTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var options = ForgeOptions()
        var remote: String?
        var environment: [String: String] = [:]
        let kind: ForgeProject.Kind
        let web: String
        let api: String
        let path: String

        var testDescription: String { "\(remote ?? "no remote") \(options.url ?? "") \(environment.count) \(path)" }
    }

    private static let gitHubRunner = [
        "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo/pins", "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_API_URL": "https://api.github.com",
    ]
    private static let enterpriseRunner = [
        "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo/pins", "GITHUB_SERVER_URL": "https://code.example",
        "GITHUB_API_URL": "https://code.example/api/v3",
    ]
    private static let gitLabRunner = [
        "GITLAB_CI": "true", "CI_PROJECT_PATH": "group/sub/pins", "CI_PROJECT_ID": "7",
        "CI_SERVER_URL": "https://code.example:8443/git", "CI_API_V4_URL": "https://code.example:8443/git/api/v4",
    ]
    private static let forgejoRunner = [
        "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo/pins", "GITHUB_SERVER_URL": "https://code.example",
        "GITHUB_API_URL": "https://code.example/api/v1",
    ]

    static let rows: [Row] = [
        // Remotes, in every notation.
        Row(
            remote: "https://github.com/octo/pins.git", kind: .gitHub, web: "https://github.com",
            api: "https://api.github.com", path: "octo/pins"),
        Row(
            remote: "git@github.com:octo/pins.git", kind: .gitHub, web: "https://github.com",
            api: "https://api.github.com", path: "octo/pins"),
        Row(
            remote: "ssh://git@ssh.github.com:443/octo/pins.git", kind: .gitHub, web: "https://github.com",
            api: "https://api.github.com", path: "octo/pins"),
        Row(
            remote: "https://x-access-token:ghs_secret@github.com/octo/pins", kind: .gitHub, web: "https://github.com",
            api: "https://api.github.com", path: "octo/pins"),
        Row(
            remote: "https://GitHub.com/octo/pins/", kind: .gitHub, web: "https://github.com",
            api: "https://api.github.com", path: "octo/pins"),
        Row(
            remote: "https://octocorp.ghe.com/octo/pins", kind: .gitHub, web: "https://octocorp.ghe.com",
            api: "https://api.octocorp.ghe.com", path: "octo/pins"),
        Row(
            remote: "git@gitlab.com:group/sub/deep/pins.git", kind: .gitLab, web: "https://gitlab.com",
            api: "https://gitlab.com/api/v4", path: "group/sub/deep/pins"),
        Row(
            remote: "ssh://git@codeberg.org/octo/pins.git", kind: .forgejo, web: "https://codeberg.org",
            api: "https://codeberg.org/api/v1", path: "octo/pins"),
        Row(
            remote: "https://gitea.com/octo/pins", kind: .forgejo, web: "https://gitea.com",
            api: "https://gitea.com/api/v1", path: "octo/pins"),
        // Hosts that are called as the forge is.
        Row(
            remote: "ssh://git@gitlab.example:2222/group/pins.git", kind: .gitLab, web: "https://gitlab.example",
            api: "https://gitlab.example/api/v4", path: "group/pins"),
        Row(
            remote: "http://gitea.example:3000/octo/pins", kind: .forgejo, web: "http://gitea.example:3000",
            api: "http://gitea.example:3000/api/v1", path: "octo/pins"),
        // Options.
        Row(
            options: ForgeOptions(kind: .gitHub), remote: "https://code.example/octo/pins", kind: .gitHub,
            web: "https://code.example", api: "https://code.example/api/v3", path: "octo/pins"),
        Row(
            options: ForgeOptions(kind: .gitLab, url: "https://code.example/git/"),
            remote: "https://code.example/git/group/pins.git", kind: .gitLab, web: "https://code.example/git",
            api: "https://code.example/git/api/v4", path: "group/pins"),
        Row(
            options: ForgeOptions(kind: .gitLab, url: "code.example/git"), remote: "git@code.example:group/pins.git",
            kind: .gitLab, web: "https://code.example/git", api: "https://code.example/git/api/v4", path: "group/pins"),
        Row(
            options: ForgeOptions(kind: .forgejo, project: "octo/pins"), kind: .forgejo, web: "https://codeberg.org",
            api: "https://codeberg.org/api/v1", path: "octo/pins"),
        Row(
            options: ForgeOptions(project: "else/where"), remote: "https://github.com/octo/pins", kind: .gitHub,
            web: "https://github.com", api: "https://api.github.com", path: "else/where"),
        // Variables that put a forge elsewhere.
        Row(
            remote: "http://127.0.0.1:8080/octo/pins.git", environment: ["PINR_GITHUB_URL": "http://127.0.0.1:8080"],
            kind: .gitHub, web: "http://127.0.0.1:8080", api: "http://127.0.0.1:8080/api/v3", path: "octo/pins"),
        // Runners: without a remote, with one of the same server, and with one of another.
        Row(
            environment: gitHubRunner, kind: .gitHub, web: "https://github.com", api: "https://api.github.com",
            path: "octo/pins"),
        Row(
            environment: enterpriseRunner, kind: .gitHub, web: "https://code.example",
            api: "https://code.example/api/v3",
            path: "octo/pins"),
        Row(
            environment: gitLabRunner, kind: .gitLab, web: "https://code.example:8443/git",
            api: "https://code.example:8443/git/api/v4", path: "group/sub/pins"),
        Row(
            environment: forgejoRunner, kind: .forgejo, web: "https://code.example", api: "https://code.example/api/v1",
            path: "octo/pins"),
        Row(
            remote: "https://gitlab-ci-token:glcbt-secret@code.example:8443/git/group/other.git",
            environment: gitLabRunner, kind: .gitLab, web: "https://code.example:8443/git",
            api: "https://code.example:8443/git/api/v4", path: "group/other"),
        Row(
            remote: "git@code.example:group/other.git", environment: gitLabRunner, kind: .gitLab,
            web: "https://code.example:8443/git", api: "https://code.example:8443/git/api/v4", path: "group/other"),
        Row(
            remote: "https://codeberg.org/octo/other", environment: gitHubRunner, kind: .forgejo,
            web: "https://codeberg.org", api: "https://codeberg.org/api/v1", path: "octo/other"),
        Row(
            remote: "/srv/git/pins.git", environment: gitHubRunner, kind: .gitHub, web: "https://github.com",
            api: "https://api.github.com", path: "octo/pins"),
    ]

    @Test(arguments: rows)
    func `It is found`(row: Row) throws {
        let found = try ForgeProject.find(row.options, remote: row.remote, environment: row.environment)
        #expect(found.kind == row.kind && found.path == row.path)
        #expect(found.webURL == row.web)
        #expect(found.apiURL == row.api)
    }

    @Test(
        arguments: [
            (ForgeOptions(), nil, ForgeError.noProject),
            (ForgeOptions(), "/srv/git/pins.git", .noProject),
            (ForgeOptions(kind: .gitHub), nil, .noProject),
            (ForgeOptions(), "https://code.example/octo/pins", .unknownForge("https://code.example")),
            (ForgeOptions(), "https://github.com/octo", .malformedProject("octo", .gitHub)),
            (ForgeOptions(), "https://github.com/octo/pins/more", .malformedProject("octo/pins/more", .gitHub)),
            (ForgeOptions(project: "../../admin"), "https://github.com/o/r", .malformedProject("../../admin", .gitHub)),
            (ForgeOptions(project: "o/r?x=y"), "https://github.com/o/r", .malformedProject("o/r?x=y", .gitHub)),
            (ForgeOptions(kind: .gitLab, url: "https://a.example"), "https://b.example/g/p", .noProject),
        ] as [(ForgeOptions, String?, ForgeError)])
    func `It is not`(options: ForgeOptions, remote: String?, error: ForgeError) {
        #expect(throws: error) { try ForgeProject.find(options, remote: remote, environment: [:]) }
    }

    @Test(arguments: [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://code.example/api/v3", "https://code.example/api/graphql"),
    ])
    func `GraphQL is beside it`(api: String, graphQL: String) {
        #expect(ForgeProject(.gitHub, webURL: "https://x", apiURL: api, path: "o/r").graphQLURL == graphQL)
    }

    @Test(
        arguments: [
            (DraftMark.gitLab, "Draft: Update", "Update", true), (.gitLab, "[Draft] WIP: Update", "Update", true),
            (.gitLab, "Drafting rules", "Drafting rules", false), (.forgejo, "WIP: Update", "Update", true),
            (.forgejo, "[wip] Update", "Update", true), (.forgejo, "Draft: Update", "Draft: Update", false),
        ] as [(DraftMark, String, String, Bool)])
    func `A title says that it is a draft`(mark: DraftMark, text: String, title: String, isDraft: Bool) {
        #expect(mark.split(text) == (title, isDraft))
        #expect(mark.split(mark.marked(title, limit: 255)) == (title, true))
    }
}
