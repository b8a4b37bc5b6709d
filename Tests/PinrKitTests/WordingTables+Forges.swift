import PinrKit
import Testing
import Transfer
import Updates

/// What can go wrong between a forge and a pull request.
extension WordingTests {
    private static let projects = ForgeProject.Kind.allCases.map {
        ForgeProject($0, webURL: hostile, apiURL: hostile, path: hostile)
    }

    private static func refusal(_ status: Int, _ attempt: Refusal.Attempt) -> Refusal {
        Refusal(url: hostile, status: status, authority: hostile, attempt: attempt)
    }

    private static let attempts: [Refusal.Attempt] = [
        .nothingKnown, .tried(.variable(hostile)), .given, .withheldFromPlainHTTP, .withheldFromRedirect,
    ]

    static let forgeErrors: [(any Error, Problem.Code)] = {
        var errors: [(ForgeError, Problem.Code)] = [
            (.noProject, .usage), (.unknownForge(hostile), .usage),
            (.alreadyExists(head: hostile, url: hostile, said: [hostile]), .exists),
            (.draftsUnsupported(url: hostile), .unsupported),
            (.malformedAnswer(url: hostile, path: hostile, expected: hostile), .badAnswer),
            (.moved(from: hostile, to: hostile), .badAnswer),
        ]
        for project in projects {
            errors.append((.malformedProject(hostile, project.kind), .usage))
            errors.append((.noDefaultBranch(project), .notFound))
            errors.append((.repositoryNotFound(project, nil), .notFound))
            errors.append((.repositoryNotFound(project, refusal(404, .tried(.git))), .notFound))
            for task in ForgeTask.allCases {
                for attempt in attempts {
                    errors.append((.notAuthorised(task, project.kind, refusal(403, attempt), said: [hostile]), .auth))
                }
                errors.append((.notAuthorised(task, project.kind, refusal(404, attempts[1]), said: []), .auth))
            }
        }
        for task in ForgeTask.allCases {
            errors.append((.invalid(task, url: hostile, status: 422, said: [hostile, hostile]), .badAnswer))
        }
        errors.append((.invalid(.comment, url: hostile, status: 404, said: []), .notFound))
        for rule in ForgeRule.allCases { errors.append((.forbidden(rule, url: hostile, said: [hostile]), .auth)) }
        return errors
    }()

    static let forgeWarnings: [ForgeWarning] = {
        let causes: [ForgeWarning.Cause] = [
            .unknown, .passedOver, .refused(status: 422, said: [hostile]), .refused(status: 405, said: []),
            .notAuthorised(.addLabels, .forgejo, said: [hostile]),
            .failed(.connectionLost(url: hostile, detail: hostile)), .answered(.moved(from: hostile, to: hostile)),
        ]
        let obstacles: [ForgeWarning.AutoMergeObstacle] = [.notAllowed, .nothingToWaitFor, .notYet, .draft]
        return [.bodyCut(limit: 7)] + obstacles.map { .autoMerge($0) }
            + causes.flatMap { cause -> [ForgeWarning] in
                [
                    .labels([hostile, hostile], cause), .reviewer(hostile, cause), .assignee(hostile, cause),
                    .autoMerge(.other(cause)), .comment(cause),
                ]
            }
    }()

    @Test(arguments: forgeWarnings)
    func `What a pull request lacks is said without harm`(warning: ForgeWarning) {
        let notice = Notice(warning, on: Self.hostile)
        for text in [notice.message, notice.hint ?? "-"] {
            #expect(!text.isEmpty && !text.hasSuffix(".") && Self.isHarmless(text), "\(text.debugDescription)")
        }
    }

    @Test func `Who may not is told what it takes`() {
        let refusal = Refusal(
            url: "https://api.github.com/x", status: 403, authority: "api.github.com",
            attempt: .tried(.variable("GH_TOKEN")))
        let error = ForgeError.notAuthorised(
            .openPullRequest, .gitHub, refusal, said: ["Resource not accessible by integration"])
        let problem = Problem(describing: error)
        #expect(
            problem.message
                == "the token from `GH_TOKEN` may not open a pull request at `api.github.com` (HTTP 403): Resource not "
                + "accessible by integration")
        #expect(problem.hint == "it needs `pull-requests: write`, or the scope `repo` where it is a classic token")
        let missing = ForgeError.notAuthorised(
            .openPullRequest, .gitLab,
            Refusal(url: "https://gl.example/x", status: 401, authority: "gl.example", attempt: .nothingKnown), said: []
        )
        let stranger = Problem(describing: missing)
        #expect(stranger.message == "GitLab wants a token to open a pull request (HTTP 401)")
        #expect(stranger.hint?.contains("PINR_TOKEN_gl_example") == true && stranger.hint?.contains("`api`") == true)
    }
}
