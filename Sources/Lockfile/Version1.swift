import JSON

extension LockDocument {
    /// Version 1 of the format: `{"pins": {NAME: {"source": …, "locked": …}}, "version": 1}`.
    struct Version1 {
        static let number: Int64 = 1

        let pins: Pins
        let unknown: JSONObject

        init(pins: Pins, unknown: JSONObject) {
            self.pins = pins
            self.unknown = unknown
        }

        init(_ object: JSONObject) throws(LockfileError) {
            let fields = Fields(object, at: FieldPath())
            var pins = Pins()
            for (key, value) in try fields.required(fields.fields, "pins").object {
                do throws(LockfileError) {
                    try pins.insert(Pin(json: value), as: PinName(key))
                } catch {
                    throw error.inPin(key)
                }
            }
            self.pins = pins
            unknown = fields.unknown(besides: ["pins", "version"])
        }

        var json: JSON {
            var object = unknown
            object["pins"] = .object(JSONObject(pins.map { ($0.name.text, $0.pin.json) }))
            object["version"] = .number(JSONNumber(Self.number))
            return .object(object)
        }
    }
}
