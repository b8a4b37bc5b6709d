/// What is below the body of every proposal's pull request, by which people and pinr know it.
public enum ProposalFooter {
    private static let beginning = "`pinr propose` made this and keeps it up to date."

    /// - Parameter branch: without `refs/heads/`.
    public static func of(_ branch: String) -> String {
        """

        ---

        \(beginning) It replaces its own commit, and nothing else: once there is any other change on the branch `\(branch)`, \
        it leaves the branch to whoever made it.

        """
    }

    /// Whether a pull request is one that pinr made, by its body.
    static func isBelow(_ body: String) -> Bool { body.contains(beginning) }
}
