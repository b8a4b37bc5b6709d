internal import Lockfile

/// A pin's age, drawn: above what upstream did, below what was done here.
struct Timeline {
    let pin: ReportedPin
    let page: ReportPage
    let scale: AgeScale

    /// The heights, in points, of the two lanes and of the labels.
    private static let (upstream, here, labels, height) = (9, 30, 49, 53)

    /// Just above the lower lane, where mostly a change is at the same place.
    private static let verified = here - 9

    var html: HTML {
        let id = PageAnchor(ofPin: pin.name, ".age")
        return .element(
            .svg,
            [
                .class("timeline"), .with(.role, "img"), .with(.ariaLabelledBy, id.text), .with(.width, "100%"),
                .with(.height, String(Self.height)), .with(.focusable, "false"),
            ],
            [.element(.title, [.with(.id, id.text)], [.text(sentence)])] + axis + lanes)
    }

    // MARK: In words

    /// All that the drawing shows.
    var sentence: String {
        var parts: [String] = []
        if let time = pin.locked?.lastModified {
            parts.append("what is locked \(dated(time))")
        } else {
            parts.append("the age of what is locked is not known")
        }
        if let time = pin.newest?.time { parts.append("the newest upstream \(dated(time))") }
        if let last = times.first {
            parts.append("changed here \(times.count == 1 ? "once" : "\(times.count) times"), last \(ago(last))")
        }
        if let time = pin.verifiedAt { parts.append("verified \(ago(time))") }
        return "Timeline of \(pin.name): " + parts.joined(separator: "; ") + "."
    }

    /// When it was changed here, the newest first; several changes of one commit are one time.
    private var times: [Int64] {
        var times: [Int64] = []
        for time in pin.steps.map({ page.time(of: $0) }) where times.last != time { times.append(time) }
        return times
    }

    private func dated(_ time: Int64) -> String {
        guard let date = PageDate(time) else { return "is dated to a time that no calendar has" }
        let age = page.age(of: time)
        return "is of \(date.day), " + (age < 0 ? "which is later than this page" : "\(PageSpan.words(age)) old")
    }

    private func ago(_ time: Int64) -> String { "on \(PageDate(time)?.day ?? "an unknown day")" }

    // MARK: Drawn

    private func x(_ time: Int64) -> String { Self.percent(scale.position(page.age(of: time))) }

    private static let now = "100%"

    private static func percent(_ thousandths: Int) -> String { "\(thousandths / 10).\(thousandths % 10)%" }

    private var axis: [HTML] {
        scale.marks.enumerated().flatMap { index, mark -> [HTML] in
            let x = Self.percent(scale.position(of: mark))
            let anchor = index == 0 ? "end" : index == scale.marks.count - 1 ? "start" : "middle"
            return [
                .element(
                    .line,
                    [.class("tick"), .with(.x1, x), .with(.x2, x), .with(.y1, "0"), .with(.y2, "\(Self.here + 7)")], []),
                .element(
                    .svgText,
                    [
                        .class(isMinor(index) ? "minor" : "major"), .with(.x, x), .with(.y, "\(Self.labels)"),
                        .with(.textAnchor, anchor),
                    ], [.text(mark.label)]),
            ]
        }
    }

    /// Whether a label is left out where there is little room: every other one, and the last but one beside the last.
    private func isMinor(_ index: Int) -> Bool {
        let last = scale.marks.count - 1
        return index == last - 1 || index % 2 == 1 && index != last
    }

    private func bar(_ name: String, _ from: String, _ to: String, y: Int) -> HTML {
        .element(
            .line, [.class(name), .with(.x1, from), .with(.x2, to), .with(.y1, String(y)), .with(.y2, String(y))], [])
    }

    private var lanes: [HTML] {
        let lanes = upstreamLane + hereLane
        guard lanes.isEmpty else { return lanes }
        return [
            .element(
                .svgText, [.class("blank"), .with(.x, "50%"), .with(.y, "20"), .with(.textAnchor, "middle")],
                ["nothing is known of its age"])
        ]
    }

    private var upstreamLane: [HTML] {
        var lane: [HTML] = []
        if let locked = pin.locked?.lastModified {
            lane.append(bar("span", x(locked), Self.now, y: Self.upstream))
            if let newest = pin.newest?.time, newest > locked {
                lane.append(bar("gap", x(locked), x(newest), y: Self.upstream))
            }
            let event: Glyph.Event = scale.covers(page.age(of: locked)) ? .locked : .beyond
            lane.append(Glyph.mark(event, x: x(locked), y: Self.upstream))
        }
        if let newest = pin.newest?.time { lane.append(Glyph.mark(.newest, x: x(newest), y: Self.upstream)) }
        return lane
    }

    private var hereLane: [HTML] {
        var lane: [HTML] = []
        let times = times
        if let first = times.last {
            lane.append(bar("span", x(first), Self.now, y: Self.here))
            lane += times.reversed().map { Glyph.mark(.change, x: x($0), y: Self.here) }
        }
        if let time = pin.verifiedAt { lane.append(Glyph.mark(.verified, x: x(time), y: Self.verified)) }
        return lane
    }
}

extension ReportPage {
    /// When a change was made; what is not committed is of now.
    func time(of step: ReportedPin.Step) -> Int64 { step.commit?.time ?? madeAt }

    /// The scale on which what the timelines show has a place.
    ///
    /// Tools that make archives the same whenever they are made date them to 1970 or 1980: that is beyond any scale.
    var scale: AgeScale {
        let times = pins.flatMap { pin in
            [pin.locked?.lastModified, pin.newest?.time, pin.verifiedAt].compactMap(\.self)
                + pin.steps.map { self.time(of: $0) }
        }
        return AgeScale(longest: times.map { age(of: $0) }.filter { $0 < AgeScale.longest }.max() ?? 0)
    }
}
