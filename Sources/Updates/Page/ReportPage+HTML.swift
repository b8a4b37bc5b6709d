internal import Lockfile

extension ReportPage {
    /// The page: one file that loads nothing, and works without a script.
    /// - Parameter redact: leaves out of a text what nobody may see.
    public func html(redacting redact: (String) -> String = { $0 }) -> String {
        HTML.document(
            .element(.html, [.with(.lang, "en")], [head, .element(.body, [], [skipLink, header, main, footer])]),
            redacting: redact)
    }

    private var head: HTML {
        func meta(_ attributes: HTML.Attribute...) -> HTML { .element(.meta, attributes, []) }
        return .element(
            .head, [],
            [
                meta(.with(.charset, "utf-8")),
                meta(.with(.httpEquiv, "Content-Security-Policy"), .with(.content, PageStyle.policy)),
                meta(.with(.name, "viewport"), .with(.content, "width=device-width, initial-scale=1")),
                meta(.with(.name, "referrer"), .with(.content, "no-referrer")),
                meta(.with(.name, "color-scheme"), .with(.content, "light dark")),
                meta(.with(.name, "generator"), .with(.content, "pinr")),
                .element(.title, [], [.text("Pins of \(lock)")]),
                .stylesheet,
            ])
    }

    private var skipLink: HTML {
        .element(.a, [.class("skip"), .href(PageLink(to: PageAnchor("pins")))], ["To the pins"])
    }

    // MARK: On top

    private var header: HTML {
        .element(
            .header, [.class("top")],
            [
                .element(.h1, [], ["Pins"]),
                .element(
                    .p, [.class("lede")],
                    [
                        .text(PageSpan.count(Int64(pins.count), "pin") + (isSelection ? ", by name," : "") + " of "),
                        .code(lock), .text(" as of "), moment, ".",
                    ]),
                isOffline
                    ? .element(
                        .p, [.class("remark")], ["Made offline: what upstream has is left out of this page."])
                    : .nothing,
                historyGap.map { .element(.p, [.class("remark")], [.outside($0)]) } ?? .nothing,
            ])
    }

    private var moment: HTML {
        guard let date = PageDate(madeAt) else { return .text("second \(madeAt)") }
        return .element(
            .time, [.with(.datetime, "\(date.day)T\(date.time)Z")], [.text("\(date.day) \(date.time) UTC")])
    }

    private var main: HTML {
        guard !pins.isEmpty else {
            return .element(.main, [.with(.id, PageAnchor("pins").text)], [.element(.p, [], ["There are no pins."])])
        }
        let scale = scale
        return .element(
            .main, [],
            [
                PageSummary(page: self).html,
                .element(
                    .div, [.with(.id, PageAnchor("pins").text), .with(.tabindex, "-1")],
                    Chapter.allCases.map { section($0, scale) }),
            ])
    }

    private func section(_ chapter: Chapter, _ scale: AgeScale) -> HTML {
        let pins = pins(in: chapter)
        guard !pins.isEmpty else { return .nothing }
        let anchor = PageAnchor(chapter)
        return .element(
            .section, [.class("chapter", chapter.rawValue), .with(.ariaLabelledBy, anchor.text)],
            [
                .element(
                    .h2, [.with(.id, anchor.text)],
                    [
                        Glyph.sign(chapter), .text(" \(chapter.heading) "),
                        .element(.span, [.class("count")], [.text(PageSpan.count(Int64(pins.count), "pin"))]),
                    ]),
                .element(.p, [.class("meaning")], [.text(chapter.meaning)]),
                .pieces(pins.map { PinArticle(pin: $0, page: self, scale: scale).html }),
            ])
    }

    private var footer: HTML {
        .element(
            .footer, [],
            [
                .element(
                    .p, [],
                    [
                        "Made by ", .element(.code, [], ["pinr report"]),
                        ". All times are UTC. This page loads nothing and runs no script.",
                    ])
            ])
    }
}
