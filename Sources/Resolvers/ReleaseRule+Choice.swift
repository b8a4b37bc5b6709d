internal import Git
internal import Lockfile
internal import Versions

extension ReleaseRule {
    /// What `find` asks about the refs.
    var query: RefQuery { .tags(prefix ?? "") }

    /// More tags than this that lead to no commit are not gone through: each costs a question.
    private static let mostUnusable = 16

    /// The highest release, and what became of the one that is locked.
    /// - Throws: `ResolveError.noRelease`, `GitError`, `TransferError`
    func find(
        at url: GitURL, in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Tracking.Found {
        let refs = try await upstream.refs(of: url, matching: [query])
        var unusable: Set<[UInt8]> = []
        var ages = ReleaseAges(limit)
        while true {
            let choice = choose(among: refs, except: unusable, ages.young)
            if !ages.young.isEmpty, choice.chosen.map({ isBehind($0, locked) }) ?? true {
                return try newest(of: refs, at: url, unusable, choice, ages)
            }
            guard let chosen = choice.chosen, let version = chosen.version, let ref = refs.tag(chosen.text) else {
                // Where no tag begins as it should, it helps to see how they do begin.
                let seen = refs.tags.isEmpty && prefix != nil ? try await all(at: url, in: upstream) : choice
                throw ResolveError.noRelease(seen, range: range?.text, url: url.text)
            }
            // What is locked was fetched, and so is one.
            if ref.commit.hex != locked?.revision, unusable.count < Self.mostUnusable,
                try await upstream.isCommit(ref.commit, of: url) == false
            {
                unusable.insert(Array(chosen.text.utf8))
                continue
            }
            // A later tag of what is locked is another release all the same.
            if ref.commit.hex != locked?.revision || !isLocked(version, locked),
                try await !ages.isOldEnough(chosen, among: choice, refs, at: url, in: upstream)
            {
                continue
            }
            return Tracking.Found(
                ref: ref.name, revision: ref.commit, tagObject: ref.peeled == nil ? nil : ref.id, version: version.text,
                choice: choice, aging: ages.aging(of: chosen),
                remarks: remarks(on: choice, refs, after: locked))
        }
    }

    /// The newest release, where none is old enough that is newer than what is locked.
    /// - Throws: `ResolveError.noRelease`
    private func newest(
        of refs: RemoteRefs, at url: GitURL, _ unusable: Set<[UInt8]>, _ choice: ReleaseChoice, _ ages: ReleaseAges
    ) throws -> Tracking.Found {
        let newest = choose(among: refs, except: unusable).chosen
        guard let newest, let version = newest.version, let ref = refs.tag(newest.text) else {
            throw ResolveError.noRelease(choice, range: range?.text, url: url.text)
        }
        return Tracking.Found(
            ref: ref.name, revision: ref.commit, tagObject: ref.peeled == nil ? nil : ref.id, version: version.text,
            choice: choice, aging: ages.agingOfNone(newest))
    }

    private func isLocked(_ version: Version, _ locked: Locked?) -> Bool {
        locked?.version.map { $0.utf8.elementsEqual(version.text.utf8) } ?? false
    }

    /// Whether a release is no newer than the one that is locked.
    private func isBehind(_ candidate: ReleaseChoice.Candidate, _ locked: Locked?) -> Bool {
        guard let version = candidate.version,
            let before = locked?.version.flatMap({ Version($0, scheme: .release) })
        else { return false }
        return version.precedence(over: before) < 0
    }

    /// The same rule with the prefix that its repository's tags have, where none was asked for and they need one.
    ///
    /// It is written down, so that the pin does not change its mind when a tag without it comes.
    /// - Throws: `GitError`, `TransferError`
    func settled(at url: GitURL, in upstream: Upstream) async throws -> ReleaseRule {
        guard prefix == nil else { return self }
        let choice = choose(among: try await upstream.refs(of: url, matching: [query]))
        guard choice.isPrefixInferred else { return self }
        var settled = self
        settled.prefix = choice.prefix
        return settled
    }

    private func all(at url: GitURL, in upstream: Upstream) async throws -> ReleaseChoice {
        choose(among: try await upstream.refs(of: url, matching: [.tags("")]))
    }

    private func choose(
        among refs: RemoteRefs, except unusable: Set<[UInt8]> = [], _ young: [[UInt8]: Int64?] = [:]
    ) -> ReleaseChoice {
        let offers = refs.tags.map { tag in
            let name = Array(tag.name.utf8)
            return ReleaseChoice.Offer(
                tag.name,
                objection: unusable.contains(name)
                    ? .unusable("it leads to no commit") : young[name].map { .tooYoung(made: $0) })
        }
        return .choose(among: offers, prefix: prefix, range: range, preReleases: preReleases)
    }

    // MARK: What should be told

    private func remarks(on choice: ReleaseChoice, _ refs: RemoteRefs, after locked: Locked?) -> [Resolution.Remark] {
        var remarks: [Resolution.Remark] = []
        if let chosen = choice.chosen, let version = chosen.version, let commit = refs.tag(chosen.text)?.commit {
            let twins = choice.candidates.filter { other in
                guard other.verdict == .older, let rival = other.version, rival.precedence(over: version) == 0 else {
                    return false
                }
                // A build of its own is meant to differ.
                let areBuilds = [rival.text, version.text].contains { $0.utf8.contains(UInt8(ascii: "+")) }
                return !areBuilds && refs.tag(other.text)?.commit != commit
            }
            if !twins.isEmpty {
                remarks.append(.sameRelease(chosen.text, others: twins.map(\.text)))
            }
        }
        guard let locked, let name = lockedTag(locked, prefix: choice.prefix) else { return remarks }
        switch state(of: name, in: refs, locked) {
        case .moved(let revision): remarks.append(.releaseMoved(Self.shortTag(name), revision: revision))
        // A tag that this rule does not see may be there all the same.
        case .gone where RefQuery.tags(prefix ?? "").finds(name): remarks.append(.releaseGone(Self.shortTag(name)))
        case .gone, .there: break
        }
        return remarks
    }

    // MARK: The tag that is locked

    /// The full name of the tag that a pin is locked to; nil when it is at something else.
    func lockedTag(_ locked: Locked, prefix: String?) -> String? {
        if case .git(let git) = locked.fetch {
            return git.ref.flatMap(RefName.tag(of:)) != nil ? git.ref : nil
        }
        return locked.version.map { RefName.ofTag((prefix ?? "") + $0) }
    }

    /// Asks what became of the tag that a pin is locked to; nil when it is locked to none.
    /// - Throws: `GitError`, `TransferError`
    func lockedState(_ locked: Locked, at url: GitURL, in upstream: Upstream) async throws -> TagState? {
        guard let name = lockedTag(locked, prefix: prefix) else { return nil }
        let found = state(of: name, in: try await upstream.refs(of: url, matching: [.named(name)]), locked)
        guard found == .gone, prefix == nil else { return found }
        // The version of a lock from elsewhere may lack a prefix that is not written down.
        let refs = try await upstream.refs(of: url, matching: [query])
        let choice = choose(among: refs)
        guard choice.isPrefixInferred, let full = lockedTag(locked, prefix: choice.prefix) else { return found }
        return state(of: full, in: refs, locked)
    }

    private func state(of name: String, in refs: RemoteRefs, _ locked: Locked) -> TagState {
        guard let ref = refs[name] else { return .gone }
        // Another tool may have locked the tag itself.
        return [ref.commit.hex, ref.id.hex].contains(locked.revision) ? .there : .moved(to: ref.commit.hex)
    }

    /// The version of a tag, given by its full name; nil when it is no release.
    func version(ofTag name: String) -> String? {
        let start = RefName.ofTag(prefix ?? "")
        guard name.utf8.starts(with: start.utf8) else { return nil }
        let rest = String(decoding: name.utf8.dropFirst(start.utf8.count), as: UTF8.self)
        return Version(rest, scheme: .release)?.text
    }

    private static func shortTag(_ name: String) -> String { RefName.tag(of: name) ?? name }
}

/// What became of the tag that a pin is locked to.
public enum TagState: Equatable, Sendable {
    /// It leads to the commit that is locked.
    case there
    case moved(to: String)
    case gone
}

extension RefQuery {
    /// Whether the answer has the ref of that full name in it, if upstream has.
    fileprivate func finds(_ name: String) -> Bool {
        guard case .tags(let prefix) = self else { return false }
        return name.utf8.starts(with: RefName.ofTag(prefix).utf8)
    }
}
