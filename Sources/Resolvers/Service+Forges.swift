extension Service {
    /// GitHub.
    public static let gitHub = GitHubSource.service
    /// GitLab.
    public static let gitLab = GitLabSource.service
    /// Codeberg, which is Forgejo's best known installation.
    public static let forgejo = ForgejoSource.service
}
