import Git
import Lockfile
import Testing

@testable import Updates

/// Which pull requests are opened, refreshed and closed, whatever is wanted and whatever is there.
@Suite struct ProposalPlanTests {
    private static func id(_ byte: UInt8) -> ObjectID {
        ObjectID(hex: String(repeating: byte < 16 ? "0\(String(byte, radix: 16))" : String(byte, radix: 16), count: 20))
            ?? zero
    }

    private static let zero = ObjectID(hex: String(repeating: "0", count: 40)).unsafelyUnwrapped
    private static let (base, older, tree, otherTree) = (id(1), id(2), id(3), id(4))
    /// Where a branch of ours is, and where one that others changed.
    private static let (tip, theirs, new) = (id(5), id(6), id(7))

    private static func pin(_ name: String) throws -> PinName { try PinName(name) }

    private static func wanted(_ branch: String, _ pin: String = "a") throws -> ProposalPlan.Wanted {
        ProposalPlan.Wanted(branch: branch, pins: [try PinName(pin)], base: base, tree: tree, commit: new)
    }

    private static func open(
        _ branch: String, _ number: Int = 7, base: String = "main", body: String? = nil
    ) -> PullRequest {
        PullRequest(
            number: number, url: "u/\(number)", title: "t", body: body ?? "b" + ProposalFooter.of(branch), head: branch,
            base: base)
    }

    private static let own = ProposalPlan.Branch.own(tip: tip, base: base, tree: tree)

    private static func steps(
        _ change: (inout ProposalPlan.Situation) throws -> Void
    ) rethrows -> [ProposalPlan.Step] {
        var situation = ProposalPlan.Situation()
        situation.base = "main"
        try change(&situation)
        return ProposalPlan(situation).steps
    }

    private static func push(_ branch: String = "p", from old: ObjectID?, to new: ObjectID? = new) -> RefUpdate {
        RefUpdate(ref: "refs/heads/\(branch)", old: old, new: new)
    }

    // MARK: One that is wanted

    /// What is pushed for each state of the branch: nil for nothing, no old place for a new branch.
    @Test(arguments: [
        (ProposalPlan.Branch.absent, RefUpdate?.some(push(from: nil))),
        (own, nil),
        (.own(tip: tip, base: older, tree: tree), push(from: tip)),
        (.own(tip: tip, base: base, tree: otherTree), push(from: tip)),
        (.empty(tip: older), push(from: older)),
    ])
    func `A branch is moved unless it has what is wanted`(_ branch: ProposalPlan.Branch, _ push: RefUpdate?) throws {
        let wanted = try Self.wanted("p")
        #expect(
            Self.steps { situation in
                situation.wanted = [wanted]
                situation.branches = ["p": branch]
            } == [.create(wanted, push: push)])
        let open = Self.open("p")
        #expect(
            Self.steps { situation in
                situation.wanted = [wanted]
                situation.branches = ["p": branch]
                situation.open = [open]
            } == [.refresh(wanted, open, push: push)])
    }

    @Test(arguments: [true, false]) func `A branch of somebody else is left alone, and the others are not`(
        _ isOpen: Bool
    ) throws {
        let (one, two) = (try Self.wanted("p-a"), try Self.wanted("p-b", "b"))
        let open = Self.open("p-a")
        let steps = Self.steps { situation in
            situation.wanted = [one, two]
            situation.branches = ["p-a": .foreign(tip: Self.theirs)]
            if isOpen { situation.open = [open] }
        }
        #expect(
            steps == [
                .stop(branch: "p-a", pins: one.pins, tip: Self.theirs, isOpen ? open : nil),
                .create(two, push: Self.push("p-b", from: nil)),
            ])
    }

    // MARK: One that is not wanted

    private static func unwanted(
        _ branch: ProposalPlan.Branch, unsettled: Set<PinName> = [], scopes: [ProposalScope]? = nil
    ) throws -> [ProposalPlan.Step] {
        try steps { situation in
            situation.scopes = try scopes ?? [ProposalScope(branch: "p", pins: [pin("a"), pin("b")])]
            situation.branches = ["p": branch]
            situation.open = [open("p")]
            situation.unsettled = unsettled
        }
    }

    @Test func `What is not needed any more is closed, and its branch deleted while it is ours`() throws {
        let open = Self.open("p")
        #expect(
            try Self.unwanted(Self.own) == [.close(open, delete: Self.push(from: Self.tip, to: nil))])
        #expect(try Self.unwanted(.absent) == [.close(open, delete: nil)])
        #expect(try Self.unwanted(.empty(tip: Self.older)) == [.close(open, delete: nil)])
        #expect(
            try Self.unwanted(.foreign(tip: Self.theirs)) == [
                .stop(branch: "p", pins: [Self.pin("a"), Self.pin("b")], tip: Self.theirs, open)
            ])
    }

    @Test func `What nobody knows about today stays open`() throws {
        let open = Self.open("p")
        #expect(try Self.unwanted(Self.own, unsettled: [Self.pin("b")]) == [.keep(open)])
        // Another pin's failure is of no account, and a pin that is gone has no proposal.
        let closed = [ProposalPlan.Step.close(open, delete: Self.push(from: Self.tip, to: nil))]
        #expect(try Self.unwanted(Self.own, unsettled: [Self.pin("c")]) == closed)
        #expect(try Self.unwanted(Self.own, unsettled: [Self.pin("a")], scopes: []) == closed)
    }

    @Test func `A pull request of somebody else is none of ours, whatever its branch is called`() throws {
        // From a branch that only begins as ours do, as that of another lock may: it is not even counted.
        let wanted = try Self.wanted("p")
        let steps = Self.steps { situation in
            situation.wanted = [wanted]
            situation.maximumOpen = 1
            situation.branches = ["p-docs": .foreign(tip: Self.theirs)]
            situation.open = [Self.open("p-docs", body: "Please look at this.")]
        }
        #expect(steps == [.create(wanted, push: Self.push(from: nil))])
        // To another base, or without what pinr writes, from a branch on which nothing is or that is gone.
        for open in [Self.open("p-docs", base: "release"), Self.open("p-docs", body: "A backport.")] {
            for branch in [ProposalPlan.Branch.empty(tip: Self.older), .absent] {
                #expect(
                    Self.steps { situation in
                        situation.branches = ["p-docs": branch]
                        situation.open = [open]
                    }.isEmpty)
            }
        }
    }

    @Test(arguments: [ProposalPlan.Branch.absent, .empty(tip: older)])
    func `A pull request that somebody has begun on our branch is not taken over`(
        _ branch: ProposalPlan.Branch
    ) throws {
        let wanted = try Self.wanted("p")
        let open = Self.open("p", base: "release", body: "A backport.")
        let steps = Self.steps { situation in
            situation.wanted = [wanted]
            situation.branches = ["p": branch]
            situation.open = [open]
        }
        #expect(steps == [.stop(branch: "p", pins: wanted.pins, tip: nil, open)])
    }

    @Test func `Branches without a pull request are nobody's business`() throws {
        #expect(Self.steps { $0.branches = ["p": Self.own, "q": .foreign(tip: Self.theirs)] }.isEmpty)
    }

    // MARK: Several

    @Test func `No more are opened than may be open`() throws {
        let wanted = try ["a", "b", "c", "d"].map { try Self.wanted("p-\($0)", $0) }
        let open = [Self.open("p-c", 1), Self.open("p-old", 2)]
        func kinds(_ most: Int?) -> [String] {
            Self.steps { situation in
                situation.wanted = wanted.reversed()
                situation.open = open
                situation.branches = ["p-old": Self.own]
                situation.maximumOpen = most
            }.map { String("\($0)".prefix { $0 != "(" }) }
        }
        // What is closed makes room; what is open is refreshed however many there are.
        #expect(kinds(nil) == ["close", "create", "create", "refresh", "create"])
        #expect(kinds(2) == ["close", "create", "postpone", "refresh", "postpone"])
        #expect(kinds(1) == ["close", "postpone", "postpone", "refresh", "postpone"])
    }

    @Test func `Of two pull requests from a branch the one to our base counts`() throws {
        let wanted = try Self.wanted("p")
        for open in [
            [Self.open("p", 1, base: "other"), Self.open("p", 2)],
            [Self.open("p", 2), Self.open("p", 3, base: "other")],
        ] {
            let steps = Self.steps { situation in
                situation.wanted = [wanted]
                situation.open = open
                situation.branches = ["p": Self.own]
            }
            #expect(steps == [.refresh(wanted, Self.open("p", 2), push: nil)])
        }
    }

    // MARK: Branches

    @Test func `Pins are divided as asked`() throws {
        let pins = try [("a", "x"), ("b", nil), ("c", "x"), ("d", "y z"), ("e", nil)].map { (try PinName($0), $1) }
        func scopes(_ grouping: ProposalGrouping) -> [String: [String]] {
            let all = ProposalScope.scopes(of: pins, by: grouping, prefix: "pinr/update")
            return Dictionary(uniqueKeysWithValues: all.map { ($0.branch, $0.pins.map(\.text)) })
        }
        #expect(scopes(.all) == ["pinr/update": ["a", "b", "c", "d", "e"]])
        let groups = scopes(.group)
        #expect(groups["pinr/update"] == ["b", "e"] && groups["pinr/update-x"] == ["a", "c"])
        #expect(groups.count == 3 && groups.keys.contains { $0.hasPrefix("pinr/update-y-z-") })
        #expect(scopes(.each).keys.sorted() == ["a", "b", "c", "d", "e"].map { "pinr/update-\($0)" })
    }

    @Test(arguments: [
        "a", "nix-pkgs_2.0", "A", "a b", "a/b", "..", ".", "-", "a.", "a.lock", "a..b", "@{", "ä", "a\u{308}",
        "*?[\\~^:",
        String(repeating: "n", count: 211), "x-" + String(repeating: "é", count: 100), "HEAD", ".a", "a-", "a--b",
        "a-.b",
    ])
    func `Every name makes a branch that git and file systems take`(_ name: String) {
        let branch = ProposalScope.branch("pinr/update", name)
        #expect(RefName.isValid("refs/heads/" + branch), "\(branch)")
        #expect(ProposalScope.isBranch(branch, prefix: "pinr/update"))
        #expect(branch.utf8.count <= 140 && branch == branch.lowercased())
        #expect(branch.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(!branch.hasSuffix(".lock") && !branch.hasSuffix("-"))
    }

    @Test func `Two names never have one branch`() {
        let names = [
            "a b", "a-b", "a/b", "A B", "a_b", "A-B", "ä", "a\u{308}", "é", "e\u{301}", "..", ".", "a", "a.", "A",
        ]
        #expect(Set(names.map { ProposalScope.branch("p", $0) }).count == names.count)
        #expect(ProposalScope.branch("p", "a-b") == "p-a-b" && ProposalScope.branch("p", nil) == "p")
        #expect(!ProposalScope.isBranch("pinr/updates", prefix: "pinr/update"))
        #expect(!ProposalScope.isBranch("pinr/up", prefix: "pinr/update"))
    }
}
