internal import Lockfile

/// What is seen first: how many pins stand how, and the ones to look at.
struct PageSummary {
    let page: ReportPage

    var html: HTML {
        let anchor = PageAnchor("summary")
        return .element(
            .section, [.class("summary"), .with(.ariaLabelledBy, anchor.text)],
            [
                .element(.h2, [.with(.id, anchor.text), .class("unseen")], ["Summary"]),
                bar,
                .element(.nav, [.with(.ariaLabel, "Pins by state")], [.element(.ul, [.class("counts")], counts)]),
                .element(.dl, [.class("extremes")], extremes),
                index, legend,
            ])
    }

    // MARK: How many stand how

    private var bar: HTML {
        var rest = 1000
        var left = page.pins.count
        var x = 0
        let parts = Chapter.allCases.compactMap { chapter -> HTML? in
            let count = page.pins(in: chapter).count
            guard count > 0 else { return nil }
            // What is left is shared among those that are left, so that the parts fill the bar whatever is rounded.
            let width = rest * count / left
            defer { (rest, left, x) = (rest - width, left - count, x + width) }
            return .element(
                .rect,
                [
                    .class(chapter.rawValue), .with(.x, "\(x / 10).\(x % 10)%"), .with(.y, "0"),
                    .with(.width, "\(width / 10).\(width % 10)%"), .with(.height, "10"),
                ], [])
        }
        return .element(
            .svg,
            [
                .class("shares"), .with(.width, "100%"), .with(.height, "10"), .with(.ariaHidden, "true"),
                .with(.focusable, "false"),
            ], parts)
    }

    private var counts: [HTML] {
        Chapter.allCases.map { chapter in
            let count = page.pins(in: chapter).count
            let words: [HTML] = [
                .element(.strong, [], [.text(PageSpan.grouped(Int64(count)))]), " ", Glyph.sign(chapter), " ",
                .element(.span, [.class("word")], [.text(chapter.heading)]),
            ]
            return .element(
                .li, [.class(chapter.rawValue)],
                [
                    count == 0
                        ? .element(.span, [.class("none")], words)
                        : .element(.a, [.href(PageLink(to: PageAnchor(chapter)))], words)
                ])
        }
    }

    // MARK: The ones to look at

    private var extremes: [HTML] {
        var rows: [HTML] = []
        if let oldest = page.oldest, let time = oldest.locked?.lastModified {
            rows.append(row("Oldest", [link(to: oldest), .text(", \(page.old(time)), of "), page.time(time)]))
        }
        if let furthest = page.pins(in: .behind).first, let seconds = furthest.secondsBehind {
            rows.append(
                row(
                    "Furthest behind",
                    [link(to: furthest), .text(", " + PageSpan.count(seconds / PageSpan.day, "day"))]))
        }
        let readable = page.pins.filter { $0.locked != nil }
        let never = readable.filter { $0.verifiedAt == nil }.count
        rows.append(
            row(
                "Never verified",
                [
                    .text(
                        never == 0
                            ? "none" : "\(PageSpan.grouped(Int64(never))) of \(PageSpan.grouped(Int64(readable.count)))"
                    )
                ]))
        return rows
    }

    private func row(_ term: String, _ description: [HTML]) -> HTML {
        .element(.div, [], [.element(.dt, [], [.text(term)]), .element(.dd, [], description)])
    }

    private func link(to pin: ReportedPin) -> HTML {
        .element(.a, [.href(PageLink(to: PageAnchor(ofPin: pin.name)))], [.outside(pin.name)])
    }

    // MARK: Finding a pin

    private var index: HTML {
        // Few are found without.
        guard page.pins.count > 8 else { return .nothing }
        let pins = page.pins.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return .element(
            .details, [.class("index")],
            [
                .element(.summary, [], [.text("All \(PageSpan.count(Int64(pins.count), "pin")) by name")]),
                .element(
                    .nav, [.with(.ariaLabel, "Pins by name")],
                    [
                        .element(
                            .ul, [],
                            pins.map { pin in
                                let chapter = Chapter(of: pin)
                                return .element(
                                    .li, [.class(chapter.rawValue)],
                                    [
                                        Glyph.sign(chapter), " ", link(to: pin),
                                        .element(
                                            .span, [.class("unseen")], [.text(", " + chapter.heading.lowercased())]),
                                    ])
                            })
                    ]),
            ])
    }

    /// The marks that are to be explained.
    private var events: [Glyph.Event] {
        let scale = page.scale
        let hasBeyond = page.pins.contains { pin in page.age(of: pin).map { !scale.covers($0) } ?? false }
        return Glyph.Event.allCases.filter { $0 != .beyond || hasBeyond }
    }

    private var legend: HTML {
        .element(
            .div, [.class("legend")],
            [
                .element(
                    .ul, [.with(.ariaLabel, "The marks of the timelines")],
                    events.map { .element(.li, [], [Glyph.legend($0), .text(" \($0.meaning)")]) }),
                .element(
                    .p, [],
                    [
                        .text(
                            "All timelines have one scale, which has more room for what is recent. Above is what upstream "
                                + "did, below what was done here.")
                    ]),
            ])
    }
}
