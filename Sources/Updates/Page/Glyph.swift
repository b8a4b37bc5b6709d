/// The small drawings of the page: each state and each event has a shape of its own, so that colour is never needed.
enum Glyph {
    /// The sign of a part of the page, beside the words that say the same.
    static func sign(_ chapter: Chapter) -> HTML {
        .element(
            .svg,
            [
                .class("glyph"), .with(.viewBox, "0 0 16 16"), .with(.width, "16"), .with(.height, "16"),
                .with(.ariaHidden, "true"), .with(.focusable, "false"),
            ],
            [.element(.path, [.with(.d, path(chapter))], [])])
    }

    private static func path(_ chapter: Chapter) -> String {
        switch chapter {
        case .failed: "M4 4l8 8M12 4l-8 8"
        case .held: "M8 2.5v7M8 13v.6"
        case .behind: "M8 13.5v-10M3.8 7.7L8 3.5l4.2 4.2"
        case .waiting: "M8 2.2a5.8 5.8 0 1 0 .01 0M8 4.9V8l2.3 1.6"
        case .frozen: "M8 1.8v12.4M2.6 4.9l10.8 6.2M13.4 4.9L2.6 11.1"
        case .unknown: "M5.4 5.9a2.6 2.6 0 1 1 3.9 2.3c-.9.5-1.3 1-1.3 1.9M8 13v.6"
        case .current: "M2.8 8.6l3.4 3.6 7-7.8"
        }
    }

    /// An event on a timeline.
    enum Event: String, CaseIterable {
        case locked
        /// The same, where it was before the scale begins.
        case beyond
        case newest, change, verified

        var meaning: String {
            switch self {
            case .locked: "what is locked was made"
            case .beyond: "it was made before the scale begins"
            case .newest: "the newest upstream was made"
            case .change: "the pin was changed here"
            case .verified: "the locked hash was verified"
            }
        }
    }

    /// The mark of an event, around the point where it stands.
    static func mark(_ event: Event, x: String, y: Int) -> HTML {
        let shapes: [HTML] =
            switch event {
            case .locked: [.element(.circle, [.with(.r, "4.5")], [])]
            case .beyond: [.element(.path, [.with(.d, "M3-4.5L-2 0 3 4.5")], [])]
            case .newest: [.element(.circle, [.with(.r, "4")], [])]
            case .change: [.element(.path, [.with(.d, "M0-4.5L4.5 0 0 4.5-4.5 0z")], [])]
            // The seam keeps it apart from what it lies on.
            case .verified:
                [
                    .element(.path, [.class("seam"), .with(.d, "M-4-.5l3 3.2L4.5-4")], []),
                    .element(.path, [.with(.d, "M-4-.5l3 3.2L4.5-4")], []),
                ]
            }
        // Only an inner drawing can be put at a part of the width, and drawn in points.
        return .element(
            .svg, [.class("mark", event.rawValue), .with(.x, x), .with(.y, String(y)), .with(.overflow, "visible")],
            shapes)
    }

    /// The mark of an event in the legend.
    static func legend(_ event: Event) -> HTML {
        .element(
            .svg,
            [
                .class("key"), .with(.width, "12"), .with(.height, "12"), .with(.ariaHidden, "true"),
                .with(.focusable, "false"),
            ],
            [mark(event, x: "6", y: 6)])
    }
}
