internal import JSON
internal import Lockfile
internal import NixHash

/// A pin's part of the page.
struct PinArticle {
    let pin: ReportedPin
    let page: ReportPage
    let scale: AgeScale

    private var chapter: Chapter { Chapter(of: pin) }

    var html: HTML {
        let anchor = PageAnchor(ofPin: pin.name)
        return .element(
            .article, [.class("pin", chapter.rawValue), .with(.ariaLabelledBy, anchor.text)],
            [
                .element(
                    .header, [],
                    [
                        .element(.h3, [.with(.id, anchor.text)], [.outside(pin.name)]),
                        .element(.p, [.class("state")], [Glyph.sign(chapter), .text(" " + word)]),
                        pin.tracked.isEmpty
                            ? .nothing : .element(.p, [.class("tracked")], [.code(pin.tracked)] + group),
                    ]),
                .element(
                    .div, [.class("measure")],
                    [
                        .element(.div, [.class("drawing")], [Timeline(pin: pin, page: page, scale: scale).html]),
                        distance,
                    ]),
                reason,
                .element(.dl, [], rows.map(\.html)),
                links,
                .element(.div, [.class("more")], [newestCommits, history, origin]),
            ])
    }

    private var word: String {
        switch pin.standing {
        case .fixed where pin.frozen == nil: "stays where it is"
        case .behind where pin.frozen != nil: "frozen, and behind"
        default: chapter.heading.lowercased()
        }
    }

    private var group: [HTML] {
        guard let group = pin.group else { return [] }
        return [" ", .element(.span, [.class("group")], ["group ", .outside(group)])]
    }

    // MARK: How far behind

    private var distance: HTML {
        var parts: [HTML] = []
        if let commits = pin.commits {
            let number = PageSpan.grouped(Int64(commits.count)) + (commits.isAtLeast ? "+" : "")
            parts.append(Self.quantity(number, commits.count == 1 && !commits.isAtLeast ? "commit" : "commits"))
        }
        if let seconds = pin.secondsBehind {
            let days = seconds / PageSpan.day
            parts.append(Self.quantity(days == 0 ? "<1" : PageSpan.grouped(days), days < 2 ? "day" : "days"))
        }
        if let versions = pin.versions, versions > 0 {
            parts.append(Self.quantity(PageSpan.grouped(Int64(versions)), versions == 1 ? "version" : "versions"))
        }
        if !parts.isEmpty {
            let list = parts.enumerated().flatMap { index, part in index == 0 ? [part] : [HTML.text(", "), part] }
            return .element(.p, [.class("distance")], list + [" behind"])
        }
        let words: String? =
            switch pin.standing {
            case .behind: "There is something newer; how far away it is cannot be told."
            case .fixed: "Its source names one place, which no update leaves."
            case .upToDate, .waiting, .held, .unknown, .failed: nil
            }
        return words.map { .element(.p, [.class("distance", "none")], [.text($0)]) } ?? .nothing
    }

    private static func quantity(_ number: String, _ noun: String) -> HTML {
        .element(.span, [], [.element(.strong, [], [.text(number)]), .text(" " + noun)])
    }

    private var reason: HTML {
        switch pin.standing {
        case .waiting(let text), .held(let text), .unknown(let text):
            .element(.p, [.class("reason")], [.prose(Self.sentence(text))])
        case .failed(let error):
            .pieces([
                .element(.p, [.class("reason")], [.prose(Self.sentence(error["message"]?.string ?? "It failed"))]),
                error["hint"]?.string.map {
                    .element(.p, [.class("hint")], ["What to do: ", .prose($0)])
                } ?? .nothing,
            ])
        case .upToDate, .fixed, .behind: .nothing
        }
    }

    /// Messages come without a full stop, and with a small letter.
    private static func sentence(_ message: String) -> String {
        message.prefix(1).uppercased() + message.dropFirst() + (message.hasSuffix(".") ? "" : ".")
    }

    // MARK: Facts

    private struct Row {
        let term: String
        let description: [HTML]

        var html: HTML {
            .element(.div, [], [.element(.dt, [], [.text(term)]), .element(.dd, [], description)])
        }
    }

    private var rows: [Row] {
        var rows: [Row] = []
        if let locked = pin.locked {
            rows.append(Row(term: "Locked", description: [.code(Summary.of(locked))] + dated(locked.lastModified)))
        }
        if let newest = pin.newest {
            let known = [newest.version, newest.revision.map(Summary.short)].compactMap(\.self)
            let what =
                known.isEmpty ? [HTML.text("another than what is locked")] : [.code(known.joined(separator: " "))]
            rows.append(Row(term: "Newest", description: what + dated(newest.time)))
        }
        if let frozen = pin.frozen {
            let since: [HTML] = frozen.since.map { ["since ", .outside($0)] } ?? []
            let why: [HTML] = [.text(since.isEmpty ? "" : ": "), .outside(frozen.reason ?? "no reason was given")]
            rows.append(Row(term: "Frozen", description: since + why))
        }
        if pin.locked != nil {
            rows.append(
                Row(
                    term: "Verified",
                    description: pin.verifiedAt.map { [page.time($0), .text(", " + page.ago($0))] } ?? ["never"]))
        }
        if let note = pin.note {
            rows.append(Row(term: "Note", description: [.element(.span, [.class("note")], [.outside(note)])]))
        }
        return rows
    }

    private func dated(_ time: Int64?) -> [HTML] {
        guard let time else { return [] }
        return [" of ", page.time(time), .text(", " + page.old(time))]
    }

    private var links: HTML {
        let links = [("Compare", pin.compareURL), ("Release notes", pin.releaseNotesURL)].compactMap { words, url in
            url.flatMap { PageLink(web: $0) }.map { PinArticle.link($0, words, of: pin.name) }
        }
        guard !links.isEmpty else { return .nothing }
        return .element(.ul, [.class("links")], links.map { .element(.li, [], [$0]) })
    }

    /// A link that says where it leads also to who hears it out of its place.
    private static func link(_ link: PageLink, _ words: String, of name: String) -> HTML {
        .element(
            .a, [.href(link), .with(.rel, "noreferrer noopener external")],
            [.text(words), .element(.span, [.class("unseen")], [" of ", .outside(name)])])
    }

    // MARK: What is shown when it is asked for

    private func details(_ words: [HTML], _ contents: [HTML]) -> HTML {
        .element(
            .details, [],
            [
                .element(
                    .summary, [],
                    words + [.element(.span, [.class("unseen")], [" of ", .outside(pin.name)])])
            ] + contents)
    }

    private var newestCommits: HTML {
        guard let commits = pin.commits, !commits.newest.isEmpty else { return .nothing }
        let all = !commits.isAtLeast && commits.newest.count == commits.count
        let words = all ? "What is new" : "The newest \(PageSpan.count(Int64(commits.newest.count), "commit"))"
        return details(
            [.text(words)],
            [
                .element(
                    .ol, [.class("commits")],
                    commits.newest.map { commit in
                        .element(
                            .li, [],
                            [.code(Summary.short(commit.id)), " ", .outside(commit.subject)]
                                + [" ", page.time(commit.time)])
                    })
            ])
    }

    private var history: HTML {
        guard let last = pin.steps.first else { return .nothing }
        let count = PageSpan.count(Int64(pin.steps.count), "change")
        let when = last.commit.map { page.ago($0.time) } ?? "not committed"
        return details(
            [.text("\(count) here, the last \(when)")],
            [.element(.ol, [.class("steps")], pin.steps.map { .element(.li, [], words(for: $0)) })])
    }

    private func words(for step: ReportedPin.Step) -> [HTML] {
        let what: [HTML] =
            switch step.what {
            case .added(let new): ["added at ", .code(new)]
            case .moved(let old, let new): ["moved from ", .code(old), " to ", .code(new)]
            case .removed(let old): ["removed, from ", .code(old)]
            case .changed(let words): [.prose(words)]
            }
        guard let commit = step.commit else { return ["not committed: "] + what }
        return [page.time(commit.time), ": "] + what + [
            .element(
                .span, [.class("subject")],
                [
                    .outside(commit.subject), " (", .code(Summary.short(commit.id)), ", by ", .outside(commit.author),
                    ")",
                ])
        ]
    }

    private var origin: HTML {
        guard let locked = pin.locked else { return .nothing }
        var place: [HTML] = []
        if case .oci(let image) = locked.fetch {
            place = [.code("\(image.image):\(image.tag)"), " ", .code(image.digest)]
        } else if let url = locked.fetch.url {
            place = [
                PageLink(web: url).map { link in
                    .element(.a, [.href(link), .with(.rel, "noreferrer noopener external")], [.outside(url)])
                } ?? .code(url)
            ]
        }
        var rows = [Row(term: "Fetcher", description: [.outside(locked.fetch.fetcher)])]
        if !place.isEmpty { rows.append(Row(term: "From", description: place)) }
        if let revision = locked.revision { rows.append(Row(term: "Revision", description: [.code(revision)])) }
        if let hash = locked.fetch.hash { rows.append(Row(term: "Hash", description: [.code(hash.sri)])) }
        return details(["Fetch and hash"], [.element(.dl, [], rows.map(\.html))])
    }
}

extension ReportPage {
    /// A day, for people and for machines.
    func time(_ time: Int64) -> HTML {
        guard let date = PageDate(time) else { return .text("at second \(time)") }
        return .element(.time, [.with(.datetime, "\(date.day)T\(date.time)Z")], [.text(date.day)])
    }

    func old(_ time: Int64) -> String {
        let age = age(of: time)
        return age < 0 ? "later than this page" : "\(PageSpan.words(age)) old"
    }

    func ago(_ time: Int64) -> String {
        let age = age(of: time)
        return age < 0 ? "later than this page" : "\(PageSpan.words(age)) ago"
    }
}
