import Support
import Testing
import Transfer

@testable import Updates

/// What is the same on every forge.
@Suite struct PullRequestTests {
    @Test(arguments: PullRequestForge.Kind.allCases)
    func `One is opened, found, refreshed and closed`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(
            kind, rules: #""users": ["ann", "Bob"], "labels": ["dependencies", "nix"], "organisation": true"#)
        let (forge, pulls) = (forging.forge, forging.pulls)
        #expect(try await pulls.defaultBranch() == "main")
        #expect(try await pulls.open(headPrefix: "pinr/").isEmpty)

        var wanted = try await forging.wanted()
        wanted.labels = ["dependencies", "nix"]
        wanted.reviewers = ["ann"]
        wanted.assignees = ["bob"]
        let created = try await pulls.create(wanted)
        #expect(created.number == 1 && created.title == wanted.title && created.warnings.isEmpty)
        #expect(created.url.hasPrefix("\(forge.baseURL)/\(forge.project)/"))
        let there = try #require(try forge.pullRequests().first)
        #expect(there.head == "pinr/all" && there.base == "main" && there.body == wanted.body && !there.draft)
        #expect(there.labels == ["dependencies", "nix"] && there.reviewers == ["ann"] && there.assignees == ["Bob"])

        // As it is wanted: nothing is sent.
        let found = try #require(try await pulls.open(headPrefix: "pinr/").first)
        #expect(found.body == wanted.body && found.labels == created.labels && found.reviewers == ["ann"])
        let before = forge.writes().count
        #expect(try await pulls.refresh(found, to: wanted) == found)
        #expect(forge.writes().count == before)

        // What people add stays, and only what differs is sent.
        try await forge.push("next", onto: "main")
        wanted.title = "Update two pins"
        let refreshed = try await pulls.refresh(found, to: wanted)
        #expect(refreshed.title == "Update two pins" && refreshed.body == wanted.body)
        let last = try #require(forge.requests().last { $0.method != "GET" })
        #expect(last.body == #"{"title":"Update two pins"}"#)
        wanted.labels.append("pins")
        wanted.base = "next"
        try forge.obey(#""users": ["ann", "Bob"], "labels": ["dependencies", "nix", "pins"], "organisation": true"#)
        let moved = try await pulls.refresh(refreshed, to: wanted)
        #expect(moved.base == "next" && moved.reviewers == ["ann"])

        #expect(try await pulls.close(moved, comment: "No longer needed.").isEmpty)
        let closed = try #require(try forge.pullRequests().first)
        #expect(closed.state == "closed" && closed.comments == ["No longer needed."])
        #expect(try await pulls.open(headPrefix: "pinr/").isEmpty)
        #expect(forge.requests().allSatisfy { $0.isAuthorised })
        #expect(forge.violations().isEmpty, "\(forge.violations())")
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `All pages are read, and forks have nothing of ours`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind, rules: #""page": 2"#)
        try await forging.forge.push("pinr/a")
        for number in 1...5 { try await forging.forge.put(#"{"title": "t\#(number)", "head": "pinr/\#(number)"}"#) }
        for fork in ["true", #""gone""#] {
            try await forging.forge.put(#"{"title": "theirs", "head": "pinr/1", "fork": \#(fork)}"#)
        }
        try await forging.forge.put(#"{"title": "other", "head": "feature"}"#)
        try await forging.forge.put(#"{"title": "old", "head": "pinr/old", "state": "closed"}"#)
        #expect(try await forging.pulls.open(headPrefix: "pinr/").map(\.number) == [1, 2, 3, 4, 5])
        #expect(try await forging.pulls.open(headPrefix: "pinr/3").map(\.title) == ["t3"])
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `Of an answer that is lost no second one comes`(kind: PullRequestForge.Kind) async throws {
        for (status, after) in [(502, true), (0, true), (502, false), (0, false)] {
            let answer = #"{"status": \#(status), "body": "<html>", "after": \#(after)}"#
            let rules = #""fail": {"POST (pulls|merge_requests)$": [\#(answer)]}"#
            let forging = try await Forging(kind, isDirect: status == 0, rules: rules)
            let created = try await forging.pulls.create(try await forging.wanted())
            #expect(created.number == 1 && created.title == "Update pins")
            #expect(try forging.forge.pullRequests().count == 1)
            #expect(forging.pauses.durations.isEmpty == after)
            #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
        }
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `Who fails for good is believed in the end`(kind: PullRequestForge.Kind) async throws {
        let answers = Array(repeating: #"{"status": 503, "body": "<html>"}"#, count: 9).joined(separator: ",")
        let forging = try await Forging(kind, rules: #""fail": {"POST (pulls|merge_requests)$": [\#(answers)]}"#)
        let error = await #expect(throws: TransferError.self) {
            try await forging.pulls.create(try await forging.wanted())
        }
        guard case .status(503, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try forging.forge.pullRequests().isEmpty && forging.pauses.durations.count == 2)
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `One that is open already is refreshed`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind)
        let wanted = try await forging.wanted()
        try await forging.forge.put(#"{"title": "before", "head": "pinr/all", "base": "main"}"#)
        let created = try await forging.pulls.create(wanted)
        #expect(created.number == 1)
        let there = try forging.forge.pullRequests()
        #expect(there.count == 1 && there.first?.title == "Update pins" && there.first?.body == wanted.body)
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A limit that is over soon is waited for`(kind: PullRequestForge.Kind) async throws {
        let status = kind == .github ? 403 : 429
        let body = #"{"message": "You have exceeded a secondary rate limit. Please wait."}"#
        let limit = { (headers: String) in
            #""fail": {"POST (pulls|merge_requests)$": [{"status": \#(status), "headers": {\#(headers)}, "body": \#(body)}]}"#
        }
        let soon = try await Forging(kind, rules: limit(#""Retry-After": "7""#))
        _ = try await soon.pulls.create(try await soon.wanted())
        #expect(soon.pauses.durations == [.seconds(7)])
        #expect(try soon.forge.pullRequests().count == 1)

        let silent = try await Forging(kind, rules: limit(""))
        _ = try await silent.pulls.create(try await silent.wanted())
        #expect(silent.pauses.durations == [.seconds(60)])

        let late = try await Forging(kind, rules: limit(#""Retry-After": "3600""#))
        let error = await #expect(throws: TransferError.self) {
            try await late.pulls.create(try await late.wanted())
        }
        guard case .rateLimited(let found) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found.wait == .seconds(3600) && found.credential == .variable("TOKEN"))
        #expect(late.pauses.durations.isEmpty)
        #expect(try late.forge.pullRequests().isEmpty)
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A draft is one, and stays what people make of it`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind)
        var wanted = try await forging.wanted()
        wanted.isDraft = true
        wanted.autoMerge = .usual
        let created = try await forging.pulls.create(wanted)
        #expect(created.isDraft && created.title == "Update pins" && created.warnings == [.autoMerge(.draft)])
        let mark = [PullRequestForge.Kind.github: "", .gitlab: "Draft: ", .forgejo: "WIP: "][kind] ?? ""
        #expect(try forging.forge.pullRequests().first?.title == mark + "Update pins")
        // A new title keeps the mark, and does not bring it back.
        wanted.title = "Update more pins"
        wanted.autoMerge = nil
        let renamed = try await forging.pulls.refresh(created, to: wanted)
        #expect(renamed.isDraft)
        #expect(try forging.forge.pullRequests().first?.title == mark + "Update more pins")
        var ready = renamed
        ready.isDraft = false
        wanted.title = "Update"
        _ = try await forging.pulls.refresh(ready, to: wanted)
        #expect(try forging.forge.pullRequests().first?.title == "Update")
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `What cannot be added is said, and the rest is there`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(
            kind, rules: #""users": ["ann"], "outsiders": ["eve"], "labels": ["nix"], "teams": ["core"]"#)
        var wanted = try await forging.wanted()
        wanted.labels = ["nix", "brand-new"]
        wanted.reviewers = ["nobody", "ann", "eve"]
        wanted.assignees = ["eve", "ann", "nobody"]
        let created = try await forging.pulls.create(wanted)
        let there = try #require(try forging.forge.pullRequests().first)
        #expect(there.reviewers == ["ann"] && there.assignees == ["ann"])
        func names(_ warnings: [ForgeWarning]) -> [String] {
            warnings.map {
                switch $0 {
                case .labels(let names, _): "labels \(names.joined(separator: ","))"
                case .reviewer(let name, _): "reviewer \(name)"
                case .assignee(let name, _): "assignee \(name)"
                case .autoMerge, .comment, .bodyCut: "other"
                }
            }.sorted()
        }
        var expected = ["assignee eve", "assignee nobody", "reviewer eve", "reviewer nobody"]
        // The others make a label that is not there.
        if kind == .forgejo { expected.append("labels brand-new") }
        #expect(names(created.warnings) == expected.sorted())
        #expect(there.labels == (kind == .forgejo ? ["nix"] : ["nix", "brand-new"]))
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `A text that is too long is cut, and is the same the next time`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind)
        var wanted = try await forging.wanted()
        wanted.title = String(repeating: "ü", count: 300)
        wanted.body = String(repeating: "é", count: forging.pulls.bodyLimit + 1)
        let created = try await forging.pulls.create(wanted)
        #expect(created.warnings == [.bodyCut(limit: forging.pulls.bodyLimit)])
        let there = try #require(try forging.forge.pullRequests().first)
        #expect(there.body.unicodeScalars.count == forging.pulls.bodyLimit && there.title.hasSuffix("ü…"))
        let before = forging.forge.writes().count
        let found = try #require(try await forging.pulls.open(headPrefix: "pinr/").first)
        _ = try await forging.pulls.refresh(found, to: wanted)
        #expect(forging.forge.writes().count == before)
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }

    @Test(arguments: PullRequestForge.Kind.allCases)
    func `Commits between two are the forge's own`(kind: PullRequestForge.Kind) async throws {
        let forging = try await Forging(kind, folder: "/git")
        let first = try await forging.forge.repository.revision("main")
        var last = first
        for number in 1...5 {
            let branch = number == 1 ? "main" : "b\(number - 1)"
            last = try await forging.forge.push("b\(number)", onto: branch)
        }
        let found = try #require(try await forging.pulls.commits(from: first, to: last, limit: 2))
        #expect(found.count == 5 && found.newest.map(\.subject) == ["Change b5", "Change b4"])
        #expect(found.newest.first?.id == last && found.newest.first?.time == Int64(TestRepository.epoch))
        let all = try await forging.pulls.commits(from: first, to: last, limit: 50)
        #expect(all?.newest.map(\.subject) == (1...5).reversed().map { "Change b\($0)" })
        #expect(found.gone == 0 && !found.isReturn)
        let back = try #require(try await forging.pulls.commits(from: last, to: first, limit: 2))
        #expect(back.gone == 5 && back.isReturn && back.newest.isEmpty)
        let gone = String(repeating: "1", count: 40)
        #expect(try await forging.pulls.commits(from: gone, to: last, limit: 2) == nil)
        #expect(forging.forge.violations().isEmpty, "\(forging.forge.violations())")
    }
}
